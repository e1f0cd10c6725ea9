//! Wires what editors do: verdicts, videos, the chat around moments, and their desk.

use std::sync::Arc;

use anyhow::Context as _;
use cliphound_twitch::helix::http_client;
use futures_util::FutureExt;
use tokio::sync::mpsc;

use super::{Base, posts};
use crate::{
    clips::download::Fetcher,
    daemon::{
        account::Clipper,
        desk::Desk,
        inboxes::Inboxes,
        stats::Stats,
        status::Status,
        untitle::Archive,
        verdicts::Verdicts,
        witness::{self, Testimony},
    },
    records::Records,
};

impl Base<'_> {
    /// Hands on what editors think of moments.
    pub(super) fn start_verdicts(&self, inboxes: &Inboxes) {
        let (store, inboxes, clock) = (self.store.clone(), inboxes.clone(), self.clock.clone());
        let (bell, directory) = (Arc::clone(&self.bells.verdicts), self.directory.clone());
        self.until_stop(posts::VERDICTS, move || {
            let (store, inboxes, clock) = (store.clone(), inboxes.clone(), clock.clone());
            let (bell, directory) = (Arc::clone(&bell), directory.clone());
            Verdicts { store, inboxes, directory, clock, bell }.run().boxed()
        });
    }

    /// Lines of chat around moments, and what is taken out because it was deleted in chat.
    pub(super) fn start_witness(
        &self,
        records: &Arc<Records>,
        stats: &Arc<Stats>,
    ) -> mpsc::Sender<Testimony> {
        let (witness_in, queue) = mpsc::channel(witness::QUEUE);
        let archive = Archive {
            store: self.store.clone(),
            records: Arc::clone(records),
            board: self.board.clone(),
        };
        let (clock, stats) = (self.clock.clone(), Arc::clone(stats));
        self.crew.keep(posts::WITNESS, queue, move |queue| {
            let (archive, clock) = (archive.clone(), clock.clone());
            witness::keep(archive, queue, clock, Arc::clone(&stats)).boxed()
        });
        witness_in
    }

    /// Videos of clips, also those that an earlier run did not finish.
    pub(super) fn start_downloads(&self) -> anyhow::Result<()> {
        if self.account.is_none() {
            return Ok(());
        }
        let http = http_client(&[self.config.endpoints.helix.url()])
            .context("TLS can't be used on this system")?;
        let (account, store, clock) =
            (self.account.clone(), self.store.clone(), self.clock.clone());
        let (recordings, wake) = (self.config.dir.recordings(), Arc::clone(&self.bells.downloads));
        self.until_stop(posts::DOWNLOADS, move || {
            let fetcher = Fetcher {
                api: Clipper(account.clone()),
                store: store.clone(),
                recordings: recordings.clone(),
                clock: clock.clone(),
                http: http.clone(),
                wake: Arc::clone(&wake),
            };
            // Also without `clips.download`: an editor may want single ones.
            async move { fetcher.run().await }.boxed()
        });
        Ok(())
    }

    /// The daemon, as editors see it.
    pub(super) fn desk(&self, status: &Status) -> Desk {
        Desk {
            clipper: Clipper::urgent(self.account.as_ref()),
            wishes: self.wanted.wishes(),
            recordings: self.config.dir.recordings(),
            channels: status.followed.clone(),
            bells: self.bells.clone(),
        }
    }
}

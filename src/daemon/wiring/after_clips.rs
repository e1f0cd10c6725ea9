//! Wires what follows from a clip: alerts, its video, and the clips of viewers beside it.

use std::sync::{Arc, atomic::AtomicBool};

use anyhow::Context as _;
use cliphound_twitch::helix::{Priority, http_client};
use futures_util::FutureExt;
use tokio::sync::{Notify, mpsc, watch};

use super::Base;
use crate::{
    alerts::{Tally, Told, desk::Desk},
    clips::{
        download::Fetcher,
        viewers::{Collector, LiveNow, collect::Evidence},
    },
    daemon::{
        account::{Account, Clipper},
        channel::ToChannel,
        directory::Directory,
        inboxes::Inboxes,
        live_settings::while_wanted,
        posts,
    },
    records::Records,
};

impl Base<'_> {
    /// Tells whoever wants to hear of clips and streams.
    pub(super) fn start_alerts(
        &self,
        queue: mpsc::Receiver<Told>,
        overflowed: Arc<AtomicBool>,
        live: watch::Receiver<LiveNow>,
    ) -> Tally {
        let tally = Tally::default();
        let desk = Desk {
            queue,
            overflowed,
            settings: self.wanted.alerts(),
            live,
            store: self.store.clone(),
            time: self.time.clone(),
            crew: self.crew.clone(),
            post: posts::ALERT,
            stop: self.stop.clone(),
            tally: tally.clone(),
        };
        self.crew.keep(posts::ALERTS, desk.begin(), |desk| desk.run().boxed());
        tally
    }

    /// Videos of clips, also those that an earlier run did not finish.
    pub(super) fn start_downloads(&self, wake: Arc<Notify>) -> anyhow::Result<()> {
        if self.account.is_none() {
            return Ok(());
        }
        let http = http_client(&[self.config.endpoints.helix.url()])
            .context("TLS can't be used on this system")?;
        let (account, store, clock) =
            (self.account.clone(), self.store.clone(), self.clock.clone());
        let (recordings, wishes) = (self.config.dir.recordings(), self.wanted.wishes());
        self.until_stop(posts::DOWNLOADS, move || {
            let fetcher = Fetcher {
                api: Clipper(account.clone()),
                store: store.clone(),
                recordings: recordings.clone(),
                clock: clock.clone(),
                http: http.clone(),
                wake: Arc::clone(&wake),
            };
            let wishes = wishes.clone();
            let fetch = async move {
                while_wanted(wishes, |wishes| wishes.download, || fetcher.run()).await;
            };
            fetch.boxed()
        });
        Ok(())
    }

    /// Looks for clips that viewers made.
    pub(super) fn collect_viewers_clips(
        &self,
        account: &Account,
        inboxes: &Inboxes,
        records: Arc<Records>,
        live: watch::Receiver<LiveNow>,
    ) {
        let (account, store) = (account.at(Priority::Background), self.store.clone());
        let (inboxes, directory) = (inboxes.clone(), self.directory.clone());
        let clock = self.clock.clone();
        self.until_stop(posts::VIEWERS_CLIPS, move || {
            let collector = Collector {
                api: Clipper(Some(account.clone())),
                store: store.clone(),
                records: Arc::clone(&records),
                clock: clock.clone(),
                evidence: evidence(inboxes.clone(), directory.clone()),
            };
            collector.run(live.clone()).boxed()
        });
    }
}

/// Hands the stretch of a viewer's clip to the channel that it is of.
fn evidence(inboxes: Inboxes, directory: Directory) -> Evidence {
    Box::new(move |broadcaster_id, start_ms, end_ms| {
        let known = directory.known();
        if let Some((login, _)) = known.iter().find(|(_, id)| *id == broadcaster_id) {
            // A channel that does not keep up does without.
            let _ = inboxes.tell(login, ToChannel::Evidence { start_ms, end_ms });
        }
    })
}

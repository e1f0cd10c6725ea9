//! Wires what follows from a clip: alerts, and its video.

use std::sync::{Arc, atomic::AtomicBool};

use anyhow::Context as _;
use cliphound_twitch::helix::http_client;
use futures_util::FutureExt;
use tokio::sync::{Notify, mpsc, watch};

use super::Base;
use crate::{
    alerts::{Tally, Told, desk::Desk},
    clips::{download::Fetcher, viewers::LiveNow},
    daemon::{account::Clipper, live_settings::while_wanted, posts},
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
}

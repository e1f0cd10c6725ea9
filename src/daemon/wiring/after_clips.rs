//! Wires what follows from a clip: alerts, VODs where there is none, and the clips of viewers beside
//! it.

use std::sync::{Arc, atomic::AtomicBool};

use cliphound_twitch::helix::Priority;
use futures_util::FutureExt;
use tokio::sync::{mpsc, watch};

use super::Base;
use crate::{
    alerts::{Tally, Told, desk::Desk},
    clips::viewers::{Collector, LiveNow, collect::Evidence},
    daemon::{
        account::{Account, Clipper},
        channel::ToChannel,
        directory::Directory,
        inboxes::Inboxes,
        posts,
        watched::vods,
    },
    records::Records,
    trouble::Watched,
};

impl Base<'_> {
    /// Tells whoever wants to hear of clips, streams and trouble.
    pub(super) fn start_alerts(
        &self,
        queue: mpsc::Receiver<Told>,
        overflowed: Arc<AtomicBool>,
        live: watch::Receiver<LiveNow>,
        troubles: Watched,
    ) -> Tally {
        let tally = Tally::default();
        let desk = Desk {
            queue,
            overflowed,
            settings: self.wanted.alerts(),
            live,
            troubles,
            pages: self.config.web.public_url.clone(),
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

    /// Learns where moments without a clip can be seen.
    pub(super) fn learn_vods(&self, account: &Account) {
        let (account, wanted) = (account.at(Priority::Background), Arc::clone(&self.bells.vods));
        let with = (account, self.store.clone(), self.clock.clone(), wanted);
        self.until_stop(posts::VODS, move || {
            let (account, store, clock, wanted) = with.clone();
            vods::learn(account, store, clock, wanted).boxed()
        });
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

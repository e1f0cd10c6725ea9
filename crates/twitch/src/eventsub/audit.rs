//! Looks now and then whether Twitch still has the subscriptions that we were given: the message
//! that one has ended may be lost or unreadable, and a channel with nothing to hear sounds like
//! one where nobody speaks.
//!
//! What Twitch does not list may only be listed late: it is missing once two looks in a row have
//! not seen it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, atomic::Ordering::Relaxed},
};

use tracing::{debug, warn};

use super::{
    kind::Kind,
    session::{Answer, End, Session},
};
use crate::{
    ChannelLogin,
    chat::{ChatEvent, Loss, WhyLost},
};

/// Between two looks, on our clock: one call for a hundred subscriptions.
const EVERY_MS: i64 = 600_000;
/// The same where something came that can't be understood, or the last look failed or did not see
/// all.
const SOON_MS: i64 = 60_000;
/// So many channels are named in one line of the log.
const NAMED: usize = 5;

/// When it is looked.
#[derive(Debug)]
pub(super) struct Audit {
    /// The next time; `None` while one is under way.
    next_ms: Option<i64>,
    /// When Twitch last had all that we have.
    good_ms: i64,
    /// What the last look did not see.
    unseen: Ids,
}

/// Subscriptions that we were given: our numbers and Twitch's ids.
type Ids = BTreeMap<u64, String>;

/// Our subscriptions, and which of them Twitch still has.
pub(super) struct Audited {
    asked_ms: i64,
    ids: Ids,
    alive: Option<BTreeSet<String>>,
}

impl Audit {
    pub(super) fn new(now_ms: i64) -> Self {
        Self { next_ms: Some(now_ms + EVERY_MS), good_ms: now_ms, unseen: Ids::new() }
    }

    /// The next look; `None` while one is under way.
    pub(super) fn next_at_ms(&self) -> Option<i64> {
        self.next_ms
    }

    /// Something came that can't be understood: it may have been the end of a subscription.
    pub(super) fn hurry(&mut self, now_ms: i64) {
        self.next_ms = self.next_ms.map(|next_ms| next_ms.min(now_ms + SOON_MS));
    }

    /// A look that told nothing.
    fn failed(&mut self, now_ms: i64) {
        self.next_ms = Some(now_ms + SOON_MS);
    }

    /// A look, asked for at `asked_ms`, that did not see these; those of them that the one before
    /// did not see either.
    fn looked(&mut self, now_ms: i64, asked_ms: i64, unseen: Ids) -> Ids {
        let (gone, unseen) = unseen.into_iter().partition(|(n, id)| self.unseen.get(n) == Some(id));
        self.unseen = unseen;
        if self.unseen.is_empty() {
            self.good_ms = asked_ms;
        }
        let pause_ms = if self.unseen.is_empty() { EVERY_MS } else { SOON_MS };
        self.next_ms = Some(now_ms + pause_ms);
        gone
    }
}

impl Session<'_> {
    pub(super) fn audit(&mut self) {
        let now_ms = self.shared().clock.now_ms();
        let ids = self.connection.wants.active();
        if ids.is_empty() {
            self.audit.looked(now_ms, now_ms, ids);
            return;
        }
        self.audit.next_ms = None;
        let shared = Arc::clone(self.shared());
        self.calls.push(Box::pin(async move {
            let alive = shared.api.alive().await;
            Answer::Audited(Audited { asked_ms: now_ms, ids, alive })
        }));
    }

    /// What Twitch does not have any more is asked for again, at once: should it be there all the
    /// same, Twitch says so.
    pub(super) async fn audited(&mut self, audited: Audited) -> Result<(), End> {
        let Audited { asked_ms, ids, alive } = audited;
        let now_ms = self.shared().clock.now_ms();
        let Some(alive) = alive else {
            debug!("whether our subscriptions are all there can't be told now");
            self.audit.failed(now_ms);
            return Ok(());
        };
        let loss = Loss { why: WhyLost::PutOut, alive_ms: Some(self.audit.good_ms) };
        let unseen = ids.into_iter().filter(|(_, id)| !alive.contains(id)).collect();
        let (mut ended, mut channels) = (0, BTreeSet::new());
        for (number, id) in self.audit.looked(now_ms, asked_ms, unseen) {
            let Some(want) = self.connection.wants.gone(number, &id) else { continue };
            let (channel, kind) = (want.channel, want.kind.name());
            debug!(%channel, kind, "Twitch has this subscription no more");
            (ended, _) = (ended + 1, channels.insert(channel.clone()));
            if want.kind == Kind::ChatMessage {
                self.shared().counters.channels_heard.fetch_sub(1, Relaxed);
                let lost = ChatEvent::Lost(loss);
                self.connection.deliver(channel, None, None, lost).await?;
            }
        }
        if ended > 0 {
            let some: Vec<_> = channels.iter().take(NAMED).map(ChannelLogin::as_str).collect();
            let more = if channels.len() > NAMED { ", …" } else { "" };
            warn!(
                subscriptions = ended,
                channels = channels.len(),
                "Twitch has ended subscriptions without our hearing of it; they are asked for again: {}{more}",
                some.join(", ")
            );
        }
        Ok(())
    }
}

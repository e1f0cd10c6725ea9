//! Another user has logged in while EventSub is read: its subscriptions are the old user's. A
//! client for the new one is started beside the old one, which ends when nothing needs it.

use std::time::Duration;

use cliphound_clock::Clock;
use cliphound_twitch::{
    chat::{ChatEvent, Heard, Loss, WhyLost},
    eventsub::{EventSubHandle, Refused},
};
use futures_util::FutureExt;
use tokio::{sync::mpsc, time::timeout};
use tokio_util::sync::DropGuard;

use super::{
    AGAIN_AFTER, ChannelLogin, IDS_WITHIN, Sources,
    both::{Both, Whose},
    prepare::{Prepared, ask},
    ways::By,
};
use crate::config::{ChatSource, scopes::EVENTS_READ};

/// So long after a log-in EventSub is asked for channels that IRC reads.
const SOON: Duration = Duration::from_secs(2);

/// The client that chat by EventSub is read with.
pub(super) struct Reader {
    /// Whose subscriptions these are.
    pub(super) user_id: String,
    pub(super) handle: EventSubHandle,
    /// Its queue of channels that are refused, where there is one.
    pub(super) refused: Option<mpsc::Receiver<Refused>>,
    /// Dropping it ends the client.
    pub(super) _ends: DropGuard,
}

/// The client of who was logged in before.
pub(super) struct Former {
    /// Kept, so that it has somebody to tell.
    reader: Reader,
    queue: mpsc::Receiver<Heard>,
    both: Both,
}

/// What to do about it.
pub(super) enum Turn {
    Heard(Option<Heard>),
    Ends,
}

impl Former {
    /// What it tells next, or that it is of no use any more.
    pub(super) async fn turn(&mut self, clock: &Clock) -> Turn {
        let ends_ms = self.both.ends_ms();
        tokio::select! {
            heard = self.queue.recv() => Turn::Heard(heard),
            () = clock.sleep_until_ms(ends_ms) => Turn::Ends,
        }
    }

    pub(super) fn leave(&mut self, gone: &[ChannelLogin]) {
        self.both.forget(gone);
        self.reader.handle.leave(gone);
    }
}

impl Sources {
    /// The token or its user has changed: finds out whose it is, where that matters.
    pub(super) fn look_who(&mut self) {
        let Some(account) = self.account.clone() else { return };
        let Some(identity) = account.known() else { return };
        // Soon, and not when its turn comes: somebody has just logged in.
        let soon_ms = self.clock.now_ms() + i64::try_from(SOON.as_millis()).unwrap_or(0);
        let Some(reader) = &self.reader else { return self.ways.ask_at(soon_ms) };
        if identity.user_id == reader.user_id {
            reader.handle.retry_now();
            return self.ways.ask_at(soon_ms);
        }
        let (logins, clock) = (self.logins.clone(), self.clock.clone());
        let changing = async move {
            loop {
                match timeout(IDS_WITHIN, ask(&account, &logins)).await {
                    Ok(Some(prepared)) => return prepared,
                    // Nobody is logged in by now: Twitch ends what they subscribed to.
                    _ if account.known().is_none() => account.usable().await,
                    _ => clock.sleep(AGAIN_AFTER).await,
                }
            }
        };
        self.changing = Some(changing.boxed());
    }

    /// Somebody else is logged in, and it is known who.
    pub(super) fn change_to(&mut self, mut prepared: Prepared) {
        let login = prepared.identity.login.clone();
        if self.reader.as_ref().is_none_or(|now| now.user_id == prepared.identity.user_id) {
            return;
        }
        if self.source == ChatSource::EventSub && !prepared.identity.has_scope(EVENTS_READ) {
            tracing::warn!(
                "chat is read on as who was logged in before, as long as Twitch allows it: the token of {login} lacks the scope {EVENTS_READ}: run `cliphound login`, or set chat.source to auto"
            );
            return;
        }
        let (Some(reader), Some(queue)) = (self.reader.take(), self.eventsub.take()) else {
            return;
        };
        tracing::info!("EventSub is read as {login} from now on");
        let both = Both::new(self.ways.heard_by_eventsub(), self.clock.now_ms());
        self.ways.told_by_two();
        let mut handles = self.watch.lock();
        handles.former = handles.eventsub.take();
        drop(handles);
        self.former = Some(Former { reader, queue, both });
        prepared.channels.retain(|channel| self.logins.contains(&channel.login));
        self.begin(Some(prepared));
        self.settle_former();
    }

    /// Whether an event of EventSub is worth looking at, while there are two clients.
    pub(super) fn is_from_both(&mut self, whose: Whose, heard: &Heard) -> bool {
        self.former.as_mut().is_none_or(|former| former.both.hear(whose, heard))
    }

    /// The former client ends soon, if nothing needs it any more.
    pub(super) fn settle_former(&mut self) {
        if let Some(former) = &mut self.former {
            former.both.settle(|login| self.ways.irc_hears(login), self.clock.now_ms());
        }
    }

    /// Ends the former client; what only that one heard is lost.
    pub(super) fn end_former(&mut self) -> Vec<Heard> {
        self.watch.lock().former = None;
        let Some(former) = self.former.take().filter(|_| !self.stop.is_cancelled()) else {
            return Vec::new();
        };
        let now_ms = self.clock.now_ms();
        self.ways.told_by_one(now_ms);
        let event = ChatEvent::Lost(Loss { why: WhyLost::EventSub, alive_ms: Some(now_ms) });
        let lost = |channel| Heard { channel, room_id: None, sent_ms: None, event: event.clone() };
        let lost: Vec<_> = former.both.only_by_old().into_iter().map(lost).collect();
        tracing::info!("EventSub is not read any more as who was logged in before");
        lost.into_iter().filter(|lost| self.ways.hear(By::EventSub, lost, now_ms)).collect()
    }
}

//! The subscriptions of one connection: which there are, which are asked for, and when to
//! ask for one again. Pure.

use std::collections::BTreeMap;

use super::{
    api::{SubscribeError, Subscribed},
    envelope::Subscription,
    kind::Kind,
    places::Target,
    plan::Want,
};
use crate::ChannelLogin;

/// The first pause before a subscription is tried again; each further one is twice as long …
const FIRST_PAUSE_MS: i64 = 2_000;
/// … up to this.
const MAX_PAUSE_MS: i64 = 60_000;
/// What Twitch ended, what a limit has kept from us for long, and chat that it refused where there
/// is nothing to fall back on, is tried again this much later.
const REFUSED_PAUSE_MS: i64 = 600_000;
/// So many failures (half a minute), and chat is left to what there is to fall back on.
pub(super) const PATIENCE: u32 = 5;
/// So many times what is beside a channel's messages is tried against a limit before it rests.
const TRIES_WHEN_FULL: u32 = 4;
/// Ends that came before the answers, at most: all that a connection may have.
const EARLY: usize = 300;

/// The subscriptions of one connection.
#[derive(Debug)]
pub(super) struct Wants {
    /// By their numbers.
    items: BTreeMap<u64, Item>,
    /// Chat that can't be had is read elsewhere.
    falls_back: bool,
    /// Ends that Twitch told while some were asked for: they may be of one of those, whose answer
    /// is still on its way.
    early: Vec<Subscription>,
}

/// What became of one.
#[derive(Debug)]
struct Item {
    want: Want,
    state: State,
    /// Failures in a row.
    misses: u32,
}

#[derive(Debug, Clone, PartialEq)]
enum State {
    /// To be asked for, not before this time.
    Waiting {
        at_ms: i64,
    },
    /// To be asked for then: a limit is reached. No session is kept for it.
    Resting {
        at_ms: i64,
    },
    Asked,
    Active(Subscribed),
    /// Not asked for again before something has changed.
    Dropped,
}

/// What an answer comes to.
#[derive(Debug, PartialEq)]
pub(super) enum Outcome {
    /// There it is. A channel's chat is heard from now on, if it is that.
    Active,
    /// It is tried again.
    Again,
    /// It is tried again in ten minutes.
    Rests,
    /// It is not tried before something has changed.
    Dropped,
    /// The channel's chat can't be had.
    ChatRefused {
        /// It is left to what there is to fall back on; these subscriptions are to be ended.
        forget: Option<Vec<String>>,
    },
    /// It came too late, and there is nothing to do.
    Late,
    /// It came too late; the subscription with this id is to be ended.
    Forget(String),
}

/// What a lost session leaves.
#[derive(Debug, PartialEq, Default)]
pub(super) struct Gone {
    /// Channels whose chat was heard.
    pub(super) heard: Vec<ChannelLogin>,
    /// Subscriptions that may still count.
    pub(super) paid: Vec<String>,
}

/// What leaving channels comes to.
#[derive(Debug, PartialEq, Default)]
pub(super) struct Left {
    /// How many of them were heard.
    pub(super) heard: usize,
    /// Subscriptions that are to be ended.
    pub(super) forget: Vec<String>,
}

impl Wants {
    /// None yet.
    pub(super) fn new(falls_back: bool) -> Self {
        Self { items: BTreeMap::new(), falls_back, early: Vec::new() }
    }

    /// They are to be these: new ones are asked for, the others are not listened to any more.
    pub(super) fn follow(&mut self, target: &Target) -> Left {
        let mut left = Left::default();
        self.items.retain(|number, item| {
            let stays = target.contains_key(number);
            if !stays && let State::Active(subscribed) = &item.state {
                left.heard += usize::from(item.want.kind == Kind::ChatMessage);
                left.forget.push(subscribed.id.clone());
            }
            stays
        });
        for (number, want) in target {
            let state = State::Waiting { at_ms: i64::MIN };
            let new = || Item { want: want.clone(), state, misses: 0 };
            self.items.entry(*number).or_insert_with(new);
        }
        left
    }

    /// The next one to ask for, which counts as asked.
    pub(super) fn ask_next(&mut self, now_ms: i64) -> Option<(u64, Want)> {
        let is_due = |item: &Item| self.due_at(item).is_some_and(|at_ms| at_ms <= now_ms);
        let number = *self.items.iter().find(|(_, item)| is_due(item))?.0;
        let item = self.items.get_mut(&number)?;
        item.state = State::Asked;
        Some((number, item.want.clone()))
    }

    /// When to look for the next one; `None` while nothing waits.
    pub(super) fn next_at_ms(&self) -> Option<i64> {
        self.items.values().filter_map(|item| self.due_at(item)).min()
    }

    /// Whether there is anything to keep a session for.
    pub(super) fn any_left(&self) -> bool {
        let is_left = |item: &Item| !matches!(item.state, State::Dropped | State::Resting { .. });
        self.items.values().any(is_left)
    }

    /// What has rested until now is to be asked for. When the next one is to be; `None` while
    /// nothing rests.
    pub(super) fn wake(&mut self, now_ms: i64) -> Option<i64> {
        let mut next = None::<i64>;
        for item in self.items.values_mut() {
            match item.state {
                State::Resting { at_ms } if at_ms <= now_ms => {
                    item.state = State::Waiting { at_ms };
                }
                State::Resting { at_ms } => next = Some(next.map_or(at_ms, |next| next.min(at_ms))),
                _ => {}
            }
        }
        next
    }

    /// What an answer to the one asked for means.
    pub(super) fn answered(
        &mut self,
        number: u64,
        answer: Result<Subscribed, SubscribeError>,
        now_ms: i64,
    ) -> Outcome {
        let item = self.items.get_mut(&number).filter(|item| item.state != State::Dropped);
        match (item, answer) {
            (Some(item), Ok(subscribed)) => item.activate(subscribed),
            (Some(item), Err(SubscribeError::Exists)) => item.activate(Subscribed::default()),
            (Some(_), Err(error)) => self.missed(number, &error, now_ms),
            (None, Ok(subscribed)) => Outcome::Forget(subscribed.id),
            (None, Err(_)) => Outcome::Late,
        }
    }

    /// What came of asking for one can't be known: it is asked for again, at once. False when
    /// it is not wanted any more.
    pub(super) fn ask_anew(&mut self, number: u64) -> bool {
        let item = self.items.get_mut(&number).filter(|item| item.state == State::Asked);
        item.map(|item| item.state = State::Waiting { at_ms: i64::MIN }).is_some()
    }

    /// Something has changed, such as who is logged in: all that waits or was refused is asked
    /// for now, but for chat that was left to what there is to fall back on.
    pub(super) fn retry_now(&mut self) {
        for item in self.items.values_mut() {
            let is_left = self.falls_back && item.want.kind.is_chat();
            let retries = match item.state {
                State::Waiting { .. } | State::Resting { .. } => true,
                State::Dropped => !is_left,
                State::Asked | State::Active(_) => false,
            };
            if retries {
                (item.state, item.misses) = (State::Waiting { at_ms: i64::MIN }, 0);
            }
        }
    }

    /// Twitch ended a subscription. The one it was, with what it comes to.
    pub(super) fn revoked(&mut self, told: &Subscription, now_ms: i64) -> Option<(Want, Outcome)> {
        let Some(number) = self.fitting(told) else {
            if self.is_asking() && self.early.len() < EARLY {
                self.early.push(told.clone());
            }
            return None;
        };
        let item = self.items.get_mut(&number)?;
        let want = item.want.clone();
        // It is ended already.
        item.state = State::Asked;
        if want.kind == Kind::ChatMessage {
            return Some((want, self.refused(number, now_ms)));
        }
        // Should Twitch not give it any more, it says so when it is asked.
        item.state = State::Waiting { at_ms: now_ms + REFUSED_PAUSE_MS };
        Some((want, Outcome::Again))
    }

    /// Of the ends that came too early those whose subscriptions are there now.
    pub(super) fn ended_early(&mut self) -> Vec<Subscription> {
        let early = std::mem::take(&mut self.early);
        let (now, later) = early.into_iter().partition(|told| self.fitting(told).is_some());
        if self.is_asking() {
            self.early = later;
        }
        now
    }

    /// The ids of those that there are, by their numbers; of some no id was told.
    pub(super) fn active(&self) -> BTreeMap<u64, String> {
        let id = |item: &Item| match &item.state {
            State::Active(subscribed) => Some(subscribed.id.clone()).filter(|id| !id.is_empty()),
            _ => None,
        };
        self.items.iter().filter_map(|(number, item)| Some((*number, id(item)?))).collect()
    }

    /// Twitch does not have this one any more: it is asked for again, at once. `None` when it is
    /// another one by now.
    pub(super) fn gone(&mut self, number: u64, id: &str) -> Option<Want> {
        let item = self.items.get_mut(&number)?;
        if !matches!(&item.state, State::Active(subscribed) if subscribed.id == id) {
            return None;
        }
        item.state = State::Waiting { at_ms: i64::MIN };
        Some(item.want.clone())
    }

    /// The session is gone: everything is to be asked for again, at once.
    pub(super) fn disconnect(&mut self) -> Gone {
        let mut gone = Gone::default();
        self.early.clear();
        for item in self.items.values_mut() {
            match &item.state {
                State::Dropped | State::Resting { .. } => continue,
                State::Active(subscribed) => {
                    item.misses = 0;
                    if item.want.kind == Kind::ChatMessage {
                        gone.heard.push(item.want.channel.clone());
                    }
                    if subscribed.cost > 0 {
                        gone.paid.push(subscribed.id.clone());
                    }
                }
                State::Waiting { .. } | State::Asked => {}
            }
            item.state = State::Waiting { at_ms: i64::MIN };
        }
        gone
    }

    /// No session could be had for long: chat is left to what there is to fall back on.
    pub(super) fn give_up_chat(&mut self) -> Vec<ChannelLogin> {
        let mut left = Vec::new();
        for item in self.items.values_mut().filter(|item| item.want.kind.is_chat()) {
            if item.state != State::Dropped && item.want.kind == Kind::ChatMessage {
                left.push(item.want.channel.clone());
            }
            item.state = State::Dropped;
        }
        left
    }

    /// When one may be asked for: what belongs to a channel's chat after its messages only.
    fn due_at(&self, item: &Item) -> Option<i64> {
        let Item { want, state, .. } = item;
        let (State::Waiting { at_ms } | State::Resting { at_ms }) = state else { return None };
        let follows = want.kind.is_chat() && want.kind != Kind::ChatMessage;
        (!follows || self.is_heard(&want.broadcaster_id)).then_some(*at_ms)
    }

    /// The number of the one that this is about.
    fn fitting(&self, told: &Subscription) -> Option<u64> {
        let fits = |item: &Item| match &item.state {
            State::Active(subscribed) if !subscribed.id.is_empty() && !told.id.is_empty() => {
                subscribed.id == told.id
            }
            State::Active(_) => {
                item.want.kind.name() == told.kind
                    && item.want.broadcaster_id == told.broadcaster_id
            }
            _ => false,
        };
        self.items.iter().find(|(_, item)| fits(item)).map(|(number, _)| *number)
    }

    fn is_asking(&self) -> bool {
        self.items.values().any(|item| item.state == State::Asked)
    }

    fn is_heard(&self, broadcaster_id: &str) -> bool {
        self.items.values().any(|item| {
            item.want.kind == Kind::ChatMessage
                && item.want.broadcaster_id == broadcaster_id
                && matches!(item.state, State::Active(_))
        })
    }

    fn missed(&mut self, number: u64, error: &SubscribeError, now_ms: i64) -> Outcome {
        let Some(item) = self.items.get_mut(&number) else { return Outcome::Late };
        item.misses = item.misses.saturating_add(1);
        let is_chat = item.want.kind == Kind::ChatMessage;
        let too_often = match error {
            SubscribeError::Refused(_) => true,
            SubscribeError::NoToken(_) => is_chat && self.falls_back,
            // Limits pass: other programs end, and what they had does not count any more.
            SubscribeError::Full(_) if !is_chat => {
                if item.misses >= TRIES_WHEN_FULL {
                    item.state = State::Resting { at_ms: now_ms + REFUSED_PAUSE_MS };
                    return Outcome::Rests;
                }
                false
            }
            _ => is_chat && self.falls_back && item.misses >= PATIENCE,
        };
        if too_often {
            return self.refused(number, now_ms);
        }
        let doublings = (item.misses - 1).min(5);
        let pause_ms = (FIRST_PAUSE_MS << doublings).min(MAX_PAUSE_MS);
        let told_ms = match error {
            SubscribeError::Later { at_ms, .. } => *at_ms,
            _ => None,
        };
        let at_ms = told_ms.unwrap_or(i64::MIN).max(now_ms + pause_ms);
        item.state = State::Waiting { at_ms };
        Outcome::Again
    }

    /// One is not given to us: chat falls back, or is tried again much later. So is what belongs
    /// to chat, for without deletions what was deleted would stay. The rest is dropped.
    fn refused(&mut self, number: u64, now_ms: i64) -> Outcome {
        let Some(item) = self.items.get_mut(&number) else { return Outcome::Late };
        let kind = item.want.kind;
        let is_whole = kind == Kind::ChatMessage;
        if kind.is_chat() && !(is_whole && self.falls_back) {
            item.state = State::Waiting { at_ms: now_ms + REFUSED_PAUSE_MS };
            return if is_whole { Outcome::ChatRefused { forget: None } } else { Outcome::Rests };
        }
        if !is_whole {
            item.state = State::Dropped;
            return Outcome::Dropped;
        }
        let channel = item.want.broadcaster_id.clone();
        let mut forget = Vec::new();
        let of_channel =
            |item: &&mut Item| item.want.kind.is_chat() && item.want.broadcaster_id == channel;
        for item in self.items.values_mut().filter(of_channel) {
            match std::mem::replace(&mut item.state, State::Dropped) {
                State::Active(subscribed) if !subscribed.id.is_empty() => {
                    forget.push(subscribed.id);
                }
                _ => {}
            }
        }
        Outcome::ChatRefused { forget: Some(forget) }
    }
}

impl Item {
    fn activate(&mut self, subscribed: Subscribed) -> Outcome {
        self.state = State::Active(subscribed);
        self.misses = 0;
        Outcome::Active
    }
}

#[cfg(test)]
mod tests;

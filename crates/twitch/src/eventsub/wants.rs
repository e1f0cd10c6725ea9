//! The subscriptions of one connection: which there are, which are asked for, and when to
//! ask for one again. Pure.

use std::collections::BTreeMap;

use super::{
    api::{SubscribeError, Subscribed},
    endings::Endings,
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
/// What Twitch ended, what a limit has kept from us for long, what no token may do, and chat that
/// was refused where there is nothing to fall back on, is tried again this much later.
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
    /// What is not wanted any more.
    endings: Endings,
    /// Not wanted any more either, but its answer is still on its way.
    leaving: BTreeMap<u64, (Kind, String)>,
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
    /// To be asked for then, much later. No session is kept for it.
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
        /// It is left to what there is to fall back on.
        falls_back: bool,
    },
    /// It came too late.
    Late,
}

impl Wants {
    /// None yet.
    pub(super) fn new(falls_back: bool) -> Self {
        let (items, leaving) = (BTreeMap::new(), BTreeMap::new());
        Self { items, endings: Endings::default(), leaving, falls_back, early: Vec::new() }
    }

    /// They are to be these: new ones are asked for, the others are ended. How many channels were
    /// heard that are not any more.
    pub(super) fn follow(&mut self, target: &Target) -> usize {
        let mut left = 0;
        let gone: Vec<u64> =
            self.items.keys().filter(|number| !target.contains_key(number)).copied().collect();
        for number in gone {
            let Some(Item { want, state, .. }) = self.items.remove(&number) else { continue };
            let of = (want.kind, want.broadcaster_id);
            match state {
                State::Active(Subscribed { id, cost }) => {
                    left += usize::from(want.kind == Kind::ChatMessage);
                    self.endings.add(id, Some(of), cost);
                }
                State::Asked => drop(self.leaving.insert(number, of)),
                State::Waiting { .. } | State::Resting { .. } | State::Dropped => {}
            }
        }
        for (number, want) in target {
            let state = State::Waiting { at_ms: i64::MIN };
            let new = || Item { want: want.clone(), state, misses: 0 };
            self.items.entry(*number).or_insert_with(new);
        }
        left
    }

    /// The next one to end, which counts as asked.
    pub(super) fn end_next(&mut self, now_ms: i64) -> Option<String> {
        self.endings.ask_next(now_ms)
    }

    /// What came of ending one.
    pub(super) fn ended(&mut self, id: &str, is_over: bool, now_ms: i64) {
        self.endings.answered(id, is_over, now_ms);
    }

    /// The next one to ask for, which counts as asked.
    pub(super) fn ask_next(&mut self, now_ms: i64) -> Option<(u64, Want)> {
        let is_due = |item: &Item| self.due_at(item).is_some_and(|at_ms| at_ms <= now_ms);
        let number = *self.items.iter().find(|(_, item)| is_due(item))?.0;
        let item = self.items.get_mut(&number)?;
        item.state = State::Asked;
        Some((number, item.want.clone()))
    }

    /// When to look for the next one to ask for or to end; `None` while nothing waits.
    pub(super) fn next_at_ms(&self) -> Option<i64> {
        let due = self.items.values().filter_map(|item| self.due_at(item));
        due.chain(self.endings.next_at_ms()).min()
    }

    /// Whether there is anything to keep a session for.
    pub(super) fn any_left(&self) -> bool {
        let is_left = |item: &Item| match item.state {
            State::Dropped | State::Resting { .. } => false,
            State::Waiting { .. } => !self.waits_for_chat(&item.want),
            State::Asked | State::Active(_) => true,
        };
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
        let leaving = self.leaving.remove(&number);
        let item = self.items.get_mut(&number);
        let of = item.as_ref().map(|item| (item.want.kind, item.want.broadcaster_id.clone()));
        match (item.filter(|item| item.state != State::Dropped), answer) {
            (Some(item), Ok(subscribed)) => {
                item.state = State::Active(subscribed);
                item.misses = 0;
                Outcome::Active
            }
            (Some(_), Err(error)) => self.missed(number, &error, now_ms),
            (None, Ok(Subscribed { id, cost })) => {
                self.endings.add(id, leaving.or(of), cost);
                Outcome::Late
            }
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
        item.state = State::Resting { at_ms: now_ms + REFUSED_PAUSE_MS };
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

    /// The ids of those that there are, by their numbers.
    pub(super) fn active(&self) -> BTreeMap<u64, String> {
        let id = |item: &Item| match &item.state {
            State::Active(subscribed) => Some(subscribed.id.clone()),
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

    /// The session is gone: everything is to be asked for again, at once, but what rests. What
    /// costs may go on counting, and is ended over the next one. The channels that were heard.
    pub(super) fn disconnect(&mut self) -> Vec<ChannelLogin> {
        let mut heard = Vec::new();
        self.early.clear();
        self.leaving.clear();
        self.endings.disconnect();
        for item in self.items.values_mut() {
            match &item.state {
                State::Dropped | State::Resting { .. } => continue,
                State::Active(subscribed) => {
                    item.misses = 0;
                    if item.want.kind == Kind::ChatMessage {
                        heard.push(item.want.channel.clone());
                    }
                    if subscribed.cost > 0 {
                        self.endings.add(subscribed.id.clone(), None, subscribed.cost);
                    }
                }
                State::Waiting { .. } | State::Asked => {}
            }
            item.state = State::Waiting { at_ms: i64::MIN };
        }
        heard
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

    /// When one may be asked for: what belongs to a channel's chat after its messages only, and
    /// nothing while the same is on its way out.
    fn due_at(&self, item: &Item) -> Option<i64> {
        let Item { want, state, .. } = item;
        let (State::Waiting { at_ms } | State::Resting { at_ms }) = state else { return None };
        let leaves = |of: &(Kind, String)| of.0 == want.kind && of.1 == want.broadcaster_id;
        let is_held = self.endings.holds(want.kind, &want.broadcaster_id)
            || self.leaving.values().any(leaves);
        (!is_held && !self.waits_for_chat(want)).then_some(*at_ms)
    }

    fn waits_for_chat(&self, want: &Want) -> bool {
        let follows = want.kind.is_chat() && want.kind != Kind::ChatMessage;
        follows && !self.is_heard(&want.broadcaster_id)
    }

    /// The number of the one that this is about.
    fn fitting(&self, told: &Subscription) -> Option<u64> {
        let fits = |item: &Item| match &item.state {
            State::Active(subscribed) if !told.id.is_empty() => subscribed.id == told.id,
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
            SubscribeError::NoToken(_) if is_chat && self.falls_back => true,
            // A log-in asks for it again, and nobody else can.
            SubscribeError::NoToken(_) => {
                item.state = State::Resting { at_ms: now_ms + REFUSED_PAUSE_MS };
                return Outcome::Rests;
            }
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
        let told_ms = match error {
            SubscribeError::Later { at_ms, .. } => *at_ms,
            _ => None,
        };
        let at_ms = told_ms.unwrap_or(i64::MIN).max(now_ms + pause_ms(item.misses));
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
            item.state = State::Resting { at_ms: now_ms + REFUSED_PAUSE_MS };
            let whole = Outcome::ChatRefused { falls_back: false };
            return if is_whole { whole } else { Outcome::Rests };
        }
        if !is_whole {
            item.state = State::Dropped;
            return Outcome::Dropped;
        }
        let channel = item.want.broadcaster_id.clone();
        let of_channel =
            |item: &&mut Item| item.want.kind.is_chat() && item.want.broadcaster_id == channel;
        for item in self.items.values_mut().filter(of_channel) {
            let state = std::mem::replace(&mut item.state, State::Dropped);
            if let State::Active(Subscribed { id, cost }) = state {
                self.endings.add(id, Some((item.want.kind, channel.clone())), cost);
            }
        }
        Outcome::ChatRefused { falls_back: true }
    }
}

/// Before something is tried again that failed so many times in a row.
pub(super) fn pause_ms(misses: u32) -> i64 {
    let doublings = misses.saturating_sub(1).min(5);
    (FIRST_PAUSE_MS << doublings).min(MAX_PAUSE_MS)
}

#[cfg(test)]
mod tests;

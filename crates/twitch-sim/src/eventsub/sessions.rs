//! Sessions, their subscriptions, Twitch's limits, and the fan-out of what happens.
//!
//! Each session has one bounded queue. When it is full, its client reads too slowly and is
//! disconnected; nobody else waits for it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use serde_json::Value;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::subscription::{Refusal, Revocation, Subscription, Wish};
use super::types::Whose;
use super::{Noise, chat, messages, noise, signals};
use crate::chat::{ChatEvent, uuid};
use crate::irc::Room;

/// Messages that wait for one client at most.
const QUEUE: usize = 4_096;
/// Sessions with subscriptions of an application and a user.
const MAX_SESSIONS: usize = 3;
/// Subscriptions of a session.
const MAX_SUBSCRIPTIONS: usize = 300;
/// Cost of all subscriptions of an application and a user.
pub(crate) const MAX_COST: u32 = 10;
/// Rooms whose chat a user may read; the own one does not count.
const MAX_ROOMS: usize = 100;
/// Subscriptions of a session that is gone still count for so long.
const LINGER_MS: i64 = 10_000;

/// What comes late comes so late.
const LATE_MS: i64 = 1_500;

/// Something for a client.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Out {
    Text(String),
    /// The message that asks it to move; it has 30 s for it.
    Move(String),
}

/// A client's end of a session.
pub(crate) struct Client {
    pub session_id: String,
    pub queue: mpsc::Receiver<Out>,
    /// Cancelled when the connection shall end.
    pub closed: CancellationToken,
    silent: Arc<AtomicBool>,
}

impl Client {
    /// Sends nothing from here on.
    pub fn silence(&self) {
        self.silent.store(true, Ordering::Relaxed);
    }

    /// Nothing may be sent any more, though the socket stays.
    pub fn is_silent(&self) -> bool {
        self.silent.load(Ordering::Relaxed)
    }
}

struct Session {
    queue: mpsc::Sender<Out>,
    closed: CancellationToken,
    silent: Arc<AtomicBool>,
    owner: Option<(String, u64)>,
    /// What the address to move to holds, once there is one.
    next: Option<String>,
    /// It had subscriptions once.
    was_used: bool,
    /// Its client has moved on, and reads what is left.
    was_left: bool,
}

/// All sessions and subscriptions.
pub(crate) struct Sessions {
    /// Where the server is: `ws://127.0.0.1:PORT/ws`.
    pub address: String,
    sessions: BTreeMap<String, Session>,
    /// By their ids, which grow: the oldest first.
    subscriptions: BTreeMap<u64, Subscription>,
    last: u64,
    /// What comes late: when, to which session, and what.
    held: VecDeque<(i64, String, String)>,
    rng: Pcg64Mcg,
}

impl Sessions {
    pub fn new(seed: u64) -> Self {
        Self {
            address: String::new(),
            sessions: BTreeMap::new(),
            subscriptions: BTreeMap::new(),
            last: 0,
            held: VecDeque::new(),
            rng: Pcg64Mcg::seed_from_u64(seed ^ 0x0065_7665_6e74),
        }
    }

    /// An id for a message or a subscription.
    pub fn fresh_id(&mut self) -> String {
        uuid(self.rng.random())
    }

    /// A client arrives; with `moved`, at the address that a session was asked to move to.
    /// Nothing when there is no such address.
    pub fn connect(&mut self, moved: Option<&str>, closed: CancellationToken) -> Option<Client> {
        let from = match moved {
            Some(token) => Some(
                self.sessions.iter().find(|(_, s)| s.next.as_deref() == Some(token))?.0.clone(),
            ),
            None => None,
        };
        let session_id = format!("session-{}", self.fresh_id());
        let (sender, queue) = mpsc::channel(QUEUE);
        let silent = Arc::new(AtomicBool::new(false));
        let mut session = Session {
            queue: sender,
            closed: closed.clone(),
            silent: Arc::clone(&silent),
            owner: None,
            next: None,
            was_used: false,
            was_left: false,
        };
        if let Some(old) = from.as_ref().and_then(|from| self.sessions.get_mut(from)) {
            (old.next, old.was_left) = (None, true);
            (session.owner, session.was_used) = (old.owner.clone(), old.was_used);
        }
        for subscription in self.subscriptions.values_mut() {
            if from.as_ref() == Some(&subscription.session_id) {
                session_id.clone_into(&mut subscription.session_id);
            }
        }
        self.sessions.insert(session_id.clone(), session);
        Some(Client { session_id, queue, closed, silent })
    }

    /// A client is gone: its subscriptions end, and count for a while yet.
    pub fn disconnect(&mut self, session_id: &str, now_ms: i64) {
        self.sessions.remove(session_id);
        for subscription in self.subscriptions.values_mut() {
            if subscription.session_id == session_id && subscription.gone_ms.is_none() {
                subscription.status = "websocket_disconnected";
                subscription.gone_ms = Some(now_ms);
            }
        }
    }

    /// Whether anything was ever subscribed to over a session.
    pub fn was_used(&self, session_id: &str) -> bool {
        self.sessions.get(session_id).is_some_and(|session| session.was_used)
    }

    /// Makes a subscription; returns it as Helix shows it.
    pub fn subscribe(&mut self, wish: &Wish<'_>, now_ms: i64) -> Result<Value, Refusal> {
        self.forget_old(now_ms);
        let broadcaster = wish.kind.broadcaster(wish.condition).ok_or(Refusal::BadCondition)?;
        let broadcaster_id = broadcaster.to_owned();
        let owner = (wish.client_id.to_owned(), wish.user_id);
        let session = self.sessions.get(wish.session_id).ok_or(Refusal::NoSession)?;
        if session.owner.as_ref().is_some_and(|known| *known != owner) {
            return Err(Refusal::NotYours);
        }
        let user_id = wish.user_id.to_string();
        let is_own = broadcaster_id == user_id;
        let cost = match wish.kind.whose {
            Whose::Own if !is_own => return Err(Refusal::NotYours),
            Whose::Chat if wish.condition["user_id"].as_str() != Some(user_id.as_str()) => {
                return Err(Refusal::NotYours);
            }
            Whose::Anybodys => u32::from(!is_own),
            Whose::Own | Whose::Chat => 0,
        };
        self.check_limits(wish, cost)?;
        if wish.kind.whose == Whose::Chat && !is_own {
            self.check_rooms(wish.user_id, &broadcaster_id)?;
        }
        self.last += 1;
        let subscription = Subscription {
            id: self.fresh_id(),
            kind: wish.kind,
            cost,
            condition: wish.condition.clone(),
            broadcaster_id,
            session_id: wish.session_id.to_owned(),
            owner: owner.clone(),
            status: "enabled",
            created_ms: now_ms,
            gone_ms: None,
        };
        let shown = subscription.json();
        self.subscriptions.insert(self.last, subscription);
        if let Some(session) = self.sessions.get_mut(wish.session_id) {
            (session.owner, session.was_used) = (Some(owner), true);
        }
        Ok(shown)
    }

    fn check_limits(&self, wish: &Wish<'_>, cost: u32) -> Result<(), Refusal> {
        let own: Vec<&Subscription> = self.of(wish.client_id, wish.user_id).collect();
        let here: Vec<&&Subscription> =
            own.iter().filter(|s| s.session_id == wish.session_id).collect();
        if here.iter().any(|s| s.kind == wish.kind && s.condition == *wish.condition) {
            return Err(Refusal::Exists);
        }
        let mut others: Vec<&str> = own
            .iter()
            .filter(|s| s.session_id != wish.session_id && s.gone_ms.is_none())
            .map(|s| s.session_id.as_str())
            .collect();
        others.sort_unstable();
        others.dedup();
        if others.len() >= MAX_SESSIONS {
            return Err(Refusal::TooManySessions);
        }
        if here.len() >= MAX_SUBSCRIPTIONS {
            return Err(Refusal::TooMany);
        }
        let total: u32 = own.iter().map(|s| s.cost).sum();
        if total + cost > MAX_COST { Err(Refusal::TooDear) } else { Ok(()) }
    }

    /// Whoever reads a chat is in its room, by whatever application.
    fn check_rooms(&self, user_id: u64, broadcaster_id: &str) -> Result<(), Refusal> {
        let user = user_id.to_string();
        let reads = |s: &&Subscription| {
            s.owner.1 == user_id && s.kind.whose == Whose::Chat && s.gone_ms.is_none()
        };
        let chats = self.subscriptions.values().filter(reads).map(|s| s.broadcaster_id.as_str());
        let rooms: BTreeSet<&str> = chats.filter(|id| *id != user).collect();
        let has_room = rooms.contains(broadcaster_id) || rooms.len() < MAX_ROOMS;
        if has_room { Ok(()) } else { Err(Refusal::TooManyRooms) }
    }

    /// The subscriptions of a user, those that ended lately too.
    pub fn of(&self, client_id: &str, user_id: u64) -> impl Iterator<Item = &Subscription> {
        self.subscriptions.values().filter(move |s| s.is_of(client_id, user_id))
    }

    /// Ends a subscription of a user; false when there is none.
    pub fn remove(&mut self, id: &str, client_id: &str, user_id: u64) -> bool {
        let before = self.subscriptions.len();
        self.subscriptions.retain(|_, s| !(s.id == id && s.is_of(client_id, user_id)));
        self.subscriptions.len() < before
    }

    fn forget_old(&mut self, now_ms: i64) {
        self.subscriptions
            .retain(|_, s| s.gone_ms.is_none_or(|gone_ms| now_ms - gone_ms < LINGER_MS));
    }

    /// Tells everybody who subscribed to what happened at a time, and when that was by Twitch's
    /// clock; `noise` may spoil a message.
    pub fn publish(
        &mut self,
        room: &Room,
        (at_ms, shown_ms): (i64, i64),
        event: &ChatEvent,
        mut noise: impl FnMut() -> Option<Noise>,
    ) {
        if self.subscriptions.is_empty() {
            return;
        }
        for (kind, event) in chat::events(event, room) {
            self.tell(kind, room, (at_ms, shown_ms), &event, &mut noise);
        }
    }

    /// Tells about a signal that somebody asks for; what is `given` replaces what is made
    /// up. Returns how many heard it.
    pub fn signal(&mut self, kind: &str, room: &Room, now_ms: i64, given: &Value) -> usize {
        let event = signals::made_up(kind, room, now_ms, given);
        self.tell(kind, room, (now_ms, now_ms), &event, &mut || None)
    }

    fn tell(
        &mut self,
        kind: &str,
        room: &Room,
        (at_ms, shown_ms): (i64, i64),
        event: &Value,
        noise: &mut dyn FnMut() -> Option<Noise>,
    ) -> usize {
        let about = room.id.to_string();
        let fits = |s: &&Subscription| {
            s.kind.name == kind && s.broadcaster_id == about && s.gone_ms.is_none()
        };
        let told: Vec<Subscription> = self.subscriptions.values().filter(fits).cloned().collect();
        for subscription in &told {
            let id = self.fresh_id();
            let text = messages::notification(&id, shown_ms, subscription, event);
            let (session_id, noise) = (&subscription.session_id, noise());
            if noise == Some(Noise::Late) {
                self.held.push_back((at_ms + LATE_MS, session_id.clone(), text));
                continue;
            }
            for text in noise::spoil(&id, text, noise) {
                self.send(session_id, Out::Text(text));
            }
        }
        told.len()
    }

    /// Tells what was kept back until now.
    pub fn release(&mut self, now_ms: i64) {
        while self.held.front().is_some_and(|(until_ms, ..)| *until_ms <= now_ms) {
            if let Some((_, session_id, text)) = self.held.pop_front() {
                self.send(&session_id, Out::Text(text));
            }
        }
    }

    /// Asks the sessions that hear a channel (or all) to move, but for those that did.
    pub fn reconnect(&mut self, broadcaster: Option<u64>, now_ms: i64) {
        for session_id in self.those_with(broadcaster) {
            self.reconnect_one(&session_id, now_ms);
        }
    }

    /// Asks a session to move, if it has not moved yet.
    pub fn reconnect_one(&mut self, session_id: &str, now_ms: i64) {
        let (token, id) = (self.fresh_id(), self.fresh_id());
        let url = format!("{}?challenge=simulated&move={token}", self.address);
        let Some(session) = self.sessions.get_mut(session_id).filter(|s| !s.was_left) else {
            return;
        };
        session.next = Some(token);
        let message = messages::reconnect(&id, session_id, now_ms, &url);
        self.send(session_id, Out::Move(message));
    }

    /// Closes the connections of those that hear a channel (or all).
    pub fn drop_all(&mut self, broadcaster: Option<u64>) {
        for session_id in self.those_with(broadcaster) {
            self.sessions[&session_id].closed.cancel();
        }
    }

    /// Tells those that hear a channel (or all) nothing any more.
    pub fn silence(&mut self, broadcaster: Option<u64>) {
        for session_id in self.those_with(broadcaster) {
            self.sessions[&session_id].silent.store(true, Ordering::Relaxed);
        }
    }

    /// Closes the connections of those that hear nothing.
    pub fn drop_silent(&mut self) {
        let silent = self.sessions.values().filter(|s| s.silent.load(Ordering::Relaxed));
        silent.for_each(|session| session.closed.cancel());
    }

    /// Ends subscriptions, and tells those who had them.
    pub fn revoke(&mut self, why: &Revocation, now_ms: i64) {
        let mut ended = Vec::new();
        self.subscriptions.retain(|_, s| {
            let fits = s.gone_ms.is_none() && why.ends(s);
            if fits {
                ended.push(Subscription { status: why.status(), ..s.clone() });
            }
            !fits
        });
        for subscription in ended {
            let id = self.fresh_id();
            let text = messages::revocation(&id, now_ms, &subscription);
            self.send(&subscription.session_id, Out::Text(text));
        }
    }

    /// Sessions connected now.
    pub fn len(&self) -> usize {
        self.sessions.len()
    }

    fn those_with(&self, broadcaster: Option<u64>) -> Vec<String> {
        let about = broadcaster.map(|id| id.to_string());
        let hears = |session_id: &String| {
            about.as_ref().is_none_or(|id| {
                let fits =
                    |s: &Subscription| s.session_id == *session_id && s.broadcaster_id == *id;
                self.subscriptions.values().any(fits)
            })
        };
        self.sessions.keys().filter(|id| hears(id)).cloned().collect()
    }

    fn send(&mut self, session_id: &str, out: Out) {
        let Some(session) = self.sessions.get(session_id) else { return };
        if session.queue.try_send(out).is_err() {
            session.closed.cancel();
        }
    }
}

#[cfg(test)]
mod tests;

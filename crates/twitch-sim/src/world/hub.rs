//! Who is connected to chat, and the fan-out of what happens there.
//!
//! Each connection has one bounded queue. When it is full, its client reads too slowly
//! and is disconnected, as on Twitch; nobody else waits for it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::chat::ChatEvent;
use crate::irc::{Noise, Room};

/// Events that wait for one client at most.
const QUEUE: usize = 4_096;

/// Something for a client.
#[derive(Debug, Clone)]
pub(crate) enum Delivery {
    Chat {
        room: Arc<Room>,
        at_ms: i64,
        event: Arc<ChatEvent>,
        noise: Option<Noise>,
    },
    /// The room is closed.
    PutOut(String),
    Reconnect,
}

/// The connection's end of it.
pub(crate) struct Connection {
    pub id: u64,
    pub queue: mpsc::Receiver<Delivery>,
    /// Cancelled when the connection shall end.
    pub closed: CancellationToken,
    silent: Arc<AtomicBool>,
}

impl Connection {
    /// Nothing may be sent any more, though the socket stays.
    pub fn silent(&self) -> bool {
        self.silent.load(Ordering::Relaxed)
    }
}

/// The hub's end of it.
struct Peer {
    queue: mpsc::Sender<Delivery>,
    closed: CancellationToken,
    silent: Arc<AtomicBool>,
    rooms: BTreeMap<String, Arc<Room>>,
}

#[derive(Default)]
pub(crate) struct Hub {
    peers: BTreeMap<u64, Peer>,
    last_id: u64,
    slow_readers: u64,
    /// What comes late: when, and what.
    held: VecDeque<(i64, Told)>,
}

/// Something that everybody in a room hears, but for one connection.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    pub login: String,
    /// As Twitch's clock shows it.
    pub at_ms: i64,
    pub event: ChatEvent,
    pub except: Option<u64>,
}

impl Hub {
    pub fn connect(&mut self, closed: CancellationToken) -> Connection {
        self.last_id += 1;
        let (sender, queue) = mpsc::channel(QUEUE);
        let silent = Arc::new(AtomicBool::new(false));
        let peer = Peer {
            queue: sender,
            closed: closed.clone(),
            silent: Arc::clone(&silent),
            rooms: BTreeMap::new(),
        };
        self.peers.insert(self.last_id, peer);
        Connection { id: self.last_id, queue, closed, silent }
    }

    pub fn disconnect(&mut self, id: u64) {
        self.peers.remove(&id);
    }

    pub fn listen(&mut self, id: u64, room: Room) {
        if let Some(peer) = self.peers.get_mut(&id) {
            peer.rooms.insert(room.login.clone(), Arc::new(room));
        }
    }

    pub fn leave(&mut self, id: u64, login: &str) {
        if let Some(peer) = self.peers.get_mut(&id) {
            peer.rooms.remove(login);
        }
    }

    /// Keeps something back until a time; it is told by [`Self::release`].
    pub fn hold(&mut self, until_ms: i64, told: Told) {
        self.held.push_back((until_ms, told));
    }

    /// Tells what was kept back until now.
    pub fn release(&mut self, now_ms: i64) {
        while self.held.front().is_some_and(|(until_ms, _)| *until_ms <= now_ms) {
            if let Some((_, told)) = self.held.pop_front() {
                self.publish(told, None);
            }
        }
    }

    /// Tells everybody in a room, but for one connection.
    pub fn publish(&mut self, told: Told, noise: Option<Noise>) {
        let Told { login, at_ms, event, except } = told;
        let event = Arc::new(event);
        for (id, peer) in &self.peers {
            let Some(room) = peer.rooms.get(&login).filter(|_| Some(*id) != except) else {
                continue;
            };
            let (room, event) = (Arc::clone(room), Arc::clone(&event));
            let full = peer.queue.try_send(Delivery::Chat { room, at_ms, event, noise }).is_err();
            if full && !peer.closed.is_cancelled() {
                tracing::info!(connection = id, "a chat client reads too slowly; closed");
                self.slow_readers += 1;
                peer.closed.cancel();
            }
        }
    }

    /// Events that everybody in a room has a place for.
    pub fn room_for(&self, login: &str) -> usize {
        let those_there = self.peers.values().filter(|peer| peer.rooms.contains_key(login));
        those_there.map(|peer| peer.queue.capacity()).min().unwrap_or(QUEUE)
    }

    /// Puts everybody out of a room.
    pub fn put_out(&mut self, login: &str) {
        for peer in self.peers.values_mut() {
            if peer.rooms.remove(login).is_some()
                && peer.queue.try_send(Delivery::PutOut(login.to_owned())).is_err()
            {
                peer.closed.cancel();
            }
        }
    }

    /// Tells those in a channel (or all) to reconnect.
    pub fn reconnect(&mut self, channel: Option<&str>) {
        for peer in self.those_in(channel) {
            if peer.queue.try_send(Delivery::Reconnect).is_err() {
                peer.closed.cancel();
            }
        }
    }

    /// Tells one to reconnect.
    pub fn reconnect_one(&mut self, id: u64) {
        if let Some(peer) = self.peers.get(&id)
            && peer.queue.try_send(Delivery::Reconnect).is_err()
        {
            peer.closed.cancel();
        }
    }

    /// Closes those in a channel (or all).
    pub fn drop_all(&mut self, channel: Option<&str>) {
        self.those_in(channel).for_each(|peer| peer.closed.cancel());
    }

    /// Tells those in a channel (or all) nothing any more.
    pub fn silence(&mut self, channel: Option<&str>) {
        self.those_in(channel).for_each(|peer| peer.silent.store(true, Ordering::Relaxed));
    }

    /// Closes those that hear nothing.
    pub fn drop_silent(&mut self) {
        let silent = self.peers.values().filter(|peer| peer.silent.load(Ordering::Relaxed));
        silent.for_each(|peer| peer.closed.cancel());
    }

    /// Clients connected now.
    pub fn len(&self) -> usize {
        self.peers.len()
    }

    /// Clients that were closed because they read too slowly.
    pub fn slow_readers(&self) -> u64 {
        self.slow_readers
    }

    fn those_in(&self, channel: Option<&str>) -> impl Iterator<Item = &Peer> {
        self.peers
            .values()
            .filter(move |peer| channel.is_none_or(|login| peer.rooms.contains_key(login)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_reader_is_dropped_and_nobody_else() {
        let mut hub = Hub::default();
        let (slow, mut quick) =
            (hub.connect(CancellationToken::new()), hub.connect(CancellationToken::new()));
        let room = Room { login: "a".to_owned(), id: 1, shared: false };
        hub.listen(slow.id, room.clone());
        hub.listen(quick.id, room);
        let told = |login: &str, at_ms| Told {
            login: login.to_owned(),
            at_ms,
            event: ChatEvent::TimedOut { login: "x".to_owned(), id: 1, seconds: 1 },
            except: None,
        };
        for at_ms in 0..=QUEUE as i64 {
            hub.publish(told("a", at_ms), None);
            assert!(quick.queue.try_recv().is_ok());
        }
        hub.publish(told("b", 0), None);
        assert!(quick.queue.try_recv().is_err(), "not in that room");
        assert!(slow.closed.is_cancelled() && !quick.closed.is_cancelled());
        assert_eq!((hub.slow_readers(), hub.len()), (1, 2));
    }
}

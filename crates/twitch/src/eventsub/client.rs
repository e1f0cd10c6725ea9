//! Chat and signals of many channels: starts the connections and hands their events on.

use std::sync::{Arc, Mutex, atomic::Ordering::Relaxed};

use cliphound_clock::Clock;
use cliphound_crew::Post;
use tokio::sync::{mpsc, watch};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use url::Url;

use super::{
    api::Subscriptions,
    connection::{Connection, Shared},
    places::{NoRoom, Places, Target},
    plan::{Plan, Watched},
    socket::{Dial, KEEPALIVE_S, Network},
    stats::EventSubStats,
};
use crate::{
    ChannelLogin,
    chat::Heard,
    net::{Endpoint, EndpointError, fellows},
};

/// What a panic is told of. Each wait of a connection has a bound, so it gives no signs of life.
const CONNECTION: Post = Post::passing("EventSub connection");

/// A channel whose chat EventSub does not give us. It is told once for each time that it is
/// asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The channel.
    pub channel: ChannelLogin,
    /// Twitch's words, or ours.
    pub why: String,
}

/// What to listen to.
pub struct EventSubConfig {
    /// `wss://`, on this machine also `ws://`.
    pub endpoint: Url,
    /// The subscriptions.
    pub plan: Plan,
    /// The channels of the plan, with their ids.
    pub channels: Vec<Watched>,
    /// Size of the queue to the consumer, at least 1. While it is full, the connections
    /// stop reading and TCP holds Twitch back. Nothing is thrown away.
    pub queue: usize,
    /// Takes channels whose chat can't be had, so that it is read by IRC; give it room for
    /// all of them. Without one they are tried again every ten minutes.
    pub refusals: Option<mpsc::Sender<Refused>>,
}

/// Starts listening: a connection for each of the plan's.
///
/// The connections end with `stop`, or when the receiver is dropped; should one fail by a
/// bug, all end, and the queue with them. Without a connection the queue ends at once.
///
/// # Errors
/// When the address can't be used.
pub fn start(
    config: EventSubConfig,
    api: Arc<dyn Subscriptions>,
    clock: Clock,
    tracker: &TaskTracker,
    stop: CancellationToken,
) -> Result<(EventSubHandle, mpsc::Receiver<Heard>), EndpointError> {
    Endpoint::check(&config.endpoint)?;
    Ok(start_with(Box::new(Network::default()), config, api, clock, tracker, stop))
}

/// The same over any kind of socket.
pub(super) fn start_with(
    dial: Box<dyn Dial>,
    config: EventSubConfig,
    api: Arc<dyn Subscriptions>,
    clock: Clock,
    tracker: &TaskTracker,
    stop: CancellationToken,
) -> (EventSubHandle, mpsc::Receiver<Heard>) {
    let EventSubConfig { plan, channels, queue, refusals, endpoint: mut address } = config;
    address.query_pairs_mut().append_pair("keepalive_timeout_seconds", &KEEPALIVE_S.to_string());
    let names = channels.into_iter().map(|channel| (channel.id, channel.login)).collect();
    let (places, targets) = Places::new(plan);
    let (names, places, counters) = (Mutex::new(names), Mutex::new(places), Default::default());
    let retries = watch::Sender::new(());
    let shared = Shared { clock, dial, api, counters, address, names, places, refusals, retries };
    let shared = Arc::new(shared);
    let (out, events) = mpsc::channel(queue.max(1));
    // As with IRC: a connection that ends by a bug takes the others along.
    let stop = stop.child_token();
    let (weak, tracker) = (out.downgrade(), tracker.clone());
    let handle = EventSubHandle { shared, out: weak, tracker, stop };
    targets.into_iter().for_each(|target| handle.connect(target, &out));
    (handle, events)
}

/// Watches the connections. Dropping it stops nothing.
#[derive(Clone)]
pub struct EventSubHandle {
    shared: Arc<Shared>,
    /// Does not keep the queue open.
    out: mpsc::WeakSender<Heard>,
    tracker: TaskTracker,
    stop: CancellationToken,
}

impl EventSubHandle {
    /// Listens to the chat of further channels, over the connections that have room, else over
    /// another one, within Twitch's limits; to what a channel tells of its stream, as far as the
    /// cost allows. A channel that was refused is asked for again; one that is heard would be
    /// lost and asked for anew. Gives those that there is no room for: all, when the client has
    /// ended.
    #[must_use]
    pub fn listen_to(&self, channels: &[Watched]) -> Vec<ChannelLogin> {
        let Some(out) = self.out.upgrade() else {
            return channels.iter().map(|channel| channel.login.clone()).collect();
        };
        let mut full = Vec::new();
        for channel in channels {
            let put = self.shared.places().put(channel);
            match put {
                Ok(opened) => {
                    self.shared.names().insert(channel.id.clone(), channel.login.clone());
                    opened.into_iter().for_each(|target| self.connect(target, &out));
                }
                Err(NoRoom) => full.push(channel.login.clone()),
            }
        }
        full
    }

    /// Leaves channels: their subscriptions are ended. Those that are not listened to are left
    /// alone; the others hear nothing of it.
    pub fn leave(&self, channels: &[ChannelLogin]) {
        self.shared.places().leave(channels);
        self.shared.names().retain(|_, login| !channels.contains(login));
    }

    /// Asks at once for what waits or was refused, because who is logged in may be able to do
    /// more than before. What is heard is left alone.
    pub fn retry_now(&self) {
        self.shared.retries.send_replace(());
    }

    fn connect(&self, target: watch::Receiver<Target>, out: &mpsc::Sender<Heard>) {
        let number = self.shared.counters.connections.fetch_add(1, Relaxed);
        let (shared, stop) = (Arc::clone(&self.shared), self.stop.clone());
        let connection = Connection::new(shared, target, out.clone(), stop);
        fellows::spawn(&self.tracker, &CONNECTION, number, &self.stop, connection.run());
    }

    /// How many events wait for the consumer, and how many may; `None` once the queue is closed.
    #[must_use]
    pub fn queue(&self) -> Option<(usize, usize)> {
        let queue = self.out.upgrade()?;
        Some((queue.max_capacity() - queue.capacity(), queue.max_capacity()))
    }

    /// What was counted so far.
    #[must_use]
    pub fn stats(&self) -> EventSubStats {
        self.shared.counters.read()
    }
}

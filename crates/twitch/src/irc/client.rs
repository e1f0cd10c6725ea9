//! Chat of many channels: starts the connections and hands their events on.

use std::sync::{Arc, Mutex, PoisonError, atomic::Ordering::Relaxed};

use cliphound_clock::Clock;
use cliphound_crew::Post;
use tokio::sync::mpsc;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{error, info};
use url::Url;

use super::{
    connection::{Connection, Shared},
    login::Credentials,
    rooms::Rooms,
    socket::{Dial, Network, Socket},
    stats::ChatStats,
};
use crate::{
    ChannelLogin,
    chat::Heard,
    net::{Endpoint, EndpointError, fellows},
};

/// Twitch is reliable under 100 channels a connection; some room is left.
pub const CHANNELS_PER_CONNECTION: usize = 90;
/// Events that may wait for the consumer. At a few hundred bytes each, some megabytes.
pub const DEFAULT_QUEUE: usize = 8192;
/// What a panic is told of. Each wait of a connection has a bound, so it gives no signs of life.
const CONNECTION: Post = Post::passing("IRC connection");

/// What to listen to.
#[derive(Clone)]
pub struct ChatConfig {
    /// `ircs://`, `wss://`; on this machine also `irc://` and `ws://`. See [`Endpoint::check`].
    pub endpoint: Url,
    /// The channels; repeated ones count once.
    pub channels: Vec<ChannelLogin>,
    /// Whom to log in as; `None` reads anonymously.
    pub credentials: Option<Arc<dyn Credentials>>,
    /// Size of the queue to the consumer, at least 1. While it is full, the connections
    /// stop reading and TCP holds Twitch back; after some minutes of that Twitch would cut
    /// the connection. Nothing is thrown away.
    pub queue: usize,
}

impl ChatConfig {
    /// Anonymous reading with the usual queue.
    #[must_use]
    pub fn new(endpoint: Url, channels: Vec<ChannelLogin>) -> Self {
        Self { endpoint, channels, credentials: None, queue: DEFAULT_QUEUE }
    }
}

/// Rooms that Twitch lets an account be in at a time; anonymous connections are not held to it.
pub(super) const ROOMS_OF_AN_ACCOUNT: usize = 100;

/// Starts listening. JOINs are paced over all connections of this client: a process
/// should have one client.
///
/// An address that can't be used is told in the log and by [`ChatHandle::refusal`], and
/// the queue ends at once; check it before with [`Endpoint::check`]. The connections end
/// with `stop`, or when the receiver is dropped; should one fail, all end, and the queue with
/// them.
#[must_use]
pub fn start(
    config: ChatConfig,
    clock: Clock,
    tracker: &TaskTracker,
    stop: CancellationToken,
) -> (ChatHandle, mpsc::Receiver<Heard>) {
    match Endpoint::check(&config.endpoint) {
        Ok(endpoint) => start_with(Box::new(Network::new(endpoint)), config, clock, tracker, stop),
        Err(refusal) => {
            error!(%refusal, "chat is not started");
            let shared = Arc::new(Shared::new(clock, None, Box::new(Nowhere)));
            let (out, events) = mpsc::channel(1);
            let (out, tracker) = (out.downgrade(), tracker.clone());
            let rooms = Arc::new(Mutex::new(Rooms::new(false)));
            (ChatHandle { shared, rooms, refusal: Some(refusal), out, tracker, stop }, events)
        }
    }
}

/// The same over any kind of socket.
pub(super) fn start_with(
    dial: Box<dyn Dial>,
    config: ChatConfig,
    clock: Clock,
    tracker: &TaskTracker,
    stop: CancellationToken,
) -> (ChatHandle, mpsc::Receiver<Heard>) {
    let credentials = config.credentials.filter(|_| {
        let fit = config.channels.len() <= ROOMS_OF_AN_ACCOUNT;
        if !fit {
            info!(
                channels = config.channels.len(),
                "chat is read anonymously: an account may be in {ROOMS_OF_AN_ACCOUNT} rooms only"
            );
        }
        fit
    });
    let rooms = Arc::new(Mutex::new(Rooms::new(credentials.is_some())));
    let shared = Arc::new(Shared::new(clock, credentials, dial));
    let (out, events) = mpsc::channel(config.queue.max(1));
    // A connection that ends takes the others along, and the queue ends.
    let stop = stop.child_token();
    let (weak, tracker) = (out.downgrade(), tracker.clone());
    let handle = ChatHandle { shared, rooms, refusal: None, out: weak, tracker, stop };
    handle.connect(config.channels, &out);
    (handle, events)
}

/// Watches the connections. Dropping it stops nothing.
#[derive(Clone)]
pub struct ChatHandle {
    shared: Arc<Shared>,
    rooms: Arc<Mutex<Rooms>>,
    refusal: Option<EndpointError>,
    /// Does not keep the queue open.
    out: mpsc::WeakSender<Heard>,
    tracker: TaskTracker,
    stop: CancellationToken,
}

impl ChatHandle {
    /// Listens to further channels: over the connections that have room, else over further
    /// ones of the same client. JOINs stay paced. Channels that are listened to already stay
    /// as they are. False when the client has ended or never had a channel.
    #[must_use]
    pub fn listen_to(&self, channels: Vec<ChannelLogin>) -> bool {
        let Some(out) = self.out.upgrade() else { return false };
        self.connect(channels, &out);
        true
    }

    /// Leaves channels: PART where we are in the room. Those that are not listened to are
    /// left alone; the others hear nothing of it.
    pub fn leave(&self, channels: &[ChannelLogin]) {
        self.rooms().leave(channels);
    }

    fn rooms(&self) -> std::sync::MutexGuard<'_, Rooms> {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn connect(&self, channels: Vec<ChannelLogin>, out: &mpsc::Sender<Heard>) {
        let opened = self.rooms().put(channels);
        for opened in opened {
            let number = self.shared.counters.connections.fetch_add(1, Relaxed);
            let (shared, out) = (Arc::clone(&self.shared), out.clone());
            let connection = Connection::new(shared, opened, out, self.stop.clone());
            fellows::spawn(&self.tracker, &CONNECTION, number, &self.stop, connection.run());
        }
    }

    /// How many events wait for the consumer, and how many may; `None` once the queue is closed.
    #[must_use]
    pub fn queue(&self) -> Option<(usize, usize)> {
        let queue = self.out.upgrade()?;
        Some((queue.max_capacity() - queue.capacity(), queue.max_capacity()))
    }

    /// What was counted so far.
    #[must_use]
    pub fn stats(&self) -> ChatStats {
        self.shared.counters.read()
    }

    /// Why chat was not started at all.
    #[must_use]
    pub fn refusal(&self) -> Option<&EndpointError> {
        self.refusal.as_ref()
    }
}

/// For a client that was not started.
struct Nowhere;

impl Dial for Nowhere {
    fn dial(&self) -> futures_util::future::BoxFuture<'_, std::io::Result<Socket>> {
        Box::pin(async { Err(std::io::ErrorKind::Unsupported.into()) })
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::atomic::AtomicU32, time::Duration};

    use futures_util::{FutureExt, future};
    use tokio::time::timeout;

    use super::*;

    /// The first connection waits for ever; the second one meets a bug.
    struct Nervous(AtomicU32);

    impl Dial for Nervous {
        fn dial(&self) -> future::BoxFuture<'_, std::io::Result<Socket>> {
            let number = self.0.fetch_add(1, Relaxed);
            async move {
                assert_eq!(number, 0, "for the test");
                future::pending().await
            }
            .boxed()
        }
    }

    #[tokio::test(start_paused = true)]
    async fn one_connection_that_fails_ends_them_all() {
        let logins = (0..=CHANNELS_PER_CONNECTION).map(|n| format!("channel{n}"));
        let channels = logins.map(|login| ChannelLogin::parse(&login).unwrap()).collect();
        let config = ChatConfig::new(Url::parse("irc://127.0.0.1:9").unwrap(), channels);
        let (tracker, stop) = (TaskTracker::new(), CancellationToken::new());
        let dial = Box::new(Nervous(AtomicU32::new(0)));
        let (handle, mut events) =
            start_with(dial, config, Clock::system(), &tracker, stop.clone());
        assert_eq!(handle.stats().connections, 2);
        let heard = timeout(Duration::from_secs(1), events.recv()).await;
        assert_eq!(heard, Ok(None));
        tracker.close();
        tracker.wait().await;
        assert!(!stop.is_cancelled(), "what others share goes on");
    }
}

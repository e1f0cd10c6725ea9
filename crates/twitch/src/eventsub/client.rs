//! Chat and signals of many channels: starts the connections and hands their events on.

use std::{
    collections::BTreeSet,
    sync::{Arc, atomic::Ordering::Relaxed},
};

use cliphound_clock::Clock;
use tokio::sync::{mpsc, watch};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{Instrument, info_span};
use url::Url;

use super::{
    api::Subscriptions,
    connection::{Connection, Shared},
    plan::{Plan, Watched},
    socket::{Dial, KEEPALIVE_S, Network},
    stats::EventSubStats,
};
use crate::{
    ChannelLogin,
    chat::Heard,
    net::{Endpoint, EndpointError},
};

/// A channel whose chat EventSub does not give us. It is told once for each channel.
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
    let mut address = config.endpoint;
    address.query_pairs_mut().append_pair("keepalive_timeout_seconds", &KEEPALIVE_S.to_string());
    let names = config.channels.into_iter().map(|channel| (channel.id, channel.login)).collect();
    let refusals = config.refusals;
    let (counters, left) = (Default::default(), watch::channel(BTreeSet::new()).0);
    let shared = Arc::new(Shared { clock, dial, api, counters, address, names, refusals, left });
    let (out, events) = mpsc::channel(config.queue.max(1));
    // As with IRC: a connection that ends by a bug takes the others along.
    let stop = stop.child_token();
    for (number, wants) in config.plan.connections.into_iter().enumerate() {
        shared.counters.connections.fetch_add(1, Relaxed);
        let connection = Connection::new(Arc::clone(&shared), wants, out.clone(), stop.clone());
        let ends_all = stop.clone().drop_guard();
        let run = async move {
            connection.run().await;
            drop(ends_all);
        };
        tracker.spawn(run.instrument(info_span!("eventsub", connection = number)));
    }
    (EventSubHandle { shared }, events)
}

/// Watches the connections. Dropping it stops nothing.
#[derive(Clone)]
pub struct EventSubHandle {
    shared: Arc<Shared>,
}

impl EventSubHandle {
    /// Leaves channels: their subscriptions are ended. Those that are not listened to are left
    /// alone; the others hear nothing of it.
    pub fn leave(&self, channels: &[ChannelLogin]) {
        let mut left = self.shared.left.borrow().clone();
        left.extend(channels.iter().cloned());
        self.shared.left.send_replace(left);
    }

    /// What was counted so far.
    #[must_use]
    pub fn stats(&self) -> EventSubStats {
        self.shared.counters.read()
    }
}

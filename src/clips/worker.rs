//! The clip worker: takes orders and gives each clip a task of its own.
//!
//! It never waits for Twitch or the disk itself, so that its queue stays empty and
//! a slow channel delays no other.

use std::{collections::BTreeMap, sync::Arc};

use cliphound_engine::Moment;
use cliphound_store::{Intent, IntentKey};
use cliphound_twitch::ChannelLogin;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::{
    api::ClipApi,
    context::Context,
    order::{ClipOrder, OfflineFlag, ToClips},
    row, steps,
    task::ClipTask,
};
use crate::crew::Crew;

/// Orders waiting for the worker; a full queue means that the worker hangs, and the
/// channel then records the moment as missed.
pub const ORDERS: usize = 1_024;
/// Clips that may be open at the same time: hours of work at Twitch's limit. More are
/// recorded as missed.
const MAX_OPEN: usize = 4_096;
/// Moments beyond it that may be waiting for their record. More are only logged.
const MAX_MISSED: usize = 1_024;

/// Starts a task for each order.
pub struct ClipWorker<A> {
    context: Arc<Context<A>>,
    open: BTreeMap<IntentKey, watch::Sender<Moment>>,
    crew: Crew,
    stop: CancellationToken,
}

impl<A: ClipApi> ClipWorker<A> {
    /// A worker whose clips are tasks of `crew` until `stop`.
    #[must_use]
    pub fn new(context: Context<A>, crew: Crew, stop: CancellationToken) -> Self {
        Self { context: Arc::new(context), open: BTreeMap::new(), crew, stop }
    }

    /// Takes orders until the queue is closed or `stop`; first takes up what an earlier run left open.
    pub async fn run(mut self, mut orders: mpsc::Receiver<ToClips>) {
        self.resume().await;
        loop {
            let order = tokio::select! {
                order = orders.recv() => order,
                () = self.stop.cancelled() => None,
            };
            match order {
                Some(order) => self.take(order),
                None => break,
            }
        }
        // What was ordered in the last instant becomes durable before the end.
        while let Ok(order) = orders.try_recv() {
            self.take(order);
        }
    }

    fn take(&mut self, order: ToClips) {
        match order {
            ToClips::New(order) => self.begin(order),
            ToClips::Extended(order) => self.extend(order),
            ToClips::Missed(order) => self.miss(order, "the clip worker did not keep up"),
        }
    }

    fn begin(&mut self, order: ClipOrder) {
        if self.open_now() >= MAX_OPEN {
            return self.miss(order, "too many clips were open at once");
        }
        let task = self.task(order);
        self.crew.spawn("clip", task.begin());
    }

    /// Records a moment that can't be clipped for lack of room.
    fn miss(&mut self, order: ClipOrder, reason: &'static str) {
        tracing::error!(channel = %order.login, "no clip: {reason}");
        if self.open_now() >= MAX_OPEN + MAX_MISSED {
            tracing::error!(channel = %order.login, "a moment is lost: the disk does not keep up");
            return;
        }
        let task = self.task(order);
        self.crew.spawn("missed clip", task.miss(reason.to_owned()));
    }

    /// A task for `order`, which hears of extensions while it runs.
    fn task(&mut self, order: ClipOrder) -> ClipTask<A> {
        let (updates, moment) = watch::channel(order.moment.clone());
        // A promise of the same key goes on: the newcomer will find it and end.
        self.open.entry(order.key()).or_insert(updates);
        ClipTask::new(Arc::clone(&self.context), order, moment, self.stop.clone())
    }

    fn extend(&self, order: ClipOrder) {
        if let Some(updates) = self.open.get(&order.key()) {
            updates.send_replace(order.moment);
        }
    }

    /// Forgets the clips whose tasks have ended; says how many are left.
    fn open_now(&mut self) -> usize {
        self.open.retain(|_, updates| updates.receiver_count() > 0);
        self.open.len()
    }

    async fn resume(&mut self) {
        let intents = match self.context.store.open_intents().await {
            Ok(intents) => intents,
            Err(error) => {
                tracing::error!(%error, "clips that were open when Cliphound ended can't be read");
                return;
            }
        };
        if !intents.is_empty() {
            tracing::info!(clips = intents.len(), "going on with clips that were open");
        }
        for intent in intents {
            self.take_up(&intent).await;
        }
    }

    async fn take_up(&mut self, intent: &Intent) {
        let now_ms = self.context.time.clock().now_ms();
        let Some((state, life)) = steps::stored(intent).zip(steps::resume(intent, now_ms)) else {
            return;
        };
        let Ok(login) = ChannelLogin::parse(&intent.login) else { return };
        let stored = self.context.store.moment(&intent.key).await.ok().flatten();
        let id = &intent.key.broadcaster_id;
        let order = ClipOrder {
            login,
            broadcaster_id: (!id.starts_with("login:")).then(|| id.clone()),
            moment: row::moment(intent, stored),
            title: intent.title.clone(),
            duration_s: intent.duration_s,
            offline: OfflineFlag::default(),
        };
        let task = self.task(order);
        self.crew.spawn("clip", task.go_on(life, state));
    }
}

//! The life of one connection: a session, and after a loss another one.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::Ordering::Relaxed},
    time::Duration,
};

use cliphound_clock::Clock;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};
use url::Url;

use super::{
    api::Subscriptions,
    client::Refused,
    kind::Kind,
    places::{Places, Target},
    recent::Recent,
    session::{End, Session, until},
    socket::{Dial, Greeted, greet},
    stats::{Counters, count},
    wants::{PATIENCE, Wants},
};
use crate::{
    ChannelLogin,
    chat::{ChatEvent, Heard, Loss, WhyLost},
    net::{Backoff, GOOD_LIFE},
};

/// What all connections of a client share.
pub(super) struct Shared {
    pub(super) clock: Clock,
    pub(super) dial: Box<dyn Dial>,
    pub(super) api: Arc<dyn Subscriptions>,
    pub(super) counters: Counters,
    /// Where a new session begins.
    pub(super) address: Url,
    /// The channels by their broadcasters' ids.
    pub(super) names: Mutex<BTreeMap<String, ChannelLogin>>,
    /// What each connection is to have.
    pub(super) places: Mutex<Places>,
    /// Takes the channels whose chat can't be had; without one they are tried again.
    pub(super) refusals: Option<mpsc::Sender<Refused>>,
    /// Told when what waits or was refused is to be asked for at once.
    pub(super) retries: watch::Sender<()>,
}

impl Shared {
    /// The channel of an id, while it is listened to.
    pub(super) fn name_of(&self, broadcaster_id: &str) -> Option<ChannelLogin> {
        self.names().get(broadcaster_id).cloned()
    }

    pub(super) fn names(&self) -> MutexGuard<'_, BTreeMap<String, ChannelLogin>> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn places(&self) -> MutexGuard<'_, Places> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One connection and its subscriptions.
pub(super) struct Connection {
    pub(super) shared: Arc<Shared>,
    pub(super) wants: Wants,
    /// What they are to be.
    pub(super) target: watch::Receiver<Target>,
    pub(super) recent: Recent,
    pub(super) out: mpsc::Sender<Heard>,
    pub(super) stop: CancellationToken,
    /// Told when to ask at once for what waits or was refused.
    pub(super) retries: watch::Receiver<()>,
    /// When Twitch last ended subscriptions because our rights were gone.
    pub(super) doubted_ms: Option<i64>,
    /// What was told once about types of subscriptions.
    pub(super) told: BTreeSet<(Kind, &'static str)>,
    backoff: Backoff,
    /// Attempts in a row that came to no session.
    failures: u32,
}

impl Connection {
    pub(super) fn new(
        shared: Arc<Shared>,
        target: watch::Receiver<Target>,
        out: mpsc::Sender<Heard>,
        stop: CancellationToken,
    ) -> Self {
        let wants = Wants::new(shared.refusals.is_some());
        let retries = shared.retries.subscribe();
        Self {
            shared,
            wants,
            target,
            recent: Recent::default(),
            out,
            stop,
            retries,
            doubted_ms: None,
            told: BTreeSet::new(),
            backoff: Backoff::new(),
            failures: 0,
        }
    }

    /// Lives until it is stopped or nobody listens any more.
    pub(super) async fn run(mut self) {
        let stop = self.stop.clone();
        loop {
            // Without a session there is nothing to end.
            self.wants.follow(&self.target.borrow_and_update());
            if !self.wants.any_left() {
                // That is no failure: the others go on.
                info!("nothing is left to hear over this connection to EventSub");
                self.shared.counters.idle.fetch_add(1, Relaxed);
                let goes_on = stop.run_until_cancelled(self.something_to_hear()).await.is_some();
                self.shared.counters.idle.fetch_sub(1, Relaxed);
                if !goes_on {
                    return;
                }
                continue;
            }
            let Some(greeted) = stop.run_until_cancelled(self.connect()).await else { return };
            if let Some(greeted) = greeted
                && self.listen(greeted).await.is_err()
            {
                return;
            }
            let delay = self.backoff.next_delay();
            debug!(?delay, "waiting before connecting to EventSub");
            if stop.run_until_cancelled(self.shared.clock.sleep(delay)).await.is_none() {
                return;
            }
        }
    }

    /// Waits until something else is to be heard, or what was refused is to be asked for again;
    /// for ever when neither comes.
    async fn something_to_hear(&mut self) {
        let clock = &self.shared.clock;
        let next_ms = self.wants.wake(clock.now_ms());
        if self.wants.any_left() {
            // It was due before anybody waited for it.
            return;
        }
        let rested = until(clock, next_ms);
        tokio::select! {
            Ok(()) = self.target.changed() => {}
            Ok(()) = self.retries.changed() => self.wants.retry_now(),
            () = rested => drop(self.wants.wake(clock.now_ms())),
        }
    }

    async fn connect(&mut self) -> Option<Greeted> {
        match greet(self.shared.dial.as_ref(), &self.shared.address).await {
            Ok(greeted) => {
                self.failures = 0;
                Some(greeted)
            }
            Err(why) => {
                self.failures += 1;
                if self.failures.is_power_of_two() {
                    warn!(why, attempt = self.failures, "EventSub can't be reached, trying again");
                }
                if self.failures >= PATIENCE && self.shared.refusals.is_some() {
                    for channel in self.wants.give_up_chat() {
                        self.refuse(channel, "EventSub can't be reached");
                    }
                }
                None
            }
        }
    }

    /// Listens until the session ends. An error ends the connection: stopped, or nobody
    /// takes the events.
    async fn listen(&mut self, greeted: Greeted) -> Result<(), Stopped> {
        let counters = &self.shared.counters;
        counters.connected.fetch_add(1, Relaxed);
        info!(keepalive = ?greeted.keepalive, "connected to EventSub");
        let born_ms = self.shared.clock.now_ms();
        let (end, alive_ms) = Session::new(self, greeted).run().await;
        self.shared.counters.connected.fetch_sub(1, Relaxed);
        let lived_ms = self.shared.clock.now_ms() - born_ms;
        if Duration::from_millis(u64::try_from(lived_ms).unwrap_or(0)) >= GOOD_LIFE {
            self.backoff.reset();
        }
        match end {
            End::Stopped => return Err(Stopped),
            End::NothingLeft => {}
            End::Lost(why) => {
                count(&self.shared.counters.lost);
                warn!(why, "EventSub was lost: subscribing anew");
            }
        }
        let heard = self.wants.disconnect();
        self.shared.counters.channels_heard.fetch_sub(heard.len(), Relaxed);
        let loss = Loss { why: WhyLost::EventSub, alive_ms: Some(alive_ms) };
        let lost = ChatEvent::Lost(loss);
        for channel in heard {
            self.deliver(channel, None, None, lost.clone()).await?;
        }
        Ok(())
    }

    /// Hands an event on. While the queue is full this waits, nothing is read, and TCP
    /// holds Twitch back.
    pub(super) async fn deliver(
        &self,
        channel: ChannelLogin,
        room_id: Option<String>,
        sent_ms: Option<i64>,
        event: ChatEvent,
    ) -> Result<(), Stopped> {
        let heard = Heard { channel, room_id, sent_ms, event };
        match self.stop.run_until_cancelled(self.out.send(heard)).await {
            Some(Ok(())) => Ok(()),
            Some(Err(_)) | None => Err(Stopped),
        }
    }

    /// Leaves a channel's chat to who takes it.
    pub(super) fn refuse(&self, channel: ChannelLogin, why: &str) {
        if let Some(refusals) = &self.shared.refusals {
            // It has no room any more, until somebody asks for it again.
            self.shared.places().leave_chat(&channel);
            // There is room for every channel, and each comes once for each time it is asked for.
            let refused = Refused { channel, why: why.to_owned() };
            if let Err(error) = refusals.try_send(refused) {
                warn!(%error, "a channel is not heard: nobody took it over");
            }
        }
    }
}

/// The connection ends for good.
#[derive(Debug)]
pub(super) struct Stopped;

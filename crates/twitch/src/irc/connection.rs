//! The life of one connection: dial, log in, listen, wait, and again.
//!
//! Each step consumes the state and returns the next one.

use std::{
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};

use cliphound_clock::Clock;
use secrecy::SecretString;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use super::{
    entry::{Identity, Refusals},
    joins::Joins,
    login::Credentials,
    pace::JoinPacer,
    rooms::{Opened, Wanted},
    session::{End, Ended, Session},
    socket::{Dial, Socket},
    stats::{Counters, count},
};
use crate::{
    ChannelLogin,
    chat::{ChatEvent, Heard, Loss, WhyLost},
    net::{Backoff, GOOD_LIFE},
};

/// What all connections of a client share.
pub(super) struct Shared {
    pub(super) clock: Clock,
    pub(super) pacer: JoinPacer,
    pub(super) counters: Counters,
    pub(super) credentials: Option<Arc<dyn Credentials>>,
    pub(super) dial: Box<dyn Dial>,
    pub(super) refusals: Refusals,
}

impl Shared {
    pub(super) fn new(
        clock: Clock,
        credentials: Option<Arc<dyn Credentials>>,
        dial: Box<dyn Dial>,
    ) -> Self {
        let pacer = JoinPacer::new(clock.clone());
        let (counters, refusals) = (Counters::default(), Refusals::default());
        Self { clock, pacer, counters, credentials, dial, refusals }
    }
}

/// One connection and its channels.
pub(super) struct Connection {
    shared: Arc<Shared>,
    joins: Joins,
    /// The channels as they are to be.
    wanted: watch::Receiver<Wanted>,
    logs_in: bool,
    backoff: Backoff,
    /// Attempts in a row that did not get us in.
    failures: u32,
    out: mpsc::Sender<Heard>,
    stop: CancellationToken,
}

enum State {
    Connecting,
    Listening(Box<Socket>, Identity),
    Waiting,
    Stopped,
}

impl Connection {
    pub(super) fn new(
        shared: Arc<Shared>,
        opened: Opened,
        out: mpsc::Sender<Heard>,
        stop: CancellationToken,
    ) -> Self {
        let Opened { channels, wanted, logs_in } = opened;
        let (joins, backoff) = (Joins::new(channels), Backoff::new());
        Self { shared, joins, wanted, logs_in, backoff, failures: 0, out, stop }
    }

    /// Lives until it is stopped or nobody listens any more.
    pub(super) async fn run(mut self) {
        let stop = self.stop.clone();
        let mut state = State::Connecting;
        loop {
            state = match state {
                State::Connecting => or_stopped(&stop, self.connect()).await,
                // Stops by itself, so that it can leave in good order.
                State::Listening(socket, who) => self.listen(*socket, who).await,
                State::Waiting => or_stopped(&stop, self.wait()).await,
                State::Stopped => return,
            }
        }
    }

    async fn connect(&mut self) -> State {
        let who = self.shared.identity(self.logs_in).await;
        match self.shared.enter(&who, self.failures.saturating_add(1)).await {
            Some(socket) => {
                self.failures = 0;
                State::Listening(Box::new(socket), who)
            }
            None => {
                self.failures = self.failures.saturating_add(1);
                State::Waiting
            }
        }
    }

    async fn listen(&mut self, socket: Socket, who: Identity) -> State {
        let counters = &self.shared.counters;
        counters.connected.fetch_add(1, Relaxed);
        // In no room yet: nobody has to be left.
        self.joins.follow(&self.wanted.borrow_and_update());
        info!(nick = who.nick, channels = self.joins.len(), "connected to chat");
        let born_ms = self.shared.clock.now_ms();
        let mut session = Session::new(
            &self.shared,
            &mut self.joins,
            &mut self.wanted,
            &self.out,
            &self.stop,
            socket,
            who,
        );
        let end = session.run().await;
        let Ended { alive_ms, token, only_before } = session.ended();
        counters.connected.fetch_sub(1, Relaxed);
        let lived =
            Duration::from_millis(u64::try_from(self.shared.clock.now_ms() - born_ms).unwrap_or(0));
        if lived >= GOOD_LIFE {
            self.backoff.reset();
        }
        let mut heard = self.joins.disconnect();
        heard.extend(only_before);
        self.shared.counters.channels_heard.fetch_sub(heard.len(), Relaxed);
        self.after(end, token.as_ref(), heard, alive_ms).await
    }

    async fn after(
        &mut self,
        end: End,
        token: Option<&SecretString>,
        heard: Vec<ChannelLogin>,
        alive_ms: i64,
    ) -> State {
        let why =
            if matches!(end, End::AskedTo) { WhyLost::Reconnect } else { WhyLost::Connection };
        let loss = Loss { why, alive_ms: Some(alive_ms) };
        let mut refused = None;
        match end {
            End::Stopped => return State::Stopped,
            End::AskedTo => info!("chat asked us to connect anew"),
            End::Lost(why) => warn!(why, "chat was lost"),
            End::LoginFailed(words) => refused = Some(words),
        }
        for channel in heard {
            let lost =
                Heard { channel, room_id: None, sent_ms: None, event: ChatEvent::Lost(loss) };
            tokio::select! {
                () = self.stop.cancelled() => return State::Stopped,
                sent = self.out.send(lost) => if sent.is_err() { return State::Stopped },
            }
        }
        if let Some(words) = refused {
            return or_stopped(&self.stop.clone(), async {
                self.shared.refused(token, &words).await;
                State::Waiting
            })
            .await;
        }
        State::Waiting
    }

    async fn wait(&mut self) -> State {
        let delay = self.backoff.next_delay();
        debug!(?delay, "waiting before connecting to chat");
        self.shared.clock.sleep(delay).await;
        count(&self.shared.counters.reconnects, 1);
        State::Connecting
    }
}

async fn or_stopped(stop: &CancellationToken, step: impl Future<Output = State>) -> State {
    tokio::select! {
        () = stop.cancelled() => State::Stopped,
        next = step => next,
    }
}

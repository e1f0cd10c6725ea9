//! A session of a connection: subscribes, reads, and goes on at another address when asked to.

use std::{
    convert::Infallible,
    future::pending,
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};

use cliphound_clock::Clock;
use futures_util::{StreamExt, future::BoxFuture, stream::FuturesUnordered};
use tokio::{
    sync::oneshot,
    time::{Interval, interval, timeout},
};
use tracing::{debug, info, warn};
use url::Url;

use super::{
    api::{SubscribeError, Subscribed},
    audit::{Audit, Audited},
    connection::{Connection, Shared, Stopped},
    envelope::{self, Body},
    plan::Want,
    read::{self, Told},
    socket::{Greeted, Incoming, Socket, greet},
    stats::count,
};
use crate::chat::ChatEvent;

/// Beyond the keepalive that Twitch promised. Real time.
const GRACE: Duration = Duration::from_secs(5);
/// Calls to the API at a time.
const CALLS: usize = 4;
/// After a move, the old socket is read to its end, at most this long. Real time.
const DRAIN: Duration = Duration::from_secs(10);
/// Before a move, calls that are under way are waited for, at most this long. Real time.
const SETTLE: Duration = Duration::from_secs(5);
/// Attempts to reach the new address. Twitch keeps the old one open for 30 s.
const MOVE_ATTEMPTS: u32 = 3;
/// Pause between them. Real time.
const MOVE_PAUSE: Duration = Duration::from_secs(1);

/// Why a session ended.
#[derive(Debug)]
pub(super) enum End {
    /// We are shutting down, or nobody takes our events.
    Stopped,
    /// The connection broke or went silent.
    Lost(String),
    /// Every subscription was refused.
    NothingLeft,
}

impl From<Stopped> for End {
    fn from(_: Stopped) -> Self {
        Self::Stopped
    }
}

/// What an API call came to.
pub(super) enum Answer {
    Subscribed(Asked, Result<Subscribed, SubscribeError>),
    Audited(Audited),
    /// The subscription with this id was to be ended: whether that is over.
    Ended(String, bool),
    /// It was another call, of which nothing follows here.
    Done,
}

/// A subscription that was asked for.
pub(super) struct Asked {
    pub(super) number: u64,
    pub(super) want: Want,
    /// For this session; there may be another by now.
    pub(super) session_id: String,
}

/// What happened next.
enum Next {
    Stop,
    Answered(Answer),
    Moved(Result<Greeted, String>),
    Old(Incoming),
    Drained,
    Came(Incoming),
    Due,
    /// It is to be looked whether Twitch still has our subscriptions.
    Audit,
    /// Channels have come or gone.
    Changed,
    /// Who is logged in may be able to do more than before.
    Retry,
    Silence,
}

/// A connection that was welcomed.
pub(super) struct Session<'a> {
    pub(super) connection: &'a mut Connection,
    pub(super) session_id: String,
    /// `None` once it has closed while we move.
    socket: Option<Socket>,
    /// Where we came from, read to its end.
    old: Option<Socket>,
    draining: Option<BoxFuture<'static, ()>>,
    moving: Option<BoxFuture<'static, Result<Greeted, String>>>,
    /// Dropped when no call is under way any more: the move begins.
    unsettled: Option<oneshot::Sender<Infallible>>,
    pub(super) calls: FuturesUnordered<BoxFuture<'static, Answer>>,
    /// Dead subscriptions were ended once in this session.
    pub(super) has_tidied: bool,
    pub(super) audit: Audit,
    /// Fires when nothing was heard for too long.
    silence: Interval,
    patience: Duration,
    /// When Twitch was last heard, on our clock.
    alive_ms: i64,
}

impl<'a> Session<'a> {
    pub(super) fn new(connection: &'a mut Connection, greeted: Greeted) -> Self {
        let patience = greeted.keepalive + GRACE;
        let alive_ms = connection.shared.clock.now_ms();
        Self {
            connection,
            session_id: greeted.session_id,
            socket: Some(greeted.socket),
            old: None,
            draining: None,
            moving: None,
            unsettled: None,
            calls: FuturesUnordered::new(),
            has_tidied: false,
            audit: Audit::new(alive_ms),
            silence: interval(patience),
            patience,
            alive_ms,
        }
    }

    /// Lives until it ends; says when Twitch was last heard, too (our clock).
    pub(super) async fn run(mut self) -> (End, i64) {
        self.silence.reset_after(self.patience);
        match self.live().await {
            Err(end) => (end, self.alive_ms),
            Ok(never) => match never {},
        }
    }

    async fn live(&mut self) -> Result<Infallible, End> {
        loop {
            if !self.connection.wants.any_left() && self.calls.is_empty() {
                return Err(End::NothingLeft);
            }
            let next = self.next().await;
            self.take(next).await?;
        }
    }

    async fn next(&mut self) -> Next {
        let moving = self.moving.is_some();
        if !moving {
            self.ask();
        } else if self.calls.is_empty() {
            self.unsettled = None;
        }
        let clock = self.shared().clock.clone();
        let may_ask = !moving && self.calls.len() < CALLS;
        let due_ms = self.connection.wants.next_at_ms().filter(|_| may_ask);
        let audit_ms = self.audit.next_at_ms().filter(|_| may_ask);
        let connection = &mut *self.connection;
        let (stop, target) = (&connection.stop, &mut connection.target);
        let retries = &mut connection.retries;
        // In this order: what was sent over the old socket comes before what is on the new
        // one; silence counts only when there is nothing to read.
        tokio::select! {
            biased;
            () = stop.cancelled() => Next::Stop,
            Some(answer) = self.calls.next() => Next::Answered(answer),
            moved = done(&mut self.moving) => Next::Moved(moved),
            came = read_some(&mut self.old) => Next::Old(came),
            () = done(&mut self.draining) => Next::Drained,
            came = read_some(&mut self.socket) => Next::Came(came),
            Ok(()) = target.changed() => Next::Changed,
            Ok(()) = retries.changed() => Next::Retry,
            () = until(&clock, due_ms) => Next::Due,
            () = until(&clock, audit_ms) => Next::Audit,
            _ = self.silence.tick(), if !moving => Next::Silence,
        }
    }

    /// Ends and asks for subscriptions as they are due, some at a time.
    fn ask(&mut self) {
        let now_ms = self.shared().clock.now_ms();
        while self.calls.len() < CALLS {
            if let Some(id) = self.connection.wants.end_next(now_ms) {
                let shared = Arc::clone(self.shared());
                self.calls.push(Box::pin(async move {
                    let is_over = shared.api.forget(&id).await;
                    Answer::Ended(id, is_over)
                }));
                continue;
            }
            let Some((number, want)) = self.connection.wants.ask_next(now_ms) else { return };
            let (shared, session_id) = (Arc::clone(self.shared()), self.session_id.clone());
            let asked = Asked { number, want, session_id };
            self.calls.push(Box::pin(async move {
                let answer = shared.api.subscribe(&asked.session_id, &asked.want).await;
                Answer::Subscribed(asked, answer)
            }));
        }
    }

    async fn take(&mut self, next: Next) -> Result<(), End> {
        match next {
            Next::Stop => Err(End::Stopped),
            Next::Answered(Answer::Subscribed(asked, answer)) => self.answered(asked, answer).await,
            Next::Answered(Answer::Audited(audited)) => self.audited(audited).await,
            Next::Answered(Answer::Ended(id, is_over)) => {
                let now_ms = self.shared().clock.now_ms();
                self.connection.wants.ended(&id, is_over, now_ms);
                Ok(())
            }
            Next::Answered(Answer::Done) | Next::Due => Ok(()),
            Next::Audit => {
                self.audit();
                Ok(())
            }
            Next::Moved(Ok(greeted)) => {
                self.moved(greeted);
                Ok(())
            }
            Next::Moved(Err(why)) => self.stayed(why),
            Next::Old(Incoming::Closed(_)) | Next::Drained => {
                (self.old, self.draining) = (None, None);
                Ok(())
            }
            // Where we came from can't send us elsewhere any more.
            Next::Old(Incoming::Text(text)) => self.hear(&text, false).await,
            Next::Old(Incoming::Alive) => Ok(()),
            Next::Came(came) => {
                self.silence.reset_after(self.patience);
                if !matches!(came, Incoming::Closed(_)) {
                    self.alive_ms = self.shared().clock.now_ms();
                }
                self.came(came).await
            }
            Next::Changed => {
                self.follow();
                Ok(())
            }
            Next::Retry => {
                self.connection.wants.retry_now();
                Ok(())
            }
            Next::Silence => Err(End::Lost(format!(
                "it fell silent for {} s, though it promised signs of life",
                self.patience.as_secs()
            ))),
        }
    }

    fn follow(&mut self) {
        let connection = &mut *self.connection;
        let left = connection.wants.follow(&connection.target.borrow_and_update());
        connection.shared.counters.channels_heard.fetch_sub(left, Relaxed);
    }

    async fn came(&mut self, came: Incoming) -> Result<(), End> {
        match came {
            Incoming::Alive => Ok(()),
            Incoming::Text(text) => self.hear(&text, true).await,
            Incoming::Closed(why) if self.moving.is_some() => {
                debug!(why, "the old connection closed before the new one was ready");
                (self.socket, self.unsettled) = (None, None);
                Ok(())
            }
            Incoming::Closed(why) => Err(End::Lost(why)),
        }
    }

    async fn hear(&mut self, text: &str, may_move: bool) -> Result<(), End> {
        let Some(message) = envelope::read(text) else {
            self.audit.hurry(self.shared().clock.now_ms());
            self.not_understood(text);
            return Ok(());
        };
        let counts = matches!(message.body, Body::Notification { .. } | Body::Revocation(_));
        if counts && !self.connection.recent.is_new(&message.id) {
            count(&self.shared().counters.repeats);
            return Ok(());
        }
        match message.body {
            Body::Notification { subscription, event } => {
                count(&self.shared().counters.notifications);
                match read::notification(&subscription, &event) {
                    Told::Event { broadcaster_id, event } => {
                        return self.tell(broadcaster_id, message.sent_ms, event).await;
                    }
                    Told::Foreign => drop(count(&self.shared().counters.foreign)),
                    Told::Unknown => self.not_understood(text),
                }
            }
            Body::Revocation(told) => return self.revoked(&told).await,
            Body::Reconnect { url } if may_move => self.begin_to_move(&url),
            Body::Unknown(_) => self.not_understood(text),
            Body::Keepalive | Body::Welcome { .. } | Body::Reconnect { .. } => {}
        }
        Ok(())
    }

    async fn tell(
        &mut self,
        broadcaster_id: String,
        sent_ms: Option<i64>,
        event: ChatEvent,
    ) -> Result<(), End> {
        let Some(channel) = self.shared().name_of(&broadcaster_id) else {
            count(&self.shared().counters.unknown);
            return Ok(());
        };
        Ok(self.connection.deliver(channel, Some(broadcaster_id), sent_ms, event).await?)
    }

    /// Of many messages that are not understood a few are shown: the first, the second, the
    /// fourth, …
    fn not_understood(&self, text: &str) {
        let nth = count(&self.shared().counters.unknown);
        if nth.is_power_of_two() {
            // Not the text itself: it may hold what people wrote.
            let message: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
            let (kind, of) =
                (&message["metadata"]["message_type"], &message["metadata"]["subscription_type"]);
            debug!(nth, %kind, %of, length = text.len(), "a message of EventSub that is not understood");
        }
    }

    fn begin_to_move(&mut self, url: &str) {
        if self.moving.is_some() {
            return;
        }
        match Url::parse(url) {
            Ok(url) => {
                info!("EventSub asked us to go on at another address");
                // Subscriptions that are made after the new welcome would stay behind.
                let (unsettled, settled) = oneshot::channel();
                let shared = Arc::clone(self.shared());
                self.unsettled = Some(unsettled);
                self.moving = Some(Box::pin(async move {
                    let _ = timeout(SETTLE, settled).await;
                    move_to(shared, url).await
                }));
            }
            Err(error) => warn!(%error, "EventSub asked us to go on at an address that is none"),
        }
    }

    /// The new address has welcomed us: subscriptions came along.
    fn moved(&mut self, greeted: Greeted) {
        self.moving = None;
        count(&self.shared().counters.moved);
        info!("moved to the new address of EventSub");
        self.old = self.socket.replace(greeted.socket);
        self.draining = Some(Box::pin(async { Clock::system().sleep(DRAIN).await }));
        self.session_id = greeted.session_id;
        self.patience = greeted.keepalive + GRACE;
        self.silence = interval(self.patience);
        self.silence.reset_after(self.patience);
    }

    /// The new address could not be reached: as long as the old one lives, we stay.
    fn stayed(&mut self, why: String) -> Result<(), End> {
        self.moving = None;
        if self.socket.is_none() {
            return Err(End::Lost(why));
        }
        warn!(why, "the new address of EventSub can't be used");
        self.silence.reset_after(self.patience);
        Ok(())
    }

    pub(super) fn shared(&self) -> &Arc<Shared> {
        &self.connection.shared
    }
}

/// Connects to the address that Twitch gave, as it stands.
async fn move_to(shared: Arc<Shared>, url: Url) -> Result<Greeted, String> {
    let mut attempt = 1;
    loop {
        match greet(shared.dial.as_ref(), &url).await {
            Err(why) if attempt < MOVE_ATTEMPTS => {
                debug!(why, attempt, "the new address of EventSub can't be reached yet");
                Clock::system().sleep(MOVE_PAUSE).await;
                attempt += 1;
            }
            result => return result,
        }
    }
}

/// Waits for what is under way; for ever when nothing is.
async fn done<T>(work: &mut Option<BoxFuture<'static, T>>) -> T {
    match work {
        Some(work) => work.await,
        None => pending().await,
    }
}

async fn read_some(socket: &mut Option<Socket>) -> Incoming {
    match socket {
        Some(socket) => socket.next().await,
        None => pending().await,
    }
}

pub(super) async fn until(clock: &Clock, at_ms: Option<i64>) {
    match at_ms {
        Some(at_ms) => clock.sleep_until_ms(at_ms).await,
        None => pending().await,
    }
}

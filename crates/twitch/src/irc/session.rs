//! A connection while it listens: JOINs, PING and PONG, and lines to events.

use std::{
    collections::BTreeSet,
    future::pending,
    io,
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};

use futures_util::future::BoxFuture;
use secrecy::SecretString;
use tokio::{
    sync::{
        mpsc::{self, error::TrySendError},
        watch,
    },
    time::{Interval, MissedTickBehavior, interval},
};
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use super::{
    connection::Shared,
    entry::Identity,
    former::Former,
    joins::{Joins, TICK},
    parse::{Line, parse_line},
    rooms::Wanted,
    socket::Socket,
    stats::count,
};
use crate::{
    ChannelLogin,
    chat::{ChatEvent, Heard},
    words::told,
};

/// A connection that was silent for this long is asked whether it lives: six lines a minute
/// from a quiet channel. Real time; Twitch's own PING comes every five minutes or so.
const SILENCE: Duration = Duration::from_secs(10);
/// Time to answer. Real time. With [`SILENCE`]: a connection that died costs 15 s, of the half
/// minute that an evening of eight hours may miss.
const ANSWER: Duration = Duration::from_secs(5);

/// Why a session ended.
#[derive(Debug)]
pub(super) enum End {
    /// We are shutting down, or nobody takes our events.
    Stopped,
    /// RECONNECT.
    AskedTo,
    /// The connection broke or went silent.
    Lost(String),
    /// Twitch withdrew the login.
    LoginFailed(String),
}

/// What is left of a session.
pub(super) struct Ended {
    /// When the server was last heard, Unix milliseconds on our clock.
    pub(super) alive_ms: i64,
    /// The token that we were logged in by.
    pub(super) token: Option<SecretString>,
    /// Channels that were heard by the former connection only.
    pub(super) only_before: Vec<ChannelLogin>,
}

/// A logged-in connection.
pub(super) struct Session<'a> {
    pub(super) shared: &'a Arc<Shared>,
    pub(super) joins: &'a mut Joins,
    wanted: &'a mut watch::Receiver<Wanted>,
    out: &'a mpsc::Sender<Heard>,
    stop: &'a CancellationToken,
    pub(super) socket: Socket,
    pub(super) who: Identity,
    /// Told when somebody else may be to be logged in; `None` where that does not matter.
    pub(super) changes: Option<watch::Receiver<()>>,
    /// Finds out who is to be logged in, and enters as that one.
    pub(super) successor: Option<BoxFuture<'static, Option<(Socket, Identity)>>>,
    /// Where we listened as somebody else.
    pub(super) former: Option<Former>,
    /// Fires when nothing was heard for too long.
    silence: Interval,
    probing: bool,
    /// When the server was last heard, on our clock.
    alive_ms: i64,
}

impl<'a> Session<'a> {
    pub(super) fn new(
        shared: &'a Arc<Shared>,
        joins: &'a mut Joins,
        wanted: &'a mut watch::Receiver<Wanted>,
        out: &'a mpsc::Sender<Heard>,
        stop: &'a CancellationToken,
        socket: Socket,
        who: Identity,
    ) -> Self {
        let credentials = shared.credentials.as_ref().filter(|_| !who.is_fixed);
        let changes = credentials.map(|credentials| credentials.changes());
        Self {
            shared,
            joins,
            wanted,
            out,
            stop,
            socket,
            who,
            changes,
            successor: None,
            former: None,
            silence: interval(SILENCE),
            probing: false,
            alive_ms: shared.clock.now_ms(),
        }
    }

    /// Listens until it ends.
    pub(super) async fn run(&mut self) -> End {
        match self.listen().await {
            Err(end) => end,
            Ok(never) => match never {},
        }
    }

    /// What is left of it.
    pub(super) fn ended(self) -> Ended {
        let only_before = match &self.former {
            Some(former) => self.only_by(former),
            None => Vec::new(),
        };
        let token = self.who.login.map(|login| login.token);
        Ended { alive_ms: self.alive_ms, token, only_before }
    }

    async fn listen(&mut self) -> Result<std::convert::Infallible, End> {
        let mut tick = interval(self.shared.clock.real(TICK));
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        tick.reset();
        self.silence.reset_after(SILENCE);
        // Something may have changed since it was asked who we are.
        self.look_who();
        loop {
            self.take_former_lines().await?;
            self.take_lines().await?;
            let stop = self.stop;
            let ends_ms = self.former.as_ref().map(Former::ends_ms);
            // In this order: JOINs and ticks are rare and must not wait for a lull in chat;
            // silence counts only when there is nothing to read.
            tokio::select! {
                biased;
                () = stop.cancelled() => return Err(End::Stopped),
                // Without the handle nothing changes any more.
                Ok(()) = self.wanted.changed() => self.follow().await?,
                () = self.shared.pacer.ready(), if self.joins.any_waiting() => self.join().await?,
                _ = tick.tick() => self.tell_silent_channels(),
                // What was said first comes first.
                filled = fill(&mut self.former) => self.former_heard(filled).await?,
                () = self.shared.clock.sleep_until_ms(ends_ms.unwrap_or_default()),
                    if ends_ms.is_some() => self.end_former().await?,
                found = done(&mut self.successor) => self.succeed(found),
                () = changed(&mut self.changes), if self.former.is_none() => self.look_who(),
                filled = self.socket.fill() => self.heard_something(filled)?,
                _ = self.silence.tick() => self.probe().await?,
            }
        }
    }

    /// Takes all lines that are there. The queue is bounded: while it is full this waits,
    /// nothing is read, and TCP holds the server back.
    async fn take_lines(&mut self) -> Result<(), End> {
        let counters = &self.shared.counters;
        while let Some(bytes) = self.socket.next_line() {
            let text = String::from_utf8_lossy(bytes);
            count(&counters.lines, 1);
            if matches!(text, std::borrow::Cow::Owned(_)) {
                count(&counters.invalid_utf8, 1);
            }
            let line = parse_line(&text, &self.who.nick);
            if line == Line::Unknown {
                log_sample(count(&counters.unknown, 1), &text);
            }
            self.take(line).await?;
        }
        count(&counters.too_long, self.socket.take_too_long());
        Ok(())
    }

    async fn take(&mut self, line: Line) -> Result<(), End> {
        match line {
            Line::Event { channel, room_id, sent_ms, event } => {
                self.take_event(Heard { channel, room_id, sent_ms, event }).await
            }
            Line::Ping(text) => self.send(&format!("PONG :{text}")).await,
            Line::Reconnect => Err(End::AskedTo),
            Line::LoginFailed(words) => Err(End::LoginFailed(words)),
            Line::Foreign => {
                count(&self.shared.counters.foreign, 1);
                Ok(())
            }
            Line::Pong(_) | Line::Welcome | Line::CapAck | Line::Known | Line::Unknown => Ok(()),
        }
    }

    /// JOIN's echo and ROOMSTATE both confirm a channel; `Joined` is told once.
    async fn take_event(&mut self, heard: Heard) -> Result<(), End> {
        let news = match &heard.event {
            ChatEvent::Joined => self.confirm(&heard.channel),
            ChatEvent::Lost(_) => self.parted(&heard.channel),
            ChatEvent::RoomState(_) => {
                let joined = Heard { event: ChatEvent::Joined, sent_ms: None, ..heard.clone() };
                if self.confirm(&heard.channel) {
                    self.deliver(joined).await?;
                }
                true
            }
            ChatEvent::Notice { msg_id, text } => {
                debug!(channel = %heard.channel, msg_id, text = told(text), "notice from chat");
                true
            }
            event => self.former.as_mut().is_none_or(|former| former.is_new(event)),
        };
        if news { self.deliver(heard).await } else { Ok(()) }
    }

    fn parted(&mut self, channel: &ChannelLogin) -> bool {
        let news = self.joins.parted(channel)
            && !self.former.as_ref().is_some_and(|former| former.hears(channel));
        if news {
            self.shared.counters.channels_heard.fetch_sub(1, Relaxed);
            warn!(%channel, "chat put us out of the channel");
        }
        news
    }

    /// True when the channel was not heard before, by whichever connection.
    fn confirm(&mut self, channel: &ChannelLogin) -> bool {
        if !self.joins.confirm(channel) {
            return false;
        }
        debug!(%channel, "joined");
        let news = !self.former.as_ref().is_some_and(|former| former.hears(channel));
        if news {
            self.shared.counters.channels_heard.fetch_add(1, Relaxed);
        }
        self.settle_former();
        news
    }

    pub(super) async fn deliver(&mut self, heard: Heard) -> Result<(), End> {
        let heard = match self.out.try_send(heard) {
            Ok(()) => return Ok(()),
            Err(TrySendError::Full(heard) | TrySendError::Closed(heard)) => heard,
        };
        tokio::select! {
            () = self.stop.cancelled() => Err(End::Stopped),
            sent = self.out.send(heard) => sent.map_err(|_| {
                count(&self.shared.counters.dropped, 1);
                End::Stopped
            }),
        }
    }

    /// The server gave a sign of life.
    pub(super) fn is_alive(&mut self) {
        self.probing = false;
        self.silence.reset_after(SILENCE);
        self.alive_ms = self.shared.clock.now_ms();
    }

    fn heard_something(&mut self, filled: io::Result<bool>) -> Result<(), End> {
        match filled {
            Ok(true) => {
                self.is_alive();
                Ok(())
            }
            Ok(false) => Err(End::Lost("the server closed the connection".to_owned())),
            Err(error) => Err(End::Lost(error.to_string())),
        }
    }

    /// The list of channels has changed: what is new waits for its JOIN, the rest is left.
    async fn follow(&mut self) -> Result<(), End> {
        let wanted = self.wanted.borrow_and_update().clone();
        let left = self.joins.follow(&wanted);
        let mut heard: BTreeSet<ChannelLogin> = BTreeSet::new();
        for (channel, was_heard) in left {
            debug!(%channel, "leaving");
            self.send(&format!("PART #{channel}")).await?;
            heard.extend(was_heard.then_some(channel));
        }
        if let Some(former) = &mut self.former {
            // Its room is left when it ends.
            heard.extend(former.follow(&wanted));
            self.settle_former();
        }
        self.shared.counters.channels_heard.fetch_sub(heard.len(), Relaxed);
        Ok(())
    }

    async fn join(&mut self) -> Result<(), End> {
        let Some(channel) = self.joins.ask_next() else { return Ok(()) };
        count(&self.shared.counters.joins, 1);
        self.send(&format!("JOIN #{channel}")).await
    }

    fn tell_silent_channels(&mut self) {
        for channel in self.joins.tick() {
            warn!(%channel, "no answer from this channel: does it exist, is it suspended, or are we banned? Asking again now and then");
        }
    }

    async fn probe(&mut self) -> Result<(), End> {
        if self.probing {
            return Err(End::Lost("the server fell silent".to_owned()));
        }
        self.probing = true;
        self.silence.reset_after(ANSWER);
        self.send("PING :cliphound").await
    }

    async fn send(&mut self, line: &str) -> Result<(), End> {
        tokio::select! {
            () = self.stop.cancelled() => Err(End::Stopped),
            sent = self.socket.send(line) => sent.map_err(|error| End::Lost(error.to_string())),
        }
    }
}

/// What comes by a connection that there may be.
async fn fill(former: &mut Option<Former>) -> io::Result<bool> {
    match former {
        Some(former) => former.socket.fill().await,
        None => pending().await,
    }
}

/// What came of work that there may be.
async fn done<T>(work: &mut Option<BoxFuture<'static, T>>) -> T {
    match work {
        Some(work) => work.await,
        None => pending().await,
    }
}

async fn changed(changes: &mut Option<watch::Receiver<()>>) {
    let told = match changes {
        Some(changes) => changes.changed().await.is_ok(),
        None => false,
    };
    // Without a sender nothing changes any more.
    if !told {
        pending::<()>().await;
    }
}

/// Of many unknown lines a few are shown: the first, the second, the fourth, …
fn log_sample(nth: u64, line: &str) {
    if nth.is_power_of_two() {
        debug!(nth, command = command(line), "a line of chat that is not understood");
    }
}

/// The command of a line, to be shown: tags and what follows it may hold what people wrote.
fn command(line: &str) -> String {
    let mut words = line.split(' ').skip_while(|word| word.starts_with(['@', ':']));
    words.next().unwrap_or_default().chars().filter(char::is_ascii_alphanumeric).take(20).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_unknown_line_only_the_command_is_shown() {
        for (line, expected) in [
            ("@reply-parent-msg-body=hi :a!a@a PRIVMSG #x :secret", "PRIVMSG"),
            (":tmi.twitch.tv CLEARMSG #x :secret", "CLEARMSG"),
            ("@only-tags=1", ""),
            ("", ""),
        ] {
            assert_eq!(command(line), expected, "{line}");
        }
    }
}

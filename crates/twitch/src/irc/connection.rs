//! The life of one connection: dial, log in, listen, wait, and again.
//!
//! Each step consumes the state and returns the next one.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError, atomic::Ordering::Relaxed},
    time::Duration,
};

use cliphound_clock::Clock;
use secrecy::{ExposeSecret, SecretString};
use tokio::{
    sync::{mpsc, watch},
    time::timeout,
};
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use super::{
    joins::Joins,
    login::{ChatLogin, Credentials, anonymous_nick},
    pace::JoinPacer,
    parse::{Line, parse_line},
    rooms::{Opened, Wanted},
    session::{End, Session},
    socket::{Dial, Socket},
    stats::{Counters, count},
};
use crate::{
    ChannelLogin,
    chat::{ChatEvent, Heard, Loss, WhyLost},
    net::{Backoff, GOOD_LIFE},
};

/// From the first line to 001. Real time.
const WELCOME_TIMEOUT: Duration = Duration::from_secs(15);

/// What all connections of a client share.
pub(super) struct Shared {
    pub(super) clock: Clock,
    pub(super) pacer: JoinPacer,
    pub(super) counters: Counters,
    pub(super) credentials: Option<Arc<dyn Credentials>>,
    pub(super) dial: Box<dyn Dial>,
    /// The token that Twitch refused last: not tried again, and told once.
    refused: Mutex<Option<SecretString>>,
}

impl Shared {
    pub(super) fn new(
        clock: Clock,
        credentials: Option<Arc<dyn Credentials>>,
        dial: Box<dyn Dial>,
    ) -> Self {
        let pacer = JoinPacer::new(clock.clone());
        let (counters, refused) = (Counters::default(), Mutex::default());
        Self { clock, pacer, counters, credentials, dial, refused }
    }

    /// Marks a token as refused; true when that is news.
    fn refuse(&self, token: &SecretString) -> bool {
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        let news = refused.as_ref().is_none_or(|known| !same(known, token));
        *refused = Some(token.clone());
        news
    }

    fn is_refused(&self, token: &SecretString) -> bool {
        let refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        refused.as_ref().is_some_and(|known| same(known, token))
    }
}

fn same(a: &SecretString, b: &SecretString) -> bool {
    a.expose_secret() == b.expose_secret()
}

/// One connection and its channels.
pub(super) struct Connection {
    shared: Arc<Shared>,
    joins: Joins,
    /// The channels as they are to be.
    wanted: watch::Receiver<Wanted>,
    logs_in: bool,
    backoff: Backoff,
    out: mpsc::Sender<Heard>,
    stop: CancellationToken,
}

enum State {
    Connecting,
    Registering(Box<Socket>, Identity),
    Listening(Box<Socket>, Identity),
    Waiting,
    Stopped,
}

/// Who we are on this connection.
struct Identity {
    nick: String,
    login: Option<ChatLogin>,
}

impl Identity {
    fn anonymous() -> Self {
        Self { nick: anonymous_nick(), login: None }
    }

    fn token(&self) -> Option<&SecretString> {
        self.login.as_ref().map(|login| &login.token)
    }
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
        Self { shared, joins, wanted, logs_in, backoff, out, stop }
    }

    /// Lives until it is stopped or nobody listens any more.
    pub(super) async fn run(mut self) {
        let stop = self.stop.clone();
        let mut state = State::Connecting;
        loop {
            state = match state {
                State::Connecting => or_stopped(&stop, self.connect()).await,
                State::Registering(socket, who) => {
                    or_stopped(&stop, self.register(socket, who)).await
                }
                // Stops by itself, so that it can leave in good order.
                State::Listening(socket, who) => self.listen(*socket, who).await,
                State::Waiting => or_stopped(&stop, self.wait()).await,
                State::Stopped => return,
            }
        }
    }

    async fn connect(&mut self) -> State {
        let identity = self.identity().await;
        match self.shared.dial.dial().await {
            Ok(socket) => State::Registering(Box::new(socket), identity),
            Err(error) => {
                warn!(%error, "chat can't be reached, trying again");
                State::Waiting
            }
        }
    }

    async fn identity(&self) -> Identity {
        let Some(credentials) = self.shared.credentials.as_ref().filter(|_| self.logs_in) else {
            return Identity::anonymous();
        };
        let Some(login) = credentials.current().await else { return Identity::anonymous() };
        if self.shared.is_refused(&login.token) {
            return Identity::anonymous();
        }
        if login.password().is_none() {
            self.refused(Some(&login.token), "the token is empty or has characters no token has");
            return Identity::anonymous();
        }
        Identity { nick: login.login.to_string(), login: Some(login) }
    }

    async fn register(&mut self, mut socket: Box<Socket>, identity: Identity) -> State {
        match timeout(WELCOME_TIMEOUT, introduce(&mut socket, &identity)).await {
            Ok(Ok(Greeting::Welcome)) => State::Listening(socket, identity),
            Ok(Ok(Greeting::Refused(words))) => {
                self.refused(identity.token(), &words);
                State::Waiting
            }
            Ok(Err(error)) => {
                warn!(%error, "chat broke off before we were logged in, trying again");
                State::Waiting
            }
            Err(_) => {
                warn!("chat did not greet us within 15 s, trying again");
                State::Waiting
            }
        }
    }

    fn refused(&self, token: Option<&SecretString>, words: &str) {
        count(&self.shared.counters.logins_refused, 1);
        match token {
            None => warn!(words, "chat refuses to be read anonymously, trying again"),
            Some(token) if self.shared.refuse(token) => {
                warn!(
                    words,
                    "chat refuses the login: reading anonymously until there is another token, see `cliphound check`"
                );
            }
            Some(_) => {}
        }
    }

    async fn listen(&mut self, socket: Socket, identity: Identity) -> State {
        let counters = &self.shared.counters;
        counters.connected.fetch_add(1, Relaxed);
        // In no room yet: nobody has to be left.
        self.joins.follow(&self.wanted.borrow_and_update());
        info!(nick = identity.nick, channels = self.joins.len(), "connected to chat");
        let born_ms = self.shared.clock.now_ms();
        let mut session = Session::new(
            &self.shared,
            &mut self.joins,
            &mut self.wanted,
            &self.out,
            &self.stop,
            socket,
            identity.nick.clone(),
        );
        let end = session.run().await;
        let alive_ms = session.alive_ms();
        counters.connected.fetch_sub(1, Relaxed);
        let lived =
            Duration::from_millis(u64::try_from(self.shared.clock.now_ms() - born_ms).unwrap_or(0));
        if lived >= GOOD_LIFE {
            self.backoff.reset();
        }
        let heard = self.joins.disconnect();
        self.shared.counters.channels_heard.fetch_sub(heard.len(), Relaxed);
        self.after(end, identity.token(), heard, alive_ms).await
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
        match end {
            End::Stopped => return State::Stopped,
            End::AskedTo => info!("chat asked us to connect anew"),
            End::Lost(why) => warn!(why, "chat was lost"),
            End::LoginFailed(words) => self.refused(token, &words),
        }
        for channel in heard {
            let lost =
                Heard { channel, room_id: None, sent_ms: None, event: ChatEvent::Lost(loss) };
            tokio::select! {
                () = self.stop.cancelled() => return State::Stopped,
                sent = self.out.send(lost) => if sent.is_err() { return State::Stopped },
            }
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

enum Greeting {
    Welcome,
    Refused(String),
}

/// Says who we are and waits for the server's answer.
async fn introduce(socket: &mut Socket, identity: &Identity) -> io::Result<Greeting> {
    socket.send("CAP REQ :twitch.tv/tags twitch.tv/commands").await?;
    if let Some(password) = identity.login.as_ref().and_then(ChatLogin::password) {
        let line = SecretString::from(format!("PASS {}", password.expose_secret()));
        socket.send(line.expose_secret()).await?;
    }
    socket.send(&format!("NICK {}", identity.nick)).await?;
    loop {
        while let Some(line) = socket.next_line() {
            match parse_line(&String::from_utf8_lossy(line), &identity.nick) {
                Line::Welcome => return Ok(Greeting::Welcome),
                Line::LoginFailed(words) => return Ok(Greeting::Refused(words)),
                Line::Ping(text) => socket.send(&format!("PONG :{text}")).await?,
                _ => {}
            }
        }
        if !socket.fill().await? {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
}

//! How a connection gets in: as whom, by which log-in, and what follows when chat refuses it.

use std::{
    io,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use secrecy::{ExposeSecret, SecretString};
use tokio::time::timeout;
use tracing::warn;

use super::{
    connection::Shared,
    login::{ChatLogin, anonymous_nick},
    parse::{Line, parse_line},
    socket::Socket,
    stats::count,
};
use crate::{ChannelLogin, net::Backoff};

/// From the first line to 001. Real time.
const WELCOME_TIMEOUT: Duration = Duration::from_secs(15);
/// So long a refused token is not tried again: it may be good, and chat not well.
const REFUSED_FOR_MS: i64 = 600_000;
/// So long is waited for another token after a refusal. Real time.
const RENEWED_WITHIN: Duration = Duration::from_secs(15);

/// Who we are on a connection.
#[derive(Debug, Clone)]
pub(super) struct Identity {
    pub(super) nick: String,
    pub(super) login: Option<ChatLogin>,
    /// Anonymous for want of a token that chat takes: when the refused one is tried again.
    again_ms: Option<i64>,
    /// Anonymous for good: the connection does not log in, or there is nobody to log in as.
    pub(super) is_fixed: bool,
}

impl Identity {
    fn anonymous(again_ms: Option<i64>, is_fixed: bool) -> Self {
        Self { nick: anonymous_nick(), login: None, again_ms, is_fixed }
    }

    /// The user; `None` for nobody.
    pub(super) fn user(&self) -> Option<&ChannelLogin> {
        self.login.as_ref().map(|login| &login.login)
    }
}

/// The token that chat refused last.
#[derive(Debug, Default)]
pub(super) struct Refusals(Mutex<Option<Refused>>);

#[derive(Debug)]
struct Refused {
    token: SecretString,
    until_ms: i64,
    /// No other token is asked for before.
    ask_again_ms: i64,
}

impl Refusals {
    /// Marks a token as refused: whether that is news, and whether another one is to be asked
    /// for. That is bounded: a chat that refuses every token must not use them all up.
    fn add(&self, token: &SecretString, now_ms: i64) -> (bool, bool) {
        let mut refused = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let until_ms = now_ms + REFUSED_FOR_MS;
        let is_news = refused.as_ref().is_none_or(|known| !same(&known.token, token));
        let may_ask = refused.as_ref().is_none_or(|known| known.ask_again_ms <= now_ms);
        let ask_again_ms = match &*refused {
            Some(known) if !may_ask => known.ask_again_ms,
            _ => until_ms,
        };
        *refused = Some(Refused { token: token.clone(), until_ms, ask_again_ms });
        (is_news, may_ask)
    }

    /// Until when this token is not to be tried again.
    fn until_ms(&self, token: &SecretString, now_ms: i64) -> Option<i64> {
        let refused = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let refused = refused.as_ref().filter(|known| same(&known.token, token))?;
        Some(refused.until_ms).filter(|until_ms| *until_ms > now_ms)
    }
}

fn same(a: &SecretString, b: &SecretString) -> bool {
    a.expose_secret() == b.expose_secret()
}

impl Shared {
    /// Who to be on a connection that may log in, or may not.
    pub(super) async fn identity(&self, logs_in: bool) -> Identity {
        let Some(credentials) = self.credentials.as_ref().filter(|_| logs_in) else {
            return Identity::anonymous(None, true);
        };
        let Some(login) = credentials.current().await else {
            return Identity::anonymous(None, false);
        };
        if let Some(until_ms) = self.refusals.until_ms(&login.token, self.clock.now_ms()) {
            return Identity::anonymous(Some(until_ms), false);
        }
        if login.password().is_none() {
            self.refused(Some(&login.token), "the token is empty or has characters no token has")
                .await;
            return Identity::anonymous(None, false);
        }
        Identity {
            nick: login.login.to_string(),
            login: Some(login),
            again_ms: None,
            is_fixed: false,
        }
    }

    /// Connects and logs in; `None` when that fails. Of many attempts in a row, the log hears of
    /// the first (1), the second, the fourth …: an outage may last for hours.
    pub(super) async fn enter(&self, who: &Identity, attempt: u32) -> Option<Socket> {
        let is_told = attempt.is_power_of_two();
        let dialled = self.dial.dial().await;
        let dialled = dialled.inspect_err(|error| {
            if is_told {
                warn!(%error, attempt, "chat can't be reached, trying again");
            }
        });
        let mut socket = dialled.ok()?;
        match timeout(WELCOME_TIMEOUT, introduce(&mut socket, who)).await {
            Ok(Ok(Greeting::Welcome)) => return Some(socket),
            Ok(Ok(Greeting::Refused(words))) => {
                // Closed before the wait for another token.
                drop(socket);
                self.refused(who.login.as_ref().map(|login| &login.token), &words).await;
            }
            Ok(Err(error)) if is_told => {
                warn!(%error, attempt, "chat broke off before we were logged in, trying again");
            }
            Err(_) if is_told => {
                warn!(attempt, "chat did not greet us within 15 s, trying again");
            }
            Ok(Err(_)) | Err(_) => {}
        }
        None
    }

    /// Chat does not let us in: who keeps the token hears it, and may renew it at once.
    pub(super) async fn refused(&self, token: Option<&SecretString>, words: &str) {
        count(&self.counters.logins_refused, 1);
        let Some(token) = token else {
            warn!(words, "chat refuses to be read anonymously, trying again");
            return;
        };
        let (is_news, may_ask) = self.refusals.add(token, self.clock.now_ms());
        if is_news {
            warn!(
                words,
                "chat refuses the login: reading anonymously until there is another token, see `cliphound check`"
            );
        }
        if let Some(credentials) = self.credentials.as_ref().filter(|_| may_ask) {
            // Later is early enough: see `successor`.
            drop(timeout(RENEWED_WITHIN, credentials.refused(token)).await);
        }
    }

    /// Finds out whether somebody else is to be logged in than `now`, and enters as that one,
    /// however often that takes. `None`: all is as it is to be.
    pub(super) async fn successor(&self, now: Option<ChannelLogin>) -> Option<(Socket, Identity)> {
        let (mut backoff, mut attempt) = (Backoff::new(), 0_u32);
        loop {
            let who = self.identity(true).await;
            if let Some(again_ms) = who.again_ms {
                self.clock.sleep_until_ms(again_ms).await;
                continue;
            }
            if who.user() == now.as_ref() {
                return None;
            }
            attempt = attempt.saturating_add(1);
            if let Some(socket) = self.enter(&who, attempt).await {
                return Some((socket, who));
            }
            self.clock.sleep(backoff.next_delay()).await;
        }
    }
}

enum Greeting {
    Welcome,
    Refused(String),
}

/// Says who we are and waits for the server's answer.
async fn introduce(socket: &mut Socket, who: &Identity) -> io::Result<Greeting> {
    socket.send("CAP REQ :twitch.tv/tags twitch.tv/commands").await?;
    if let Some(password) = who.login.as_ref().and_then(ChatLogin::password) {
        let line = SecretString::from(format!("PASS {}", password.expose_secret()));
        socket.send(line.expose_secret()).await?;
    }
    socket.send(&format!("NICK {}", who.nick)).await?;
    loop {
        while let Some(line) = socket.next_line() {
            match parse_line(&String::from_utf8_lossy(line), &who.nick) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_token_rests_and_not_every_refusal_asks_for_another_one() {
        let refusals = Refusals::default();
        let [old, new] = ["old", "new"].map(SecretString::from);
        assert_eq!(refusals.until_ms(&old, 0), None);
        assert_eq!(refusals.add(&old, 0), (true, true));
        assert_eq!(refusals.until_ms(&old, 1), Some(REFUSED_FOR_MS));
        assert_eq!(refusals.add(&old, 2), (false, false));
        assert_eq!(refusals.add(&new, 3), (true, false));
        assert_eq!(refusals.until_ms(&old, 4), None);
        assert_eq!(refusals.until_ms(&new, REFUSED_FOR_MS + 3), None, "it is tried again");
        assert_eq!(refusals.add(&new, REFUSED_FOR_MS + 3), (false, true));
    }
}

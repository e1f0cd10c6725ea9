//! EventSub's WebSocket: texts in, nothing out but pongs. Time-outs are real time.

use std::{io, time::Duration};

use futures_util::{StreamExt, future::BoxFuture};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use url::Url;

use super::envelope::{self, Body};
use crate::{
    net::{Dialler, Endpoint, Frames},
    words::told,
};

/// From the handshake to the welcome.
const WELCOME_WITHIN: Duration = Duration::from_secs(15);

/// Opens sockets. Tests open pipes within the process instead.
pub(super) trait Dial: Send + Sync {
    /// A fresh connection to an address, which is used as it stands.
    fn dial<'a>(&'a self, url: &'a Url) -> BoxFuture<'a, io::Result<Socket>>;
}

/// A connection.
pub(super) struct Socket(Box<Frames>);

/// What comes through it.
#[derive(Debug, PartialEq)]
pub(super) enum Incoming {
    /// A message.
    Text(String),
    /// A ping, which the library answers: the other side lives.
    Alive,
    /// The other side has closed, in words.
    Closed(String),
}

impl Socket {
    pub(super) fn new(frames: Frames) -> Self {
        Self(Box::new(frames))
    }

    /// Waits for what comes next. Nothing is lost when this is dropped before it is done.
    pub(super) async fn next(&mut self) -> Incoming {
        match self.0.next().await {
            None => Incoming::Closed("the server closed the connection".to_owned()),
            Some(Err(error)) => Incoming::Closed(told(&error.to_string())),
            Some(Ok(Message::Text(text))) => Incoming::Text(text.as_str().to_owned()),
            Some(Ok(Message::Close(frame))) => {
                let frame = frame.map(|frame| (u16::from(frame.code), told(&frame.reason)));
                Incoming::Closed(closed_because(frame))
            }
            Some(Ok(_)) => Incoming::Alive,
        }
    }
}

/// Close codes in words. Twitch's reference, November 2026.
fn closed_because(frame: Option<(u16, String)>) -> String {
    let Some((code, reason)) = frame else {
        return "the server closed the connection".to_owned();
    };
    let known = match code {
        4000 => "Twitch had an internal error",
        4001 => "Twitch says that we sent something: please report this as a bug",
        4002 => "Twitch missed our pongs",
        4003 => "nothing was subscribed to in time",
        4004 => "we did not move to the new address in time",
        4005 => "Twitch took too long to send, its network timed out",
        4006 => "Twitch had trouble with its network",
        4007 => "Twitch did not accept the address to move to",
        _ => return format!("closed with code {code} {reason}").trim_end().to_owned(),
    };
    format!("{known} ({code})")
}

/// A connection that was welcomed.
pub(super) struct Greeted {
    pub(super) socket: Socket,
    pub(super) session_id: String,
    /// Something comes at least this often.
    pub(super) keepalive: Duration,
}

/// Connects, and waits for the welcome. The error is told to people.
pub(super) async fn greet(dial: &dyn Dial, url: &Url) -> Result<Greeted, String> {
    let mut socket = dial.dial(url).await.map_err(|error| error.to_string())?;
    let welcome = timeout(WELCOME_WITHIN, welcome(&mut socket)).await;
    let (session_id, keepalive) = welcome.map_err(|_| {
        format!("EventSub did not greet us within {} s", WELCOME_WITHIN.as_secs())
    })??;
    Ok(Greeted { socket, session_id, keepalive })
}

async fn welcome(socket: &mut Socket) -> Result<(String, Duration), String> {
    loop {
        match socket.next().await {
            Incoming::Alive => {}
            Incoming::Closed(why) => return Err(why),
            Incoming::Text(text) => match envelope::read(&text).map(|message| message.body) {
                Some(Body::Welcome { session_id, keepalive_s }) if !session_id.is_empty() => {
                    return Ok((session_id, keepalive(keepalive_s)));
                }
                _ => {}
            },
        }
    }
}

/// What is asked for with the address, and what holds when the welcome does not tell.
pub(super) const KEEPALIVE_S: u32 = 10;
/// A welcome that says otherwise is believed within reason (Twitch allows 10 to 600 s).
fn keepalive(told_s: Option<u32>) -> Duration {
    Duration::from_secs(u64::from(told_s.unwrap_or(KEEPALIVE_S).clamp(1, 600)))
}

/// Opens sockets over the network.
#[derive(Default)]
pub(super) struct Network(Dialler);

impl Dial for Network {
    fn dial<'a>(&'a self, url: &'a Url) -> BoxFuture<'a, io::Result<Socket>> {
        Box::pin(async {
            let endpoint = Endpoint::check(url).map_err(io::Error::other)?;
            if endpoint.web_socket.is_none() {
                return Err(io::Error::other("EventSub needs an address with ws:// or wss://"));
            }
            self.0.frames(&endpoint, url).await.map(Socket::new)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_close_code_has_its_words() {
        let check = |code: u16, expected: &str| {
            let words = closed_because(Some((code, "why".to_owned())));
            assert!(words.contains(expected) && words.contains(&code.to_string()), "{words}");
        };
        check(4000, "internal error");
        check(4001, "bug");
        check(4002, "pongs");
        check(4003, "subscribed");
        check(4004, "move");
        check(4005, "timed out");
        check(4006, "network");
        check(4007, "address");
        check(1006, "why");
        assert_eq!(closed_because(None), "the server closed the connection");
    }

    #[tokio::test]
    async fn an_address_that_would_leak_or_is_none_is_not_dialled() {
        for (url, words) in
            [("ws://192.0.2.1/ws", "use wss://"), ("irc://127.0.0.1", "ws:// or wss://")]
        {
            let error = Network::default().dial(&Url::parse(url).unwrap()).await.err().unwrap();
            assert!(error.to_string().contains(words), "{url}: {error}");
        }
    }
}

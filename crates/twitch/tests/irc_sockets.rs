//! The chat client over real sockets on this machine: TCP, WebSocket, and TLS that fails.

#![expect(clippy::expect_used, clippy::panic, reason = "helpers fail as the tests do")]

use std::{future::Future, net::SocketAddr, time::Duration};

use cliphound_clock::Clock;
use cliphound_twitch::{
    ChannelLogin,
    irc::{ChatConfig, ChatEvent, ChatHandle, EndpointError, Heard, start},
};
use futures_util::{SinkExt, StreamExt};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::mpsc,
};
use tokio_tungstenite::{WebSocketStream, accept_async, tungstenite::Message};
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};
use url::Url;

struct Client {
    chat: ChatHandle,
    events: mpsc::Receiver<Heard>,
    _stop: DropGuard,
}

/// A client whose waits are a hundred times shorter.
fn client(endpoint: &str) -> Client {
    let channels = ["forsen", "ann"].map(|name| ChannelLogin::parse(name).expect("a login"));
    let config = ChatConfig::new(Url::parse(endpoint).expect("a URL"), channels.to_vec());
    let stop = CancellationToken::new();
    let clock = Clock::starting_at(0, 100.0);
    let (chat, events) = start(config, clock, &TaskTracker::new(), stop.clone());
    Client { chat, events, _stop: stop.drop_guard() }
}

impl Client {
    async fn event(&mut self) -> (String, ChatEvent) {
        let heard = soon(self.events.recv()).await.expect("an event");
        (heard.channel.to_string(), heard.event)
    }

    async fn text(&mut self) -> String {
        match self.event().await.1 {
            ChatEvent::Message(message) => message.text,
            other => panic!("a message was expected, not {other:?}"),
        }
    }

    async fn hears(&mut self, channels: [&str; 2]) {
        for name in channels {
            assert_eq!(self.event().await, (name.to_owned(), ChatEvent::Joined));
            assert!(matches!(self.event().await.1, ChatEvent::RoomState(_)));
            assert_eq!(self.text().await, format!("hi {name}"));
        }
    }

    async fn loses(&mut self, channels: [&str; 2]) {
        for name in channels {
            let (lost, event) = self.event().await;
            assert_eq!(lost, name);
            assert!(matches!(event, ChatEvent::Lost(_)));
        }
    }
}

/// Fails instead of hanging.
async fn soon<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(60), work).await.expect("it happens within a minute")
}

async fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    (listener, address)
}

async fn accept(listener: &TcpListener) -> TcpStream {
    soon(listener.accept()).await.expect("a client").0
}

/// What the server answers to a client's line.
fn answer(line: &str, nick: &mut String) -> String {
    if let Some(name) = line.strip_prefix("NICK ") {
        name.clone_into(nick);
        return format!(":tmi.twitch.tv 001 {nick} :Welcome, GLHF!\r\n");
    }
    match line.strip_prefix("JOIN #") {
        Some(name) => [
            format!(":{nick}!{nick}@{nick}.tmi.twitch.tv JOIN #{name}\r\n"),
            format!("@room-id=1 :tmi.twitch.tv ROOMSTATE #{name}\r\n"),
            format!(":bob!bob@bob PRIVMSG #{name} :hi {name}\r\n"),
        ]
        .concat(),
        None => String::new(),
    }
}

/// Serves a TCP connection until both channels have been joined, then drops it.
async fn serve_lines(stream: TcpStream) {
    let (read, mut write) = stream.into_split();
    let (mut lines, mut nick, mut joined) = (BufReader::new(read).lines(), String::new(), 0);
    while joined < 2 {
        let line = soon(lines.next_line()).await.expect("readable").expect("a client");
        joined += usize::from(line.starts_with("JOIN"));
        write.write_all(answer(&line, &mut nick).as_bytes()).await.expect("writable");
    }
}

async fn next_message(web: &mut WebSocketStream<TcpStream>) -> Message {
    soon(web.next()).await.expect("a client").expect("a message")
}

/// Serves a WebSocket until both channels have been joined.
async fn serve_frames(web: &mut WebSocketStream<TcpStream>) {
    let (mut nick, mut joined) = (String::new(), 0);
    while joined < 2 {
        let Message::Text(text) = next_message(web).await else { continue };
        for line in text.lines() {
            joined += usize::from(line.starts_with("JOIN"));
            // The last line of a frame needs no line end.
            let frame = answer(line, &mut nick).trim_end().to_owned();
            web.send(Message::text(frame)).await.expect("writable");
        }
    }
}

#[tokio::test]
async fn tcp_is_read_and_joined_again_after_a_drop() {
    let (listener, address) = listener().await;
    let mut client = client(&format!("irc://{address}"));
    let stream = accept(&listener).await;
    tokio::join!(serve_lines(stream), client.hears(["forsen", "ann"]));
    // What is kept is in alphabetical order.
    client.loses(["ann", "forsen"]).await;
    let stream = accept(&listener).await;
    tokio::join!(serve_lines(stream), client.hears(["ann", "forsen"]));
    assert_eq!(client.chat.stats().reconnects, 1);
    assert_eq!(client.chat.stats().unknown, 0);
}

#[tokio::test]
async fn web_sockets_carry_several_lines_a_frame() {
    let (listener, address) = listener().await;
    let mut client = client(&format!("ws://{address}/"));
    let serve = async {
        let mut web = accept_async(accept(&listener).await).await.expect("a WebSocket");
        serve_frames(&mut web).await;
        web.send(Message::Ping("x".into())).await.expect("writable");
        while !matches!(next_message(&mut web).await, Message::Pong(_)) {}
        web.close(None).await.expect("closed");
    };
    tokio::join!(serve, client.hears(["forsen", "ann"]));
    client.loses(["ann", "forsen"]).await;
}

#[tokio::test]
async fn a_server_that_speaks_no_tls_is_not_talked_to_in_plain_text() {
    for scheme in ["ircs", "wss"] {
        let (listener, address) = listener().await;
        let client = client(&format!("{scheme}://{address}"));
        for _ in 0..2 {
            let mut stream = accept(&listener).await;
            let mut first = [0];
            soon(stream.read_exact(&mut first)).await.expect("a byte");
            assert_eq!(first, [0x16], "a TLS handshake record");
            stream.write_all(b":tmi.twitch.tv 001 you :Welcome\r\n").await.expect("writable");
        }
        assert!(client.chat.stats().connected == 0);
        assert!(client.chat.stats().reconnects >= 1);
    }
}

#[tokio::test]
async fn plain_text_to_another_machine_is_refused() {
    let mut client = client("irc://irc.chat.twitch.tv:6667");
    assert_eq!(client.events.recv().await, None);
    assert!(matches!(client.chat.refusal(), Some(EndpointError::PlainText { .. })));
}

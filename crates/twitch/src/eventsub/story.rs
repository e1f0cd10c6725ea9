//! Stories of connections, told with WebSockets within the process and paused time.

mod audit;
mod bug;
mod limits;
mod moves;
mod revoked;

use std::{
    collections::BTreeSet,
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use cliphound_clock::Clock;
use futures_util::{FutureExt, SinkExt, StreamExt, future::BoxFuture};
use serde_json::{Value, json};
use tokio::{
    io::DuplexStream,
    sync::{mpsc, watch},
    time::timeout,
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Message,
        protocol::{CloseFrame, Role, frame::coding::CloseCode},
    },
};
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};
use url::Url;

use super::{
    EventSubConfig, EventSubHandle, Kind, Plan, Refused, SubscribeError, Subscribed, Subscriptions,
    Want, Watched, Wishes,
    client::start_with,
    socket::{Dial, Socket},
};
use crate::{
    ChannelLogin,
    chat::{ChatEvent, Heard},
    net::Duplex,
};

struct Dialler(mpsc::Sender<(Url, DuplexStream)>);

impl Dial for Dialler {
    fn dial<'a>(&'a self, url: &'a Url) -> BoxFuture<'a, io::Result<Socket>> {
        Box::pin(async {
            let (ours, theirs) = tokio::io::duplex(64 * 1024);
            let sent = self.0.send((url.clone(), theirs)).await;
            sent.map_err(|_| io::ErrorKind::ConnectionRefused)?;
            let ours: Box<dyn Duplex> = Box::new(ours);
            Ok(Socket::new(WebSocketStream::from_raw_socket(ours, Role::Client, None).await))
        })
    }
}

type Rule = fn(&Want) -> Result<(), SubscribeError>;

/// Makes every subscription that the rule allows, and keeps what it was asked.
struct Api {
    rule: Rule,
    calls: Mutex<Vec<String>>,
    /// While it is not, nothing is answered.
    answers: watch::Sender<bool>,
    /// What it has, by ids.
    has: Mutex<BTreeSet<String>>,
}

impl Api {
    fn note(&self, call: String) {
        self.calls.lock().unwrap().push(call);
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.calls.lock().unwrap())
    }
}

impl Subscriptions for Api {
    fn subscribe<'a>(
        &'a self,
        session_id: &'a str,
        want: &'a Want,
    ) -> BoxFuture<'a, Result<Subscribed, SubscribeError>> {
        async move {
            self.note(format!("{session_id} {} {}", want.kind.name(), want.channel));
            self.answers.subscribe().wait_for(|answers| *answers).await.unwrap();
            (self.rule)(want)?;
            let id = format!("{}/{}", want.kind.name(), want.broadcaster_id);
            self.has.lock().unwrap().insert(id.clone());
            Ok(Subscribed { id, cost: u32::from(!want.kind.is_chat()) })
        }
        .boxed()
    }

    fn forget<'a>(&'a self, id: &'a str) -> BoxFuture<'a, bool> {
        async move {
            self.note(format!("forget {id}"));
            self.has.lock().unwrap().remove(id);
            true
        }
        .boxed()
    }

    fn forget_dead(&self) -> BoxFuture<'_, ()> {
        async move { self.note("forget dead".to_owned()) }.boxed()
    }

    fn alive(&self) -> BoxFuture<'_, Option<BTreeSet<String>>> {
        async move { Some(self.has.lock().unwrap().clone()) }.boxed()
    }

    fn doubt_token(&self) -> BoxFuture<'_, ()> {
        async move { self.note("doubt the token".to_owned()) }.boxed()
    }
}

struct Scene {
    incoming: mpsc::Receiver<(Url, DuplexStream)>,
    events: mpsc::Receiver<Heard>,
    refused: mpsc::Receiver<Refused>,
    api: Arc<Api>,
    handle: EventSubHandle,
    _end: DropGuard,
}

/// Two channels; `falls_back` as with `chat.source = "auto"`.
fn scene(falls_back: bool, rule: Rule) -> Scene {
    let channels = ["ann", "bob"].map(|name| Watched {
        login: ChannelLogin::parse(name).unwrap(),
        id: format!("id-of-{name}"),
    });
    let scopes = ["user:read:chat".to_owned()];
    let wishes =
        Wishes { user_id: "me", scopes: &scopes, channels: &channels, chat: true, signals: true };
    let (refusals, refused) = mpsc::channel(2);
    let config = EventSubConfig {
        endpoint: Url::parse("ws://127.0.0.1/ws").unwrap(),
        plan: Plan::new(&wishes),
        channels: channels.to_vec(),
        queue: 16,
        refusals: falls_back.then_some(refusals),
    };
    let (dialler, incoming) = mpsc::channel(16);
    let (clock, tracker, stop) =
        (Clock::starting_at(0, 1.0), TaskTracker::new(), CancellationToken::new());
    let answers = watch::Sender::new(true);
    let api = Arc::new(Api { rule, calls: Mutex::default(), answers, has: Mutex::default() });
    let dial = Box::new(Dialler(dialler));
    let (handle, events) =
        start_with(dial, config, Arc::<Api>::clone(&api), clock, &tracker, stop.clone());
    Scene { incoming, events, refused, api, handle, _end: stop.drop_guard() }
}

impl Scene {
    async fn accept(&mut self) -> Peer {
        let (url, stream) = self.incoming.recv().await.unwrap();
        Peer { url, socket: WebSocketStream::from_raw_socket(stream, Role::Server, None).await }
    }

    /// Takes a connection and welcomes it.
    async fn welcome(&mut self, session: &str) -> Peer {
        let mut peer = self.accept().await;
        peer.welcome(session).await;
        peer
    }

    /// The same, until both channels are heard.
    async fn heard(&mut self, session: &str) -> Peer {
        let peer = self.welcome(session).await;
        let joined = [self.event().await, self.event().await];
        assert_eq!(joined, [("ann".into(), ChatEvent::Joined), ("bob".into(), ChatEvent::Joined)]);
        peer
    }

    async fn event(&mut self) -> (String, ChatEvent) {
        let heard = self.events.recv().await.unwrap();
        (heard.channel.to_string(), heard.event)
    }

    async fn loses(&mut self, channel: &str) {
        let (lost, event) = self.event().await;
        assert_eq!(lost, channel);
        assert!(matches!(event, ChatEvent::Lost(_)), "{event:?}");
    }

    async fn text(&mut self) -> String {
        match self.event().await.1 {
            ChatEvent::Message(message) => message.text,
            other => panic!("{other:?}"),
        }
    }
}

/// The server's end of one connection.
struct Peer {
    url: Url,
    socket: WebSocketStream<DuplexStream>,
}

impl Peer {
    async fn send(&mut self, id: &str, kind: &str, payload: Value) {
        let message = json!({
            "metadata": {
                "message_id": id,
                "message_type": kind,
                "message_timestamp": "1970-01-01T00:00:07.25Z",
            },
            "payload": payload,
        });
        self.socket.send(Message::text(message.to_string())).await.unwrap();
    }

    async fn welcome(&mut self, session: &str) {
        let session = json!({"id": session, "keepalive_timeout_seconds": 10});
        self.send("w", "session_welcome", json!({ "session": session })).await;
    }

    async fn reconnect(&mut self, url: &str) {
        let session = json!({"id": "x", "reconnect_url": url, "keepalive_timeout_seconds": null});
        self.send("r", "session_reconnect", json!({ "session": session })).await;
    }

    async fn say(&mut self, id: &str, text: &str) {
        let payload = json!({
            "subscription": {"type": "channel.chat.message"},
            "event": {
                "broadcaster_user_id": "id-of-ann",
                "chatter_user_login": "Viewer",
                "message_id": id,
                "message": {"text": text},
            },
        });
        self.send(&format!("m-{id}"), "notification", payload).await;
    }

    async fn revoke(&mut self, kind: Kind, channel: &str, status: &str) {
        let id = format!("{}/id-of-{channel}", kind.name());
        let payload = json!({"subscription": {"id": id, "type": kind.name(), "status": status}});
        self.send(&format!("v-{id}"), "revocation", payload).await;
    }

    async fn close(&mut self, code: u16) {
        let frame = CloseFrame { code: CloseCode::from(code), reason: "".into() };
        self.socket.close(Some(frame)).await.unwrap();
    }
}

fn all(_: &Want) -> Result<(), SubscribeError> {
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_welcome_is_followed_by_subscriptions_and_chat_is_heard() {
    let mut scene = scene(true, all);
    let mut peer = scene.heard("s1").await;
    assert_eq!(peer.url.as_str(), "ws://127.0.0.1/ws?keepalive_timeout_seconds=10");
    peer.say("1", "hello").await;
    let heard = scene.events.recv().await.unwrap();
    assert_eq!((heard.room_id.as_deref(), heard.sent_ms), (Some("id-of-ann"), Some(7_250)));
    let ChatEvent::Message(message) = heard.event else { panic!("{heard:?}") };
    assert_eq!((message.login.as_str(), message.id.as_str()), ("viewer", "1"));
    let calls = scene.api.take();
    assert_eq!(calls.len(), 2 * 5 + 8, "{calls:?}");
    assert_eq!(calls[..2], ["s1 channel.chat.message ann", "s1 channel.chat.message bob"]);
    assert_eq!(scene.handle.stats().channels_heard, 2);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_but_pongs() {
    let mut scene = scene(true, all);
    let mut peer = scene.heard("s1").await;
    peer.socket.send(Message::Ping("alive?".into())).await.unwrap();
    let answer = peer.socket.next().await.unwrap().unwrap();
    assert_eq!(answer, Message::Pong("alive?".into()));
    assert!(timeout(Duration::from_secs(9), peer.socket.next()).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_repeat_is_dropped() {
    let mut scene = scene(true, all);
    let mut peer = scene.heard("s1").await;
    for (id, text) in [("1", "a"), ("1", "a"), ("2", "b"), ("1", "a"), ("3", "c")] {
        peer.say(id, text).await;
    }
    assert_eq!([scene.text().await, scene.text().await, scene.text().await], ["a", "b", "c"]);
    assert_eq!(scene.handle.stats().repeats, 2);
}

#[tokio::test(start_paused = true)]
async fn silence_and_a_close_are_followed_by_a_new_session() {
    let mut scene = scene(true, all);
    let mut peer = scene.heard("s1").await;
    for _ in 0..6 {
        timeout(Duration::from_secs(9), std::future::pending::<()>()).await.unwrap_err();
        peer.send("k", "session_keepalive", json!({})).await;
    }
    assert_eq!(scene.handle.stats().lost, 0, "keepalives are signs of life");
    scene.api.take();
    // From here on the first session says nothing any more.
    scene.loses("ann").await;
    scene.loses("bob").await;
    let mut second = scene.heard("s2").await;
    let calls = scene.api.take();
    let forgotten = calls.iter().filter(|call| call.starts_with("forget ")).count();
    assert_eq!(forgotten, 8, "what costs is given back: {calls:?}");
    assert!(calls.contains(&"s2 channel.chat.message ann".to_owned()), "{calls:?}");
    second.close(4000).await;
    scene.loses("ann").await;
    scene.loses("bob").await;
    scene.heard("s3").await;
    assert_eq!(scene.handle.stats().lost, 2);
}

fn not_ann(want: &Want) -> Result<(), SubscribeError> {
    if want.channel.as_str() == "ann" && want.kind.is_chat() {
        return Err(SubscribeError::Refused("banned".to_owned()));
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_refused_chat_is_left_to_irc_and_nobody_else_notices() {
    let mut scene = scene(true, not_ann);
    let _peer = scene.welcome("s1").await;
    assert_eq!(scene.event().await, ("bob".to_owned(), ChatEvent::Joined));
    let refused = scene.refused.recv().await.unwrap();
    assert_eq!(refused.channel.as_str(), "ann");
    assert!(refused.why.contains("banned"), "{}", refused.why);
    let of_ann = scene
        .api
        .take()
        .iter()
        .filter(|call| call.contains("chat") && call.ends_with("ann"))
        .count();
    assert_eq!(of_ann, 1, "not asked five times");
}

#[tokio::test(start_paused = true)]
async fn a_revoked_chat_is_left_to_irc_with_all_that_belongs_to_it() {
    let mut scene = scene(true, all);
    let mut peer = scene.heard("s1").await;
    timeout(Duration::from_secs(1), std::future::pending::<()>()).await.unwrap_err();
    scene.api.take();
    peer.revoke(Kind::ChatMessage, "ann", "chat_user_banned").await;
    peer.revoke(Kind::ChatMessage, "ann", "chat_user_banned").await;
    scene.loses("ann").await;
    assert!(scene.refused.recv().await.unwrap().why.contains("chat_user_banned"));
    peer.say("1", "nothing of ann's any more, but Twitch may be late").await;
    scene.text().await;
    let calls = scene.api.take();
    assert_eq!(calls.len(), 4, "{calls:?}");
    assert!(calls.contains(&"forget channel.chat.clear/id-of-ann".to_owned()), "{calls:?}");
    assert_eq!(scene.handle.stats().channels_heard, 1);
}

#[tokio::test(start_paused = true)]
async fn without_anything_to_fall_back_on_a_refused_chat_is_tried_again_later() {
    let mut scene = scene(false, not_ann);
    let mut peer = scene.welcome("s1").await;
    scene.event().await;
    for _ in 0..70 {
        peer.send("k", "session_keepalive", json!({})).await;
        timeout(Duration::from_secs(9), std::future::pending::<()>()).await.unwrap_err();
    }
    let calls = scene.api.take();
    let tries = calls.iter().filter(|call| call.as_str() == "s1 channel.chat.message ann").count();
    assert_eq!(tries, 2, "after ten minutes");
}

#[tokio::test(start_paused = true)]
async fn when_eventsub_can_not_be_reached_for_long_chat_is_left_to_irc() {
    let mut scene = scene(true, all);
    for _ in 0..5 {
        drop(scene.accept().await);
    }
    let refused = [scene.refused.recv().await.unwrap(), scene.refused.recv().await.unwrap()];
    assert_eq!(refused.map(|refused| refused.channel.to_string()), ["ann", "bob"]);
    // What only EventSub has is still waited for.
    scene.welcome("s1").await;
}

fn watched(name: &str) -> Watched {
    Watched { login: ChannelLogin::parse(name).unwrap(), id: format!("id-of-{name}") }
}

#[tokio::test(start_paused = true)]
async fn a_channel_that_comes_is_subscribed_to_over_the_same_connection() {
    let mut scene = scene(true, all);
    let mut peer = scene.heard("s1").await;
    timeout(Duration::from_secs(1), std::future::pending::<()>()).await.unwrap_err();
    scene.api.take();
    assert_eq!(scene.handle.listen_to(&[watched("cat")]), []);
    assert_eq!(scene.event().await, ("cat".to_owned(), ChatEvent::Joined));
    timeout(Duration::from_secs(1), std::future::pending::<()>()).await.unwrap_err();
    let calls = scene.api.take();
    assert_eq!(calls.len(), 5 + 2, "chat, and what the cost leaves: {calls:?}");
    assert!(calls.iter().all(|call| call.starts_with("s1 ") && call.ends_with(" cat")));
    peer.say("1", "the others go on").await;
    assert_eq!(scene.text().await, "the others go on");
    scene.handle.leave(&[watched("cat").login]);
    timeout(Duration::from_secs(1), std::future::pending::<()>()).await.unwrap_err();
    let calls = scene.api.take();
    assert_eq!(calls.iter().filter(|call| call.starts_with("forget ")).count(), 7, "{calls:?}");
    assert_eq!((scene.handle.stats().channels_heard, scene.handle.stats().lost), (2, 0));
}

#[tokio::test(start_paused = true)]
async fn a_chat_that_was_refused_can_be_asked_for_again() {
    static BANNED: AtomicBool = AtomicBool::new(true);
    let mut scene = scene(true, |want| if BANNED.load(Relaxed) { not_ann(want) } else { Ok(()) });
    let _peer = scene.welcome("s1").await;
    assert_eq!(scene.event().await, ("bob".to_owned(), ChatEvent::Joined));
    scene.refused.recv().await.unwrap();
    assert_eq!(scene.handle.listen_to(&[watched("ann")]), []);
    assert!(scene.refused.recv().await.unwrap().why.contains("banned"), "told again");
    BANNED.store(false, Relaxed);
    assert_eq!(scene.handle.listen_to(&[watched("ann")]), []);
    assert_eq!(scene.event().await, ("ann".to_owned(), ChatEvent::Joined));
    assert_eq!(scene.handle.stats().channels_heard, 2);
}

#[tokio::test(start_paused = true)]
async fn a_connection_with_nothing_left_waits_for_what_comes() {
    let mut scene = scene(true, all);
    let _peer = scene.heard("s1").await;
    scene.handle.leave(&["ann", "bob"].map(|name| watched(name).login));
    timeout(Duration::from_secs(1), std::future::pending::<()>()).await.unwrap_err();
    assert_eq!(scene.handle.stats().connected, 0);
    assert_eq!(scene.handle.listen_to(&[watched("cat")]), []);
    let _peer = scene.welcome("s2").await;
    assert_eq!(scene.event().await, ("cat".to_owned(), ChatEvent::Joined));
}

#[tokio::test(start_paused = true)]
async fn nonsense_is_counted_and_survived() {
    let mut scene = scene(true, all);
    let mut peer = scene.heard("s1").await;
    peer.socket.send(Message::text("}{")).await.unwrap();
    peer.socket.send(Message::Binary(vec![0xff, 0].into())).await.unwrap();
    peer.send("n", "session_party", json!({"session": 5})).await;
    peer.send("o", "notification", json!({"subscription": {"type": "channel.new"}})).await;
    peer.send("p", "notification", Value::Null).await;
    peer.say("1", "after all that").await;
    assert_eq!(scene.text().await, "after all that");
    assert_eq!(scene.handle.stats().unknown, 4);
}

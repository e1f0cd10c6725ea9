//! Listens for EventSub's clients. Its time-outs are real time, as those of any socket.

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cliphound_clock::Clock;
use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Interval, interval, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, frame::coding::CloseCode};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::messages;
use super::sessions::{Client, Out};
use crate::world::{Fault, World};

/// Something must be subscribed to within this.
const USED_WITHIN: Duration = Duration::from_secs(10);
/// Who is asked to move has so much time.
const MOVED_WITHIN: Duration = Duration::from_secs(30);
/// A ping is sent this often; the one before must have been answered.
const PING_EVERY: Duration = Duration::from_secs(20);
/// What a client may ask for as `keepalive_timeout_seconds`, and what it gets otherwise.
const KEEPALIVE_S: std::ops::RangeInclusive<u64> = 10..=600;
const USUAL_KEEPALIVE_S: u64 = 10;
/// A goodbye may take this long.
const GOODBYE: Duration = Duration::from_secs(1);
/// Longest time of a test: a timer that is not armed yet.
const NEVER: Duration = Duration::from_secs(86_400 * 365);

/// What a WebSocket goes over; tests use a pipe.
trait Stream: AsyncRead + AsyncWrite + Unpin {}
impl<T: AsyncRead + AsyncWrite + Unpin> Stream for T {}

/// Accepts clients until `stop`.
pub(crate) async fn serve(
    listener: TcpListener,
    world: Arc<World>,
    tracker: TaskTracker,
    stop: CancellationToken,
) {
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((socket, _)) => {
                tracker.spawn(client(socket, Arc::clone(&world), stop.child_token()));
            }
            Err(error) => {
                tracing::warn!(%error, "an EventSub client could not be accepted");
                Clock::system().sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

async fn client(socket: TcpStream, world: Arc<World>, stop: CancellationToken) {
    let _ = socket.set_nodelay(true);
    let query = Arc::new(Mutex::new(String::new()));
    let seen = Arc::clone(&query);
    #[expect(clippy::result_large_err, reason = "the library wants it so")]
    let look = move |request: &Request, response: Response| -> Result<Response, ErrorResponse> {
        let text = request.uri().query().unwrap_or_default().to_owned();
        *seen.lock().unwrap_or_else(PoisonError::into_inner) = text;
        Ok(response)
    };
    let shaken = stop.run_until_cancelled(tokio_tungstenite::accept_hdr_async(socket, look)).await;
    let Some(Ok(socket)) = shaken else { return };
    let query = query.lock().unwrap_or_else(PoisonError::into_inner).clone();
    talk(socket, &query, world, stop).await;
}

/// Talks to a client that came with a query.
async fn talk<S: Stream>(
    mut socket: WebSocketStream<S>,
    query: &str,
    world: Arc<World>,
    stop: CancellationToken,
) {
    let asked = |name: &str| {
        let mut pairs = url::form_urlencoded::parse(query.as_bytes());
        pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    };
    let keepalive_s = asked("keepalive_timeout_seconds").and_then(|s| s.parse().ok());
    let keepalive_s = keepalive_s.filter(|s| KEEPALIVE_S.contains(s)).unwrap_or(USUAL_KEEPALIVE_S);
    let client = world.state().eventsub.connect(asked("move").as_deref(), stop);
    match client {
        Some(client) => Conversation::new(socket, client, world, keepalive_s).run().await,
        None => drop(timeout(GOODBYE, socket.close(Some(code(4007, "invalid reconnect")))).await),
    }
}

fn code(code: u16, reason: &'static str) -> CloseFrame {
    CloseFrame { code: CloseCode::from(code), reason: reason.into() }
}

/// A client that is connected.
struct Conversation<S> {
    socket: WebSocketStream<S>,
    client: Client,
    world: Arc<World>,
    keepalive_s: u64,
    keepalive: Interval,
    used_by: Interval,
    moved_by: Interval,
    ping: Interval,
    pinged: bool,
}

impl<S: Stream> Conversation<S> {
    fn new(
        socket: WebSocketStream<S>,
        client: Client,
        world: Arc<World>,
        keepalive_s: u64,
    ) -> Self {
        let every = Duration::from_secs(keepalive_s);
        let mut timers = [interval(every), interval(NEVER), interval(NEVER), interval(PING_EVERY)];
        timers[0].reset();
        timers[1].reset_after(USED_WITHIN);
        timers[2].reset();
        timers[3].reset();
        let [keepalive, used_by, moved_by, ping] = timers;
        Self {
            socket,
            client,
            world,
            keepalive_s,
            keepalive,
            used_by,
            moved_by,
            ping,
            pinged: false,
        }
    }

    async fn run(mut self) {
        let closed = self.client.closed.clone();
        let talk = async {
            if self.welcome().await.is_continue() {
                while self.step().await.is_continue() {}
            }
        };
        closed.run_until_cancelled(talk).await;
        let (world, session_id) = (Arc::clone(&self.world), self.client.session_id.clone());
        world.state().eventsub.disconnect(&session_id, world.clock.now_ms());
        // A client that reads nothing can't be told goodbye.
        let _ = timeout(GOODBYE, self.socket.close(None)).await;
    }

    async fn welcome(&mut self) -> ControlFlow<()> {
        if self.world.state().faults.take(Fault::EventSubNoWelcome, None) {
            self.client.silence();
            return ControlFlow::Continue(());
        }
        let (id, now_ms) = self.stamp();
        let text = messages::welcome(&id, &self.client.session_id, now_ms, self.keepalive_s);
        self.send(text).await?;
        let state = &mut *self.world.state();
        if state.faults.take(Fault::EventSubReconnectStorm, None) {
            state.eventsub.reconnect_one(&self.client.session_id, now_ms);
        }
        ControlFlow::Continue(())
    }

    /// Waits for the next thing and does it.
    async fn step(&mut self) -> ControlFlow<()> {
        tokio::select! {
            came = self.socket.next() => match came {
                Some(Ok(Message::Text(_) | Message::Binary(_))) => {
                    self.end(4001, "client sent inbound traffic").await
                }
                Some(Ok(Message::Pong(_))) => {
                    self.pinged = false;
                    ControlFlow::Continue(())
                }
                Some(Ok(Message::Close(_)) | Err(_)) | None => ControlFlow::Break(()),
                Some(Ok(_)) => ControlFlow::Continue(()),
            },
            Some(out) = self.client.queue.recv() => match out {
                Out::Text(text) => self.send(text).await,
                Out::Move(text) => {
                    self.moved_by.reset_after(MOVED_WITHIN);
                    self.send(text).await
                }
            },
            _ = self.keepalive.tick() => {
                if self.world.state().faults.goes_on(Fault::EventSubNoKeepalive, None) {
                    return ControlFlow::Continue(());
                }
                let (id, now_ms) = self.stamp();
                self.send(messages::keepalive(&id, now_ms)).await
            }
            _ = self.used_by.tick() => {
                if self.world.state().eventsub.was_used(&self.client.session_id) {
                    return ControlFlow::Continue(());
                }
                self.end(4003, "connection unused").await
            }
            _ = self.moved_by.tick() => self.end(4004, "reconnect grace time expired").await,
            _ = self.ping.tick() => self.ping().await,
        }
    }

    async fn ping(&mut self) -> ControlFlow<()> {
        if self.client.is_silent() {
            return ControlFlow::Continue(());
        }
        if std::mem::replace(&mut self.pinged, true) {
            return self.end(4002, "client failed ping-pong").await;
        }
        sent(self.socket.send(Message::Ping("simulated".into())).await.is_ok())
    }

    async fn send(&mut self, text: String) -> ControlFlow<()> {
        self.keepalive.reset();
        if self.client.is_silent() {
            return ControlFlow::Continue(());
        }
        sent(self.socket.send(Message::text(text)).await.is_ok())
    }

    async fn end(&mut self, number: u16, reason: &'static str) -> ControlFlow<()> {
        let _ = timeout(GOODBYE, self.socket.close(Some(code(number, reason)))).await;
        ControlFlow::Break(())
    }

    fn stamp(&self) -> (String, i64) {
        let (now_ms, state) = (self.world.clock.now_ms(), &mut *self.world.state());
        (state.eventsub.fresh_id(), state.time.shown(now_ms))
    }
}

fn sent(well: bool) -> ControlFlow<()> {
    if well { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use tokio::io::DuplexStream;
    use tokio_tungstenite::tungstenite::protocol::Role;

    use super::*;
    use crate::eventsub::{Type, Wish};
    use crate::world::{FaultCall, Faults, Logins};

    struct Client(WebSocketStream<DuplexStream>);

    impl Client {
        async fn connect(world: &Arc<World>, tracker: &TaskTracker, query: &'static str) -> Self {
            let (ours, theirs) = tokio::io::duplex(64 * 1024);
            let world = Arc::clone(world);
            tracker.spawn(async move {
                let socket = WebSocketStream::from_raw_socket(theirs, Role::Server, None).await;
                talk(socket, query, world, CancellationToken::new()).await;
            });
            Self(WebSocketStream::from_raw_socket(ours, Role::Client, None).await)
        }

        /// The next message, or the code that it was closed with.
        async fn next(&mut self) -> Result<Value, u16> {
            loop {
                match self.0.next().await.unwrap().unwrap() {
                    Message::Text(text) => return Ok(serde_json::from_str(&text).unwrap()),
                    Message::Close(Some(frame)) => return Err(frame.code.into()),
                    _ => {}
                }
            }
        }
    }

    fn world() -> (Arc<World>, Clock, TaskTracker) {
        let clock = Clock::starting_at(0, 1.0);
        let world = World::new(clock.clone(), 1, Vec::new(), Faults::default(), Logins::new(None));
        (Arc::new(world), clock, TaskTracker::new())
    }

    fn subscribe(world: &World, welcome: &Value) {
        let session_id = welcome["payload"]["session"]["id"].as_str().unwrap();
        let condition = &json!({"broadcaster_user_id": "7"});
        let kind = Type::named("stream.online").unwrap();
        let wish = Wish { client_id: "app", user_id: 7, kind, condition, session_id };
        world.state().eventsub.subscribe(&wish, 0).unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn who_subscribes_to_nothing_is_closed() {
        let (world, clock, tracker) = world();
        let mut client = Client::connect(&world, &tracker, "keepalive_timeout_seconds=60").await;
        assert!(client.next().await.is_ok(), "the welcome");
        assert_eq!(client.next().await, Err(4003));
        assert_eq!(clock.now_ms(), 10_000);
    }

    #[tokio::test(start_paused = true)]
    async fn keepalives_come_in_time_and_end_with_the_fault() {
        let (world, clock, tracker) = world();
        let mut client = Client::connect(&world, &tracker, "keepalive_timeout_seconds=12").await;
        let welcome = client.next().await.unwrap();
        assert_eq!(welcome["payload"]["session"]["keepalive_timeout_seconds"], 12);
        subscribe(&world, &welcome);
        for n in 1..=5 {
            let message = client.next().await.unwrap();
            assert_eq!(message["metadata"]["message_type"], "session_keepalive");
            assert_eq!(clock.now_ms(), 12_000 * n);
        }
        world.state().eventsub.silence(None);
        assert!(timeout(Duration::from_secs(300), client.next()).await.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_not_welcomed_hears_nothing_and_is_closed() {
        let (world, clock, tracker) = world();
        world.fault(&FaultCall::new("eventsub_no_welcome")).unwrap();
        let mut client = Client::connect(&world, &tracker, "").await;
        assert_eq!((client.next().await, clock.now_ms()), (Err(4003), 10_000));
        let mut next = Client::connect(&world, &tracker, "").await;
        assert!(next.next().await.is_ok(), "the next one is welcomed");
    }

    #[tokio::test(start_paused = true)]
    async fn events_come_though_keepalives_do_not() {
        let (world, clock, tracker) = world();
        let mut client = Client::connect(&world, &tracker, "keepalive_timeout_seconds=12").await;
        subscribe(&world, &client.next().await.unwrap());
        world.fault(&FaultCall::new("eventsub_no_keepalive").seconds(40)).unwrap();
        assert!(timeout(Duration::from_secs(30), client.next()).await.is_err());
        let room = crate::irc::Room { login: "a".to_owned(), id: 7, shared: false };
        world.state().eventsub.signal("stream.online", &room, 30_000, &json!({}));
        let event = client.next().await.unwrap();
        assert_eq!(event["metadata"]["message_type"], "notification");
        world.advance(clock.now_ms() + 11_000);
        let kept = client.next().await.unwrap();
        assert_eq!(kept["metadata"]["message_type"], "session_keepalive");
    }

    #[tokio::test(start_paused = true)]
    async fn who_does_not_move_or_answer_is_closed() {
        let (world, _, tracker) = world();
        let mut client = Client::connect(&world, &tracker, "").await;
        subscribe(&world, &client.next().await.unwrap());
        world.state().eventsub.reconnect(None, 0);
        let code = loop {
            if let Err(code) = client.next().await {
                break code;
            }
        };
        assert_eq!(code, 4004);

        let mut deaf = Client::connect(&world, &tracker, "").await;
        subscribe(&world, &deaf.next().await.unwrap());
        // Who reads nothing answers no ping: the second one finds the first unanswered.
        let pause = async |seconds| {
            let pause = timeout(Duration::from_secs(seconds), std::future::pending::<()>());
            assert!(pause.await.is_err());
            world.state().eventsub.len()
        };
        assert_eq!((pause(39).await, pause(3).await), (1, 0));

        let mut lost = Client::connect(&world, &tracker, "move=nowhere").await;
        assert_eq!(lost.next().await, Err(4007));
    }
}

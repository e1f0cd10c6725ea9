//! Listens for chat clients and runs a session for each.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::session::{Account, Directory, Effect, Session};
use super::wire::Wire;
use super::{Room, format, noise};
use crate::world::{Connection, Delivery, Fault, World};

/// Lines that are sent together at most.
const BATCH: usize = 64;
/// A goodbye may take this long, real time.
const GOODBYE: Duration = Duration::from_secs(1);

/// How lines travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transport {
    Tcp,
    WebSocket,
}

/// Accepts clients until `stop`.
pub(crate) async fn serve(
    listener: TcpListener,
    transport: Transport,
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
                let (world, stop) = (Arc::clone(&world), stop.child_token());
                tracker.spawn(client(socket, transport, world, stop));
            }
            Err(error) => {
                tracing::warn!(%error, "a chat client could not be accepted");
                world.clock.sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

async fn client(
    socket: TcpStream,
    transport: Transport,
    world: Arc<World>,
    stop: CancellationToken,
) {
    let _ = socket.set_nodelay(true);
    let wire = match transport {
        Transport::Tcp => Ok(Wire::tcp(socket)),
        Transport::WebSocket => tokio::select! {
            () = stop.cancelled() => return,
            shaken = Wire::web_socket(socket) => shaken,
        },
    };
    match wire {
        Ok(wire) => Client::new(wire, world, stop).run().await,
        Err(error) => tracing::debug!(%error, "no WebSocket handshake"),
    }
}

/// A client that is connected.
struct Client {
    wire: Wire,
    session: Session,
    connection: Connection,
    world: Arc<World>,
}

impl Client {
    fn new(wire: Wire, world: Arc<World>, stop: CancellationToken) -> Self {
        let session = Session::new(world.clock.now_ms());
        let connection = world.connect(stop);
        Self { wire, session, connection, world }
    }

    async fn run(mut self) {
        let closed = self.connection.closed.clone();
        loop {
            let step = tokio::select! {
                () = closed.cancelled() => ControlFlow::Break(()),
                step = self.step() => step,
            };
            if step.is_break() {
                break;
            }
        }
        self.world.disconnect(self.connection.id);
        // A client that reads nothing can't be told goodbye.
        let _ = timeout(GOODBYE, self.wire.close()).await;
    }

    /// Waits for the next thing and does it.
    async fn step(&mut self) -> ControlFlow<()> {
        let clock = self.world.clock.clone();
        tokio::select! {
            lines = self.wire.receive() => match lines {
                Some(lines) => self.heard(lines).await,
                None => ControlFlow::Break(()),
            },
            Some(delivery) = self.connection.queue.recv() => self.deliver(delivery).await,
            () = clock.sleep_until_ms(self.session.deadline_ms()) => {
                if self.no_ping() {
                    self.session.put_off_ping(clock.now_ms());
                    return ControlFlow::Continue(());
                }
                let effects = self.session.wake(clock.now_ms());
                self.perform(effects).await
            }
        }
    }

    async fn heard(&mut self, lines: Vec<String>) -> ControlFlow<()> {
        for line in lines {
            if line.starts_with("PING") && self.no_ping() {
                continue;
            }
            let now_ms = self.world.clock.now_ms();
            let known = Known { world: &self.world, connection: self.connection.id };
            let effects = self.session.handle(&line, now_ms, &known);
            self.perform(effects).await?;
        }
        ControlFlow::Continue(())
    }

    fn no_ping(&self) -> bool {
        self.world.state().faults.goes_on(Fault::IrcNoPing, None)
    }

    async fn perform(&mut self, effects: Vec<Effect>) -> ControlFlow<()> {
        let mut lines = Lines::default();
        let mut end = ControlFlow::Continue(());
        for effect in effects {
            match effect {
                Effect::Send(line) => lines.push(&line),
                Effect::Listen(room) => self.world.listen(self.connection.id, room),
                Effect::Leave(login) => self.world.leave(self.connection.id, &login),
                Effect::Chat { room, account, text } => {
                    self.world.wrote(&room, &account, &text, self.connection.id);
                }
                Effect::Close => end = ControlFlow::Break(()),
            }
        }
        self.send(&lines).await?;
        end
    }

    /// Sends what was delivered, and what else waits, in one go.
    async fn deliver(&mut self, first: Delivery) -> ControlFlow<()> {
        let mut lines = Lines::default();
        let mut next = Some(first);
        let mut end = ControlFlow::Continue(());
        while let Some(delivery) = next {
            match delivery {
                Delivery::Chat { room, at_ms, event, noise } if self.session.is_in(&room.login) => {
                    if let Some(line) = format::render(&event, &room, at_ms, self.session.caps) {
                        lines.add(&noise::spoil(&line, &room.login, noise));
                    }
                }
                Delivery::Chat { .. } => {}
                Delivery::PutOut(login) => {
                    if let Some(line) = self.session.put_out(&login) {
                        lines.push(&line);
                    }
                }
                Delivery::Reconnect => {
                    if self.session.caps.commands {
                        lines.push(":tmi.twitch.tv RECONNECT");
                    }
                    end = ControlFlow::Break(());
                    break;
                }
            }
            next = if lines.count < BATCH { self.connection.queue.try_recv().ok() } else { None };
        }
        self.send(&lines).await?;
        end
    }

    async fn send(&mut self, lines: &Lines) -> ControlFlow<()> {
        if lines.count == 0 || self.connection.silent() {
            return ControlFlow::Continue(());
        }
        match self.wire.send(&lines.bytes).await {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    }
}

/// Lines that are sent together.
#[derive(Default)]
struct Lines {
    bytes: Vec<u8>,
    count: usize,
}

impl Lines {
    fn push(&mut self, line: &str) {
        self.add(line.as_bytes());
        self.bytes.extend_from_slice(b"\r\n");
    }

    /// Something that has its own end, or none.
    fn add(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        self.count += 1;
    }
}

/// The world, as the session of one connection sees it.
struct Known<'a> {
    world: &'a World,
    connection: u64,
}

impl Directory for Known<'_> {
    fn account(&self, token: &str) -> Option<Account> {
        self.world.chat_account(token)
    }

    fn room(&self, login: &str) -> Option<Room> {
        self.world.room(login)
    }

    fn shuts_out(&self, login: &str) -> Option<(&'static str, String)> {
        self.world.shuts_out(login)
    }

    fn may_join(&self, account: Option<&str>, now_ms: i64) -> bool {
        self.world.may_join(account, self.connection, now_ms)
    }
}

//! Accepts clients, and carries bytes between each and the service behind.
//!
//! A chunk is read, held back while the network stalls, and passed on; so a service hears of a
//! slow or dead client by what it can't write, as over a real network.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::cables::Fate;
use super::{NetTrouble, Service};
use crate::world::{Fault, World};

/// Bytes that are carried at once.
const CHUNK: usize = 16 * 1024;
/// What trickles comes in drops of so many bytes …
const DROP: usize = 200;
/// … after so much of the simulator's time each: 2 kB a second.
const DROP_EVERY: Duration = Duration::from_millis(100);
/// A stall is looked at so often, in the simulator's time.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// A client that was told goodbye may take so long, real time.
const GOODBYE: Duration = Duration::from_secs(1);

/// Carries clients of a service to the address that it truly listens on, until `stop`.
pub(crate) async fn serve(
    listener: TcpListener,
    behind: SocketAddr,
    service: Service,
    world: Arc<World>,
    tracker: TaskTracker,
    stop: CancellationToken,
) {
    while let Some(accepted) = stop.run_until_cancelled(listener.accept()).await {
        match accepted {
            Ok((client, _)) if world.trouble_comes(NetTrouble::Refuse, service) => reset(client),
            Ok((client, _)) => {
                let (world, stop) = (Arc::clone(&world), stop.clone());
                tracker.spawn(connect(client, behind, service, world, stop));
            }
            Err(error) => {
                tracing::warn!(%error, "a client could not be accepted");
                world.clock.sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

/// Lets a connection end as if its other end had lost all memory of it.
fn reset(socket: TcpStream) {
    let _ = socket.set_zero_linger();
}

async fn connect(
    mut client: TcpStream,
    behind: SocketAddr,
    service: Service,
    world: Arc<World>,
    stop: CancellationToken,
) {
    let Ok(mut server) = TcpStream::connect(behind).await else { return reset(client) };
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let (id, fate) = world.state().cables.add(service);
    let cable = Cable { service, world: &world, fate: &fate };
    let (from_client, to_client) = client.split();
    let (from_server, to_server) = server.split();
    let ends = async {
        stop.cancelled().await;
        let _ = timeout(GOODBYE, std::future::pending::<()>()).await;
    };
    tokio::select! {
        () = fate.torn.cancelled() => {}
        () = cable.carry_both((from_client, to_server), (from_server, to_client)) => {}
        () = ends => {}
    }
    if fate.torn.is_cancelled() {
        reset(client);
        reset(server);
    }
    world.state().cables.remove(id);
}

/// What carries the bytes of one client.
struct Cable<'a> {
    service: Service,
    world: &'a World,
    fate: &'a Fate,
}

/// From where, and where to.
type Way<'a> = (ReadHalf<'a>, WriteHalf<'a>);

impl Cable<'_> {
    /// Until both sides are done, or one is gone.
    async fn carry_both(&self, up: Way<'_>, down: Way<'_>) {
        let up = async {
            self.up(up).await?;
            io::Result::Ok(())
        };
        let down = async {
            self.down(down).await?;
            // Twitch has hung up: what the client still says reaches nobody.
            let _ = timeout(GOODBYE, std::future::pending::<()>()).await;
            Err(io::Error::from(io::ErrorKind::BrokenPipe))
        };
        let _: io::Result<((), ())> = tokio::try_join!(up, down);
    }

    /// What the client says.
    async fn up(&self, (mut from, mut to): Way<'_>) -> io::Result<()> {
        let mut chunk = vec![0; CHUNK];
        loop {
            let length = from.read(&mut chunk).await?;
            if length == 0 && self.fate.is_dead() {
                // The client has given up. Nobody tells Twitch, which forgets it here.
                return Err(io::ErrorKind::BrokenPipe.into());
            }
            self.wait_for_calm().await;
            match length {
                0 => return to.shutdown().await,
                _ if self.fate.is_dead() => {}
                length => to.write_all(&chunk[..length]).await?,
            }
        }
    }

    /// What Twitch says.
    async fn down(&self, (mut from, mut to): Way<'_>) -> io::Result<()> {
        let mut chunk = vec![0; CHUNK];
        loop {
            let length = from.read(&mut chunk).await?;
            self.wait_for_calm().await;
            if self.fate.is_dead() {
                if length == 0 {
                    std::future::pending::<()>().await;
                }
                self.swallow(&chunk[..length]);
                continue;
            }
            if length == 0 {
                return to.shutdown().await;
            }
            let said = &chunk[..length];
            if self.world.trouble_comes(NetTrouble::Cut, self.service) {
                self.swallow(said);
                to.write_all(&said[..length / 2]).await?;
                self.fate.torn.cancel();
            } else {
                self.tell(&mut to, said).await?;
            }
        }
    }

    /// The client does not get this: when it tells of a clip, nobody knows that clip's id.
    fn swallow(&self, said: &[u8]) {
        if said.starts_with(b"HTTP/1.1 202") {
            let answer = String::from_utf8_lossy(said);
            self.world.state().clips.answer_was_swallowed(&answer);
        }
    }

    /// In drops while the network is slow.
    async fn tell(&self, to: &mut WriteHalf<'_>, mut said: &[u8]) -> io::Result<()> {
        while self.goes_on(NetTrouble::Slow) && said.len() > DROP {
            let (drop, rest) = said.split_at(DROP);
            to.write_all(drop).await?;
            said = rest;
            self.world.clock.sleep(DROP_EVERY).await;
        }
        to.write_all(said).await
    }

    async fn wait_for_calm(&self) {
        while self.goes_on(NetTrouble::Stall) && !self.fate.is_dead() {
            self.world.clock.sleep(LOOK_EVERY).await;
        }
    }

    fn goes_on(&self, trouble: NetTrouble) -> bool {
        self.world.state().faults.goes_on(Fault::Net(trouble), Some(self.service.name()))
    }
}

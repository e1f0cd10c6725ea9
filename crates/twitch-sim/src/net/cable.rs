//! Accepts clients, and carries bytes between each and the service behind.
//!
//! A chunk is read, held back while the network stalls, and passed on; so a service hears of a
//! slow or dead client by what it can't write, as over a real network. Where TLS is spoken, it ends
//! here: what is carried, cut and trickled is plain text.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, split};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::cables::Fate;
use super::{Certificates, NetTrouble, Service};
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
/// A fatal TLS alert, "unexpected message" (RFC 8446, section 6): an answer to plain text.
const ALERT: [u8; 7] = [21, 3, 3, 0, 2, 2, 10];

/// What lies behind an address that clients are told.
pub(crate) struct Line {
    /// Where the service truly listens.
    pub behind: SocketAddr,
    /// Whose it is.
    pub service: Service,
    /// None: plain text is spoken.
    pub tls: Option<Arc<Certificates>>,
}

/// Carries clients to what lies behind, until `stop`.
pub(crate) async fn serve(
    listener: TcpListener,
    line: Line,
    world: Arc<World>,
    tracker: TaskTracker,
    stop: CancellationToken,
) {
    let line = Arc::new(line);
    while let Some(accepted) = stop.run_until_cancelled(listener.accept()).await {
        match accepted {
            Ok((client, _)) if world.is_refused(line.service) => reset(&client),
            Ok((client, _)) => {
                let (line, world, stop) = (Arc::clone(&line), Arc::clone(&world), stop.clone());
                tracker.spawn(connect(client, line, world, stop));
            }
            Err(error) => {
                tracing::warn!(%error, "a client could not be accepted");
                world.clock.sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

/// Lets a connection end, once it is dropped, as if its other end had lost all memory of it.
fn reset(socket: &TcpStream) {
    let _ = socket.set_zero_linger();
}

async fn connect(client: TcpStream, line: Arc<Line>, world: Arc<World>, stop: CancellationToken) {
    let _ = client.set_nodelay(true);
    let (id, fate) = world.state().cables.add(line.service);
    let is_odd = world.trouble_comes(NetTrouble::Tls, line.service);
    let cable = Cable { line: &line, world: &world, fate: &fate, stop: &stop };
    match &line.tls {
        None if is_odd => cable.speak_tls_only(client).await,
        None => cable.carry(client).await,
        Some(certificates) => {
            let acceptor = if is_odd { certificates.bad() } else { certificates.good() };
            if let Some(client) = cable.shake_hands(acceptor, client).await {
                cable.carry(client).await;
            }
        }
    }
    world.state().cables.remove(id);
}

/// A client's connection: TCP, or TLS over it.
trait Client: AsyncRead + AsyncWrite + Send + Unpin {
    fn socket(&self) -> &TcpStream;
}

impl Client for TcpStream {
    fn socket(&self) -> &TcpStream {
        self
    }
}

impl Client for TlsStream<TcpStream> {
    fn socket(&self) -> &TcpStream {
        self.get_ref().0
    }
}

/// What carries the bytes of one client.
struct Cable<'a> {
    line: &'a Line,
    world: &'a World,
    fate: &'a Fate,
    stop: &'a CancellationToken,
}

impl Cable<'_> {
    /// Until the work is done, the connection is reset, or the simulator ends.
    async fn unless_over<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let ends = async {
            self.stop.cancelled().await;
            let _ = timeout(GOODBYE, std::future::pending::<()>()).await;
        };
        tokio::select! {
            () = self.fate.torn.cancelled() => None,
            done = work => Some(done),
            () = ends => None,
        }
    }

    async fn shake_hands(
        &self,
        acceptor: &TlsAcceptor,
        client: TcpStream,
    ) -> Option<TlsStream<TcpStream>> {
        let shaken = async {
            self.wait_for_calm().await;
            acceptor.accept(client).await
        };
        let shaken = self.unless_over(shaken).await?;
        shaken.inspect_err(|error| tracing::debug!(%error, "a client does not want TLS so")).ok()
    }

    /// Answers as somebody does who speaks TLS and nothing else.
    async fn speak_tls_only(&self, mut client: TcpStream) {
        let answer = async {
            let mut heard = vec![0; CHUNK];
            if client.read(&mut heard).await? == 0 {
                return Ok(());
            }
            client.write_all(&ALERT).await?;
            client.shutdown().await?;
            // Were anything left unread, the end would be a reset, which takes the alert along.
            let rest =
                async { while client.read(&mut heard).await.is_ok_and(|length| length > 0) {} };
            let _ = timeout(GOODBYE, rest).await;
            io::Result::Ok(())
        };
        let _ = self.unless_over(answer).await;
    }

    async fn carry(&self, mut client: impl Client) {
        let Ok(mut server) = TcpStream::connect(self.line.behind).await else {
            return reset(client.socket());
        };
        let _ = server.set_nodelay(true);
        let (from_client, to_client) = split(&mut client);
        let (from_server, to_server) = server.split();
        let both = self.carry_both((from_client, to_server), (from_server, to_client));
        self.unless_over(both).await;
        if self.fate.torn.is_cancelled() {
            reset(client.socket());
            reset(&server);
        }
    }

    /// Until both sides are done, or one is gone.
    async fn carry_both(
        &self,
        up: (impl AsyncRead + Unpin, impl AsyncWrite + Unpin),
        down: (impl AsyncRead + Unpin, impl AsyncWrite + Unpin),
    ) {
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
    async fn up(
        &self,
        (mut from, mut to): (impl AsyncRead + Unpin, impl AsyncWrite + Unpin),
    ) -> io::Result<()> {
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
    async fn down(
        &self,
        (mut from, mut to): (impl AsyncRead + Unpin, impl AsyncWrite + Unpin),
    ) -> io::Result<()> {
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
            if self.world.trouble_comes(NetTrouble::Cut, self.line.service) {
                self.swallow(said);
                to.write_all(&said[..length / 2]).await?;
                to.flush().await?;
                self.fate.torn.cancel();
                // What came after it would else follow what is missing.
                return Err(io::ErrorKind::ConnectionReset.into());
            }
            self.tell(&mut to, said).await?;
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
    async fn tell(&self, to: &mut (impl AsyncWrite + Unpin), mut said: &[u8]) -> io::Result<()> {
        while self.goes_on(NetTrouble::Slow) && said.len() > DROP {
            let (drop, rest) = said.split_at(DROP);
            to.write_all(drop).await?;
            to.flush().await?;
            said = rest;
            self.world.clock.sleep(DROP_EVERY).await;
        }
        to.write_all(said).await?;
        // TLS may have kept some of it.
        to.flush().await
    }

    async fn wait_for_calm(&self) {
        while self.goes_on(NetTrouble::Stall) && !self.fate.is_dead() {
            self.world.clock.sleep(LOOK_EVERY).await;
        }
    }

    fn goes_on(&self, trouble: NetTrouble) -> bool {
        self.world.state().faults.goes_on(Fault::Net(trouble), Some(self.line.service.name()))
    }
}

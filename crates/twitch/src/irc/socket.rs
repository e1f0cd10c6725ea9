//! What chat comes through: TCP or TLS, with or without WebSocket. Time-outs are real time.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use futures_util::{SinkExt, StreamExt, future::BoxFuture};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
    sync::OnceCell,
    time::timeout,
};
use tokio_rustls::{
    TlsConnector,
    rustls::{ClientConfig, crypto::aws_lc_rs, pki_types::ServerName},
};
use tokio_tungstenite::{
    WebSocketStream, client_async_with_config,
    tungstenite::{Message, protocol::WebSocketConfig},
};

use url::Url;

use super::{endpoint::Endpoint, lines::LineBuffer};

/// TCP, TLS and WebSocket handshakes together.
const DIAL_TIMEOUT: Duration = Duration::from_secs(20);
/// A peer that does not take a few bytes for this long is gone.
const SEND_TIMEOUT: Duration = Duration::from_secs(10);
/// Read at once; also the size of the read buffer.
const CHUNK_BYTES: usize = 16 * 1024;
/// A WebSocket message carries a few lines; one this large ends the connection.
const MAX_FRAME_BYTES: usize = 1024 * 1024;

/// Opens sockets to one place. Tests open pipes within the process instead.
pub(super) trait Dial: Send + Sync {
    /// A fresh connection, ready for the first line.
    fn dial(&self) -> BoxFuture<'_, io::Result<Socket>>;
}

/// A stream of bytes, whatever it is made of.
pub(crate) trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// WebSocket messages over any such stream.
pub(crate) type WebSocket = WebSocketStream<Box<dyn Duplex>>;

/// A connection that carries lines.
pub(super) struct Socket {
    pipe: Pipe,
    lines: LineBuffer,
}

enum Pipe {
    Bytes { stream: Box<dyn Duplex>, chunk: Box<[u8]> },
    Frames(Box<WebSocket>),
}

impl Socket {
    /// Lines straight over a stream.
    pub(super) fn bytes(stream: Box<dyn Duplex>) -> Self {
        let chunk = vec![0; CHUNK_BYTES].into_boxed_slice();
        Self { pipe: Pipe::Bytes { stream, chunk }, lines: LineBuffer::default() }
    }

    fn frames(stream: WebSocket) -> Self {
        Self { pipe: Pipe::Frames(Box::new(stream)), lines: LineBuffer::default() }
    }

    /// A line that was already received.
    pub(super) fn next_line(&mut self) -> Option<&[u8]> {
        self.lines.next_line()
    }

    /// How many lines were too long since this was asked last.
    pub(super) fn take_too_long(&mut self) -> u64 {
        self.lines.take_too_long()
    }

    /// Waits for more bytes; false when the peer has closed. Nothing is lost when this is
    /// dropped before it is done.
    pub(super) async fn fill(&mut self) -> io::Result<bool> {
        match &mut self.pipe {
            Pipe::Bytes { stream, chunk } => {
                let received = stream.read(chunk).await?;
                self.lines.push(&chunk[..received]);
                Ok(received > 0)
            }
            Pipe::Frames(stream) => {
                let Some(message) = stream.next().await else { return Ok(false) };
                match message.map_err(io::Error::other)? {
                    Message::Text(text) => self.lines.push(text.as_bytes()),
                    Message::Binary(bytes) => self.lines.push(&bytes),
                    Message::Close(_) => return Ok(false),
                    // Pings are answered by the library.
                    Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => return Ok(true),
                }
                // A line never goes on in the next frame.
                self.lines.end_line();
                Ok(true)
            }
        }
    }

    /// Sends one line, without its line end.
    pub(super) async fn send(&mut self, line: &str) -> io::Result<()> {
        let text = format!("{line}\r\n");
        within(SEND_TIMEOUT, "the server took nothing", async {
            match &mut self.pipe {
                Pipe::Bytes { stream, .. } => {
                    stream.write_all(text.as_bytes()).await?;
                    stream.flush().await
                }
                Pipe::Frames(stream) => {
                    stream.send(Message::text(text)).await.map_err(io::Error::other)
                }
            }
        })
        .await
    }
}

/// Opens sockets over the network.
pub(crate) struct Network {
    endpoint: Endpoint,
    tls: OnceCell<TlsConnector>,
}

impl Network {
    pub(crate) fn new(endpoint: Endpoint) -> Self {
        Self { endpoint, tls: OnceCell::new() }
    }

    /// A WebSocket, for what is no chat.
    pub(crate) async fn web_socket(&self) -> io::Result<WebSocket> {
        let Some(url) = &self.endpoint.web_socket else {
            return Err(io::Error::other("the address is none of a WebSocket"));
        };
        within(DIAL_TIMEOUT, "no answer", async { frames(url, self.stream().await?).await }).await
    }

    async fn open(&self) -> io::Result<Socket> {
        let stream = self.stream().await?;
        match &self.endpoint.web_socket {
            Some(url) => Ok(Socket::frames(frames(url, stream).await?)),
            None => Ok(Socket::bytes(stream)),
        }
    }

    async fn stream(&self) -> io::Result<Box<dyn Duplex>> {
        let Endpoint { host, port, tls, .. } = &self.endpoint;
        let tcp = TcpStream::connect((host.as_str(), *port)).await?;
        tcp.set_nodelay(true)?;
        if !tls {
            stays_here(tcp.peer_addr()?)?;
            return Ok(Box::new(tcp));
        }
        let connector = self.tls.get_or_try_init(tls_connector).await?;
        let name = ServerName::try_from(host.clone()).map_err(io::Error::other)?;
        Ok(Box::new(connector.connect(name, tcp).await?))
    }
}

impl Dial for Network {
    fn dial(&self) -> BoxFuture<'_, io::Result<Socket>> {
        Box::pin(within(DIAL_TIMEOUT, "no answer", self.open()))
    }
}

/// Shakes hands over a stream.
async fn frames(url: &Url, stream: Box<dyn Duplex>) -> io::Result<WebSocket> {
    let config = WebSocketConfig::default()
        .read_buffer_size(CHUNK_BYTES)
        .write_buffer_size(0)
        .max_message_size(Some(MAX_FRAME_BYTES))
        .max_frame_size(Some(MAX_FRAME_BYTES));
    let shaken = client_async_with_config(url.as_str(), stream, Some(config)).await;
    shaken.map(|(stream, _)| stream).map_err(io::Error::other)
}

/// `localhost` may have been resolved to anything.
fn stays_here(peer: SocketAddr) -> io::Result<()> {
    if peer.ip().is_loopback() {
        return Ok(());
    }
    Err(io::Error::other(format!("plain text is for this machine only, and {peer} is another")))
}

/// TLS with the certificates that this machine trusts. Reading them touches files.
async fn tls_connector() -> io::Result<TlsConnector> {
    let config = tokio::task::spawn_blocking(|| {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let verifier = rustls_platform_verifier::Verifier::new(Arc::clone(&provider))?;
        let builder = ClientConfig::builder_with_provider(provider);
        Ok::<_, tokio_rustls::rustls::Error>(
            builder
                .with_safe_default_protocol_versions()?
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(verifier))
                .with_no_client_auth(),
        )
    });
    let config = config.await.map_err(io::Error::other)?.map_err(io::Error::other)?;
    Ok(TlsConnector::from(Arc::new(config)))
}

async fn within<T>(
    limit: Duration,
    what: &str,
    work: impl Future<Output = io::Result<T>>,
) -> io::Result<T> {
    timeout(limit, work).await.unwrap_or_else(|_| {
        Err(io::Error::new(io::ErrorKind::TimedOut, format!("{what} for {} s", limit.as_secs())))
    })
}

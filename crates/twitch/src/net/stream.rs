//! TCP or TLS, with or without WebSocket. Time-outs are real time.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use cliphound_crew::blocking;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    sync::OnceCell,
    time::timeout,
};
use tokio_rustls::{
    TlsConnector,
    rustls::{ClientConfig, crypto::aws_lc_rs, pki_types::ServerName},
};
use tokio_tungstenite::{
    WebSocketStream, client_async_with_config, tungstenite::protocol::WebSocketConfig,
};
use url::Url;

use super::{endpoint::Endpoint, remedy::with_remedy};

/// TCP, TLS and WebSocket handshakes together.
const DIAL_TIMEOUT: Duration = Duration::from_secs(20);
/// Read at once; also the size of the read buffer.
pub(crate) const CHUNK_BYTES: usize = 16 * 1024;
/// A WebSocket message carries a few lines or an event; one this large ends the connection.
const MAX_FRAME_BYTES: usize = 1024 * 1024;

/// A stream of bytes, whatever it is made of.
pub(crate) trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// A WebSocket over any stream.
pub(crate) type Frames = WebSocketStream<Box<dyn Duplex>>;

/// Opens streams over the network.
#[derive(Default)]
pub(crate) struct Dialler {
    tls: OnceCell<TlsConnector>,
}

impl Dialler {
    /// A stream of bytes to a host.
    pub(crate) async fn bytes(&self, endpoint: &Endpoint) -> io::Result<Box<dyn Duplex>> {
        within(DIAL_TIMEOUT, "no answer", self.open(endpoint)).await
    }

    /// A WebSocket at an address, which is asked for as it stands.
    pub(crate) async fn frames(&self, endpoint: &Endpoint, url: &Url) -> io::Result<Frames> {
        within(DIAL_TIMEOUT, "no answer", async {
            let stream = self.open(endpoint).await?;
            let config = WebSocketConfig::default()
                .read_buffer_size(CHUNK_BYTES)
                .write_buffer_size(0)
                .max_message_size(Some(MAX_FRAME_BYTES))
                .max_frame_size(Some(MAX_FRAME_BYTES));
            let shaken = client_async_with_config(url.as_str(), stream, Some(config)).await;
            shaken.map(|(frames, _)| frames).map_err(io::Error::other)
        })
        .await
    }

    async fn open(&self, endpoint: &Endpoint) -> io::Result<Box<dyn Duplex>> {
        let Endpoint { host, port, tls, .. } = endpoint;
        let tcp = TcpStream::connect((host.as_str(), *port)).await.map_err(with_remedy)?;
        tcp.set_nodelay(true)?;
        if !tls {
            stays_here(tcp.peer_addr()?)?;
            return Ok(Box::new(tcp));
        }
        let connector = self.tls.get_or_try_init(tls_connector).await?;
        let name = ServerName::try_from(host.clone()).map_err(io::Error::other)?;
        Ok(Box::new(connector.connect(name, tcp).await.map_err(with_remedy)?))
    }
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
    let config = blocking("reading certificates", || {
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

/// Work that has to be done by a time limit.
pub(crate) async fn within<T>(
    limit: Duration,
    what: &str,
    work: impl Future<Output = io::Result<T>>,
) -> io::Result<T> {
    timeout(limit, work).await.unwrap_or_else(|_| {
        Err(io::Error::new(io::ErrorKind::TimedOut, format!("{what} for {} s", limit.as_secs())))
    })
}

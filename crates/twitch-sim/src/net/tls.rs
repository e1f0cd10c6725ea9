//! An address that speaks TLS, with a certificate that nobody trusts.
//!
//! Behind it is all that the HTTP server serves; whoever checks certificates never gets there.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Makes a certificate for this machine that vouches for itself, anew at each start.
pub(crate) fn untrusted() -> io::Result<TlsAcceptor> {
    let names = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
    let made = rcgen::generate_simple_self_signed(names).map_err(io::Error::other)?;
    let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|config| {
            let chain = vec![made.cert.der().clone()];
            config.with_no_client_auth().with_single_cert(chain, key.into())
        });
    Ok(TlsAcceptor::from(Arc::new(config.map_err(io::Error::other)?)))
}

/// Serves clients that take the certificate, until `stop`.
pub(crate) async fn serve_tls(
    listener: TcpListener,
    acceptor: TlsAcceptor,
    behind: SocketAddr,
    tracker: TaskTracker,
    stop: CancellationToken,
) {
    while let Some(accepted) = stop.run_until_cancelled(listener.accept()).await {
        let Ok((client, _)) = accepted else { continue };
        let (acceptor, stop) = (acceptor.clone(), stop.clone());
        tracker.spawn(async move {
            stop.run_until_cancelled(carry(client, &acceptor, behind)).await;
        });
    }
}

async fn carry(client: TcpStream, acceptor: &TlsAcceptor, behind: SocketAddr) {
    let Ok(mut client) = acceptor.accept(client).await else { return };
    let Ok(mut server) = TcpStream::connect(behind).await else { return };
    let _ = copy_bidirectional(&mut client, &mut server).await;
}

//! An address that speaks TLS, with a certificate that nobody trusts.
//!
//! Behind it is all that the HTTP server serves; whoever checks certificates never gets there.

use std::net::SocketAddr;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

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

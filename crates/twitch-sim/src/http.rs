//! The HTTP server: Helix, OAuth and control under one address; it can hang up unanswered.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::extract::connect_info::Connected;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::serve::{IncomingStream, Listener};
use serde_json::json;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::world::World;
use crate::{control, emotes, helix, media, oauth};

/// Requests may take so long, real time, once the end has come.
const GOODBYE: Duration = Duration::from_secs(1);

/// Serves until `stop`.
pub(crate) async fn serve(listener: TcpListener, world: Arc<World>, stop: CancellationToken) {
    let routes = Router::new()
        .nest("/helix", helix::routes(Arc::clone(&world)))
        .nest("/oauth2", oauth::routes(Arc::clone(&world)))
        .nest("/media", media::routes(Arc::clone(&world)))
        .merge(oauth::pages(Arc::clone(&world)))
        .nest("/control", control::routes(Arc::clone(&world)))
        .merge(emotes::http::routes(world));
    let service = routes.into_make_service_with_connect_info::<HangUp>();
    let served = axum::serve(HangUpListener(listener), service)
        .with_graceful_shutdown(stop.clone().cancelled_owned());
    // A client in the middle of a request is waited for, but not for long.
    let impatience = async {
        stop.cancelled().await;
        let _ = timeout(GOODBYE, std::future::pending::<()>()).await;
    };
    tokio::select! {
        served = served.into_future() => if let Err(error) = served {
            tracing::error!(%error, "the simulator's HTTP server stopped");
        },
        () = impatience => tracing::debug!("HTTP clients were still busy at the end"),
    }
}

/// An error in the form that Helix gives it.
#[derive(Debug)]
pub(crate) struct ApiError {
    pub status: StatusCode,
    pub message: String,
}

impl ApiError {
    pub fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into() }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body = json!({
            "error": self.status.canonical_reason().unwrap_or_default(),
            "status": self.status.as_u16(),
            "message": self.message,
        });
        (self.status, axum::Json(body)).into_response()
    }
}

/// Lets a handler end its connection before a byte of the answer is sent.
#[derive(Debug, Clone, Default)]
pub(crate) struct HangUp(Arc<AtomicBool>);

impl HangUp {
    /// From here on nothing can be sent.
    pub fn now(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Connected<IncomingStream<'_, HangUpListener>> for HangUp {
    fn connect_info(stream: IncomingStream<'_, HangUpListener>) -> Self {
        stream.io().hang_up.clone()
    }
}

pub(crate) struct HangUpListener(TcpListener);

impl Listener for HangUpListener {
    type Io = HangUpStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let (socket, address) = Listener::accept(&mut self.0).await;
        let _ = socket.set_nodelay(true);
        (HangUpStream { socket, hang_up: HangUp::default() }, address)
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.0.local_addr()
    }
}

/// A socket whose writes fail once it is hung up.
pub(crate) struct HangUpStream {
    socket: TcpStream,
    hang_up: HangUp,
}

impl AsyncRead for HangUpStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_read(context, buffer)
    }
}

impl AsyncWrite for HangUpStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.hang_up.0.load(Ordering::Relaxed) {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        Pin::new(&mut self.socket).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(context)
    }
}

//! Listens on one address of this machine. What is wrong with it never stops the daemon.

mod patience;

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::Router;
use cliphound_clock::Clock;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
};
use tokio_util::sync::CancellationToken;

use self::patience::Patient;
use crate::crew::{Crew, Post, rest};

/// Connections at a time; further ones wait until one ends.
const CONNECTIONS: usize = 64;
/// A client has so long to send a request's head, and a connection may rest so long.
const HEAD_WITHIN: Duration = Duration::from_secs(30);
/// How long to wait after a failure to listen.
const AGAIN_AFTER: Duration = Duration::from_secs(60);
/// How long to wait when no connection can be taken, such as for lack of file handles.
const PAUSE: Duration = Duration::from_secs(1);

/// Listens, and answers by the routes.
pub struct Server {
    /// Where; port 0 is any free one.
    pub listen: SocketAddr,
    /// What is answered.
    pub routes: Router,
    /// Runs a task a connection.
    pub crew: Crew,
    /// Ends the connections.
    pub stop: CancellationToken,
    /// Told the address once it is known.
    pub bound: watch::Sender<Option<SocketAddr>>,
}

impl Server {
    /// Answers until it is dropped. While the address is taken, it is tried again each minute.
    pub async fn run(&self) {
        let mut has_told = false;
        loop {
            match self.listen().await {
                Ok(listener) => return self.serve(listener).await,
                Err(error) if !std::mem::replace(&mut has_told, true) => tracing::warn!(
                    address = %self.listen,
                    "Cliphound can't be looked at ({error}): is the port taken by another program? All else goes on, and it is tried again each minute; another port: web.listen"
                ),
                Err(error) => tracing::debug!(%error, "Cliphound can't be looked at yet"),
            }
            rest(Clock::system().sleep(AGAIN_AFTER)).await;
        }
    }

    async fn listen(&self) -> io::Result<TcpListener> {
        let listener = TcpListener::bind(self.listen).await?;
        let address = listener.local_addr()?;
        tracing::info!(%address, "Cliphound can be looked at: /healthz, /readyz and /metrics");
        self.bound.send_replace(Some(address));
        Ok(listener)
    }

    async fn serve(&self, listener: TcpListener) {
        let places = Arc::new(Semaphore::new(CONNECTIONS));
        // Nobody closes the places.
        while let Ok(place) = rest(Arc::clone(&places).acquire_owned()).await {
            let stream = match rest(listener.accept()).await {
                Ok((stream, _)) => stream,
                Err(error) => {
                    tracing::debug!(%error, "a connection could not be taken");
                    rest(Clock::system().sleep(PAUSE)).await;
                    continue;
                }
            };
            let routes = self.routes.clone();
            let connection = async move {
                answer(stream, routes).await;
                drop(place);
            };
            let post = Post::passing("HTTP connection").until(&self.stop);
            // Of a panic there, nobody but the client needs to know more than the log tells.
            self.crew.spawn_or(post, connection, || {});
        }
    }
}

/// Answers one connection's requests.
async fn answer(stream: TcpStream, routes: Router) {
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_WITHIN)
        .serve_connection(TokioIo::new(Patient::new(stream)), TowerToHyperService::new(routes))
        .with_upgrades()
        .await;
    if let Err(error) = served {
        tracing::debug!(%error, "a connection ended early");
    }
}

#[cfg(test)]
mod tests;

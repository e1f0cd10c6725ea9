//! Listens on one address of this machine. What is wrong with it never stops the daemon.

mod patience;
mod places;
mod timely;

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use axum::Router;
use cliphound_clock::Clock;
use hyper::{
    Request,
    body::Incoming,
    server::conn::http1,
    service::{Service as _, service_fn},
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
    sync::{Semaphore, watch},
};
use tokio_util::sync::CancellationToken;

use self::{patience::Patient, places::Places, timely::Timely};
use super::{
    access::{Access, Peer},
    host,
};
use crate::crew::{Crew, Post, rest};

/// A client has so long to send a request's head, and a connection may rest so long: whoever waits
/// for a place waits no longer for those that say nothing. For bodies see [`timely`].
const HEAD_WITHIN: Duration = Duration::from_secs(5);
/// How long to wait after a failure to listen.
const AGAIN_AFTER: Duration = Duration::from_secs(60);
/// How long to wait when no connection can be taken, such as for lack of file handles.
const PAUSE: Duration = Duration::from_secs(1);

/// Where Cliphound can be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct At {
    /// Where it listens.
    pub address: SocketAddr,
    /// At the first start: the link by which the owner sets a password.
    pub link: Option<String>,
}

impl At {
    /// Its first page.
    #[must_use]
    pub fn page(&self) -> String {
        format!("http://{}/", host::of(self.address))
    }
}

/// Listens, and answers by the routes.
pub struct Server {
    /// Where; port 0 is any free one. Beyond this machine, once somebody can log in.
    pub listen: SocketAddr,
    /// Who may look.
    pub access: Access,
    /// What is answered.
    pub routes: Router,
    /// Runs a task a connection.
    pub crew: Crew,
    /// Ends the connections.
    pub stop: CancellationToken,
    /// Told the address once it is known.
    pub bound: watch::Sender<Option<At>>,
}

impl Server {
    /// Answers until it is dropped. While the address is taken, it is tried again each minute.
    pub async fn run(&self) {
        let mut has_told = false;
        loop {
            let (listen, is_held_back) = self.place().await;
            match self.listen(listen).await {
                Ok(listener) if is_held_back => {
                    tokio::select! {
                        () = self.serve(listener) => return,
                        () = self.access.until_people() => continue,
                    }
                }
                Ok(listener) => return self.serve(listener).await,
                Err(error) if !std::mem::replace(&mut has_told, true) => tracing::warn!(
                    address = %listen,
                    "Cliphound can't be looked at ({error}): is the port taken by another program? All else goes on, and it is tried again each minute; another port: --listen, or without that web.listen"
                ),
                Err(error) => tracing::debug!(%error, "Cliphound can't be looked at yet"),
            }
            rest(Clock::system().sleep(AGAIN_AFTER)).await;
        }
    }

    /// Where to listen now, and whether that is less than the settings want.
    async fn place(&self) -> (SocketAddr, bool) {
        let wanted = self.listen;
        if wanted.ip().is_loopback() || self.access.has_people().await.unwrap_or(false) {
            return (wanted, false);
        }
        let here = if wanted.is_ipv6() {
            Ipv6Addr::LOCALHOST.into()
        } else {
            IpAddr::V4(Ipv4Addr::LOCALHOST)
        };
        tracing::warn!(
            "Cliphound listens on this machine only, not at {wanted}, until somebody has a password: open the link that follows, or run `cliphound password`"
        );
        (SocketAddr::new(here, wanted.port()), true)
    }

    async fn listen(&self, listen: SocketAddr) -> io::Result<TcpListener> {
        let listener = TcpListener::bind(listen).await?;
        let address = listener.local_addr()?;
        tracing::info!(%address, "Cliphound can be looked at: http://{}/", host::of(address));
        if !address.ip().is_loopback() && self.access.web().public_url.is_none() {
            tracing::warn!(
                "whoever is on the network between can read passwords along: put a proxy with TLS before it, and its address into web.public_url"
            );
        }
        let link = self.access.greet(address).await;
        self.bound.send_replace(Some(At { address, link }));
        Ok(listener)
    }

    async fn serve(&self, listener: TcpListener) {
        let (all, elsewhere) = (Arc::new(Semaphore::new(places::ALL)), Places::default());
        // Nobody closes them.
        while let Ok(place) = rest(Arc::clone(&all).acquire_owned()).await {
            let (stream, peer) = match rest(listener.accept()).await {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::debug!(%error, "a connection could not be taken");
                    rest(Clock::system().sleep(PAUSE)).await;
                    continue;
                }
            };
            let theirs = match self.access.is_near(peer.ip()) {
                true => None,
                false => match elsewhere.take(peer.ip()) {
                    Some(theirs) => Some(theirs),
                    None => {
                        tracing::debug!(%peer, "too many connections from there: one is closed");
                        continue;
                    }
                },
            };
            let routes = self.routes.clone();
            let connection = async move {
                answer(stream, Peer(peer), routes).await;
                drop((place, theirs));
            };
            let post = Post::passing("HTTP connection").until(&self.stop);
            // Of a panic there, nobody but the client needs to know more than the log tells.
            self.crew.spawn_or(post, connection, || {});
        }
    }
}

/// Answers one connection's requests.
async fn answer<S>(stream: S, peer: Peer, routes: Router)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let routes = TowerToHyperService::new(routes);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(peer);
        routes.call(request.map(Timely::new))
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_WITHIN)
        .serve_connection(TokioIo::new(Patient::new(stream)), service)
        .with_upgrades()
        .await;
    if let Err(error) = served {
        tracing::debug!(%error, "a connection ended early");
    }
}

#[cfg(test)]
mod tests;

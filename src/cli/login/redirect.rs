//! The address on this machine that the browser comes back to, for one log-in.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use anyhow::Context as _;
use axum::{
    Router,
    extract::State,
    http::{HeaderName, StatusCode, Uri, header},
    response::Html,
};
use cliphound_clock::Clock;
use cliphound_twitch::oauth::{CodeRequest, LoginError};
use tokio::{net::TcpListener, sync::mpsc, time::timeout};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    config::Endpoint,
    crew::{Post, named},
};

/// How long the browser may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(600);
/// How long, in real time, the last page may take to reach the browser.
const GOODBYE: Duration = Duration::from_secs(1);

/// What a panic is told of.
const PAGES: Post = Post::passing("log-in's page");

/// Listens for the browser.
pub(super) struct Listener {
    sockets: Vec<TcpListener>,
    address: String,
    path: String,
}

impl Listener {
    /// Listens at the redirect address; with port 0 at a free port.
    pub(super) async fn open(redirect: &Endpoint) -> anyhow::Result<Self> {
        let mut port = redirect.port();
        let mut sockets = Vec::new();
        for ip in addresses(&redirect.host()) {
            let listening = TcpListener::bind(SocketAddr::new(ip, port)).await;
            match listening {
                Ok(socket) => {
                    port = socket.local_addr()?.port();
                    sockets.push(socket);
                }
                // A machine may have only one of the two.
                Err(_) if !sockets.is_empty() => {}
                Err(error) => {
                    return Err(error).with_context(|| {
                        format!("{redirect} can't be listened on: end what uses the port, or set twitch.redirect to another address that is registered for the app")
                    });
                }
            }
        }
        let mut url = redirect.url().clone();
        let address = if url.port() == Some(0) {
            // Loopback addresses of http always have a port.
            let _ = url.set_port(Some(port));
            url.as_str().trim_end_matches('/').to_owned()
        } else {
            redirect.as_str().to_owned()
        };
        Ok(Self { sockets, address, path: redirect.url().path().to_owned() })
    }

    /// The redirect address.
    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// Waits for the browser to bring the code of this log-in. What comes to other
    /// log-ins is refused, and told.
    pub(super) async fn code(
        self,
        request: &CodeRequest,
        clock: &Clock,
    ) -> Result<String, LoginError> {
        // One answer counts; whoever comes while it is taken is told to wait.
        let (answer_in, mut answers) = mpsc::channel(1);
        let visit = Visit { request: request.clone(), path: self.path, answers: answer_in };
        let pages = Router::new().fallback(visited).with_state(Arc::new(visit));
        let (tracker, stop) = (TaskTracker::new(), CancellationToken::new());
        for socket in self.sockets {
            let served = axum::serve(socket, pages.clone())
                .with_graceful_shutdown(stop.clone().cancelled_owned());
            tracker.spawn(named(&PAGES, served.into_future()));
        }
        let answer = tokio::select! {
            answer = answers.recv() => answer.unwrap_or(Err(LoginError::Expired)),
            () = clock.sleep(PATIENCE) => Err(LoginError::Expired),
        };
        stop.cancel();
        tracker.close();
        drop(timeout(GOODBYE, tracker.wait()).await);
        answer
    }
}

/// A name may lead to either kind of address.
fn addresses(host: &str) -> Vec<IpAddr> {
    match host.parse() {
        Ok(ip) => vec![ip],
        Err(_) => vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()],
    }
}

struct Visit {
    request: CodeRequest,
    path: String,
    answers: mpsc::Sender<Result<String, LoginError>>,
}

/// The address of the page holds the code: nobody shall keep or pass it on.
type Page = (StatusCode, [(HeaderName, &'static str); 2], Html<String>);

async fn visited(State(visit): State<Arc<Visit>>, uri: Uri) -> Page {
    let query = uri.query().filter(|_| uri.path() == visit.path).unwrap_or_default();
    if query.is_empty() {
        return page(StatusCode::NOT_FOUND, "There is nothing here.");
    }
    let answer = visit.request.code(query);
    let (status, words) = match &answer {
        Ok(_) => (StatusCode::OK, "That was all: you can close this page.".to_owned()),
        Err(LoginError::WrongState) => {
            tracing::warn!("{}", LoginError::WrongState);
            return page(StatusCode::BAD_REQUEST, &LoginError::WrongState.to_string());
        }
        Err(error) => (StatusCode::OK, format!("{error}. You can close this page.")),
    };
    drop(visit.answers.try_send(answer));
    page(status, &words)
}

fn page(status: StatusCode, words: &str) -> Page {
    let words = words.replace('&', "&amp;").replace('<', "&lt;");
    let text = format!(
        "<!doctype html><meta charset=\"utf-8\"><title>Cliphound</title>\
         <body style=\"font-family:sans-serif;margin:4em auto;max-width:30em\"><h1>Cliphound</h1><p>{words}"
    );
    let headers = [(header::CACHE_CONTROL, "no-store"), (header::REFERRER_POLICY, "no-referrer")];
    (status, headers, Html(text))
}

//! Whether each service can be reached at all. Trouble is a warning, since it may pass.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::{
    net::{TcpStream, lookup_host},
    time::timeout,
};

use super::finding::Finding;
use crate::config::{Config, Endpoint};

/// How long an answer may take, in real time.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// Asks all at the same time; the lines come in a fixed order.
pub(super) async fn check(config: &Config) -> Vec<Finding> {
    let at = &config.endpoints;
    let services = [
        ("irc", &at.irc, "no chat comes in until then"),
        ("oauth", &at.oauth, "tokens can't be checked or renewed until then"),
        ("helix", &at.helix, "nothing is clipped until then"),
        ("eventsub", &at.eventsub, "its signals are missing until then"),
        ("7tv", &at.seventv, "its emotes are unknown until then"),
        ("bttv", &at.bttv, "its emotes are unknown until then"),
        ("ffz", &at.ffz, "its emotes are unknown until then"),
    ];
    join_all(services.map(|(name, endpoint, loss)| reach(name, endpoint, loss))).await
}

async fn reach(subject: &str, endpoint: &Endpoint, loss: &str) -> Finding {
    let (host, port) = (endpoint.host(), endpoint.port());
    let trouble = match timeout(PATIENCE, connect(&host, port)).await {
        Ok(Ok(())) => return Finding::ok(subject, format!("{host}:{port} can be reached")),
        Ok(Err(trouble)) => trouble,
        Err(_) => format!(
            "{host}:{port} did not answer within {} s: look at the network and firewall",
            PATIENCE.as_secs()
        ),
    };
    Finding::warn(subject, format!("{trouble}; {loss}"))
}

async fn connect(host: &str, port: u16) -> Result<(), String> {
    let addresses: Vec<_> = lookup_host((host, port))
        .await
        .map_err(|_| format!("the name {host} is not known: look at the network and DNS"))?
        .collect();
    TcpStream::connect(addresses.as_slice()).await.map(drop).map_err(|e| {
        format!("{host}:{port} can't be reached ({e}): look at the network and firewall")
    })
}

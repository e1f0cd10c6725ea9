//! Whether each service answers as what uses it would ask. Trouble is a warning, since it may
//! pass.

use std::{error::Error, time::Duration};

use cliphound_twitch::{
    net::{knock, remedy},
    oauth::http_client,
};
use futures_util::future::join_all;
use tokio::time::timeout;

use super::finding::Finding;
use crate::config::{ChatSource, Config, Endpoint};

/// How long an answer may take, in real time.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

const NO_CHAT: &str = "no chat comes in until then";
const EMOTES_LOST: &str = "its emotes are unknown until then";
const NOT_LIVE: &str = "its new emotes come with the hourly refresh until then";

/// Something that Cliphound asks.
struct Service<'a> {
    name: &'static str,
    endpoint: &'a Endpoint,
    asks: Asks,
    /// What is missing without it.
    loss: &'static str,
}

/// How it is asked.
#[derive(Debug, Clone, Copy)]
enum Asks {
    /// By connecting, with TLS and WebSocket where the address has them.
    Connection,
    /// Over HTTP: any answer will do, since without a token there is no good one.
    Anything,
    /// For this path, which everybody may have.
    Path(&'static str),
}

/// Asks all at the same time; the lines come in a fixed order.
pub(super) async fn check(config: &Config) -> Vec<Finding> {
    join_all(services(config).into_iter().map(Service::reach)).await
}

/// Those that these settings use.
fn services(config: &Config) -> Vec<Service<'_>> {
    let at = &config.endpoints;
    let (no_irc, no_eventsub) = match config.chat.source {
        ChatSource::Irc => (Some(NO_CHAT), "its signals are missing until then"),
        ChatSource::Auto => (
            Some("chat that EventSub does not give us is not heard until then"),
            "chat is read by IRC, and its signals are missing, until then",
        ),
        ChatSource::EventSub => (None, NO_CHAT),
    };
    let new = |name, endpoint, asks, loss| Service { name, endpoint, asks, loss };
    let mut all: Vec<_> =
        no_irc.map(|loss| new("irc", &at.irc, Asks::Connection, loss)).into_iter().collect();
    all.extend([
        new("oauth", &at.oauth, Asks::Anything, "tokens can't be checked or renewed until then"),
        new("helix", &at.helix, Asks::Anything, "nothing is clipped until then"),
        new("eventsub", &at.eventsub, Asks::Connection, no_eventsub),
    ]);
    if !at.eventsub_api.as_str().starts_with(at.helix.as_str()) {
        all.push(new("eventsub api", &at.eventsub_api, Asks::Anything, no_eventsub));
    }
    let live = Asks::Connection;
    let emotes = [
        ("7tv", &at.seventv, Asks::Path("emote-sets/global"), EMOTES_LOST),
        ("7tv live", &at.seventv_events, live, NOT_LIVE),
        ("bttv", &at.bttv, Asks::Path("cached/emotes/global"), EMOTES_LOST),
        ("bttv live", &at.bttv_events, live, NOT_LIVE),
        ("ffz", &at.ffz, Asks::Path("set/global"), EMOTES_LOST),
    ];
    let used = &config.emotes.services;
    let is_used = |name: &str| {
        let service = name.split(' ').next().unwrap_or_default();
        config.emotes.enabled && used.iter().any(|used| used.0.key() == service)
    };
    let emotes = emotes.into_iter().filter(|(name, ..)| is_used(name));
    all.extend(emotes.map(|(name, endpoint, asks, loss)| new(name, endpoint, asks, loss)));
    all
}

impl Service<'_> {
    async fn reach(self) -> Finding {
        let (host, port) = (self.endpoint.host(), self.endpoint.port());
        let trouble = match timeout(PATIENCE, self.ask()).await {
            Ok(Ok(())) => return Finding::ok(self.name, format!("{host}:{port} can be reached")),
            Ok(Err(trouble)) => format!("{host}:{port} {trouble}"),
            Err(_) => format!(
                "{host}:{port} did not answer within {} s: look at the network and firewall",
                PATIENCE.as_secs()
            ),
        };
        Finding::warn(self.name, format!("{trouble}; {}", self.loss))
    }

    /// What is wrong with it.
    async fn ask(&self) -> Result<(), String> {
        let url = match self.asks {
            Asks::Connection => {
                return knock(self.endpoint.url()).await.map_err(|error| unreached(&error));
            }
            Asks::Anything => self.endpoint.to_string(),
            Asks::Path(path) => format!("{}/{path}", self.endpoint),
        };
        let http = http_client(&[self.endpoint.url()]).map_err(|error| unreached(&error))?;
        let answer = http.get(url).send().await.map_err(|error| unreached(&error))?;
        let status = answer.status();
        match self.asks {
            Asks::Path(path) if !status.is_success() => {
                Err(format!("answers {} to {path}: look again later", status.as_u16()))
            }
            _ => Ok(()),
        }
    }
}

/// Why, with how to mend it, or by the innermost reason: the outer ones only say what was tried.
fn unreached(error: &(dyn Error + 'static)) -> String {
    if let Some(words) = remedy(error) {
        return format!("can't be reached: {words}");
    }
    let mut why = error;
    while let Some(inner) = why.source() {
        why = inner;
    }
    format!("can't be reached ({why}): look at the network and firewall")
}

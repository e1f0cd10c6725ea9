//! Who looks, and what they may do.
//!
//! [`Viewer`] is what handlers take: without one, a page leads to the log-in and the API answers
//! 401. `identify` finds it by a session's cookie or an API token; `origin` and `csrf` keep other
//! sites from using the cookie; `lasting` ends what stays open; `log_in`, `door` (the first start) and `twitch` begin sessions;
//! `people` and `tokens` are what the pages and the API of these names do. See
//! `docs/adr/0017-log-in.md`.

mod cookie;
mod csrf;
mod door;
mod identify;
mod lasting;
mod limits;
mod log_in;
mod origin;
pub mod password;
pub mod people;
mod rights;
mod role;
pub mod secret;
pub mod tokens;
pub mod twitch;
mod viewer;

use std::sync::Arc;

use cliphound_clock::Clock;
use cliphound_store::Store;

use crate::config::Web;

pub use cookie::{SESSION as COOKIE_OF_SESSION, TWITCH as COOKIE_OF_TWITCH, read as read_cookie};
pub use door::Link;
pub use identify::{identify, local_or_logged_in, same_origin};
pub use limits::net;
pub use log_in::{Begun, LIFE_MS, REST_MS, Sender};
pub use origin::Peer;
pub use role::Role;
pub use viewer::{Pass, Viewer};

/// Knows who may look. Cheap to clone; clones are the same.
#[derive(Clone)]
pub struct Access(Arc<Inner>);

struct Inner {
    store: Store,
    clock: Clock,
    web: Web,
    passwords: password::Passwords,
    limits: limits::Limits,
    door: door::Door,
    twitch: Option<twitch::Twitch>,
}

impl Access {
    /// Lets people in by what the database and the settings say, and by Twitch.
    #[must_use]
    pub fn new(store: Store, clock: Clock, web: Web, twitch: Option<twitch::Twitch>) -> Self {
        Self(Arc::new(Inner {
            store,
            clock,
            web,
            passwords: password::Passwords::default(),
            limits: limits::Limits::default(),
            door: door::Door::default(),
            twitch,
        }))
    }

    /// The settings.
    #[must_use]
    pub fn web(&self) -> &Web {
        &self.0.web
    }

    fn now_ms(&self) -> i64 {
        self.0.clock.now_ms()
    }
}

impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Access").finish_non_exhaustive()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::config::{Config, GlobalArgs};

    /// 2026-11-01T12:00:00Z.
    pub(crate) const NOW_MS: i64 = 1_793_534_400_000;

    /// An access with settings of `[web]`, such as `("OWNERS", "ann")`, over a new database.
    pub(crate) async fn access(settings: &[(&str, &str)]) -> (Access, tempfile::TempDir) {
        let dir = tempfile::tempdir().unwrap();
        let args = GlobalArgs { dir: Some(dir.path().to_owned()), ..GlobalArgs::default() };
        let name = |key: &str| format!("CLIPHOUND_WEB__{key}");
        let variables: BTreeMap<_, _> =
            settings.iter().map(|(key, value)| (name(key), (*value).to_owned())).collect();
        let web = Config::load(&args, &variables).unwrap().web;
        let store = Store::open(&dir.path().join("cliphound.db")).await.unwrap();
        (Access::new(store, Clock::starting_at(NOW_MS, 1.0), web, None), dir)
    }
}

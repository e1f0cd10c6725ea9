//! Who may look at the daemon: the dashboard's log-ins, made of the settings.

use cliphound_clock::Clock;
use cliphound_store::Store;
use cliphound_twitch::oauth::{self, App};

use crate::{
    config::Config,
    web::{Access, access::twitch::Twitch},
};

/// Lets in whom the database and the settings name; by Twitch, too, where there is an app.
pub fn of(config: &Config, store: &Store, clock: &Clock) -> Access {
    Access::new(store.clone(), clock.clone(), config.web.clone(), twitch(config, clock))
}

fn twitch(config: &Config, clock: &Clock) -> Option<Twitch> {
    let (twitch, base) = (&config.twitch, config.endpoints.oauth.url());
    let client_id = twitch.client_id.clone()?;
    // Without TLS nobody logs in by Twitch; a password does.
    let http = oauth::http_client(&[base]).ok()?;
    let secret = twitch.client_secret.clone();
    let by_code = secret.is_some();
    Some(Twitch::new(App::new(base.clone(), client_id, secret, http), by_code, clock.clone()))
}

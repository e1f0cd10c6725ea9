//! `[twitch]`: which channels are watched, and the account that clips.

use cliphound_twitch::ChannelLogin;
use secrecy::SecretString;

use super::reader::Reader;

pub(super) const KEYS: &[&str] = &[
    "twitch.channels",
    "twitch.client_id",
    "twitch.client_secret",
    "twitch.access_token",
    "twitch.refresh_token",
];

/// The short names that `.env` uses.
pub(super) const VARIABLES: &[(&str, &str)] = &[
    ("TWITCH_CHANNELS", "twitch.channels"),
    ("TWITCH_CLIENT_ID", "twitch.client_id"),
    ("TWITCH_CLIENT_SECRET", "twitch.client_secret"),
    ("TWITCH_ACCESS_TOKEN", "twitch.access_token"),
    ("TWITCH_REFRESH_TOKEN", "twitch.refresh_token"),
];

/// Channels and account. Without an account, chat is read anonymously and nothing is clipped.
#[derive(Debug, Clone)]
pub struct Twitch {
    /// Channels to watch, each once, in the order given.
    pub channels: Vec<ChannelLogin>,
    /// The application's id, from dev.twitch.tv.
    pub client_id: Option<String>,
    /// The application's secret; a public client has none.
    pub client_secret: Option<SecretString>,
    /// The clipper's user token, with the scope `clips:edit`.
    pub access_token: Option<SecretString>,
    /// Renews the access token.
    pub refresh_token: Option<SecretString>,
}

impl Twitch {
    /// The first token of `.env` with what renews it, if any.
    #[must_use]
    pub fn initial_token(&self) -> Option<(SecretString, Option<SecretString>)> {
        Some((self.access_token.clone()?, self.refresh_token.clone()))
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let twitch = Self {
            channels: reader.logins("twitch.channels"),
            client_id: reader.optional("twitch.client_id"),
            client_secret: reader.secret("twitch.client_secret"),
            access_token: reader.secret("twitch.access_token"),
            refresh_token: reader.secret("twitch.refresh_token"),
        };
        if twitch.access_token.is_some() && twitch.client_id.is_none() {
            reader.mistake("twitch.access_token", NO_CLIENT_ID);
        }
        if twitch.refresh_token.is_some() && twitch.access_token.is_none() {
            reader.mistake("twitch.refresh_token", NO_ACCESS_TOKEN);
        }
        twitch
    }
}

const NO_CLIENT_ID: &str = "twitch.access_token is set but twitch.client_id is not: set TWITCH_CLIENT_ID to the id of the app that the token was made for";
const NO_ACCESS_TOKEN: &str = "twitch.refresh_token is set but twitch.access_token is not: set TWITCH_ACCESS_TOKEN too, the two are made together";

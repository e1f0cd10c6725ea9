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
    /// Whether these settings hold a user's token of their own.
    #[must_use]
    pub fn has_token(&self) -> bool {
        self.access_token.is_some() || self.refresh_token.is_some()
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let twitch = Self {
            channels: reader.logins("twitch.channels"),
            client_id: reader.optional("twitch.client_id"),
            client_secret: reader.secret("twitch.client_secret"),
            access_token: reader.secret("twitch.access_token"),
            refresh_token: reader.secret("twitch.refresh_token"),
        };
        if twitch.has_token() && twitch.client_id.is_none() {
            let key = if twitch.access_token.is_some() { "access_token" } else { "refresh_token" };
            reader.mistake(
                &format!("twitch.{key}"),
                format!("twitch.{key} is set but twitch.client_id is not: set TWITCH_CLIENT_ID to the id of the app that the token was made for"),
            );
        }
        twitch
    }
}

//! `[twitch]`: which channels are watched, and the account that clips.

use std::{fmt, str::FromStr};

use cliphound_twitch::ChannelLogin;
use secrecy::SecretString;

use super::{endpoint::Endpoint, reader::Reader};

pub(super) const KEYS: &[&str] = &[
    "twitch.channels",
    "twitch.never",
    "twitch.client_id",
    "twitch.client_secret",
    "twitch.access_token",
    "twitch.refresh_token",
    "twitch.login_flow",
    "twitch.redirect",
];

/// The short names that `.env` uses.
pub(super) const VARIABLES: &[(&str, &str)] = &[
    ("TWITCH_CHANNELS", "twitch.channels"),
    ("TWITCH_NEVER", "twitch.never"),
    ("TWITCH_CLIENT_ID", "twitch.client_id"),
    ("TWITCH_CLIENT_SECRET", "twitch.client_secret"),
    ("TWITCH_ACCESS_TOKEN", "twitch.access_token"),
    ("TWITCH_REFRESH_TOKEN", "twitch.refresh_token"),
];

/// Channels and account. Without an account, chat is read anonymously and nothing is clipped.
#[derive(Debug, Clone)]
pub struct Twitch {
    /// Channels to watch, each once, in the order given, without those of [`Self::never`].
    pub channels: Vec<ChannelLogin>,
    /// Channels that do not want to be clipped: never joined, even if they are listed.
    pub never: Vec<ChannelLogin>,
    /// Those that are listed and left out all the same.
    pub left_out: Vec<ChannelLogin>,
    /// The application's id, from dev.twitch.tv.
    pub client_id: Option<String>,
    /// The application's secret; a public client has none.
    pub client_secret: Option<SecretString>,
    /// The clipper's user token, with the scope `clips:edit`.
    pub access_token: Option<SecretString>,
    /// Renews the access token.
    pub refresh_token: Option<SecretString>,
    /// How `cliphound login` does it.
    pub login_flow: LoginFlow,
    /// Where the browser comes back to in the flow `code`: on this machine, and registered
    /// for the app in just these letters. With port 0 a free one is taken.
    pub redirect: Endpoint,
}

/// How a user logs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LoginFlow {
    /// The user types a code at Twitch, on any device.
    #[default]
    Device,
    /// A browser on this machine comes back with a code; for apps with a secret.
    Code,
}

impl fmt::Display for LoginFlow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Device => "device",
            Self::Code => "code",
        })
    }
}

impl FromStr for LoginFlow {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "device" => Ok(Self::Device),
            "code" => Ok(Self::Code),
            _ => Err(format!("must be device or code, not “{text}”")),
        }
    }
}

impl Twitch {
    /// The first token of `.env` with what renews it, if any.
    #[must_use]
    pub fn initial_token(&self) -> Option<(SecretString, Option<SecretString>)> {
        Some((self.access_token.clone()?, self.refresh_token.clone()))
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, String> {
        let redirect = DEFAULT_REDIRECT.parse()?;
        let listed = reader.logins("twitch.channels");
        let never = reader.logins("twitch.never");
        let (left_out, channels) = listed.into_iter().partition(|login| never.contains(login));
        let twitch = Self {
            channels,
            never,
            left_out,
            client_id: reader.optional("twitch.client_id"),
            client_secret: reader.secret("twitch.client_secret"),
            access_token: reader.secret("twitch.access_token"),
            refresh_token: reader.secret("twitch.refresh_token"),
            login_flow: reader.parsed("twitch.login_flow", LoginFlow::default()),
            redirect: reader.parsed("twitch.redirect", redirect),
        };
        if !(twitch.redirect.is_loopback() && twitch.redirect.scheme() == "http") {
            let message = format!(
                "twitch.redirect must be an address of this machine, such as {DEFAULT_REDIRECT}, not “{}”",
                twitch.redirect
            );
            reader.mistake("twitch.redirect", message);
        }
        if twitch.access_token.is_some() && twitch.client_id.is_none() {
            reader.mistake("twitch.access_token", NO_CLIENT_ID);
        }
        if twitch.refresh_token.is_some() && twitch.access_token.is_none() {
            reader.mistake("twitch.refresh_token", NO_ACCESS_TOKEN);
        }
        Ok(twitch)
    }
}

/// What people are told to register: see docs/login.md.
const DEFAULT_REDIRECT: &str = "http://localhost:3000";

const NO_CLIENT_ID: &str = "twitch.access_token is set but twitch.client_id is not: set TWITCH_CLIENT_ID to the id of the app that the token was made for";
const NO_ACCESS_TOKEN: &str = "twitch.refresh_token is set but twitch.access_token is not: set TWITCH_ACCESS_TOKEN too, the two are made together";

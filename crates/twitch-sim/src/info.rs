//! Where the simulator is and what opens it: the one JSON line of `sim`.

use serde::Serialize;

/// Everything a client needs to use the simulator. The secrets in it open nothing but
/// the simulator itself, which is why they may be printed.
#[derive(Debug, Clone, Serialize)]
pub struct SimInfo {
    /// Chat over plain TCP: `irc://127.0.0.1:PORT`.
    pub irc: String,
    /// Chat over WebSocket: `ws://127.0.0.1:PORT`.
    pub irc_ws: String,
    /// Helix, without a slash at its end.
    pub helix: String,
    /// OAuth, without a slash at its end.
    pub oauth: String,
    /// EventSub's WebSocket: `ws://127.0.0.1:PORT/ws`.
    pub eventsub: String,
    /// 7TV's API, without a slash at its end.
    pub seventv: String,
    /// 7TV's live events: `ws://127.0.0.1:PORT`.
    pub seventv_events: String,
    /// BTTV's API, without a slash at its end.
    pub bttv: String,
    /// BTTV's live events: `ws://127.0.0.1:PORT`.
    pub bttv_events: String,
    /// FFZ's API, without a slash at its end.
    pub ffz: String,
    /// `127.0.0.1:PORT` of a server that speaks TLS with a certificate that nobody trusts; put
    /// `https://`, `wss://` or `ircs://` before it.
    pub untrusted_tls: String,
    /// The control API, without a slash at its end.
    pub control: String,
    /// Client id of an application with a secret.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// A user token of it with every scope that is checked here.
    pub access_token: String,
    /// Its refresh token, which keeps working.
    pub refresh_token: String,
    /// Login of the user behind the tokens.
    pub user_login: String,
    /// Id of the user behind the tokens.
    pub user_id: String,
    /// The channels.
    pub channels: Vec<ChannelInfo>,
    /// Further tokens, for tests of what goes wrong: `public` (an application without a
    /// secret, whose refresh token works once), `expired`, `no_scopes`.
    pub test_tokens: Vec<TestToken>,
}

/// A simulated channel.
#[derive(Debug, Clone, Serialize)]
pub struct ChannelInfo {
    /// Login, lower case.
    pub login: String,
    /// User id of the broadcaster, which is the room id too.
    pub id: String,
    /// Viewers it has on the average.
    pub viewers: u32,
}

/// A token for a test.
#[derive(Debug, Clone, Serialize)]
pub struct TestToken {
    /// What it is for.
    pub name: String,
    /// The application it was given to.
    pub client_id: String,
    /// The access token.
    pub access_token: String,
    /// The refresh token.
    pub refresh_token: String,
    /// What it may do.
    pub scopes: Vec<String>,
}

impl SimInfo {
    /// The settings, as environment variables, that let the daemon use this simulator.
    #[must_use]
    pub fn environment(&self) -> Vec<(String, String)> {
        let logins: Vec<&str> = self.channels.iter().map(|c| c.login.as_str()).collect();
        [
            ("CLIPHOUND_ENDPOINTS__IRC", self.irc.clone()),
            ("CLIPHOUND_ENDPOINTS__HELIX", self.helix.clone()),
            ("CLIPHOUND_ENDPOINTS__OAUTH", self.oauth.clone()),
            ("CLIPHOUND_ENDPOINTS__EVENTSUB", self.eventsub.clone()),
            ("CLIPHOUND_ENDPOINTS__SEVENTV", self.seventv.clone()),
            ("CLIPHOUND_ENDPOINTS__SEVENTV_EVENTS", self.seventv_events.clone()),
            ("CLIPHOUND_ENDPOINTS__BTTV", self.bttv.clone()),
            ("CLIPHOUND_ENDPOINTS__BTTV_EVENTS", self.bttv_events.clone()),
            ("CLIPHOUND_ENDPOINTS__FFZ", self.ffz.clone()),
            ("TWITCH_CLIENT_ID", self.client_id.clone()),
            ("TWITCH_CLIENT_SECRET", self.client_secret.clone()),
            ("TWITCH_ACCESS_TOKEN", self.access_token.clone()),
            ("TWITCH_REFRESH_TOKEN", self.refresh_token.clone()),
            ("TWITCH_CHANNELS", logins.join(",")),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }
}

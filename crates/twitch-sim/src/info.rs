//! Where the simulator is and what opens it: the one JSON line of `sim`.

use std::net::SocketAddr;

use serde::Serialize;

use crate::chat::id_of;
use crate::net::NAME;
use crate::world::{USER, World};

/// Everything a client needs to use the simulator. The secrets in it open nothing but
/// the simulator itself, which is why they may be printed.
#[derive(Debug, Clone, Serialize)]
pub struct SimInfo {
    /// Chat over TCP: `irc://127.0.0.1:PORT`. With TLS (`SimConfig::tls`), the schemes of this and
    /// all that follow end with an `s`; with a hosts file, their host is `localhost`.
    pub irc: String,
    /// Chat over WebSocket: `ws://127.0.0.1:PORT`.
    pub irc_ws: String,
    /// Helix, without a slash at its end.
    pub helix: String,
    /// OAuth, without a slash at its end.
    pub oauth: String,
    /// EventSub's WebSocket: `ws://127.0.0.1:PORT/ws`.
    pub eventsub: String,
    /// Where EventSub's subscriptions are made: a part of Helix.
    pub eventsub_api: String,
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

/// How addresses are written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spelling {
    /// With TLS.
    pub tls: bool,
    /// With a name in place of the number.
    pub named: bool,
}

impl Spelling {
    fn url(self, scheme: &str, at: SocketAddr, path: &str) -> String {
        let secure = if self.tls { "s" } else { "" };
        let host = if self.named { format!("{NAME}:{}", at.port()) } else { at.to_string() };
        format!("{scheme}{secure}://{host}{path}")
    }
}

impl SimInfo {
    /// `told`: the addresses of IRC over TCP and over WebSocket, EventSub, Helix, OAuth, and of
    /// emotes over HTTP, at 7TV's socket and at BTTV's.
    pub(crate) fn new(
        world: &World,
        control: SocketAddr,
        untrusted_tls: SocketAddr,
        told: &[SocketAddr; 8],
        spelling: Spelling,
    ) -> Self {
        let state = world.state();
        let (client_id, client_secret) = state.tokens.first_client();
        let grant = state.tokens.first_grant().clone();
        let channels = state.channels.values().map(|channel| ChannelInfo {
            login: channel.login().to_owned(),
            id: channel.id().to_string(),
            viewers: channel.usual_viewers(),
        });
        let [irc, irc_ws, eventsub, helix, oauth, emotes, seventv, bttv] = *told;
        let url = |scheme, at, path| spelling.url(scheme, at, path);
        Self {
            irc: url("irc", irc, ""),
            irc_ws: url("ws", irc_ws, ""),
            eventsub: url("ws", eventsub, "/ws"),
            helix: url("http", helix, "/helix"),
            oauth: url("http", oauth, "/oauth2"),
            eventsub_api: url("http", helix, "/helix/eventsub/subscriptions"),
            seventv: url("http", emotes, "/7tv/v3"),
            seventv_events: url("ws", seventv, ""),
            bttv: url("http", emotes, "/bttv/3"),
            bttv_events: url("ws", bttv, ""),
            ffz: url("http", emotes, "/ffz/v1"),
            untrusted_tls: untrusted_tls.to_string(),
            control: format!("http://{control}/control"),
            client_id,
            client_secret,
            access_token: grant.access,
            refresh_token: grant.refresh,
            user_login: USER.to_owned(),
            user_id: id_of(USER).to_string(),
            channels: channels.collect(),
            test_tokens: state.tokens.test_tokens().to_vec(),
        }
    }

    /// The settings, as environment variables, that let the daemon use this simulator.
    #[must_use]
    pub fn environment(&self) -> Vec<(String, String)> {
        let logins: Vec<&str> = self.channels.iter().map(|c| c.login.as_str()).collect();
        [
            ("CLIPHOUND_ENDPOINTS__IRC", self.irc.clone()),
            ("CLIPHOUND_ENDPOINTS__HELIX", self.helix.clone()),
            ("CLIPHOUND_ENDPOINTS__OAUTH", self.oauth.clone()),
            ("CLIPHOUND_ENDPOINTS__EVENTSUB", self.eventsub.clone()),
            ("CLIPHOUND_ENDPOINTS__EVENTSUB_API", self.eventsub_api.clone()),
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

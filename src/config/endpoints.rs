//! `[endpoints]`: where Twitch and the emote services are.

use super::{endpoint::Endpoint, reader::Reader};

pub(super) const KEYS: &[&str] = &[
    "endpoints.irc",
    "endpoints.helix",
    "endpoints.oauth",
    "endpoints.eventsub",
    "endpoints.eventsub_api",
    "endpoints.seventv",
    "endpoints.seventv_events",
    "endpoints.bttv",
    "endpoints.bttv_events",
    "endpoints.ffz",
];

const IRC: &[&str] = &["ircs", "irc", "wss", "ws"];
const HTTP: &[&str] = &["https", "http"];
const WEBSOCKET: &[&str] = &["wss", "ws"];

/// Base addresses; paths are appended to them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoints {
    /// Chat: `ircs://`, `irc://`, `wss://` or `ws://`.
    pub irc: Endpoint,
    /// Twitch's web API.
    pub helix: Endpoint,
    /// Twitch's log-in.
    pub oauth: Endpoint,
    /// EventSub's WebSocket.
    pub eventsub: Endpoint,
    /// Where EventSub subscriptions are made; by default below `helix`.
    pub eventsub_api: Endpoint,
    /// 7TV's web API.
    pub seventv: Endpoint,
    /// 7TV's live events.
    pub seventv_events: Endpoint,
    /// BTTV's web API.
    pub bttv: Endpoint,
    /// BTTV's live events.
    pub bttv_events: Endpoint,
    /// FFZ's web API.
    pub ffz: Endpoint,
}

impl Endpoints {
    /// Every endpoint with its key.
    #[must_use]
    pub fn all(&self) -> [(&'static str, &Endpoint); 10] {
        [
            ("endpoints.irc", &self.irc),
            ("endpoints.helix", &self.helix),
            ("endpoints.oauth", &self.oauth),
            ("endpoints.eventsub", &self.eventsub),
            ("endpoints.eventsub_api", &self.eventsub_api),
            ("endpoints.seventv", &self.seventv),
            ("endpoints.seventv_events", &self.seventv_events),
            ("endpoints.bttv", &self.bttv),
            ("endpoints.bttv_events", &self.bttv_events),
            ("endpoints.ffz", &self.ffz),
        ]
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, String> {
        let mut read = |key, default: &str, schemes| -> Result<Endpoint, String> {
            let endpoint = reader.parsed(key, default.parse::<Endpoint>()?);
            check_scheme(reader, key, &endpoint, schemes);
            Ok(endpoint)
        };
        let irc = read("endpoints.irc", "ircs://irc.chat.twitch.tv:6697", IRC)?;
        let helix = read("endpoints.helix", "https://api.twitch.tv/helix", HTTP)?;
        let subscriptions = format!("{helix}/eventsub/subscriptions");
        Ok(Self {
            irc,
            helix,
            oauth: read("endpoints.oauth", "https://id.twitch.tv/oauth2", HTTP)?,
            eventsub: read("endpoints.eventsub", "wss://eventsub.wss.twitch.tv/ws", WEBSOCKET)?,
            eventsub_api: read("endpoints.eventsub_api", &subscriptions, HTTP)?,
            seventv: read("endpoints.seventv", "https://7tv.io/v3", HTTP)?,
            seventv_events: read("endpoints.seventv_events", "wss://events.7tv.io/v3", WEBSOCKET)?,
            bttv: read("endpoints.bttv", "https://api.betterttv.net/3", HTTP)?,
            bttv_events: read(
                "endpoints.bttv_events",
                "wss://sockets.betterttv.net/ws",
                WEBSOCKET,
            )?,
            ffz: read("endpoints.ffz", "https://api.frankerfacez.com/v1", HTTP)?,
        })
    }
}

fn check_scheme(reader: &mut Reader<'_>, key: &str, endpoint: &Endpoint, schemes: &[&str]) {
    if !schemes.contains(&endpoint.scheme()) {
        let wanted: Vec<_> = schemes.iter().map(|scheme| format!("{scheme}://")).collect();
        let message = format!("{key} must start with {}, not “{endpoint}”", wanted.join(" or "));
        reader.mistake(key, message);
    }
}

//! What is stored about channels, besides intents. Times are Unix milliseconds.

use std::fmt;

use serde::{Deserialize, Serialize};
use sqlx::FromRow;

/// Names a moment and its intent, fixed at the trigger.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, FromRow)]
pub struct IntentKey {
    /// The broadcaster's user id, or `login:LOGIN` while it is not known.
    pub broadcaster_id: String,
    /// The instant of the decision.
    pub trigger_ms: i64,
}

impl IntentKey {
    /// The key of a moment of the channel `login`, whose id may not be known
    /// (without an account Twitch can't be asked for it).
    #[must_use]
    pub fn new(broadcaster_id: Option<&str>, login: &str, trigger_ms: i64) -> Self {
        let broadcaster_id = broadcaster_id.map_or_else(|| format!("login:{login}"), str::to_owned);
        Self { broadcaster_id, trigger_ms }
    }
}

impl fmt::Display for IntentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.broadcaster_id, self.trigger_ms)
    }
}

/// A text that is no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is no key of a moment")]
pub struct BadKey(String);

impl std::str::FromStr for IntentKey {
    type Err = BadKey;

    /// As it is shown: `BROADCASTER_ID@TRIGGER_MS`.
    fn from_str(text: &str) -> Result<Self, BadKey> {
        let key = text.rsplit_once('@').and_then(|(id, trigger)| {
            let trigger_ms = trigger.parse().ok()?;
            (!id.is_empty()).then(|| Self { broadcaster_id: id.to_owned(), trigger_ms })
        });
        key.ok_or_else(|| BadKey(text.to_owned()))
    }
}

/// A stretch of a stream that was worth a clip, whether it was clipped or not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, FromRow)]
pub struct MomentRow {
    /// Channel and trigger.
    #[sqlx(flatten)]
    pub key: IntentKey,
    /// The channel's login.
    pub login: String,
    /// Estimated start of what chat reacted to.
    pub start_ms: i64,
    /// Estimated end of what chat reacted to, not before the start.
    pub end_ms: i64,
    /// How unusual it was, 0 to 1.
    pub score: f32,
    /// What the score had to reach, 0 to 1.
    pub threshold: f32,
    /// `hype`, `emote:NAME`, `manual:LOGIN`.
    pub cause: String,
    /// The reasons as a JSON array; what is no JSON is refused.
    pub reasons: String,
    /// The rules alone decided: the forest had not seen enough of the channel.
    pub learning: bool,
    /// Found by the engine, not asked for by somebody.
    pub automatic: bool,
}

/// The figures of five seconds of a channel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, FromRow)]
pub struct WindowRow {
    /// The broadcaster's user id, or `login:LOGIN` while it is not known.
    pub broadcaster_id: String,
    /// The channel's login.
    pub login: String,
    /// End of the five seconds.
    pub end_ms: i64,
    /// Messages in them.
    pub messages: u32,
    /// Distinct people in them.
    pub chatters: u32,
    /// Highest score in them, 0 to 1.
    pub score: f32,
    /// Threshold at their end, 0 to 1.
    pub threshold: f32,
    /// Mean sentiment of their messages, -1 to 1.
    pub sentiment: f32,
    /// Viewers, where known.
    pub viewers: Option<u32>,
}

/// A clip of ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, FromRow)]
pub struct ClipRow {
    /// Twitch's id of the clip.
    pub clip_id: String,
    /// What becomes of its video: `none`, `wanted`, `done` or `failed`.
    pub download: String,
    /// Instant of the call for it.
    pub called_ms: i64,
}

/// A clip that somebody else made of a channel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, FromRow)]
pub struct ViewerClip {
    /// Twitch's id of the clip.
    pub clip_id: String,
    /// The broadcaster's user id.
    pub broadcaster_id: String,
    /// The channel's login.
    pub login: String,
    /// Who made it, as shown.
    pub creator: String,
    /// When it was made.
    pub created_ms: i64,
    /// Where it begins in the VOD, in seconds; Twitch does not always know.
    pub vod_offset: Option<i64>,
    /// Where it begins on Twitch's clock; not known without its place in the VOD.
    #[serde(default)]
    pub start_ms: Option<i64>,
    /// Length in seconds.
    pub duration_s: f32,
    /// Its title.
    pub title: String,
    /// Views when Twitch was last asked.
    pub views: i64,
    /// When it was found.
    pub found_ms: i64,
}

/// A clip of ours whose video is to be fetched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, FromRow)]
pub struct WantedDownload {
    /// Twitch's id of the clip.
    pub clip_id: String,
    /// The broadcaster's user id.
    pub broadcaster_id: String,
    /// The channel's login.
    pub login: String,
    /// Instant of the call for the clip.
    pub called_ms: i64,
}

/// A line of a record that its disk did not take.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct WaitingLine {
    /// The file's name.
    pub record: String,
    /// The columns.
    pub text: String,
    /// The clip that it is about, as it stands in the line.
    pub clip_url: Option<String>,
}

/// Which rows of a list to read, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// Only this channel (broadcaster's id); every channel without it.
    pub broadcaster_id: Option<String>,
    /// Only rows older than this one: the last of the page before.
    pub before: Option<IntentKey>,
    /// How many rows; at most [`Page::MAX`] are read.
    pub limit: u32,
}

impl Page {
    /// The most rows in one page.
    pub const MAX: u32 = 500;

    /// The newest `limit` rows of all channels.
    #[must_use]
    pub fn newest(limit: u32) -> Self {
        Self { limit, ..Self::default() }
    }
}

//! What is stored about watching: runs of Cliphound, stretches of channels, VODs. Times are
//! Unix milliseconds on our clock, those of VODs on Twitch's.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sqlx::FromRow;

/// A run of Cliphound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, FromRow)]
pub struct Run {
    /// When it began.
    pub start_ms: i64,
    /// Its newest sign of life, or its end.
    pub end_ms: i64,
    /// It ended in good order: the end is exact.
    pub is_clean: bool,
}

/// What a stretch is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The channel was followed; the word says whether it was live.
    Live,
    /// It was not watched; the word says why.
    Gap,
    /// Moments were held back; the word says how.
    Held,
}

impl Kind {
    /// The word in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Gap => "gap",
            Self::Held => "held",
        }
    }
}

/// A stretch of time with the word for it; the end is not part of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stretch {
    /// Its start.
    pub start_ms: i64,
    /// Its end, after the start.
    pub end_ms: i64,
    /// What it is, such as `online` or a gap's cause.
    pub word: String,
}

/// A stretch of a channel as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, FromRow)]
pub struct StretchRow {
    /// The broadcaster's user id, or `login:LOGIN`.
    pub broadcaster_id: String,
    /// The channel's login.
    pub login: String,
    /// [`Kind::as_str`].
    pub kind: String,
    /// Its start.
    pub start_ms: i64,
    /// Its end, after the start.
    pub end_ms: i64,
    /// What it is.
    pub word: String,
}

/// From some time on, what is known of a channel's stretches of one kind is this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewrite {
    /// The broadcaster's user id, or `login:LOGIN`.
    pub broadcaster_id: String,
    /// The channel's login.
    pub login: String,
    /// Which kind.
    pub kind: Kind,
    /// Stretches that start here or later are replaced by …
    pub from_ms: i64,
    /// … these.
    pub stretches: Vec<Stretch>,
}

/// What the run before this one left.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LastRun {
    /// The run itself, the newest that lasted long enough to leave a mark; `None`: there was none.
    pub run: Option<Run>,
    /// The channels that it followed to its end, by login, and until when.
    pub followed: BTreeMap<String, i64>,
}

/// What was watched in some time.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WatchLog {
    /// The runs, the oldest first.
    pub runs: Vec<Run>,
    /// The stretches, by login, kind and start.
    pub stretches: Vec<StretchRow>,
}

/// A VOD as Twitch told of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, FromRow)]
pub struct VodRow {
    /// Twitch's id of the VOD.
    pub vod_id: String,
    /// The broadcaster's user id.
    pub broadcaster_id: String,
    /// The channel's login.
    pub login: String,
    /// Its start, on Twitch's clock.
    pub started_ms: i64,
    /// Its length in seconds when Twitch was asked.
    pub length_s: i64,
}

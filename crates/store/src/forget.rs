//! What is deleted because somebody asked for it.

use serde::{Deserialize, Serialize};
use sqlx::FromRow;

/// How many rows are about a channel or a user: deleted, or changed so that nothing of a user is
/// left in them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Forgotten {
    /// Channels.
    pub channels: u64,
    /// Moments.
    pub moments: u64,
    /// Promises to clip.
    pub intents: u64,
    /// Our clips.
    pub clips: u64,
    /// Figures of 5 s each.
    pub windows: u64,
    /// Clips of viewers.
    pub viewer_clips: u64,
    /// Stretches in which a channel was live, or was not watched.
    pub stretches: u64,
    /// Where VODs lie.
    pub vods: u64,
    /// People who could look as a user at Twitch.
    pub people: u64,
    /// Alerts, sent or waiting.
    pub alerts: u64,
    /// Verdicts on a channel's moments, or by a user.
    pub verdicts: u64,
    /// Lines of chat around moments.
    pub chat_lines: u64,
    /// A channel's settings of the dashboard, with those of before.
    pub settings: u64,
    /// Roles and API tokens that were for a channel alone.
    pub rights: u64,
    /// Titles, cuts and settings that are by a user.
    pub names: u64,
    /// Lines of the records that wait for their disk.
    pub waiting_lines: u64,
}

impl Forgotten {
    /// Nothing was there.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// Each kind of rows in words, with how many there are.
    #[must_use]
    pub fn by_name(&self) -> [(&'static str, u64); 16] {
        [
            ("moments", self.moments),
            ("promises", self.intents),
            ("clips", self.clips),
            ("figures", self.windows),
            ("clips of viewers", self.viewer_clips),
            ("alerts", self.alerts),
            ("verdicts", self.verdicts),
            ("lines of chat", self.chat_lines),
            ("settings", self.settings),
            ("roles and tokens", self.rights),
            ("times of streams", self.stretches),
            ("VODs", self.vods),
            ("log-ins", self.people),
            ("titles, cuts and settings by them", self.names),
            ("lines waiting for their file", self.waiting_lines),
            ("channels", self.channels),
        ]
    }
}

/// Somebody asked that a channel or a user be forgotten while Cliphound runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, FromRow)]
pub struct Forgetting {
    /// `channel` or `user`.
    pub kind: String,
    /// Whose login.
    pub login: String,
    /// Who asked: a name of the log-in.
    pub by: String,
    /// When, Unix milliseconds on our clock.
    pub asked_ms: i64,
    /// The broadcaster ids that a channel had, between blanks.
    pub ids: String,
}

impl Forgetting {
    /// A channel of this broadcaster id and login is one that is meant.
    #[must_use]
    pub fn is_about(&self, broadcaster_id: &str, login: &str) -> bool {
        self.login == login || self.ids.split(' ').any(|id| id == broadcaster_id)
    }
}

//! What is deleted because somebody asked for it.

/// How many rows were deleted, or changed so that nothing of a user is left in them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
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
}

impl Forgotten {
    /// The tables with rows about a channel, in the order in which they can go.
    pub(crate) fn of_channel(&mut self) -> [(&'static str, &mut u64); 9] {
        [
            ("clips", &mut self.clips),
            ("intents", &mut self.intents),
            ("moments", &mut self.moments),
            ("windows", &mut self.windows),
            ("viewer_clips", &mut self.viewer_clips),
            ("stretches", &mut self.stretches),
            ("vods", &mut self.vods),
            ("outbox", &mut self.alerts),
            ("channels", &mut self.channels),
        ]
    }

    /// Nothing was there.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

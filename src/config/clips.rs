//! `[clips]`: how many clips, how long, and what they are called.

use super::{reader::Reader, title::TitleTemplate};

pub(super) const KEYS: &[&str] = &[
    "clips.duration_s",
    "clips.title",
    "clips.budget_per_hour",
    "clips.cooldown_s",
    "clips.dry_run",
];

/// What is clipped and how.
#[derive(Debug, Clone, PartialEq)]
pub struct Clips {
    /// Length of a clip in seconds, 5 to 60 (Twitch's limits).
    pub duration_s: u32,
    /// Title of a clip, with placeholders.
    pub title: TitleTemplate,
    /// Clips an hour that the user wants in each channel, 0.1 to 60.
    pub budget_per_hour: f32,
    /// Least time between two automatic triggers of a channel, 10 to 3600 seconds.
    pub cooldown_s: u32,
    /// Record moments, ask Twitch for no clip.
    pub dry_run: bool,
}

impl Clips {
    /// The defaults are the engine's own.
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let engine = cliphound_engine::Settings::default();
        Self {
            duration_s: reader.number("clips.duration_s", engine.clip_s, 5..=60, " seconds"),
            title: reader.parsed("clips.title", TitleTemplate::default()),
            budget_per_hour: reader.number(
                "clips.budget_per_hour",
                engine.budget_per_hour,
                0.1..=60.0,
                " clips an hour",
            ),
            cooldown_s: reader.number("clips.cooldown_s", engine.cooldown_s, 10..=3600, " seconds"),
            dry_run: reader.flag("clips.dry_run", false),
        }
    }
}

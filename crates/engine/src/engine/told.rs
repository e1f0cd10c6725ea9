//! What an engine tells whoever asks: worked out of what is there, and changing nothing.

use super::{Engine, WINDOW_MS};
use crate::{
    effect::{Moment, Status},
    learner,
    model::Model,
    score::{bounds, features::index, hybrid},
    second::{Second, Seen},
    teach::Teaching,
    time::EventTime,
    window::Popular,
};

impl Engine {
    /// The second that ended last, for timelines.
    #[must_use]
    pub fn second(&self) -> Option<Second> {
        self.seen.as_ref().map(Seen::second)
    }

    /// The moment whose peak the last second would be.
    #[must_use]
    pub fn candidate(&self) -> Option<Moment> {
        let seen = self.seen.as_ref()?;
        let bounds = bounds::from_peak(seen.end, self.model.delay.ms());
        Some(seen.moment(bounds, &self.window, self.is_learning()))
    }

    /// The emotes that most people of the last 15 s are on, at most `most`. Like all that is
    /// asked of an engine, it changes nothing.
    #[must_use]
    pub fn top_emotes(&self, most: usize) -> Vec<Popular> {
        self.window.top_emotes(most)
    }

    /// The short lines without emotes that most people wrote in the last 15 s.
    #[must_use]
    pub fn top_words(&self, most: usize) -> Vec<Popular> {
        self.window.top_words(most)
    }

    /// How it goes at `now`.
    #[must_use]
    pub fn status(&self, now: EventTime) -> Status {
        Status {
            learning: self.is_learning(),
            paused: self.settings.paused || self.model.quiet.is_paused(),
            paused_by_settings: self.settings.paused,
            muted_for_m: self.model.quiet.muted_for_m(now),
            messages_per_hour: self.messages_per_hour(),
            score: self.seen.as_ref().map_or(0.0, Seen::score),
            threshold: hybrid::score(self.threshold),
        }
    }

    /// What the editors' verdicts taught this channel, for people.
    #[must_use]
    pub fn teaching(&self) -> Teaching {
        let [now, untaught] = [self.threshold, self.threshold_at(1.0)].map(hybrid::score);
        Teaching::of(&self.model.verdicts, &self.lesson, now - untaught)
    }

    /// What has been learned, to be stored.
    #[must_use]
    pub fn model(&self) -> Model {
        self.model.clone()
    }

    /// Whether little of the channel is known yet.
    #[must_use]
    pub fn is_learning(&self) -> bool {
        !learner::is_known(&self.model.reservoir)
    }

    /// How much is usually written: a chat of fewer than [`SMALL_CHAT`](super::SMALL_CHAT) an hour has fewer
    /// moments that chat shows.
    #[must_use]
    pub fn messages_per_hour(&self) -> f32 {
        self.model.baseline.means()[index::MESSAGES] * (3_600_000 / WINDOW_MS) as f32
    }

    /// Windows of the channel that the forest is trained on, 512 at most.
    #[must_use]
    pub fn samples(&self) -> usize {
        self.model.reservoir.points().len()
    }

    /// Whether moments are held back, by the settings or by somebody's pause or mute.
    #[must_use]
    pub fn is_held(&self, now: EventTime) -> bool {
        self.settings.paused || self.model.quiet.covers(now)
    }
}

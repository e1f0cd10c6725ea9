//! Sound beside the chat: how far the stream is louder than usual. Optional; a channel whose
//! sound nobody measures is scored by its chat alone.

use serde::{Deserialize, Serialize};

use crate::time::EventTime;

/// Half-life of what is usual, seconds: that of the chat's baseline.
const HALF_LIFE_S: f32 = 1200.0;
/// Seconds that must be known for half the trust, as for the chat's baseline.
const HALF_TRUST_S: f32 = 60.0;
/// Above the usual by more than this a level does not move it further (winsorised), dB.
const WINSOR_DB: f32 = 9.0;
/// Silence and what is below it, dB; digital full scale is 0.
const SILENCE_DB: f32 = -70.0;
/// The loudest of so many milliseconds counts: chat answers a shout some seconds later.
const RECENT_MS: i64 = 20_000;
/// Decibels in a neper: amplitudes are compared in nats, as people are.
pub const DB_A_NEPER: f32 = 8.685_89;

/// What is usual, and the loudest of the last seconds.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Sound {
    /// Weighted sum of levels, dB.
    sum: f32,
    weight: f32,
    /// The loudest recent level with its time.
    loudest: Option<(EventTime, f32)>,
}

impl Sound {
    /// Takes a level (momentary loudness in dB below full scale), about one a second.
    pub fn hear(&mut self, now: EventTime, level_db: f32) {
        if !level_db.is_finite() {
            return;
        }
        let level = level_db.clamp(SILENCE_DB, 0.0);
        let usual = self.usual_db();
        let decay = libm::exp2f(-1.0 / HALF_LIFE_S);
        let counted = usual.map_or(level, |usual| level.min(usual + WINSOR_DB));
        self.sum = self.sum * decay + counted;
        self.weight = self.weight * decay + 1.0;
        if self.recent_db(now).is_none_or(|loudest| level >= loudest) {
            self.loudest = Some((now, level));
        }
    }

    /// How far the loudest of the last 20 s is above the usual, in nats of amplitude; 0
    /// when nothing is heard.
    #[must_use]
    pub fn unusual(&self, now: EventTime) -> f32 {
        let (Some(loudest), Some(usual)) = (self.recent_db(now), self.usual_db()) else {
            return 0.0;
        };
        let trust = self.weight / (self.weight + HALF_TRUST_S);
        trust * (loudest - usual).max(0.0) / DB_A_NEPER
    }

    /// The loudest of the last 20 s, dB.
    #[must_use]
    pub fn recent_db(&self, now: EventTime) -> Option<f32> {
        self.loudest.filter(|(at, _)| now.ms_since(*at) < RECENT_MS).map(|(_, level)| level)
    }

    /// The usual level, dB.
    #[must_use]
    pub fn usual_db(&self) -> Option<f32> {
        (self.weight > 0.0).then(|| self.sum / self.weight)
    }

    /// Keeps this share, 0 to 1, of what was learned.
    pub fn age(&mut self, share: f32) {
        self.sum *= share;
        self.weight *= share;
        self.loudest = None;
    }

    /// Whether stored figures can be used.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        // A hundredth more for what rounding does.
        let least = SILENCE_DB * self.weight * 1.01;
        self.weight.is_finite() && self.weight >= 0.0 && (least..=0.0).contains(&self.sum)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(s: i64) -> EventTime {
        EventTime::from_secs(s)
    }

    #[test]
    fn what_nothing_can_sound_like_is_not_sound() {
        let mut sound = Sound::default();
        assert!(sound.is_sound());
        (0..9_000).for_each(|s| sound.hear(at(s), -500.0));
        assert!(sound.is_sound());
        sound.weight = 1e-40;
        assert!(!sound.is_sound());
    }

    #[test]
    fn a_shout_is_above_the_usual_for_a_while() {
        let mut sound = Sound::default();
        assert_eq!(sound.unusual(at(0)), 0.0);
        for s in 0..600 {
            sound.hear(at(s), -30.0);
        }
        assert_eq!(sound.unusual(at(600)), 0.0);
        sound.hear(at(600), -13.0);
        assert!(sound.unusual(at(610)) > 1.5, "{}", sound.unusual(at(610)));
        for s in 601..640 {
            sound.hear(at(s), -30.0);
        }
        assert_eq!(sound.unusual(at(640)), 0.0);
    }

    #[test]
    fn nonsense_changes_nothing() {
        let mut sound = Sound::default();
        sound.hear(at(0), f32::NAN);
        sound.hear(at(0), f32::NEG_INFINITY);
        assert_eq!(sound, Sound::default());
    }
}

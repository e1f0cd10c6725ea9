//! What speaks for a moment besides chat: sound, and signals that the streamer named.

use serde::{Deserialize, Serialize};

use crate::time::EventTime;

/// What loudness adds, as a share of its nats. Small, as no labelled stream with sound was
/// there to measure it: chat decides, sound breaks ties.
const SOUND_SHARE: f32 = 0.3;
/// Loudness counts at most as so many nats (17 dB).
const MOST_SOUND: f32 = 2.0;
/// What a named signal (a hype train, a large cheer) adds, nats: half of what a usual
/// channel needs.
const RAISED_BY: f32 = 0.5;
/// A signal raises the score for so long: chat answers it within this.
const RAISED_FOR_MS: i64 = 30_000;
/// Chat below this many nats is not strengthened: somebody has to react.
const LEAST_CHAT: f32 = 0.1;

/// What else speaks for a moment in one second.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Surroundings {
    /// Loudness above the usual, nats of amplitude.
    pub sound: f32,
    /// A signal was told not long ago.
    pub raised: bool,
}

impl Surroundings {
    /// Chat's figure in nats with what else speaks for it.
    #[must_use]
    pub fn strengthen(self, chat: f32) -> f32 {
        if chat < LEAST_CHAT {
            return chat;
        }
        let signal = if self.raised { RAISED_BY } else { 0.0 };
        chat + SOUND_SHARE * self.sound.min(MOST_SOUND) + signal
    }
}

/// Until when a signal raises the score.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Raised {
    until: Option<EventTime>,
}

impl Raised {
    /// A signal was told.
    pub fn signal(&mut self, now: EventTime) {
        self.until = self.until.max(Some(now + RAISED_FOR_MS));
    }

    /// Whether the score is raised.
    #[must_use]
    pub fn covers(self, now: EventTime) -> bool {
        self.until.is_some_and(|until| now < until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_reacts_to_stays_nothing() {
        let loud = Surroundings { sound: 5.0, raised: true };
        assert_eq!(loud.strengthen(0.05), 0.05);
        assert!((loud.strengthen(0.5) - 1.6).abs() < 1e-6);
        assert_eq!(Surroundings::default().strengthen(0.5), 0.5);
    }
}

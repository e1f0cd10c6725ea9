//! What an engine learned about its channel, as it is stored between runs.

use serde::{Deserialize, Serialize};

use crate::{
    command::Quiet,
    forest::Reservoir,
    score::{
        baseline::Baseline,
        crowd::{self, FIGURES},
        delay::Delay,
        features,
        sound::Sound,
        threshold::Threshold,
        trigger::Trigger,
    },
    teach::Verdicts,
    time::EventTime,
};

/// Names of the features the model was learned on, in their order: those of the baseline, then
/// those of the forest. A stored model with other names is not read.
pub const FEATURE_NAMES: &[&str] = &all_names();

const fn all_names() -> [&'static str; features::FEATURES + FIGURES] {
    let mut names = [""; features::FEATURES + FIGURES];
    let mut i = 0;
    while i < names.len() {
        names[i] = if i < features::FEATURES {
            features::NAMES[i]
        } else {
            crowd::NAMES[i - features::FEATURES]
        };
        i += 1;
    }
    names
}

/// What was learned about one channel. The forest is not in it: it is trained again
/// from the reservoir, which is smaller and gives the same forest each time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Model {
    pub(crate) seed: u64,
    pub(crate) baseline: Baseline,
    pub(crate) reservoir: Reservoir<FIGURES>,
    pub(crate) threshold: Threshold,
    pub(crate) trigger: Trigger,
    pub(crate) delay: Delay,
    pub(crate) sound: Sound,
    pub(crate) quiet: Quiet,
    /// How often a forest was trained: part of the next one's seed.
    pub(crate) trainings: u64,
    /// Time of the last message.
    pub(crate) last: Option<EventTime>,
    /// What editors think of its moments. It stays the last field: a model stored without it is
    /// one of a channel that was taught nothing.
    pub(crate) verdicts: Verdicts,
}

/// What a model knows of its channel, for people.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    /// The forest does not vote yet.
    pub is_learning: bool,
    /// Samples that the forest is trained on.
    pub samples: usize,
    /// How often it was trained.
    pub trainings: u64,
    /// Time of the last message.
    pub last: Option<EventTime>,
    /// How much is usually written.
    pub messages_per_hour: f32,
    /// Chat usually reacts so late, seconds.
    pub delay_s: f32,
    /// What is usual in a window of 15 s, by the names of the features.
    pub usual: Vec<(&'static str, f32)>,
}

/// After a longer pause the next stream is another evening.
const SAME_EVENING_MS: i64 = 30 * 60 * 1000;
/// What is usual in a channel is half as sure after so many days: audiences change.
const CHAT_HALF_LIFE_DAYS: f32 = 14.0;
/// How late chat is hangs on the stream's latency, which lasts longer.
const DELAY_HALF_LIFE_DAYS: f32 = 90.0;
/// Milliseconds of a day.
const DAY_MS: f32 = 86_400_000.0;

impl Model {
    /// A model that knows nothing. `seed` makes its randomness repeatable.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            baseline: Baseline::default(),
            reservoir: Reservoir::new(seed),
            threshold: Threshold::default(),
            trigger: Trigger::default(),
            delay: Delay::default(),
            sound: Sound::default(),
            quiet: Quiet::default(),
            trainings: 0,
            last: None,
            verdicts: Verdicts::default(),
        }
    }

    /// Whether its numbers can be used; a stored model is asked before it is trusted.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.baseline.is_sound()
            && self.threshold.is_sound()
            && self.trigger.is_sound()
            && self.reservoir.is_sound()
            && self.delay.is_sound()
            && self.quiet.is_sound()
            && self.sound.is_sound()
            && self.verdicts.is_sound()
    }

    /// What can be told of it to people.
    #[must_use]
    pub fn about(&self) -> Known {
        let means = self.baseline.means();
        let a_window = (crate::engine::WINDOW_MS as f32) / 3_600_000.0;
        Known {
            is_learning: !crate::learner::is_known(&self.reservoir),
            samples: self.reservoir.points().len(),
            trainings: self.trainings,
            last: self.last,
            messages_per_hour: means[features::index::MESSAGES] / a_window,
            delay_s: self.delay.ms() / 1000.0,
            usual: features::NAMES.iter().copied().zip(means).collect(),
        }
    }

    /// The same without the pause or mute that people asked for: for other evenings than
    /// the one they meant.
    #[must_use]
    pub fn unmuted(mut self) -> Self {
        self.quiet.resume();
        self
    }

    /// Goes on at `now` after the last message at `before`: as it was after a short pause,
    /// as the prior of another evening after a long one (or on another clock). The longer
    /// ago that evening was, the less it is believed.
    pub(crate) fn resume(&mut self, before: Option<EventTime>, now: EventTime) {
        let pause_ms = before.map_or(0, |before| now.ms_since(before));
        let Some(fresh) = fresh_after(pause_ms) else { return };
        if pause_ms < 0 {
            // Another clock: what ends at a time of the old one would never end.
            self.quiet.resume();
            self.delay.forget_triggers();
        }
        let days = pause_ms.max(0) as f32 / DAY_MS;
        self.baseline.carry_over(fresh);
        self.sound.age(fresh);
        self.threshold.age(fresh);
        self.reservoir.age(fresh);
        self.delay.age(libm::exp2f(-days / DELAY_HALF_LIFE_DAYS));
        self.trigger = Trigger::default();
    }
}

/// The share of what was usual that is still believed after so long without a line; `None`: it is
/// the same evening.
pub(crate) fn fresh_after(pause_ms: i64) -> Option<f32> {
    let days = pause_ms.max(0) as f32 / DAY_MS;
    let is_other = !(0..SAME_EVENING_MS).contains(&pause_ms);
    is_other.then(|| libm::exp2f(-days / CHAT_HALF_LIFE_DAYS))
}

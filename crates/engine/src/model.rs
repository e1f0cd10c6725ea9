//! What an engine learned about its channel, as it is stored between runs.

use serde::{Deserialize, Serialize};

use crate::{
    forest::Reservoir,
    score::{
        baseline::Baseline,
        features::{FEATURES, NAMES},
        threshold::Threshold,
        trigger::Trigger,
    },
    time::EventTime,
};

/// Names of the features the model was learned on, in their order; a stored model
/// with other names is not read.
pub const FEATURE_NAMES: &[&str] = &NAMES;

/// What was learned about one channel. The forest is not in it: it is trained again
/// from the reservoir, which is smaller and gives the same forest each time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Model {
    pub(crate) seed: u64,
    pub(crate) baseline: Baseline,
    pub(crate) reservoir: Reservoir<FEATURES>,
    pub(crate) threshold: Threshold,
    pub(crate) trigger: Trigger,
    /// How often a forest was trained: part of the next one's seed.
    pub(crate) trainings: u64,
    /// The last instant that was learned from.
    pub(crate) last: Option<EventTime>,
}

/// After a longer pause the next stream is another evening.
const SAME_EVENING_MS: i64 = 30 * 60 * 1000;

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
            trainings: 0,
            last: None,
        }
    }

    /// Whether its numbers can be used; a stored model is asked before it is trusted.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.baseline.is_sound()
            && self.threshold.is_sound()
            && self.trigger.is_sound()
            && self.reservoir.is_sound()
    }

    /// The model as it starts at `now`: it goes on after a short pause, and is the prior
    /// of another evening after a long one (or on another clock).
    #[must_use]
    pub(crate) fn resumed(self, now: EventTime) -> Self {
        let same_evening =
            self.last.is_some_and(|last| (0..SAME_EVENING_MS).contains(&now.ms_since(last)));
        if same_evening || self.last.is_none() {
            return self;
        }
        Self {
            baseline: self.baseline.carried_over(),
            trigger: self.trigger.carried_over(),
            ..self
        }
    }
}

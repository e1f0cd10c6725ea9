//! When a score becomes a moment: the rising edge, the cooldown, the budget.

use serde::{Deserialize, Serialize};

use crate::{settings::Settings, time::EventTime};

/// The bucket of clips holds half an hour of budget …
const BUCKET_HOURS: f32 = 0.5;
/// … and at least three.
const LEAST_BUCKET: f32 = 3.0;
/// It starts with one clip and an eighth of an hour of budget: half an hour never spends
/// an evening's, and a stream's first minutes are not missed.
const START_HOURS: f32 = 0.125;

/// Decides at each second whether a moment begins.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Trigger {
    /// The score was below the threshold since the last moment.
    armed: bool,
    last: Option<EventTime>,
    /// Clips that may still be spent; `None` before the first second.
    tokens: Option<f32>,
}

/// What the decision of one second needs.
#[derive(Debug, Clone, Copy)]
pub struct Reading {
    /// The second's end.
    pub now: EventTime,
    /// The value and what it has to reach, in the same unit.
    pub value: f32,
    /// See `value`.
    pub threshold: f32,
    /// Nothing may trigger now (off line, masked, too young).
    pub muted: bool,
}

/// What the user set.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Clips an hour.
    pub budget_per_hour: f32,
    /// Least time between triggers.
    pub cooldown_ms: i64,
}

impl Limits {
    /// Those of `settings`.
    #[must_use]
    pub fn of(settings: &Settings) -> Self {
        Self {
            budget_per_hour: settings.budget_per_hour,
            cooldown_ms: i64::from(settings.cooldown_s) * 1000,
        }
    }
}

/// How many clips may be spent at once at most, of a budget an hour.
fn bucket(budget_per_hour: f32) -> f32 {
    (budget_per_hour * BUCKET_HOURS).max(LEAST_BUCKET)
}

/// How many clips a channel may spend at the very first.
fn at_start(budget_per_hour: f32) -> f32 {
    1.0 + budget_per_hour * START_HOURS
}

impl Trigger {
    /// Decides about one second; true: a moment begins now. Called once a second, in order.
    pub fn step(&mut self, reading: Reading, limits: Limits) -> bool {
        let budget = limits.budget_per_hour;
        let filled = self.tokens.unwrap_or(at_start(budget)) + budget / 3600.0;
        let tokens = filled.min(bucket(budget));
        self.tokens = Some(tokens);
        if reading.value < reading.threshold {
            self.armed = true;
            return false;
        }
        let cold = self.is_cold(reading.now, limits);
        if reading.muted || !self.armed || !cold || tokens < 1.0 {
            // A burst that begins muted is not a moment when the mute ends in its middle.
            self.armed &= !reading.muted;
            return false;
        }
        self.armed = false;
        self.last = Some(reading.now);
        self.tokens = Some(tokens - 1.0);
        true
    }

    /// Takes a moment that something else decided, unless one was triggered within the
    /// cooldown; costs nothing of the budget.
    pub fn force(&mut self, now: EventTime, limits: Limits) -> bool {
        let cold = self.is_cold(now, limits);
        if cold {
            self.last = Some(now);
            self.armed = false;
        }
        cold
    }

    fn is_cold(&self, now: EventTime, limits: Limits) -> bool {
        self.last.is_none_or(|last| now.ms_since(last) >= limits.cooldown_ms)
    }

    /// Whether a stored trigger can be used.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.tokens.is_none_or(|tokens| tokens.is_finite() && tokens >= 0.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LIMITS: Limits = Limits { budget_per_hour: 8.0, cooldown_ms: 120_000 };

    /// Seconds at which `values` (one a second) trigger at a threshold of 1.
    fn run(values: &[f32], limits: Limits) -> Vec<usize> {
        let mut trigger = Trigger::default();
        let at = |now: usize, value: f32| Reading {
            now: EventTime::from_secs(now as i64),
            value,
            threshold: 1.0,
            muted: false,
        };
        let stepped = values.iter().enumerate();
        stepped.filter(|(i, value)| trigger.step(at(*i, **value), limits)).map(|(i, _)| i).collect()
    }

    #[test]
    fn only_the_rising_edge_triggers() {
        let mut values = vec![0.0; 10];
        values.extend([2.0; 500]);
        assert_eq!(run(&values, LIMITS), [10]);
    }

    #[test]
    fn what_is_high_from_the_start_is_no_edge() {
        assert_eq!(run(&[2.0; 30], LIMITS), Vec::<usize>::new());
    }

    proptest! {
        #[test]
        fn cooldown_and_budget_hold(
            values in prop::collection::vec(0.0_f32..2.0, 0..4000),
            budget in 1.0_f32..60.0,
            cooldown_s in 10_i64..300,
        ) {
            let limits = Limits { budget_per_hour: budget, cooldown_ms: cooldown_s * 1000 };
            let times = run(&values, limits);
            for pair in times.windows(2) {
                prop_assert!(pair[1] - pair[0] >= cooldown_s as usize);
            }
            let bucket = (budget * BUCKET_HOURS).max(LEAST_BUCKET);
            let earned = values.len() as f32 / 3600.0 * budget;
            prop_assert!(times.len() as f32 <= bucket + earned + 0.01);
        }
    }
}

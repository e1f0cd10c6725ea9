//! From a simple detector's value a second to its peaks and triggers. Pure.

use cliphound_engine::{
    EventTime,
    score::{
        threshold::{Sources, Threshold},
        trigger::{Limits, Reading, Trigger},
    },
};

use crate::evaluate::metrics::Hit;

/// A simple detector says that the highlight began so long before, seconds.
pub const OFFSET_S: f64 = 20.0;
/// Least seconds between triggers, and between peaks: as in the engine.
pub const APART_S: i64 = 120;
/// Nothing triggers in the first seconds of a stream: as in the engine.
const YOUNG_S: i64 = 60;
/// A budget that never runs out.
const NO_BUDGET: f32 = 1e6;

/// A value a second; `first_s` is the end of the first second.
#[derive(Debug, Clone, Default)]
pub struct Values {
    /// End of the first second.
    pub first_s: i64,
    /// The values.
    pub values: Vec<f32>,
}

impl Values {
    fn timed(&self) -> impl Iterator<Item = (i64, f32)> {
        (self.first_s..).zip(self.values.iter().copied())
    }

    /// The `count` highest, 120 s apart, best first, the earlier first among equals.
    #[must_use]
    pub fn peaks(&self, count: usize) -> Vec<Hit> {
        let mut order: Vec<(i64, f32)> = self.timed().filter(|(end, _)| *end >= 0).collect();
        order.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let mut chosen: Vec<i64> = Vec::new();
        for (end, _) in order {
            if chosen.len() == count {
                break;
            }
            if chosen.iter().all(|other| (other - end).abs() >= APART_S) {
                chosen.push(end);
            }
        }
        chosen.into_iter().map(hit).collect()
    }

    /// Triggers at one fixed threshold: rising edge and cooldown, no budget of its own.
    #[must_use]
    pub fn fixed(&self, threshold: f32) -> Vec<Hit> {
        self.triggers(NO_BUDGET, |_| threshold)
    }

    /// Triggers as the engine would: its threshold, its budget, its cooldown. Values are nats.
    #[must_use]
    pub fn conformal(&self, budget_per_hour: f32) -> Vec<Hit> {
        let mut threshold = Threshold::default();
        let mut now = threshold.at(budget_per_hour, Sources::ALL);
        self.triggers(budget_per_hour, |value| {
            let before = now;
            if threshold.learn(value) {
                now = threshold.at(budget_per_hour, Sources::ALL);
            }
            before
        })
    }

    fn triggers(&self, budget_per_hour: f32, mut threshold: impl FnMut(f32) -> f32) -> Vec<Hit> {
        let mut trigger = Trigger::default();
        let limits = Limits { budget_per_hour, cooldown_ms: APART_S * 1000 };
        let mut hits = Vec::new();
        for (end, value) in self.timed() {
            let threshold = threshold(value);
            let muted = end < 0 || end < self.first_s + YOUNG_S;
            let now = EventTime::from_secs(end);
            if trigger.step(Reading { now, value, threshold, muted }, limits) {
                hits.push(hit(end));
            }
        }
        hits
    }
}

/// A moment decided at a whole second.
#[must_use]
pub fn hit(end: i64) -> Hit {
    Hit { trigger_s: end as f64, start_s: end as f64 - OFFSET_S }
}

/// The one threshold at which all streams together trigger as often as the budget says: it is
/// chosen in hindsight, to the simple detector's advantage.
#[must_use]
pub fn calibrated(streams: &[&Values], hours: f64, budget_per_hour: f32) -> f32 {
    let wanted = hours * f64::from(budget_per_hour);
    let highest = streams.iter().flat_map(|s| s.values.iter().copied()).fold(0.0, f32::max);
    let (mut low, mut high) = (0.0, highest + 1.0);
    // 20 halvings: finer than the counts and ratios are.
    for _ in 0..20 {
        let middle = (low + high) / 2.0;
        let count: usize = streams.iter().map(|stream| stream.fixed(middle).len()).sum();
        if count as f64 > wanted { low = middle } else { high = middle }
    }
    high
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bursts(at: &[usize]) -> Values {
        let mut values = vec![0.1; 3600];
        for (height, &at) in at.iter().enumerate() {
            values[at..at + 10].fill(2.0 + height as f32);
        }
        Values { first_s: 1, values }
    }

    fn times(hits: &[Hit]) -> Vec<f64> {
        hits.iter().map(|hit| hit.trigger_s).collect()
    }

    #[test]
    fn peaks_are_apart_and_best_first() {
        assert_eq!(times(&bursts(&[200, 250, 900]).peaks(2)), [901.0, 251.0]);
    }

    #[test]
    fn triggers_are_edges_apart_after_the_first_minute() {
        assert_eq!(times(&bursts(&[30, 200, 250, 900]).fixed(1.0)), [201.0, 901.0]);
        assert_eq!(times(&bursts(&[30, 200, 250, 900]).conformal(8.0)), [201.0, 901.0]);
    }

    #[test]
    fn calibration_meets_the_budget() {
        let streams = [bursts(&[200, 600, 1000, 1400, 1800]), bursts(&[300])];
        let threshold = calibrated(&[&streams[0], &streams[1]], 2.0, 1.5);
        let count: usize = streams.iter().map(|s| s.fixed(threshold).len()).sum();
        assert_eq!(count, 3);
    }
}

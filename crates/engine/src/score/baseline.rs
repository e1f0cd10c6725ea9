//! What is usual in this channel now: exponentially weighted means that a burst can't drag along.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::features::{FEATURES, SOFTENING, Vector, index};

/// Half-life of the means, seconds. 10 to 40 minutes do the same within the error.
const HALF_LIFE_S: f32 = 1200.0;
/// The newest seconds are left out, so that a burst does not raise what it is held against.
const GUARD_S: usize = 30;
/// A level counts at most as so many times the mean (winsorised).
const WINSOR: f32 = 3.0;
/// Seconds known before the winsor's own mean is trusted.
const WINSOR_FROM_S: f32 = 20.0;
/// Seconds that must be known for half the trust.
const HALF_TRUST_S: f32 = 60.0;
/// More weight than the half-life lets come together is no sound number.
const MOST_WEIGHT: f32 = 2000.0;
/// What a stored baseline is worth on another evening, seconds: trusted at once, and
/// overtaken by the evening itself within a quarter of an hour.
const CARRIED_OVER_S: f32 = 300.0;

/// The means, one a feature.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Baseline {
    /// Weighted sums of the levels.
    sums: Vector,
    /// Seconds in them, by weight: at most 1,731 (half-life / ln 2).
    weight: f32,
    /// The newest seconds, not yet counted.
    newest: VecDeque<Vector>,
}

impl Baseline {
    /// Takes the levels of one more second.
    pub fn learn(&mut self, levels: Vector) {
        self.newest.push_back(levels);
        // While the stream is young, half of it is left out at most.
        let seen = self.weight as usize + self.newest.len();
        let guard = GUARD_S.min(seen / 2);
        while self.newest.len() > guard {
            if let Some(levels) = self.newest.pop_front() {
                self.count(levels);
            }
        }
    }

    /// Forgets the newest seconds: what came in them was no usual chat (a raid, a gap).
    pub fn skip(&mut self) {
        self.newest.clear();
    }

    /// The usual levels.
    #[must_use]
    pub fn means(&self) -> Vector {
        if self.weight > 0.0 { self.sums.map(|sum| sum / self.weight) } else { [0.0; FEATURES] }
    }

    /// How far the means are known, 0 to 1: n / (n + 60 s).
    #[must_use]
    pub fn trust(&self) -> f32 {
        self.weight / (self.weight + HALF_TRUST_S)
    }

    /// Becomes the start of another evening.
    pub fn carry_over(&mut self) {
        self.newest.clear();
        let keep = (CARRIED_OVER_S / self.weight.max(1.0)).min(1.0);
        self.sums = self.sums.map(|sum| sum * keep);
        self.weight *= keep;
    }

    /// Whether all numbers are finite and in range: a stored baseline must be.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let rows = self.newest.iter().chain(std::iter::once(&self.sums));
        self.weight.is_finite()
            && (0.0..=MOST_WEIGHT).contains(&self.weight)
            && self.newest.len() <= GUARD_S + 1
            && rows.flatten().all(|x| x.is_finite())
    }

    fn count(&mut self, levels: Vector) {
        let decay = libm::exp2f(-1.0 / HALF_LIFE_S);
        let means = self.means();
        for (i, level) in levels.into_iter().enumerate() {
            let counted = if i == index::SENTIMENT || self.weight <= WINSOR_FROM_S {
                level
            } else {
                level.min(WINSOR * (means[i] + SOFTENING))
            };
            self.sums[i] = self.sums[i] * decay + counted;
        }
        self.weight = self.weight * decay + 1.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(seconds: usize, level: f32) -> Baseline {
        let mut baseline = Baseline::default();
        for _ in 0..seconds {
            baseline.learn([level; FEATURES]);
        }
        baseline
    }

    #[test]
    fn it_learns_what_is_usual() {
        let baseline = after(600, 4.0);
        assert!((baseline.means()[0] - 4.0).abs() < 1e-3);
        assert!(baseline.trust() > 0.85);
    }

    #[test]
    fn a_burst_is_not_held_against_itself() {
        let mut baseline = after(600, 4.0);
        for _ in 0..GUARD_S {
            baseline.learn([400.0; FEATURES]);
        }
        assert!((baseline.means()[0] - 4.0).abs() < 1e-3);
        for _ in 0..GUARD_S {
            baseline.learn([400.0; FEATURES]);
        }
        assert!(baseline.means()[0] < 6.0, "winsorised: {}", baseline.means()[0]);
    }

    #[test]
    fn another_evening_starts_warm_and_is_soon_its_own() {
        let mut baseline = after(7200, 4.0);
        baseline.carry_over();
        assert!(baseline.trust() > 0.8);
        for _ in 0..1800 {
            baseline.learn([12.0; FEATURES]);
        }
        assert!(baseline.means()[0] > 9.0, "{}", baseline.means()[0]);
    }
}

//! What is usual in this channel now: exponentially weighted means that a burst can't drag along.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::features::{FEATURES, SOFTENING, Vector, index};

/// What a second leaves of the weight of those before it: half after 20 minutes. Half-lives
/// from 10 to 40 minutes do the same within the error.
pub const DECAY: f32 = 0.999_422_55;
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
/// Nor is a higher level: people and lines of a window are counted up to thousands, and a line
/// of the longest file has a million characters.
const MOST_LEVEL: f32 = 1e7;
/// Chatters this many times the usual, or this part of it, for …
const REGIME_RATIO: f32 = 2.0;
/// … so many seconds are no burst (three times as long as a long one) but another kind of stream …
const REGIME_S: u32 = 180;
/// … which is learned anew: what was known is worth so many seconds of it.
const OLD_REGIME_S: f32 = 60.0;
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
    /// Seconds in succession that were far from usual.
    far_s: u32,
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

    /// Becomes the start of another evening; `fresh`, 0 to 1, is what its age left of it.
    pub fn carry_over(&mut self, fresh: f32) {
        self.newest.clear();
        self.far_s = 0;
        self.keep(CARRIED_OVER_S * fresh);
    }

    /// Lets what is known be worth so many seconds at most.
    fn keep(&mut self, seconds: f32) {
        let share = (seconds / self.weight.max(1.0)).min(1.0);
        self.sums = self.sums.map(|sum| sum * share);
        self.weight *= share;
    }

    /// Whether all numbers are finite and in range: a stored baseline must be.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let most_sum = MOST_LEVEL * self.weight;
        (0.0..=MOST_WEIGHT).contains(&self.weight)
            && self.newest.len() <= GUARD_S + 1
            && self.newest.iter().flatten().all(|level| level.abs() <= MOST_LEVEL)
            && self.sums.iter().all(|sum| sum.abs() <= most_sum)
    }

    fn count(&mut self, levels: Vector) {
        let means = self.means();
        if self.is_another_regime(&levels, &means) {
            self.keep(OLD_REGIME_S);
        }
        let mut counted = levels;
        if self.weight > WINSOR_FROM_S {
            for (level, mean) in counted.iter_mut().zip(means) {
                let most = WINSOR * (mean + SOFTENING);
                *level = if *level < most { *level } else { most };
            }
            counted[index::SENTIMENT] = levels[index::SENTIMENT];
        }
        for (sum, level) in self.sums.iter_mut().zip(counted) {
            *sum = *sum * DECAY + level;
        }
        self.weight = self.weight * DECAY + 1.0;
    }

    /// Whether chat has been far from usual for so long that it is no burst: a game
    /// that became a talk, a channel that was found by many.
    fn is_another_regime(&mut self, levels: &Vector, means: &Vector) -> bool {
        if levels[index::CHATTERS] == 0.0 {
            // Silence is a pause or the stream's end, no kind of chat.
            return false;
        }
        let now = levels[index::CHATTERS] + SOFTENING;
        let usual = means[index::CHATTERS] + SOFTENING;
        let far = now > REGIME_RATIO * usual || now * REGIME_RATIO < usual;
        // A usual second outweighs two: bursts with pauses between them are no regime.
        self.far_s = if far { self.far_s + 1 } else { self.far_s.saturating_sub(2) };
        let another = self.far_s > REGIME_S;
        if another {
            self.far_s = 0;
        }
        another
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
    fn what_no_chat_can_teach_is_not_sound() {
        assert!(Baseline::default().is_sound() && after(600, 60_000.0).is_sound());
        let check = |spoil: fn(&mut Baseline)| {
            let mut baseline = after(600, 4.0);
            spoil(&mut baseline);
            assert!(!baseline.is_sound(), "{baseline:?}");
        };
        check(|b| b.sums[0] = -4e34);
        check(|b| b.sums[8] = f32::NAN);
        check(|b| b.weight = 1e-40);
        check(|b| b.weight = f32::NAN);
        check(|b| b.newest[0][1] = f32::INFINITY);
    }

    #[test]
    fn it_learns_what_is_usual() {
        let baseline = after(600, 4.0);
        assert!((baseline.means()[0] - 4.0).abs() < 1e-3);
        assert!(baseline.trust() > 0.85);
    }

    #[test]
    fn the_half_life_is_twenty_minutes() {
        assert_eq!(DECAY, libm::exp2f(-1.0 / 1200.0));
    }

    #[test]
    fn another_kind_of_stream_is_learned_within_minutes() {
        for (before, now) in [(3.0, 30.0), (30.0, 3.0), (2.0, 8.0)] {
            let mut baseline = after(3600, before);
            for _ in 0..600 {
                baseline.learn([now; FEATURES]);
            }
            let off = libm::logf((baseline.means()[0] + 1.0) / (now + 1.0));
            assert!(off.abs() < 0.7, "{before} to {now}: {}", baseline.means()[0]);
        }
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
        baseline.carry_over(1.0);
        assert!(baseline.trust() > 0.8);
        for _ in 0..1800 {
            baseline.learn([12.0; FEATURES]);
        }
        assert!(baseline.means()[0] > 9.0, "{}", baseline.means()[0]);
    }
}

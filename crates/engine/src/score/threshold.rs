//! The threshold that keeps a channel near its budget: a conformal one, with a prior for the first hour.

use serde::{Deserialize, Serialize};

/// Length of a block in seconds; of each the highest value is kept.
const BLOCK_S: u32 = 60;
/// Blocks remembered: an hour.
const BLOCKS: usize = 60;
/// The prior counts as so many blocks.
const PRIOR_BLOCKS: f32 = 60.0;
/// The prior: channels of every kind exceed 1.02 nats eight times an hour …
const PRIOR_AT: f32 = 1.02;
/// … that many times …
const PRIOR_RATE: f32 = 8.0;
/// … and e times less often with every so many nats more.
const PRIOR_SCALE: f32 = 0.45;
/// Least threshold in nats: a third above the usual is no moment, however quiet the hour.
pub const LEAST: f32 = 0.3;
/// Highest threshold that is looked for, in nats.
const MOST: f32 = 6.0;

/// What a threshold is made of; each can be left out, to measure what it is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sources {
    /// What channels of every kind have in common.
    pub prior: bool,
    /// The channel's own hour.
    pub own: bool,
}

impl Sources {
    /// Nothing left out.
    pub const ALL: Self = Self { prior: true, own: true };
}

/// Block maxima of the last hour, and the threshold that follows from them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Threshold {
    maxima: Vec<f32>,
    /// Where the next maximum goes.
    next: u32,
    /// Seconds and maximum of the block that is being filled.
    seconds: u32,
    highest: f32,
}

impl Default for Threshold {
    fn default() -> Self {
        Self { maxima: Vec::new(), next: 0, seconds: 0, highest: 0.0 }
    }
}

impl Threshold {
    /// Takes one second's value in nats; true when a block is full and the threshold may be new.
    pub fn learn(&mut self, nats: f32) -> bool {
        self.highest = self.highest.max(nats);
        self.seconds += 1;
        self.seconds >= BLOCK_S && self.close_block()
    }

    /// The value, in nats, that is exceeded in `budget` blocks an hour: the smallest at which
    /// prior and own hour together exceed it that seldom.
    #[must_use]
    pub fn at(&self, budget_per_hour: f32, sources: Sources) -> f32 {
        let wanted = budget_per_hour * BLOCK_S as f32 / 3600.0;
        let (mut low, mut high) = (LEAST, MOST);
        // Halving the range 24 times is finer than f32 tells apart here.
        for _ in 0..24 {
            let middle = (low + high) / 2.0;
            if self.share_above(middle, sources) > wanted { low = middle } else { high = middle }
        }
        high
    }

    /// Keeps this share, 0 to 1, of the minutes: the newest ones.
    pub fn age(&mut self, share: f32) {
        // The slot that comes next holds the oldest once the hour is full.
        if self.maxima.len() == BLOCKS {
            self.maxima.rotate_left(self.next as usize);
        }
        let keep = (self.maxima.len() as f32 * share.clamp(0.0, 1.0)) as usize;
        self.maxima.drain(..self.maxima.len() - keep);
        self.next = (self.maxima.len() % BLOCKS) as u32;
        (self.seconds, self.highest) = (0, 0.0);
    }

    /// Whether a stored threshold can be used.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.maxima.len() <= BLOCKS
            && (self.next as usize) < BLOCKS
            && self.seconds < BLOCK_S
            && self.highest.is_finite()
            && self.maxima.iter().all(|x| x.is_finite())
    }

    /// Share of blocks whose maximum reaches `nats`.
    fn share_above(&self, nats: f32, sources: Sources) -> f32 {
        let maxima = if sources.own { self.maxima.as_slice() } else { &[] };
        let prior_blocks = if sources.prior { PRIOR_BLOCKS } else { 0.0 };
        let own = maxima.iter().filter(|maximum| **maximum >= nats).count() as f32;
        let a_block = PRIOR_RATE * BLOCK_S as f32 / 3600.0;
        let prior = (a_block * libm::expf(-(nats - PRIOR_AT) / PRIOR_SCALE)).min(1.0);
        // Who knows nothing finds nothing: no threshold is low enough.
        let known = prior_blocks + maxima.len() as f32;
        if known > 0.0 { (prior_blocks * prior + own) / known } else { 1.0 }
    }

    /// Keeps the highest value of the block that is full. Whether the threshold may be new: not
    /// where a minute without a lift takes the place of another.
    fn close_block(&mut self) -> bool {
        let highest = std::mem::take(&mut self.highest);
        self.seconds = 0;
        let place = self.next as usize;
        self.next = (self.next + 1) % BLOCKS as u32;
        if self.maxima.len() < BLOCKS {
            self.maxima.push(highest);
            return true;
        }
        let before = std::mem::replace(&mut self.maxima[place], highest);
        before.max(highest) >= LEAST
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn after(blocks: impl IntoIterator<Item = f32>) -> Threshold {
        let mut threshold = Threshold::default();
        for maximum in blocks {
            for second in 0..BLOCK_S {
                threshold.learn(if second == 10 { maximum } else { 0.0 });
            }
        }
        threshold
    }

    #[test]
    fn the_prior_holds_at_first() {
        assert!((Threshold::default().at(8.0, Sources::ALL) - 1.02).abs() < 0.001);
        assert!(Threshold::default().at(4.0, Sources::ALL) > 1.2);
    }

    #[test]
    fn a_lively_channel_asks_for_more_and_a_flat_one_for_less() {
        let lively = after((0..60).map(|i| 1.0 + i as f32 / 60.0));
        let flat = after((0..60).map(|i| i as f32 / 120.0));
        assert!(lively.at(8.0, Sources::ALL) > 1.4, "{}", lively.at(8.0, Sources::ALL));
        assert!(flat.at(8.0, Sources::ALL) < 0.9, "{}", flat.at(8.0, Sources::ALL));
    }

    #[test]
    fn an_old_hour_keeps_its_newest_minutes() {
        let mut threshold = after((0..70).map(|i| i as f32 / 70.0));
        threshold.age(0.5);
        assert_eq!(threshold.maxima.len(), 30);
        assert!(threshold.maxima.iter().all(|m| *m >= 40.0 / 70.0), "{threshold:?}");
        assert!(threshold.is_sound());
        threshold.age(0.0);
        assert_eq!(threshold.at(8.0, Sources::ALL), Threshold::default().at(8.0, Sources::ALL));
    }

    #[test]
    fn each_source_can_be_left_out() {
        let lively = after((0..60).map(|i| 1.0 + i as f32 / 60.0));
        let by = |prior, own| lively.at(8.0, Sources { prior, own });
        assert!((by(true, false) - 1.02).abs() < 0.001);
        assert!(by(false, true) > by(true, true), "{}", by(false, true));
        assert!(Threshold::default().at(8.0, Sources { prior: false, own: true }) > 5.9);
    }

    proptest! {
        /// Where a full block is said to change nothing, it does not.
        #[test]
        fn it_is_new_whenever_it_differs(
            maxima in prop::collection::vec(prop_oneof![0.0_f32..0.4, 0.0_f32..8.0], 0..130),
            budget in 0.5_f32..30.0,
        ) {
            let mut threshold = Threshold::default();
            let mut known = threshold.at(budget, Sources::ALL);
            for maximum in maxima {
                let mut is_new = false;
                for second in 0..BLOCK_S {
                    is_new |= threshold.learn(if second == 10 { maximum } else { 0.0 });
                }
                if is_new {
                    known = threshold.at(budget, Sources::ALL);
                }
                prop_assert_eq!(known, threshold.at(budget, Sources::ALL));
            }
        }

        #[test]
        fn a_larger_budget_never_asks_for_more(
            maxima in prop::collection::vec(0.0_f32..5.0, 0..130),
            budget in 0.5_f32..30.0,
        ) {
            let threshold = after(maxima);
            prop_assert!(threshold.is_sound());
            prop_assert!(threshold.at(budget * 1.5, Sources::ALL) <= threshold.at(budget, Sources::ALL) + 1e-4);
            prop_assert!((LEAST..=MOST).contains(&threshold.at(budget, Sources::ALL)));
        }
    }
}

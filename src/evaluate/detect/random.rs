//! Baseline "random": triggers by chance at the budget's rate, 120 s apart. Pure.

use super::{
    Found,
    peaks::{self, APART_S, Values},
};
use crate::evaluate::{
    chance::Chance,
    metrics::{BUDGETS, Hit},
};

/// What chance finds in a stream of so many seconds.
#[must_use]
pub fn found(length_s: f64, seed: u64) -> Found {
    let mut chance = Chance::new(seed);
    let values = (0..length_s as i64).map(|_| chance.unit() as f32).collect();
    let peaks = Values { first_s: 1, values }.peaks(10);
    Found { peaks, live: BUDGETS.map(|budget| triggers(length_s, budget, &mut chance)) }
}

fn triggers(length_s: f64, budget: f32, chance: &mut Chance) -> Vec<Hit> {
    // A chance a second that makes up for the seconds of the cooldowns.
    let free_s = 3600.0 / f64::from(budget) - APART_S as f64 + 1.0;
    let (mut hits, mut second) = (Vec::new(), 1);
    while second as f64 <= length_s {
        let triggers = chance.unit() * free_s < 1.0;
        if triggers {
            hits.push(peaks::hit(second));
        }
        second += if triggers { APART_S } else { 1 };
    }
    hits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_keeps_the_rate() {
        let found = found(500.0 * 3600.0, 1);
        for (live, budget) in found.live.iter().zip(BUDGETS) {
            let rate = live.len() as f32 / 500.0;
            assert!((rate - budget).abs() < 0.1 * budget, "{rate} at {budget}");
            assert!(live.windows(2).all(|pair| pair[1].trigger_s - pair[0].trigger_s >= 120.0));
        }
        assert_eq!(found.peaks.len(), 10);
    }
}

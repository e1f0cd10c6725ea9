//! `--top K`: the K highest peaks of the score, apart from each other. Pure.

use std::collections::BTreeSet;

use cliphound_engine::{EventTime, Moment};

/// Least time between two peaks, by their triggers.
pub const APART_MS: i64 = 120_000;

/// Seconds that one peak rules out, itself with them, on a grid of a second.
const RULED_OUT: usize = 239;

/// Keeps what can still become one of the K peaks.
///
/// The peaks are chosen best first, each ruling out the seconds less than 120 s from it
/// (at most 239). So the last of K is among the `(K - 1) * 239 + 1` best seconds, and no
/// more than those are ever held.
#[derive(Debug)]
pub struct TopK {
    count: usize,
    best: BTreeSet<Peak>,
}

#[derive(Debug)]
struct Peak {
    score: f32,
    moment: Moment,
}

impl TopK {
    /// For the `count` highest peaks.
    #[must_use]
    pub fn new(count: usize) -> Self {
        Self { count, best: BTreeSet::new() }
    }

    /// Takes the score of one second; `moment` is asked for only when it is high enough.
    pub fn second(&mut self, score: f32, end: EventTime, moment: impl FnOnce() -> Option<Moment>) {
        if score.is_nan() || self.count == 0 {
            return;
        }
        let most = (self.count - 1).saturating_mul(RULED_OUT).saturating_add(1);
        let full = self.best.len() >= most;
        let lowest = self.best.last().map(|peak| (peak.score, peak.moment.trigger));
        if full && lowest.is_some_and(|lowest| !better((score, end), lowest)) {
            return;
        }
        let Some(moment) = moment() else { return };
        self.best.insert(Peak { score, moment });
        if self.best.len() > most {
            self.best.pop_last();
        }
    }

    /// The peaks, best first, the earlier first among equals.
    #[must_use]
    pub fn peaks(self) -> Vec<Moment> {
        let mut chosen: Vec<Moment> = Vec::new();
        for Peak { moment, .. } in self.best {
            let apart = |other: &Moment| moment.trigger.ms_since(other.trigger).abs() >= APART_MS;
            if chosen.len() < self.count && chosen.iter().all(apart) {
                chosen.push(moment);
            }
        }
        chosen
    }
}

fn better(a: (f32, EventTime), b: (f32, EventTime)) -> bool {
    b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)).is_lt()
}

/// The best first: by score, then by time.
impl Ord for Peak {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        other.score.total_cmp(&self.score).then(self.moment.trigger.cmp(&other.moment.trigger))
    }
}

impl PartialOrd for Peak {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Peak {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Peak {}

#[cfg(test)]
mod tests {
    use cliphound_engine::Cause;
    use proptest::prelude::*;

    use super::*;

    fn moment(second: usize, score: f32) -> Moment {
        let trigger = EventTime(second as i64 * 1000);
        let (start, end) = (trigger - 20_000, trigger);
        let (cause, reasons) = (Cause::Hype, Vec::new());
        Moment {
            trigger,
            start,
            end,
            score,
            threshold: 0.5,
            cause,
            reasons,
            learning: false,
            title: None,
        }
    }

    fn peaks(scores: &[f32], count: usize) -> Vec<usize> {
        let mut top = TopK::new(count);
        for (second, &score) in scores.iter().enumerate() {
            top.second(score, EventTime(second as i64 * 1000), || Some(moment(second, score)));
        }
        top.peaks().iter().map(|m| (m.trigger.0 / 1000) as usize).collect()
    }

    #[test]
    fn peaks_are_apart_and_best_first() {
        let mut scores = vec![0.0; 600];
        (scores[100], scores[219], scores[220], scores[500]) = (0.9, 0.8, 0.7, 0.95);
        assert_eq!(peaks(&scores, 3), [500, 100, 220]);
        assert_eq!(peaks(&scores, 0), [] as [usize; 0]);
    }

    #[test]
    fn equal_scores_give_as_many_as_fit() {
        assert_eq!(peaks(&[0.0; 361], 9), [0, 120, 240, 360]);
        assert_eq!(peaks(&[f32::NAN; 361], 9), [] as [usize; 0]);
    }

    proptest! {
        #[test]
        fn the_bound_loses_no_peak(
            scores in proptest::collection::vec((0_u8..20).prop_map(f32::from), 0..1500),
            count in 1_usize..6,
        ) {
            let mut left: Vec<usize> = (0..scores.len()).collect();
            let mut expected = Vec::new();
            while expected.len() < count && !left.is_empty() {
                let best = left.iter().copied().fold(left[0], |a, b| if scores[b] > scores[a] { b } else { a });
                expected.push(best);
                left.retain(|second| second.abs_diff(best) >= 120);
            }
            prop_assert_eq!(peaks(&scores, count), expected);
        }
    }
}

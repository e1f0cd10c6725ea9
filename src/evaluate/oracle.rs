//! The best start precision that anybody could reach on a stream. Pure.

use super::labels::{EARLY_S, Label};

/// Least time between two of the best moments, seconds: that of `--top`.
const APART_S: f64 = 120.0;

/// The best possible start precision at `k`: right starts that fit in 120 s apart, over `k`.
/// A stream with fewer of them than `k` has less than 1.
#[must_use]
pub fn start_precision(labels: &[Label], k: usize) -> f64 {
    right_starts(labels, k) as f64 / k.max(1) as f64
}

/// The most right starts, up to `most`: the earliest that is possible, again and again.
fn right_starts(labels: &[Label], most: usize) -> usize {
    let (mut count, mut from) = (0, f64::NEG_INFINITY);
    while count < most {
        let next = labels
            .iter()
            .filter(|label| label.end_s >= from)
            .map(|label| (label.start_s - EARLY_S).max(from))
            .min_by(f64::total_cmp);
        let Some(next) = next else { break };
        count += 1;
        from = next + APART_S;
    }
    count
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::metrics::tests::labels, *};
    use crate::evaluate::metrics::{Hit, start_precision as reached};

    #[test]
    fn the_best_possible() {
        for (stretches, k, expected) in [
            (&[][..], 1, 0.0),
            (&[(100.0, 110.0)][..], 1, 1.0),
            (&[(100.0, 110.0)], 10, 0.1),
            // Too near to each other for two …
            (&[(100.0, 110.0), (150.0, 160.0)], 2, 0.5),
            // … unless early and late starts help.
            (&[(100.0, 110.0), (200.0, 211.0)], 2, 1.0),
            // One long highlight has room for three.
            (&[(0.0, 240.0)], 3, 1.0),
        ] {
            assert_eq!(start_precision(&labels(stretches), k), expected, "{stretches:?} {k}");
        }
    }

    proptest! {
        #[test]
        fn nobody_beats_it(
            stretches in prop::collection::vec((0_u32..1000, 0_u32..300), 0..12),
            gaps in prop::collection::vec(120_u32..300, 0..8),
        ) {
            let stretches: Vec<(f64, f64)> =
                stretches.iter().map(|(start, long)| ((*start).into(), (start + long).into())).collect();
            let labels = labels(&stretches);
            let mut at = 0.0;
            let hits: Vec<Hit> = gaps
                .iter()
                .map(|gap| { at += f64::from(*gap); Hit { trigger_s: at, start_s: at } })
                .collect();
            for k in [1, 3, 8] {
                // In any order: the earliest k are as good as any other.
                prop_assert!(reached(&hits, &labels, k) <= start_precision(&labels, k) + 1e-9);
            }
        }
    }
}

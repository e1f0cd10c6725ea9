//! How good moments are, held against the highlights that people marked. Pure.

use serde::Serialize;

use super::{hours::hourly, labels::Label};

/// Ranks of the start precision.
pub const RANKS: [usize; 4] = [1, 3, 5, 10];
/// Budgets of the causal measures, clips an hour.
pub const BUDGETS: [f32; 3] = [4.0, 8.0, 12.0];
/// Which of [`BUDGETS`] is the default; what is measured at one budget is measured at this.
pub const DEFAULT: usize = 1;
/// Clip lengths, seconds.
pub const CLIPS_S: [f64; 3] = [30.0, 45.0, 60.0];
/// Clips are asked for so long after the trigger, seconds …
const CALL_AFTER_S: f64 = 7.0;
/// … and what Twitch gives ends so long after that.
const ENDS_AFTER_CALL_S: f64 = 5.0;
/// Share of a highlight that a clip must hold.
const HOLDS: f64 = 0.8;

/// A moment that a detector found, in seconds of the stream.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit {
    /// The instant of the decision.
    pub trigger_s: f64,
    /// Estimated start of the highlight.
    pub start_s: f64,
}

/// The share of the `k` best that are right. Fewer than `k` count as wrong ones.
#[must_use]
pub fn start_precision(best_first: &[Hit], labels: &[Label], k: usize) -> f64 {
    let right = |hit: &&Hit| labels.iter().any(|label| label.is_hit_by(hit.start_s));
    best_first.iter().take(k).filter(right).count() as f64 / k.max(1) as f64
}

/// Pairs triggers with highlights, one to one: each trigger in the order of time takes the
/// earliest free highlight that it is right for. Index of the label for each trigger.
#[must_use]
pub fn pairs(hits: &[Hit], labels: &[Label]) -> Vec<Option<usize>> {
    let mut order: Vec<usize> = (0..hits.len()).collect();
    order.sort_by(|a, b| hits[*a].trigger_s.total_cmp(&hits[*b].trigger_s));
    let mut free = vec![true; labels.len()];
    let mut pairs = vec![None; hits.len()];
    for at in order {
        let label = (0..labels.len()).find(|l| free[*l] && labels[*l].is_hit_by(hits[at].start_s));
        if let Some(label) = label {
            free[label] = false;
        }
        pairs[at] = label;
    }
    pairs
}

/// The causal measures of one stream at one budget.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Live {
    /// Share of triggers that are right; `None` without triggers or labels.
    pub precision: Option<f64>,
    /// Share of highlights found; `None` without labels.
    pub recall: Option<f64>,
    /// Harmonic mean of both, 0 without triggers; `None` without labels.
    pub f1: Option<f64>,
    /// Mean seconds from the end of a found highlight to its trigger; `None` if none is found.
    pub delay_s: Option<f64>,
    /// These seconds of each found highlight, in the order of the triggers given.
    pub delays_s: Vec<f64>,
    /// Share of clips that hold a highlight, by [`CLIPS_S`]; `None` as for precision.
    pub holds: [Option<f64>; CLIPS_S.len()],
    /// Triggers an hour.
    pub per_hour: f64,
    /// Triggers in each hour of the stream, see [`hourly`].
    pub by_hour: Vec<usize>,
}

/// Measures the triggers of a stream of `length_s` seconds.
#[must_use]
pub fn live(hits: &[Hit], labels: &[Label], length_s: f64) -> Live {
    let per_hour = hits.len() as f64 / (length_s / 3600.0);
    let by_hour = hourly(hits, length_s);
    if labels.is_empty() {
        return Live { per_hour, by_hour, ..Live::default() };
    }
    let delays: Vec<f64> = pairs(hits, labels)
        .into_iter()
        .zip(hits)
        .filter_map(|(label, hit)| label.map(|label| hit.trigger_s - labels[label].end_s))
        .collect();
    let found = delays.len() as f64;
    let share_of_hits = |count: f64| (!hits.is_empty()).then(|| count / hits.len() as f64);
    let held = |clip_s: f64| hits.iter().filter(|h| holds(h, labels, clip_s, length_s)).count();
    Live {
        precision: share_of_hits(found),
        recall: Some(found / labels.len() as f64),
        f1: Some(2.0 * found / (hits.len() + labels.len()) as f64),
        delay_s: (!delays.is_empty()).then(|| delays.iter().sum::<f64>() / found),
        delays_s: delays,
        holds: CLIPS_S.map(|clip_s| share_of_hits(held(clip_s) as f64)),
        per_hour,
        by_hour,
    }
}

/// Start and end of the clip that Twitch would give for a trigger.
#[must_use]
pub fn clip(hit: &Hit, clip_s: f64, length_s: f64) -> (f64, f64) {
    let end = (hit.trigger_s + CALL_AFTER_S + ENDS_AFTER_CALL_S).min(length_s);
    ((end - clip_s).max(0.0), end)
}

/// Whether the clip holds enough of any highlight.
fn holds(hit: &Hit, labels: &[Label], clip_s: f64, length_s: f64) -> bool {
    let (start, end) = clip(hit, clip_s, length_s);
    labels.iter().any(|label| {
        let inside = end.min(label.end_s) - start.max(label.start_s);
        inside >= 0.0 && inside >= HOLDS * (label.end_s - label.start_s)
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    pub(crate) fn hits(starts: &[f64]) -> Vec<Hit> {
        starts.iter().map(|&start_s| Hit { trigger_s: start_s + 20.0, start_s }).collect()
    }

    pub(crate) fn labels(stretches: &[(f64, f64)]) -> Vec<Label> {
        stretches.iter().map(|&(start_s, end_s)| Label { start_s, end_s }).collect()
    }

    #[test]
    fn start_precision_counts_the_best() {
        let labels = labels(&[(100.0, 110.0), (400.0, 420.0)]);
        let best_first = hits(&[400.0, 700.0, 95.0]);
        for (k, expected) in [(1, 1.0), (2, 0.5), (3, 2.0 / 3.0), (10, 0.2)] {
            assert_eq!(start_precision(&best_first, &labels, k), expected, "{k}");
        }
        assert_eq!(start_precision(&[], &labels, 3), 0.0);
    }

    #[test]
    fn triggers_take_one_label_each_in_their_order() {
        let two = [(100.0, 130.0), (120.0, 160.0)];
        for (starts, stretches, expected) in [
            (&[100.0][..], &two[..], vec![Some(0)]),
            (&[100.0, 105.0], &two[..1], vec![Some(0), None]),
            (&[122.0, 125.0, 128.0], &two, vec![Some(0), Some(1), None]),
            (&[150.0, 101.0], &two, vec![Some(1), Some(0)]),
            (&[500.0], &two, vec![None]),
            (&[], &two, vec![]),
        ] {
            assert_eq!(pairs(&hits(starts), &labels(stretches)), expected, "{starts:?}");
        }
    }

    #[test]
    fn live_measures() {
        let labels = labels(&[(100.0, 110.0), (400.0, 420.0), (900.0, 910.0)]);
        let live = live(&hits(&[100.0, 390.0, 600.0, 601.0]), &labels, 1800.0);
        assert_eq!((live.precision, live.recall), (Some(0.5), Some(2.0 / 3.0)));
        assert_eq!((live.f1, live.delay_s), (Some(4.0 / 7.0), Some(0.0)));
        assert_eq!(live.per_hour, 8.0);
    }

    #[test]
    fn what_has_no_meaning_is_undefined() {
        let silent = live(&[], &labels(&[(1.0, 2.0)]), 3600.0);
        assert_eq!((silent.precision, silent.recall, silent.f1), (None, Some(0.0), Some(0.0)));
        assert_eq!((silent.delay_s, silent.holds), (None, [None; 3]));
        let unlabelled = live(&hits(&[5.0]), &[], 1800.0);
        assert_eq!(unlabelled, Live { per_hour: 2.0, by_hour: vec![1], ..Live::default() });
    }

    #[test]
    fn clips_end_twelve_seconds_after_the_trigger_or_with_the_stream() {
        for (trigger_s, clip_s, expected) in [
            (100.0, 30.0, (82.0, 112.0)),
            (100.0, 60.0, (52.0, 112.0)),
            (10.0, 60.0, (0.0, 22.0)),
            (195.0, 30.0, (170.0, 200.0)),
        ] {
            let hit = Hit { trigger_s, start_s: 0.0 };
            assert_eq!(clip(&hit, clip_s, 200.0), expected, "{trigger_s} {clip_s}");
        }
    }

    #[test]
    fn a_clip_holds_four_fifths_of_a_label() {
        // The clip is 82 to 112.
        let hit = Hit { trigger_s: 100.0, start_s: 80.0 };
        for (label, expected) in [
            ((82.0, 112.0), true),
            ((80.0, 90.0), true),
            ((79.9, 89.9), false),
            ((104.0, 114.0), true),
            ((70.0, 130.0), false),
            ((100.0, 100.0), true),
            ((120.0, 120.0), false),
        ] {
            assert_eq!(holds(&hit, &labels(&[label]), 30.0, 1000.0), expected, "{label:?}");
        }
    }

    fn stretches() -> impl Strategy<Value = Vec<(f64, f64)>> {
        let stretch = (0_u32..3000, 0_u32..60);
        let stretch = stretch.prop_map(|(start, long)| (start.into(), (start + long).into()));
        prop::collection::vec(stretch, 1..20)
    }

    proptest! {
        #[test]
        fn measures_are_shares_and_agree(
            starts in prop::collection::vec((0_u32..3000).prop_map(f64::from), 0..40),
            stretches in stretches(),
        ) {
            let (hits, labels) = (hits(&starts), labels(&stretches));
            let live = live(&hits, &labels, 3600.0);
            for share in [live.precision, live.recall, live.f1].into_iter().chain(live.holds) {
                prop_assert!(share.is_none_or(|share| (0.0..=1.0).contains(&share)));
            }
            prop_assert_eq!(live.precision.is_none(), starts.is_empty());
            // Longer clips end at the same time: they hold no less.
            prop_assert!(live.holds[0] <= live.holds[1] && live.holds[1] <= live.holds[2]);
            let found = pairs(&hits, &labels).into_iter().flatten().collect::<Vec<_>>();
            let mut once = found.clone();
            once.sort_unstable();
            once.dedup();
            prop_assert_eq!(once.len(), found.len());
            // Every trigger is right for its label.
            for (label, hit) in pairs(&hits, &labels).into_iter().zip(&hits) {
                prop_assert!(label.is_none_or(|label| labels[label].is_hit_by(hit.start_s)));
            }
        }

        #[test]
        fn perfect_starts_are_perfect(gaps in prop::collection::vec(100_u32..500, 1..20)) {
            let mut at = 0.0;
            let stretches: Vec<_> = gaps.iter().map(|gap| { at += f64::from(*gap); (at, at + 20.0) }).collect();
            let starts: Vec<_> = stretches.iter().map(|(start, _)| *start).collect();
            let live = live(&hits(&starts), &labels(&stretches), 20_000.0);
            prop_assert_eq!((live.precision, live.recall, live.f1), (Some(1.0), Some(1.0), Some(1.0)));
        }
    }
}

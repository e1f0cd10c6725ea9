//! Decoys that are marked in the streams: how many of them trigger. Pure.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{
    bootstrap::{Estimate, estimate},
    labels::{Decoy, Label},
    metrics::{Hit, pairs},
};

/// A trigger may be due to a decoy until so long after its end, seconds.
const AFTER_S: f64 = 30.0;
/// The row of all kinds together.
const ALL: &str = "all";

/// Decoys of one kind over all streams.
#[derive(Debug, Serialize, PartialEq)]
pub struct Decoys {
    /// The kind, or `all`.
    pub kind: String,
    /// How many there were.
    pub decoys: usize,
    /// How many of them triggered.
    pub triggered: usize,
    /// Their share, by stream.
    pub share: Option<Estimate>,
    /// What that share would be if they had been anywhere else in their stream: where triggers that have
    /// nothing to do with them are often, some fall into them.
    pub by_chance: Option<Estimate>,
}

/// The decoys of one kind in one stream.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counts {
    decoys: usize,
    triggered: usize,
    /// How many would have triggered by chance.
    by_chance: f64,
}

impl Counts {
    fn share(&self, of: f64) -> f64 {
        of / self.decoys as f64
    }
}

/// By kind.
pub type OfStream = BTreeMap<String, Counts>;

/// Counts the decoys of one stream of `length_s` seconds. One has triggered when a trigger that is right
/// for no highlight falls between its start and 30 s after its end.
#[must_use]
pub fn count(decoys: &[Decoy], labels: &[Label], triggers: &[Hit], length_s: f64) -> OfStream {
    let wrong: Vec<f64> = triggers
        .iter()
        .zip(pairs(triggers, labels))
        .filter_map(|(hit, label)| label.is_none().then_some(hit.trigger_s))
        .collect();
    let mut counts = OfStream::new();
    for decoy in decoys {
        let due_s = decoy.start_s..=decoy.end_s + AFTER_S;
        let triggered = usize::from(wrong.iter().any(|trigger_s| due_s.contains(trigger_s)));
        let by_chance = share_of_places(&wrong, due_s.end() - due_s.start(), length_s);
        for kind in [decoy.kind.as_str(), ALL] {
            let counts = counts.entry(kind.to_owned()).or_default();
            counts.decoys += 1;
            counts.triggered += triggered;
            counts.by_chance += by_chance;
        }
    }
    counts
}

/// Of all places in a stream, its end joined to its begin, the share from which a stretch of `stretch_s`
/// holds one of `times_s`, which ascend.
fn share_of_places(times_s: &[f64], stretch_s: f64, length_s: f64) -> f64 {
    let (Some(first), Some(last)) = (times_s.first(), times_s.last()) else { return 0.0 };
    let gaps = times_s.windows(2).filter_map(|pair| Some(pair.last()? - pair.first()?));
    let round_the_end = (length_s - last + first).max(0.0);
    let held: f64 = gaps.chain([round_the_end]).map(|gap| gap.min(stretch_s)).sum();
    (held / length_s).min(1.0)
}

/// Sums up all streams: a row for each kind by name, that of all of them last; none without
/// decoys.
#[must_use]
pub fn sum_up(streams: &[&OfStream]) -> Vec<Decoys> {
    let mut kinds: Vec<&str> = streams.iter().flat_map(|s| s.keys().map(String::as_str)).collect();
    kinds.sort_by_key(|kind| (*kind == ALL, *kind));
    kinds.dedup();
    let row = |kind: &str| {
        let of_kind = || streams.iter().filter_map(|stream| stream.get(kind));
        let shares = of_kind().map(|counts| Some(counts.share(counts.triggered as f64)));
        Decoys {
            kind: kind.to_owned(),
            decoys: of_kind().map(|counts| counts.decoys).sum(),
            triggered: of_kind().map(|counts| counts.triggered).sum(),
            share: estimate(shares),
            by_chance: estimate(of_kind().map(|counts| Some(counts.share(counts.by_chance)))),
        }
    };
    kinds.into_iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decoys_trigger_by_kind() {
        let decoy = |kind: &str, start_s: f64| Decoy {
            kind: kind.to_owned(),
            start_s,
            end_s: start_s + 20.0,
        };
        let decoys = [decoy("raid", 100.0), decoy("raid", 400.0), decoy("poll", 800.0)];
        let labels = [Label { start_s: 385.0, end_s: 410.0 }];
        let hits: Vec<Hit> = [150.0, 412.0, 851.0]
            .map(|trigger_s| Hit { trigger_s, start_s: trigger_s - 20.0 })
            .into();
        // The second raid's trigger is right, the poll's is too late.
        let counts = count(&decoys, &labels, &hits, 1000.0);
        let rows = sum_up(&[&counts, &OfStream::new()]);
        let found: Vec<_> =
            rows.iter().map(|row| (row.kind.as_str(), row.decoys, row.triggered)).collect();
        assert_eq!(found, [("poll", 1, 0), ("raid", 2, 1), ("all", 3, 1)]);
        assert_eq!(rows[1].share.map(|share| (share.mean, share.streams)), Some((0.5, 1)));
        // Stretches of 50 s around two wrong triggers of 1,000 s.
        assert!(rows[2].by_chance.is_some_and(|share| (share.mean - 0.1).abs() < 1e-9));
        assert_eq!(sum_up(&[&OfStream::new()]), []);
    }

    #[test]
    fn places_that_hold_a_trigger() {
        for (times_s, stretch_s, expected) in [
            (&[][..], 50.0, 0.0),
            (&[30.0], 50.0, 0.5),
            (&[10.0, 30.0], 50.0, 0.7),
            (&[10.0, 99.0], 20.0, 0.31),
            (&[50.0], 500.0, 1.0),
        ] {
            let share = share_of_places(times_s, stretch_s, 100.0);
            assert!((share - expected).abs() < 1e-9, "{times_s:?}: {share}");
        }
    }
}

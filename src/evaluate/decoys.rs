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
}

/// How many decoys there were and how many triggered, by kind, in one stream.
pub type OfStream = BTreeMap<String, (usize, usize)>;

/// Counts the decoys of one stream. One has triggered when a trigger that is right for no
/// highlight falls between its start and 30 s after its end.
#[must_use]
pub fn count(decoys: &[Decoy], labels: &[Label], triggers: &[Hit]) -> OfStream {
    let wrong: Vec<&Hit> = triggers
        .iter()
        .zip(pairs(triggers, labels))
        .filter_map(|(hit, label)| label.is_none().then_some(hit))
        .collect();
    let mut counts = OfStream::new();
    for decoy in decoys {
        let due = |hit: &&Hit| (decoy.start_s..=decoy.end_s + AFTER_S).contains(&hit.trigger_s);
        let triggered = usize::from(wrong.iter().any(due));
        for kind in [decoy.kind.as_str(), ALL] {
            let (count, hits) = counts.entry(kind.to_owned()).or_default();
            (*count, *hits) = (*count + 1, *hits + triggered);
        }
    }
    counts
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
        Decoys {
            kind: kind.to_owned(),
            decoys: of_kind().map(|(count, _)| count).sum(),
            triggered: of_kind().map(|(_, triggered)| triggered).sum(),
            share: estimate(of_kind().map(|(count, hits)| Some(*hits as f64 / *count as f64))),
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
        let counts = count(&decoys, &labels, &hits);
        let rows = sum_up(&[&counts, &OfStream::new()]);
        let found: Vec<_> =
            rows.iter().map(|row| (row.kind.as_str(), row.decoys, row.triggered)).collect();
        assert_eq!(found, [("poll", 1, 0), ("raid", 2, 1), ("all", 3, 1)]);
        assert_eq!(rows[1].share.map(|share| (share.mean, share.streams)), Some((0.5, 1)));
        assert_eq!(sum_up(&[&OfStream::new()]), []);
    }
}

//! Floods that must not trigger: how often they do, and what they cost otherwise. Pure.

mod inject;
mod kinds;

use cliphound_engine::Part;
use rayon::prelude::*;
use serde::Serialize;

use super::{
    bootstrap::{Estimate, estimate},
    detect::{Decided, engine},
    labels::Label,
    measure::{self, Figures},
    metrics::{Hit, pairs},
    paired::{Difference, Paired, difference, paired},
    stream::Stream,
};
use inject::{AFTER_S, Flood, inject};
use kinds::Kind;

/// The row of all kinds together.
const ALL: &str = "all kinds";

/// What floods of one kind, or of all together, did over all streams.
#[derive(Debug, Serialize)]
pub struct Floods {
    /// The kind, or `all kinds`.
    pub kind: &'static str,
    /// Floods injected.
    pub floods: usize,
    /// Floods that triggered.
    pub triggered: usize,
    /// The share of floods that triggered, by stream.
    pub share: Option<Estimate>,
    /// Floods that trigger without the forest.
    pub triggered_by_rules: usize,
    /// The share with the forest minus that without, by stream.
    pub minus_rules: Option<Difference>,
    /// Labels found without the floods.
    pub found_labels: usize,
    /// Those of them that are missed with the floods.
    pub lost_labels: usize,
    /// The engine with the floods minus the engine without; for one kind only, as each kind has
    /// a run of its own.
    #[serde(flatten)]
    pub cost: Option<Paired>,
}

/// What floods of one kind did in one stream.
#[derive(Debug, Clone, Copy)]
pub struct OfStream {
    counts: Counts,
    figures: Figures,
}

/// Floods of one stream, and what became of them.
#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    floods: usize,
    triggered: usize,
    triggered_by_rules: usize,
    found_labels: usize,
    lost_labels: usize,
}

impl Counts {
    /// The share of the floods that `triggered` of them are.
    fn share(&self, triggered: usize) -> Option<f64> {
        (self.floods > 0).then(|| triggered as f64 / self.floods as f64)
    }

    fn minus_rules(&self) -> Option<f64> {
        Some(self.share(self.triggered)? - self.share(self.triggered_by_rules)?)
    }

    fn and(self, other: &Self) -> Self {
        Self {
            floods: self.floods + other.floods,
            triggered: self.triggered + other.triggered,
            triggered_by_rules: self.triggered_by_rules + other.triggered_by_rules,
            found_labels: self.found_labels + other.found_labels,
            lost_labels: self.lost_labels + other.lost_labels,
        }
    }
}

/// Runs the engine over `stream` with the floods of each kind. `calm` is what it decides
/// without.
#[must_use]
pub fn figures(stream: &Stream, calm: &Decided) -> Vec<OfStream> {
    let regulars = inject::regulars(&stream.chat);
    let calm_rules = engine::decided(&stream.chat, stream.seed, &[Part::Forest]);
    let flooded = |kind: &Kind| {
        let (chat, floods) = inject(stream, &regulars, *kind);
        let decided = engine::decided(&chat, stream.seed, &[]);
        let rules = engine::decided(&chat, stream.seed, &[Part::Forest]);
        let found = found(&calm.triggers, &stream.labels);
        let still = self::found(&decided.triggers, &stream.labels);
        let counts = Counts {
            floods: floods.len(),
            triggered: triggered(&floods, &decided.triggers, &calm.triggers),
            triggered_by_rules: triggered(&floods, &rules.triggers, &calm_rules.triggers),
            found_labels: found.len(),
            lost_labels: found.iter().filter(|label| !still.contains(label)).count(),
        };
        let figures = measure::figures(&decided, &stream.labels, stream.length_s);
        OfStream { counts, figures }
    };
    Kind::ALL.par_iter().map(flooded).collect()
}

fn found(triggers: &[Hit], labels: &[Label]) -> Vec<usize> {
    pairs(triggers, labels).into_iter().flatten().collect()
}

/// Floods that a trigger is due to: one from the flood's start until 30 s after its end, near
/// which the calm run has none.
fn triggered(floods: &[Flood], triggers: &[Hit], calm: &[Hit]) -> usize {
    let is_new = |hit: &&Hit| calm.iter().all(|c| (c.trigger_s - hit.trigger_s).abs() > AFTER_S);
    let new: Vec<&Hit> = triggers.iter().filter(is_new).collect();
    floods.iter().filter(|flood| new.iter().any(|hit| flood.may_cause(hit.trigger_s))).count()
}

/// Sums up all streams, a row for each kind and then one for all; `calm` has the figures without
/// floods.
#[must_use]
pub fn sum_up(streams: &[&[OfStream]], calm: &[Figures]) -> Vec<Floods> {
    let of_kind = |(at, kind): (usize, Kind)| {
        let counts: Vec<Counts> = streams.iter().map(|stream| stream[at].counts).collect();
        let figures: Vec<Figures> = streams.iter().map(|stream| stream[at].figures).collect();
        row(kind.name(), &counts, Some(paired(kind.name(), &figures, calm)))
    };
    let of_all = |stream: &&[OfStream]| {
        stream.iter().fold(Counts::default(), |sum, of_kind| sum.and(&of_kind.counts))
    };
    let all: Vec<Counts> = streams.iter().map(of_all).collect();
    let kinds = Kind::ALL.into_iter().enumerate().map(of_kind);
    kinds.chain([row(ALL, &all, None)]).collect()
}

fn row(kind: &'static str, streams: &[Counts], cost: Option<Paired>) -> Floods {
    let total = streams.iter().fold(Counts::default(), |sum, stream| sum.and(stream));
    Floods {
        kind,
        floods: total.floods,
        triggered: total.triggered,
        share: estimate(streams.iter().map(|stream| stream.share(stream.triggered))),
        triggered_by_rules: total.triggered_by_rules,
        minus_rules: estimate(streams.iter().map(Counts::minus_rules)).map(difference),
        found_labels: total.found_labels,
        lost_labels: total.lost_labels,
        cost,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hits(at: &[f64]) -> Vec<Hit> {
        at.iter().map(|&trigger_s| Hit { trigger_s, start_s: trigger_s - 20.0 }).collect()
    }

    #[test]
    fn what_triggers_without_the_flood_is_not_due_to_it() {
        let floods = [Flood { start_s: 100.0, end_s: 120.0 }];
        for (flooded, calm, expected) in [
            (&[110.0][..], &[][..], 1),
            (&[150.0], &[], 1),
            (&[150.1], &[], 0),
            (&[99.0], &[], 0),
            (&[110.0], &[135.0], 0),
            (&[110.0], &[141.0], 1),
            // One flood, two triggers.
            (&[101.0, 149.0], &[], 1),
        ] {
            let count = triggered(&floods, &hits(flooded), &hits(calm));
            assert_eq!(count, expected, "{flooded:?} {calm:?}");
        }
    }
}

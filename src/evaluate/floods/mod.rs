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

/// What floods of one kind did over all streams.
#[derive(Debug, Serialize)]
pub struct Floods {
    /// The kind.
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
    /// The engine with the floods minus the engine without.
    #[serde(flatten)]
    pub cost: Paired,
}

/// What floods of one kind did in one stream.
#[derive(Debug, Clone, Copy)]
pub struct OfStream {
    floods: usize,
    triggered: usize,
    triggered_by_rules: usize,
    found_labels: usize,
    lost_labels: usize,
    figures: Figures,
}

impl OfStream {
    /// The share of the floods that `triggered` of them are.
    fn share(&self, triggered: usize) -> Option<f64> {
        (self.floods > 0).then(|| triggered as f64 / self.floods as f64)
    }

    fn minus_rules(&self) -> Option<f64> {
        Some(self.share(self.triggered)? - self.share(self.triggered_by_rules)?)
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
        OfStream {
            floods: floods.len(),
            triggered: triggered(&floods, &decided.triggers, &calm.triggers),
            triggered_by_rules: triggered(&floods, &rules.triggers, &calm_rules.triggers),
            found_labels: found.len(),
            lost_labels: found.iter().filter(|label| !still.contains(label)).count(),
            figures: measure::figures(&decided, &stream.labels, stream.length_s),
        }
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

/// Sums up all streams, a row for each kind; `calm` has the figures without floods.
#[must_use]
pub fn sum_up(streams: &[&[OfStream]], calm: &[Figures]) -> Vec<Floods> {
    let of_kind = |(at, kind): (usize, Kind)| {
        let rows: Vec<&OfStream> = streams.iter().map(|stream| &stream[at]).collect();
        let total = |count: fn(&OfStream) -> usize| rows.iter().map(|row| count(row)).sum();
        let figures: Vec<Figures> = rows.iter().map(|row| row.figures).collect();
        Floods {
            kind: kind.name(),
            floods: total(|row| row.floods),
            triggered: total(|row| row.triggered),
            share: estimate(rows.iter().map(|row| row.share(row.triggered))),
            triggered_by_rules: total(|row| row.triggered_by_rules),
            minus_rules: estimate(rows.iter().map(|row| row.minus_rules())).map(difference),
            found_labels: total(|row| row.found_labels),
            lost_labels: total(|row| row.lost_labels),
            cost: paired(kind.name(), &figures, calm),
        }
    };
    Kind::ALL.into_iter().enumerate().map(of_kind).collect()
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

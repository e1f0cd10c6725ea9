//! What each part of the engine is worth: the engine without it, held against the whole. Pure.

use cliphound_engine::Part;
use rayon::prelude::*;
use serde::Serialize;

use super::{
    detect::engine,
    measure::{self, Estimates, Figures, estimates},
    paired::{Paired, paired},
    stream::Stream,
};

/// Every part that can be left out.
pub const PARTS: [Part; 6] =
    [Part::Forest, Part::Rules, Part::Brevity, Part::Trust, Part::Prior, Part::History];

/// What the row of an engine without this part is called.
#[must_use]
pub fn name(part: Part) -> &'static str {
    match part {
        Part::Forest => "without forest",
        Part::Rules => "without rules",
        Part::Brevity => "without brevity",
        Part::Trust => "without trust",
        Part::Prior => "without prior",
        Part::History => "without history",
        // Streams are taught nothing but in `feedback`: it is no row here.
        Part::Teaching => "without teaching",
    }
}

/// The differences to the whole engine at the default budget.
#[derive(Debug, Serialize)]
pub struct Ablation {
    /// What the whole engine reached.
    pub whole: Estimates,
    /// The engine without each of [`PARTS`], minus the whole engine.
    pub parts: Vec<Paired>,
    /// Each simple detector minus the whole engine.
    pub simple: Vec<Paired>,
}

/// What the engine without each of [`PARTS`] reaches on `stream`.
#[must_use]
pub fn figures(stream: &Stream) -> Vec<Figures> {
    let without = |part: &Part| {
        let decided = engine::decided(&stream.chat, stream.seed, &[*part]);
        measure::figures(&decided, &stream.labels, stream.length_s)
    };
    PARTS.par_iter().map(without).collect()
}

/// Pairs everything with the whole engine. Of each stream `parts` has the figures by
/// [`PARTS`]; `simple` is by detector, each with its figures by stream.
#[must_use]
pub fn ablation(
    whole: &[Figures],
    parts: &[&[Figures]],
    simple: &[(&str, Vec<Figures>)],
) -> Ablation {
    let without = |(at, part): (usize, Part)| {
        let of_part: Vec<Figures> = parts.iter().map(|stream| stream[at]).collect();
        paired(name(part), &of_part, whole)
    };
    Ablation {
        whole: estimates(whole.iter()),
        parts: PARTS.into_iter().enumerate().map(without).collect(),
        simple: simple.iter().map(|(name, figures)| paired(name, figures, whole)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::measure::Measure, super::measure::tests::flat, *};

    #[test]
    fn each_part_is_held_against_the_whole() {
        let whole = [flat(Some(0.5)), flat(Some(0.7))];
        let parts: Vec<Vec<Figures>> = whole
            .iter()
            .map(|figures| {
                let value = figures.get(Measure::F1).unwrap();
                (0..PARTS.len()).map(|at| flat(Some(value - at as f64))).collect()
            })
            .collect();
        let parts: Vec<&[Figures]> = parts.iter().map(Vec::as_slice).collect();
        let found = ablation(&whole, &parts, &[("simple", whole.to_vec())]);
        for (at, row) in found.parts.iter().enumerate() {
            let f1 = row.differences.get(Measure::F1).unwrap().estimate.mean;
            assert!((f1 + at as f64).abs() < 1e-9, "{row:?}");
        }
        assert_eq!(found.parts[2].name, "without brevity");
        assert_eq!(found.simple[0].differences.get(Measure::F1).unwrap().estimate.mean, 0.0);
    }
}

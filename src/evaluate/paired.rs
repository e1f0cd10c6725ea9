//! Two detectors on the same streams: their differences, stream by stream. Pure.

use serde::Serialize;

use super::{
    bootstrap::{Estimate, estimate},
    measure::{ByMeasure, Figures, Measure},
};

/// With fewer streams no interval says anything: that five of them agree in their sign by
/// chance alone has a probability of 2 / 2^5, which is more than 5 %.
pub const LEAST_STREAMS: usize = 6;

/// The differences of one detector to another, "this one minus the other".
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Paired {
    /// Which detector.
    pub name: String,
    /// Mean difference by measure, over the streams in which both sides have it.
    pub differences: ByMeasure<Option<Difference>>,
}

/// A mean difference over streams with its interval. Each stream gives one difference, so that
/// every bootstrap sample draws the same streams for both sides.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Difference {
    /// The mean and its interval.
    #[serde(flatten)]
    pub estimate: Estimate,
    /// Whether the interval leaves out 0, in at least [`LEAST_STREAMS`] streams.
    pub beyond_chance: bool,
}

/// The differences `these - others`; both are in the order of the same streams.
#[must_use]
pub fn paired(name: &str, these: &[Figures], others: &[Figures]) -> Paired {
    let pairs: Vec<Figures> = these.iter().zip(others).map(|(a, b)| minus(a, b)).collect();
    mean_difference(name, &pairs)
}

/// The difference of two figures of the same chat, where both are defined.
#[must_use]
pub fn minus(this: &Figures, other: &Figures) -> Figures {
    Figures::new(|measure| Some(this.get(measure)? - other.get(measure)?))
}

/// The mean of differences by stream.
#[must_use]
pub fn mean_difference(name: &str, streams: &[Figures]) -> Paired {
    let mean = |measure| estimate(streams.iter().map(|figures| figures.get(measure)));
    let differences = ByMeasure::new(|measure| mean(measure).map(difference));
    Paired { name: name.to_owned(), differences }
}

/// Says whether an interval of differences is beyond chance.
#[must_use]
pub fn difference(estimate: Estimate) -> Difference {
    let without_zero = estimate.low > 0.0 || estimate.high < 0.0;
    Difference { estimate, beyond_chance: without_zero && estimate.streams >= LEAST_STREAMS }
}

impl Paired {
    /// In words, what is beyond chance: `F1 -0.050 (worse)`; empty when nothing is.
    #[must_use]
    pub fn beyond_chance(&self) -> Vec<String> {
        let told = |measure: Measure| {
            let found = self.differences.get(measure).filter(|found| found.beyond_chance)?;
            let mean = found.estimate.mean;
            let sense = match f64::from(measure.sense()) * mean {
                x if x > 0.0 => "better",
                x if x < 0.0 => "worse",
                _ if mean > 0.0 => "more",
                _ => "fewer",
            };
            Some(format!("{} {mean:+.3} ({sense})", measure.name()))
        };
        Measure::ALL.into_iter().filter_map(told).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{super::measure::tests::flat, *};

    #[test]
    fn pairs_are_of_the_same_stream() {
        let noise = [0.1, 0.9, 0.3, 0.7, 0.2, 0.8, 0.4, 0.6];
        let others: Vec<Figures> = noise.iter().map(|v| flat(Some(*v))).collect();
        // Better by 0.05 in each stream: far less than streams differ, yet certain.
        let these: Vec<Figures> = noise.iter().map(|v| flat(Some(v + 0.05))).collect();
        let found = paired("x", &these, &others);
        let f1 = found.differences.get(Measure::F1).unwrap();
        assert!((f1.estimate.low - 0.05).abs() < 1e-9 && f1.beyond_chance, "{f1:?}");
        assert!(found.beyond_chance().contains(&"F1 +0.050 (better)".to_owned()));
        assert!(found.beyond_chance().contains(&"silent +0.050 (worse)".to_owned()));
        assert!(found.beyond_chance().contains(&"clips/h +0.050 (more)".to_owned()));
        assert_eq!(paired("x", &others, &others).beyond_chance(), [] as [String; 0]);
    }

    #[test]
    fn a_stream_undefined_on_one_side_is_left_out() {
        let these = [flat(Some(1.0)), flat(None), flat(Some(0.5))];
        let others = [flat(Some(0.5)), flat(Some(0.0)), flat(None)];
        let f1 = paired("x", &these, &others).differences.get(Measure::F1).unwrap();
        assert_eq!((f1.estimate.mean, f1.estimate.streams), (0.5, 1));
    }

    #[test]
    fn five_streams_prove_nothing() {
        for (streams, expected) in [(5, false), (6, true)] {
            let these = vec![flat(Some(1.0)); streams];
            let found = paired("x", &these, &vec![flat(Some(0.0)); streams]);
            let f1 = found.differences.get(Measure::F1).unwrap();
            assert_eq!(f1.beyond_chance, expected, "{streams}");
        }
    }
}

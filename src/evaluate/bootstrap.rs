//! Means and other figures over streams with their bootstrap 95 % intervals. Pure.

use serde::Serialize;

use super::chance::Chance;

/// Samples drawn; with more the interval's ends move by less than 0.005.
const SAMPLES: usize = 2000;
/// The same draws in every run.
const SEED: u64 = 0x00c1_1f40_u64;
/// The interval leaves out so much at each end.
const TAIL: f64 = 0.025;

/// A mean over streams, every stream counting the same.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Estimate {
    /// The mean.
    pub mean: f64,
    /// Lower end of its 95 % interval.
    pub low: f64,
    /// Upper end of it.
    pub high: f64,
    /// Streams that it was taken over: those for which the value has a meaning.
    pub streams: usize,
}

/// The mean of what is defined; `None` when nothing is.
#[must_use]
pub fn estimate(values: impl IntoIterator<Item = Option<f64>>) -> Option<Estimate> {
    let values: Vec<f64> = values.into_iter().flatten().collect();
    let mean = mean(&values)?;
    let [[low, high]] =
        intervals(&values, |drawn| [drawn.iter().copied().sum::<f64>() / drawn.len() as f64]);
    Some(Estimate { mean, low, high, streams: values.len() })
}

/// The 95 % intervals of any figures of streams: what they are for streams drawn from these with
/// replacement.
#[must_use]
pub fn intervals<T, const N: usize>(
    streams: &[T],
    figures: impl Fn(&[&T]) -> [f64; N],
) -> [[f64; 2]; N] {
    let mut chance = Chance::new(SEED);
    let samples: Vec<[f64; N]> = (0..SAMPLES)
        .map(|_| {
            let draw = |_| &streams[chance.below(streams.len())];
            figures(&(0..streams.len()).map(draw).collect::<Vec<_>>())
        })
        .collect();
    std::array::from_fn(|at| {
        let mut found: Vec<f64> = samples.iter().map(|sample| sample[at]).collect();
        found.sort_by(f64::total_cmp);
        [quantile(&found, TAIL), quantile(&found, 1.0 - TAIL)]
    })
}

/// The arithmetic mean; `None` of nothing.
#[must_use]
pub fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// The value below which a share `q` of `sorted` lies, between two of them linearly; 0 of nothing.
#[must_use]
pub fn quantile(sorted: &[f64], q: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return 0.0 };
    let at = q.clamp(0.0, 1.0) * last as f64;
    let (below, above) = (sorted[at.floor() as usize], sorted[at.ceil() as usize]);
    below + (above - below) * at.fract()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn quantiles() {
        for (sorted, q, expected) in [
            (&[][..], 0.5, 0.0),
            (&[3.0][..], 0.9, 3.0),
            (&[0.0, 10.0], 0.1, 1.0),
            (&[0.0, 1.0, 2.0, 3.0, 4.0], 0.5, 2.0),
            (&[0.0, 1.0, 2.0, 3.0, 4.0], 1.0, 4.0),
        ] {
            assert!((quantile(sorted, q) - expected).abs() < 1e-9, "{sorted:?} {q}");
        }
    }

    #[test]
    fn the_undefined_is_left_out() {
        let found = estimate([Some(1.0), None, Some(3.0)]).unwrap();
        assert_eq!((found.mean, found.streams), (2.0, 2));
        assert_eq!((found.low, found.high), (1.0, 3.0));
        assert_eq!(estimate([None, None]), None);
    }

    #[test]
    fn more_streams_give_a_narrower_interval() {
        let width = |count: usize| {
            let found = estimate((0..count).map(|i| Some((i % 2) as f64))).unwrap();
            found.high - found.low
        };
        // 1.96 standard errors of a coin on each side.
        assert!((width(100) - 0.196).abs() < 0.03, "{}", width(100));
        assert!(width(10) > 2.0 * width(100));
    }

    proptest! {
        #[test]
        fn the_mean_lies_in_its_interval(values in prop::collection::vec(0.0_f64..1.0, 1..60)) {
            let found = estimate(values.iter().copied().map(Some)).unwrap();
            prop_assert!(found.low <= found.mean + 1e-9 && found.mean <= found.high + 1e-9);
            prop_assert_eq!(found, estimate(values.into_iter().map(Some)).unwrap());
        }
    }
}

//! Whether a budget is kept in every hour, not only over whole streams. Pure.

use super::metrics::Hit;

/// An hour with more than so many times the budget is one that its viewer notices.
pub const OVER: f64 = 1.5;
/// The rest after the last whole hour counts when it is at least so long, seconds.
const LEAST_S: f64 = 1800.0;
const HOUR_S: f64 = 3600.0;

/// Triggers in each hour from the stream's start. The first hour always counts, however short
/// the stream is; a last piece of under half an hour does not.
#[must_use]
pub fn hourly(hits: &[Hit], length_s: f64) -> Vec<usize> {
    let whole = (length_s / HOUR_S).floor();
    let rest = usize::from(length_s - whole * HOUR_S >= LEAST_S);
    let mut hours = vec![0; (whole as usize + rest).max(1)];
    for hit in hits {
        if let Some(hour) = hours.get_mut((hit.trigger_s / HOUR_S).max(0.0) as usize) {
            *hour += 1;
        }
    }
    hours
}

/// The share of `hours` with more than [`OVER`] times the budget; `None` of nothing.
#[must_use]
pub fn share_over(hours: impl IntoIterator<Item = usize>, budget: f32) -> Option<f64> {
    let (mut count, mut over) = (0_usize, 0_usize);
    for triggers in hours {
        count += 1;
        over += usize::from(triggers as f64 > OVER * f64::from(budget));
    }
    (count > 0).then(|| over as f64 / count as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours() {
        let at = |seconds: &[f64]| -> Vec<Hit> {
            seconds.iter().map(|&trigger_s| Hit { trigger_s, start_s: 0.0 }).collect()
        };
        for (triggers, length_s, expected) in [
            (&[10.0, 900.0][..], 1000.0, &[2][..]),
            (&[10.0, 3599.0, 3600.0], 5400.0, &[2, 1]),
            // The rest is too short to be told about.
            (&[10.0, 3599.0, 3600.0], 5000.0, &[2]),
            (&[], 7200.0, &[0, 0]),
        ] {
            assert_eq!(hourly(&at(triggers), length_s), expected, "{triggers:?} {length_s}");
        }
    }

    #[test]
    fn more_than_half_again_is_over() {
        assert_eq!(share_over([12, 13, 0, 8], 8.0), Some(0.25));
        assert_eq!(share_over([], 8.0), None);
    }
}

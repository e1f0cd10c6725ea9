//! Baseline "z-score": messages of the trailing 15 s against mean and deviation of 300 s. Pure.

use super::{peaks::Values, series::Series};

/// Seconds looked back at.
const BACK_S: usize = 300;
/// Least deviation, messages: one more in a silent chat is no burst.
const LEAST_DEVIATION: f64 = 1.0;

/// Its value at each second.
#[must_use]
pub fn values(series: &Series) -> Values {
    let (mut sum, mut squares) = (0_u64, 0_u64);
    let mut values = Vec::with_capacity(series.messages.len());
    for (at, &count) in series.messages.iter().enumerate() {
        let count = u64::from(count);
        (sum, squares) = (sum + count, squares + count * count);
        if let Some(old) = at.checked_sub(BACK_S).map(|old| u64::from(series.messages[old])) {
            (sum, squares) = (sum - old, squares - old * old);
        }
        let seconds = (at + 1).min(BACK_S) as f64;
        let mean = sum as f64 / seconds;
        let variance = (squares as f64 / seconds - mean * mean).max(0.0);
        values.push(((count as f64 - mean) / variance.sqrt().max(LEAST_DEVIATION)) as f32);
    }
    Values { first_s: series.first_s, values }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_stands_out_and_is_forgotten() {
        let mut messages = vec![4; 1000];
        messages[500] = 24;
        let values = values(&Series { messages, ..Series::default() }).values;
        // Mean (299 * 4 + 24) / 300, deviation 20 * sqrt(299) / 300.
        assert!((values[500] - 17.29).abs() < 0.01, "{}", values[500]);
        assert!(values[501] < 0.0 && values[800] == 0.0);
    }
}

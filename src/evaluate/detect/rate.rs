//! Baseline "message rate": messages of the trailing 15 s, one threshold for all channels. Pure.

use super::{peaks::Values, series::Series};

/// Its value at each second.
#[must_use]
pub fn values(series: &Series) -> Values {
    let values = series.messages.iter().map(|count| *count as f32).collect();
    Values { first_s: series.first_s, values }
}

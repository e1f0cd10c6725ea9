//! Takes how long something took.

use std::time::Duration;

use metrics::Histogram;

/// Where times of one kind go; by default, nowhere. Clones are the same.
#[derive(Debug, Clone)]
pub struct Timing(Histogram);

impl Timing {
    pub(super) fn new(histogram: Histogram) -> Self {
        Self(histogram)
    }

    /// It took so long.
    pub fn took(&self, time: Duration) {
        self.0.record(time.as_secs_f64());
    }
}

impl Default for Timing {
    fn default() -> Self {
        Self(Histogram::noop())
    }
}

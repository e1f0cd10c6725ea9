//! How long something takes, in real time.

use std::time::Duration;

use tokio::time::Instant;

use crate::machine::now;

/// Measures real time from its start, whatever the daemon's clock. A suspend does not count:
/// who was suspended did not take long.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts now.
    #[must_use]
    pub fn start() -> Self {
        Self(now())
    }

    /// The time since the start.
    #[must_use]
    pub fn elapsed(self) -> Duration {
        now().duration_since(self.0)
    }
}

//! How long to wait before connecting again.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};

/// A connection that lived this long was a good one: the next wait is short again.
pub(crate) const GOOD_LIFE: Duration = Duration::from_secs(60);

/// Delays that double from 1-2 s to 1-2 min, each with as much jitter as itself.
#[derive(Debug)]
pub(crate) struct Backoff(ExponentialBackoff);

impl Backoff {
    pub(crate) fn new() -> Self {
        Self(delays())
    }

    pub(crate) fn reset(&mut self) {
        self.0 = delays();
    }

    pub(crate) fn next_delay(&mut self) -> Duration {
        // The iterator has no end; its type does not say so.
        self.0.next().unwrap_or(MAX_BASE)
    }
}

/// Jitter adds up to as much again: at most 2 min.
const MAX_BASE: Duration = Duration::from_secs(60);

fn delays() -> ExponentialBackoff {
    ExponentialBuilder::new()
        .with_min_delay(Duration::from_secs(1))
        .with_max_delay(MAX_BASE)
        .with_factor(2.0)
        .without_max_times()
        .with_jitter()
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_grow_to_two_minutes_and_start_anew() {
        let mut backoff = Backoff::new();
        for round in 0..50_u32 {
            let base = f64::from(2_u32.saturating_pow(round).min(60));
            let delay = backoff.next_delay().as_secs_f64();
            assert!((base..=2.0 * base).contains(&delay), "{round}: {delay}");
        }
        backoff.reset();
        assert!(backoff.next_delay() <= Duration::from_secs(2));
    }
}

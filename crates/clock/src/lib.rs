//! The one place that reads a clock: real time, or time that runs faster for simulations.
//!
//! Everything else takes the time as an argument or holds a [`Clock`]. A fast
//! clock starts at the last UTC midnight, so that two processes started on the
//! same day with the same `CLIPHOUND_SPEED` agree on the time.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::{Instant, sleep_until};

const DAY_MS: i64 = 86_400_000;

/// A clock that can be slept on. Cheap to clone; clones agree.
#[derive(Debug, Clone)]
pub struct Clock(Kind);

#[derive(Debug, Clone)]
enum Kind {
    /// The wall clock, read anew each time: it follows corrections and a laptop's sleep.
    Wall,
    /// Runs from `start_ms` at `started`, `speed` times as fast as real time.
    Scaled { start_ms: i64, started: Instant, speed: f64 },
}

/// The fastest clock allowed: beyond it, timers of one millisecond stop meaning anything.
pub const MAX_SPEED: f64 = 1000.0;

impl Clock {
    /// The real time.
    #[must_use]
    pub fn system() -> Self {
        Self(Kind::Wall)
    }

    /// A clock that runs `speed` times faster than real time since the last UTC midnight.
    /// `speed` is held within 0.1 and [`MAX_SPEED`]; 1 is the real time.
    #[must_use]
    pub fn fast(speed: f64) -> Self {
        let speed = if speed.is_finite() { speed.clamp(0.1, MAX_SPEED) } else { 1.0 };
        Self::starting_at(accelerate(unix_ms(), speed), speed)
    }

    /// A clock that starts at `start_ms` (Unix milliseconds); for tests with a fixed date.
    #[must_use]
    pub fn starting_at(start_ms: i64, speed: f64) -> Self {
        Self(Kind::Scaled { start_ms, started: now(), speed })
    }

    /// Milliseconds since the Unix epoch on this clock.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        match &self.0 {
            Kind::Wall => unix_ms(),
            Kind::Scaled { start_ms, started, speed } => {
                let real = now().duration_since(*started).as_secs_f64();
                start_ms + (real * 1000.0 * speed) as i64
            }
        }
    }

    /// How many times faster than real time this clock runs.
    #[must_use]
    pub fn speed(&self) -> f64 {
        match &self.0 {
            Kind::Wall => 1.0,
            Kind::Scaled { speed, .. } => *speed,
        }
    }

    /// The real duration that `on_this_clock` takes.
    #[must_use]
    pub fn real(&self, on_this_clock: Duration) -> Duration {
        on_this_clock.div_f64(self.speed())
    }

    /// Sleeps for a duration on this clock.
    pub async fn sleep(&self, duration: Duration) {
        sleep_until(now() + self.real(duration)).await;
    }

    /// Sleeps until `at_ms` (Unix milliseconds on this clock); returns at once when it has passed.
    pub async fn sleep_until_ms(&self, at_ms: i64) {
        let ahead = u64::try_from(at_ms - self.now_ms()).unwrap_or(0);
        if ahead > 0 {
            self.sleep(Duration::from_millis(ahead)).await;
        }
    }
}

/// The time of a fast clock whose epoch is the last UTC midnight before `real_ms`.
fn accelerate(real_ms: i64, speed: f64) -> i64 {
    let midnight = real_ms - real_ms.rem_euclid(DAY_MS);
    midnight + ((real_ms - midnight) as f64 * speed) as i64
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
fn unix_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the monotonic clock")]
fn now() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fast_time_starts_at_midnight() {
        assert_eq!(accelerate(3 * DAY_MS, 20.0), 3 * DAY_MS);
        assert_eq!(accelerate(3 * DAY_MS + 1000, 20.0), 3 * DAY_MS + 20_000);
    }

    #[tokio::test(start_paused = true)]
    async fn a_sleep_takes_its_share_of_real_time() {
        let clock = Clock::starting_at(0, 20.0);
        let before = now();
        clock.sleep_until_ms(7_000).await;
        assert_eq!(now() - before, Duration::from_millis(350));
        assert_eq!(clock.now_ms(), 7_000);
    }
}

//! The one place that reads a clock: real time, or time that runs faster for simulations.
//!
//! Everything else takes the time as an argument or holds a [`Clock`]. A fast
//! clock starts at the last UTC midnight, so that two processes started on the
//! same day with the same `CLIPHOUND_SPEED` agree on the time.
//!
//! What is what when the machine's clock jumps: [`Clock::system`] reads the wall clock once,
//! as it is made, and goes on by the machine's uptime. So nobody who sets the clock (NTP, a
//! person) makes a wait longer or shorter, and a machine that was suspended finds the time
//! passed. Timers themselves stand still in a suspend, which is why a long sleep looks at the
//! clock every [`LOOK`].

mod machine;
mod steady;
mod stopwatch;

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use machine::{now, unix_ms};
use steady::Steady;

pub use steady::Steering;
pub use stopwatch::Stopwatch;

const DAY_MS: i64 = 86_400_000;
/// After a suspend, whoever slept wakes within this much real time.
pub const LOOK: Duration = Duration::from_secs(5);

/// A clock that can be slept on. Cheap to clone; clones agree.
#[derive(Debug, Clone)]
pub struct Clock(Kind);

#[derive(Debug, Clone)]
enum Kind {
    /// As fast as real time.
    Steady(Steady),
    /// Runs from `start_ms` at `started`, `speed` times as fast as real time.
    Scaled { start_ms: i64, started: Instant, speed: f64 },
}

/// The fastest clock allowed: beyond it, timers of one millisecond stop meaning anything.
pub const MAX_SPEED: f64 = 1000.0;

impl Clock {
    /// The real time, as it is now, and steady from now on.
    #[must_use]
    pub fn system() -> Self {
        Self(Kind::Steady(Steady::of_the_machine()))
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

    /// A clock like [`Clock::system`] that starts at `start_ms`, and what makes its machine
    /// sleep or sets its wall clock; for tests.
    #[must_use]
    pub fn steered(start_ms: i64) -> (Self, Steering) {
        let (steady, steering) = Steady::steered(start_ms);
        (Self(Kind::Steady(steady)), steering)
    }

    /// Milliseconds since the Unix epoch on this clock. It never goes back.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        match &self.0 {
            Kind::Steady(steady) => steady.now_ms(),
            Kind::Scaled { start_ms, started, speed } => {
                let real = now().duration_since(*started).as_secs_f64();
                start_ms + (real * 1000.0 * speed) as i64
            }
        }
    }

    /// How far the machine's wall clock has been set since this clock was made, forward or
    /// (less than 0) back. This one did not follow.
    #[must_use]
    pub fn set_by_ms(&self) -> i64 {
        match &self.0 {
            Kind::Steady(steady) => steady.set_by_ms(),
            Kind::Scaled { .. } => 0,
        }
    }

    /// How many times faster than real time this clock runs.
    #[must_use]
    pub fn speed(&self) -> f64 {
        match &self.0 {
            Kind::Steady(_) => 1.0,
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
        match &self.0 {
            Kind::Steady(steady) if duration > LOOK => {
                let ms = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
                self.sleep_until_ms(steady.now_ms().saturating_add(ms)).await;
            }
            _ => sleep_until(now() + self.real(duration)).await,
        }
    }

    /// Sleeps until `at_ms` (Unix milliseconds on this clock); returns at once when it has passed.
    pub async fn sleep_until_ms(&self, at_ms: i64) {
        loop {
            let ahead = u64::try_from(at_ms.saturating_sub(self.now_ms())).unwrap_or(0);
            let ahead = Duration::from_millis(ahead);
            match &self.0 {
                _ if ahead.is_zero() => return,
                Kind::Steady(_) => sleep_until(now() + ahead.min(LOOK)).await,
                Kind::Scaled { .. } => return sleep_until(now() + self.real(ahead)).await,
            }
        }
    }
}

/// The time of a fast clock whose epoch is the last UTC midnight before `real_ms`.
fn accelerate(real_ms: i64, speed: f64) -> i64 {
    let midnight = real_ms - real_ms.rem_euclid(DAY_MS);
    midnight + ((real_ms - midnight) as f64 * speed) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOURS: Duration = Duration::from_secs(3 * 3_600);
    const HOURS_MS: i64 = 3 * 3_600_000;

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

    #[tokio::test(start_paused = true)]
    async fn a_clock_that_is_set_moves_no_wait() {
        for by_ms in [HOURS_MS, -HOURS_MS] {
            let (clock, steering) = Clock::steered(1_000);
            let (waits, before) = (clock.sleep_until_ms(8_000), now());
            steering.set(by_ms);
            waits.await;
            assert_eq!(now() - before, Duration::from_secs(7));
            assert_eq!((clock.now_ms(), clock.set_by_ms()), (8_000, by_ms));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_slept_through_a_suspend_wakes_soon_after() {
        let (clock, steering) = Clock::steered(0);
        let long = clock.sleep(HOURS * 2);
        tokio::pin!(long);
        let begun = tokio::time::timeout(Duration::from_secs(1), &mut long).await;
        assert!(begun.is_err());
        let before = now();
        steering.suspend(HOURS * 2);
        long.await;
        assert!(now() - before <= LOOK);
        assert_eq!(
            clock.set_by_ms(),
            0,
            "a suspend is time that passed, and not a clock that was set"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn the_system_clock_runs_and_is_slept_on() {
        let clock = Clock::system();
        let before = clock.now_ms();
        clock.sleep(Duration::from_secs(60)).await;
        let passed = clock.now_ms() - before;
        assert!((60_000..61_000).contains(&passed), "{passed}");
    }
}

//! JOINs, paced over all connections together.
//!
//! Twitch allows 20 JOINs in 10 s. `governor` with a burst of 20 would let 40 through in
//! one such stretch, so the burst is one: a JOIN each [`JOIN_PERIOD`].

use std::{num::NonZeroU32, time::Duration};

use cliphound_clock::Clock;
use governor::{
    Quota, RateLimiter,
    clock::Clock as PaceClock,
    middleware::NoOpMiddleware,
    state::{InMemoryState, NotKeyed},
};
use tokio::time::Instant;

/// Time between two JOINs. 20 would fit into 10 s at 500 ms; the rest is room for lines
/// that arrive closer together than they were sent: 21 JOINs span 11 s.
pub(super) const JOIN_PERIOD: Duration = Duration::from_millis(550);

type Limiter<C> =
    RateLimiter<NotKeyed, InMemoryState, C, NoOpMiddleware<<C as PaceClock>::Instant>>;

/// Lets one JOIN through at a time. Shared by all connections.
#[derive(Debug)]
pub(super) struct JoinPacer {
    limiter: Limiter<Elapsed>,
    clock: Clock,
}

impl JoinPacer {
    pub(super) fn new(clock: Clock) -> Self {
        Self { limiter: limiter(Elapsed::new(clock.speed())), clock }
    }

    /// Waits until a JOIN may be sent; it counts as sent when this returns. Dropped
    /// before that, it has taken nothing.
    pub(super) async fn ready(&self) {
        while let Err(not_yet) = self.limiter.check() {
            let wait = not_yet.wait_time_from(self.limiter.clock().now());
            // Timers tick in real milliseconds; a shorter sleep would spin.
            self.clock.sleep(wait.max(Duration::from_millis(1).mul_f64(self.clock.speed()))).await;
        }
    }
}

fn limiter<C: PaceClock>(clock: C) -> Limiter<C> {
    let one_a_second = Quota::per_second(NonZeroU32::MIN);
    Limiter::direct_with_clock(Quota::with_period(JOIN_PERIOD).unwrap_or(one_a_second), clock)
}

/// Time since the start at the clock's speed. Not the clock itself: that follows
/// corrections of the wall clock, and one step back would stop all JOINs.
#[derive(Debug, Clone)]
struct Elapsed {
    started: Instant,
    speed: f64,
}

impl Elapsed {
    fn new(speed: f64) -> Self {
        Self { started: now(), speed }
    }
}

impl PaceClock for Elapsed {
    type Instant = Duration;

    fn now(&self) -> Duration {
        now().duration_since(self.started).mul_f64(self.speed)
    }
}

#[expect(clippy::disallowed_methods, reason = "governor wants a clock that only goes forward")]
fn now() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use governor::clock::FakeRelativeClock;
    use proptest::prelude::*;

    use super::*;

    const WINDOW_MS: u64 = 10_000;

    fn most_in_a_window(times: &[u64]) -> usize {
        let within =
            |from: u64| times.iter().filter(|t| (from..=from + WINDOW_MS).contains(t)).count();
        times.iter().map(|from| within(*from)).max().unwrap_or(0)
    }

    proptest! {
        /// Whatever the pattern of tries (floods with a try each few ms, pauses between
        /// them), no 10 s hold more than 20 JOINs.
        #[test]
        fn never_more_than_twenty_in_ten_seconds(
            floods in prop::collection::vec((1..60_u64, 1..800_usize, 0..30_000_u64), 1..6),
        ) {
            let clock = FakeRelativeClock::default();
            let limiter = limiter(clock.clone());
            let (mut now, mut passed) = (0, Vec::new());
            for (step, tries, pause) in floods {
                let gaps = std::iter::once(pause).chain(std::iter::repeat_n(step, tries));
                for gap in gaps {
                    now += gap;
                    clock.advance(Duration::from_millis(gap));
                    if limiter.check().is_ok() {
                        passed.push(now);
                    }
                }
            }
            prop_assert!(most_in_a_window(&passed) <= 20);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn waiting_callers_pass_as_fast_as_allowed_in_clock_time() {
        for speed in [1.0, 20.0] {
            let clock = Clock::starting_at(0, speed);
            let pacer = JoinPacer::new(clock.clone());
            let mut times = Vec::new();
            for _ in 0..50 {
                pacer.ready().await;
                times.push(u64::try_from(clock.now_ms()).expect("a time"));
            }
            assert!(most_in_a_window(&times) <= 20, "{times:?}");
            let usual = 49 * 550;
            assert!((usual - 100..=usual + 50 * 21).contains(&times[49]), "{}", times[49]);
        }
    }
}

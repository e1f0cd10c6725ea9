//! Real time that goes on from where the wall clock stood: nobody can set it, and the time
//! that the machine was suspended counts.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering::Relaxed},
    },
    time::Duration,
};

use tokio::time::Instant;

use crate::machine::{now, since_boot, unix_ms};

#[derive(Debug, Clone)]
pub(crate) struct Steady {
    start_ms: i64,
    started: Instant,
    source: Source,
}

#[derive(Debug, Clone)]
enum Source {
    /// The machine, and how long it had been up at the start.
    Machine(Option<Duration>),
    /// A test.
    Steered(Arc<Steered>),
}

#[derive(Debug, Default)]
struct Steered {
    suspended_ms: AtomicI64,
    set_by_ms: AtomicI64,
}

/// Does to a test's clock what happens to a machine's.
#[derive(Debug, Clone)]
pub struct Steering(Arc<Steered>);

impl Steady {
    pub(crate) fn of_the_machine() -> Self {
        Self { start_ms: unix_ms(), started: now(), source: Source::Machine(since_boot()) }
    }

    pub(crate) fn steered(start_ms: i64) -> (Self, Steering) {
        let steered = Arc::default();
        let source = Source::Steered(Arc::clone(&steered));
        (Self { start_ms, started: now(), source }, Steering(steered))
    }

    pub(crate) fn now_ms(&self) -> i64 {
        self.start_ms + self.passed_ms()
    }

    /// How far the machine's wall clock is ahead of this one.
    pub(crate) fn set_by_ms(&self) -> i64 {
        match &self.source {
            Source::Machine(_) => unix_ms() - self.now_ms(),
            Source::Steered(steered) => steered.set_by_ms.load(Relaxed),
        }
    }

    fn passed_ms(&self) -> i64 {
        let ran = now().duration_since(self.started);
        match &self.source {
            // Where time is paused for a test, only timers make it pass.
            Source::Machine(at_start) => {
                let up = since_boot().zip(*at_start).map(|(now, then)| now.saturating_sub(then));
                ms(up.map_or(ran, |up| up.max(ran)))
            }
            Source::Steered(steered) => ms(ran) + steered.suspended_ms.load(Relaxed),
        }
    }
}

impl Steering {
    /// The machine was suspended: time has passed, but not for timers.
    pub fn suspend(&self, duration: Duration) {
        self.0.suspended_ms.fetch_add(ms(duration), Relaxed);
    }

    /// Somebody set the machine's clock forward, or (with less than 0) back.
    pub fn set(&self, by_ms: i64) {
        self.0.set_by_ms.fetch_add(by_ms, Relaxed);
    }
}

fn ms(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

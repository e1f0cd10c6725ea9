//! Twitch's time, as all channel tasks read it: our clock plus the offset.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use cliphound_clock::Clock;

/// No message has told Twitch's time yet.
const UNKNOWN: i64 = i64::MIN;
/// A step of our clock of more than this between two readings means that the machine was
/// suspended: Twitch's time is not known until the next message.
const STEP_MS: i64 = 10_000;

/// Twitch's time. Cheap to clone; clones agree.
#[derive(Debug, Clone)]
pub struct TwitchTime {
    clock: Clock,
    offset_ms: Arc<AtomicI64>,
    read_ms: Arc<AtomicI64>,
}

impl TwitchTime {
    /// Not known before [`TwitchTime::set`].
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self {
            clock,
            offset_ms: Arc::new(AtomicI64::new(UNKNOWN)),
            read_ms: Arc::new(AtomicI64::new(UNKNOWN)),
        }
    }

    /// Our own clock.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Twitch's time now in Unix milliseconds; `None` while it is not known. Notices steps
    /// of our clock, so it is to be read every few seconds.
    pub fn now_ms(&self) -> Option<i64> {
        let ours = self.clock.now_ms();
        let before = self.read_ms.swap(ours, Ordering::Relaxed);
        let stepped = before != UNKNOWN && (ours - before).abs() > STEP_MS;
        // A clock of a simulation can't be set, and a slow machine is no step.
        if stepped && self.clock.speed() == 1.0 {
            self.offset_ms.store(UNKNOWN, Ordering::Relaxed);
        }
        self.known().map(|offset| ours + offset)
    }

    /// Our time at Twitch's `twitch_ms`; the same while the offset is not known.
    #[must_use]
    pub fn to_ours(&self, twitch_ms: i64) -> i64 {
        twitch_ms.saturating_sub(self.offset())
    }

    /// Twitch's time at our `our_ms`; the same while the offset is not known.
    #[must_use]
    pub fn to_twitch(&self, our_ms: i64) -> i64 {
        our_ms.saturating_add(self.offset())
    }

    /// Whether a message has told Twitch's time.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.known().is_some()
    }

    /// It is at least so late, by our clock and by Twitch's: a machine that starts with a wrong clock, years
    /// ahead, must not take for old what is not. `None` before chat has told Twitch's time.
    #[must_use]
    pub fn certain_ms(&self) -> Option<i64> {
        let ours_ms = self.clock.now_ms();
        self.is_known().then(|| self.to_twitch(ours_ms).min(ours_ms))
    }

    /// Sets Twitch's clock minus ours.
    pub fn set(&self, offset_ms: i64) {
        self.offset_ms.store(offset_ms, Ordering::Relaxed);
    }

    fn known(&self) -> Option<i64> {
        Some(self.offset_ms.load(Ordering::Relaxed)).filter(|offset| *offset != UNKNOWN)
    }

    fn offset(&self) -> i64 {
        self.known().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_once_the_offset_is_known() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let time = TwitchTime::new(Clock::starting_at(1_000_000, 20.0));
            assert_eq!((time.now_ms(), time.to_ours(5)), (None, 5));
            time.clone().set(-400_000);
            assert!((600_000..700_000).contains(&time.now_ms().unwrap()));
            assert_eq!((time.to_ours(0), time.to_twitch(0)), (400_000, -400_000));
        });
    }
}

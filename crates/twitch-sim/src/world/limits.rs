//! Twitch's limits: points that refill, and JOINs within ten seconds. Pure.

use std::collections::VecDeque;

/// JOINs that are allowed …
const JOINS: usize = 20;
/// … within ten seconds. Half a second is let go: a client can't know how long its lines
/// were under way.
const JOIN_WINDOW_MS: i64 = 9_500;
/// A bucket fills within a minute.
const REFILL_MS: f64 = 60_000.0;

/// A bucket of points that fills steadily.
#[derive(Debug, Clone)]
pub(crate) struct Bucket {
    size: f64,
    points: f64,
    at_ms: i64,
}

/// What a bucket holds, as headers tell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Level {
    pub limit: u32,
    pub remaining: u32,
    /// When it is full again, Unix seconds.
    pub reset_s: i64,
    /// Whether the request was within the limit.
    pub allowed: bool,
}

impl Bucket {
    pub fn new(size: u32, now_ms: i64) -> Self {
        Self { size: f64::from(size), points: f64::from(size), at_ms: now_ms }
    }

    /// Takes one point, if there is one.
    pub fn take(&mut self, now_ms: i64) -> Level {
        let passed = (now_ms - self.at_ms).max(0) as f64;
        self.points = (self.points + passed * self.size / REFILL_MS).min(self.size);
        self.at_ms = self.at_ms.max(now_ms);
        let allowed = self.points >= 1.0;
        if allowed {
            self.points -= 1.0;
        }
        let missing_ms = (self.size - self.points) * REFILL_MS / self.size;
        let reset_s = (now_ms as f64 + missing_ms) / 1000.0;
        Level {
            limit: self.size as u32,
            remaining: self.points as u32,
            reset_s: reset_s.ceil() as i64,
            allowed,
        }
    }
}

/// The JOINs of the last seconds.
#[derive(Debug, Clone, Default)]
pub(crate) struct JoinWindow(VecDeque<i64>);

impl JoinWindow {
    /// Counts a JOIN; false when it is one too many.
    pub fn take(&mut self, now_ms: i64) -> bool {
        while self.0.front().is_some_and(|at| now_ms - at >= JOIN_WINDOW_MS) {
            self.0.pop_front();
        }
        let allowed = self.0.len() < JOINS;
        if allowed {
            self.0.push_back(now_ms);
        }
        allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_run_out_and_come_back() {
        let mut bucket = Bucket::new(60, 0);
        for left in (0..60).rev() {
            assert_eq!(bucket.take(0).remaining, left);
        }
        let empty = bucket.take(0);
        assert_eq!(empty, Level { limit: 60, remaining: 0, reset_s: 60, allowed: false });
        assert!(bucket.take(1_000).allowed);
        assert!(!bucket.take(1_500).allowed);
        assert_eq!(bucket.take(600_000).remaining, 59);
    }

    #[test]
    fn a_join_is_forgotten_after_ten_seconds() {
        let mut joins = JoinWindow::default();
        assert!((0..20).all(|n| joins.take(n * 100)));
        assert!(!joins.take(5_000));
        assert!(joins.take(10_000));
    }
}

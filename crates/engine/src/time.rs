//! Event time: the clock of what happened in chat, not of when we heard of it.

use std::ops::{Add, Sub};

use serde::{Deserialize, Serialize};

/// An instant in milliseconds: since the Unix epoch live, since the stream's
/// start in a recording that knows no date. Negative instants lie before the start.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct EventTime(pub i64);

impl EventTime {
    /// Instants further than this from zero (285,000 years) are no times; arithmetic
    /// within it never overflows.
    const FURTHEST: i64 = 1 << 53;

    /// The instant `seconds` after the clock's zero.
    #[must_use]
    pub const fn from_secs(seconds: i64) -> Self {
        Self(seconds * 1000)
    }

    /// The instant, or the furthest one there is.
    #[must_use]
    pub fn within_bounds(self) -> Self {
        Self(self.0.clamp(-Self::FURTHEST, Self::FURTHEST))
    }

    /// Seconds since the clock's zero.
    #[must_use]
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1000.0
    }

    /// Milliseconds from `earlier` to `self`; negative when `earlier` is later.
    #[must_use]
    pub const fn ms_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// Milliseconds added.
impl Add<i64> for EventTime {
    type Output = Self;
    fn add(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }
}

/// Milliseconds taken away.
impl Sub<i64> for EventTime {
    type Output = Self;
    fn sub(self, ms: i64) -> Self {
        Self(self.0.saturating_sub(ms))
    }
}

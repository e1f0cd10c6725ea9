//! Moments by the hour of the week. Pure.

use jiff::Zoned;
use serde::Serialize;

/// The days of a week, Monday first.
pub const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// How many moments there were in each hour of the week: a row a weekday (Monday first), a
/// column an hour.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Hours(pub [[u32; 24]; 7]);

impl Hours {
    /// Counts a moment.
    pub(super) fn add(&mut self, at: &Zoned) {
        let day = usize::try_from(at.weekday().to_monday_zero_offset()).unwrap_or_default();
        let hour = usize::try_from(at.hour()).unwrap_or_default();
        if let Some(count) = self.0.get_mut(day).and_then(|day| day.get_mut(hour)) {
            *count += 1;
        }
    }

    /// The most in one hour.
    #[must_use]
    pub fn most(&self) -> u32 {
        self.0.iter().flatten().copied().max().unwrap_or(0)
    }

    /// How much of the most an hour has, in steps from 0 (none) to 5 (the most).
    #[must_use]
    pub fn step(&self, count: &u32) -> u32 {
        (count * 5).div_ceil(self.most().max(1))
    }
}

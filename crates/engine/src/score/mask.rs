//! Stretches in which chat is lively without a moment: raids, gift floods, gaps.

use serde::{Deserialize, Serialize};

use crate::time::EventTime;

/// Greetings after a raid go on for so long.
const RAID_MS: i64 = 90_000;
/// Thanks after a flood of gifts.
const GIFTS_MS: i64 = 45_000;
/// Gifts at once that make a flood.
const GIFT_FLOOD: u32 = 5;
/// After a gap the window fills, and what was said meanwhile may come at once.
const GAP_MS: i64 = 30_000;

/// Until when nothing triggers and nothing is learned.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Mask {
    until: Option<EventTime>,
}

impl Mask {
    /// A raid arrived.
    pub fn raid(&mut self, now: EventTime) {
        self.extend(now + RAID_MS);
    }

    /// Subscriptions were given away.
    pub fn gifts(&mut self, now: EventTime, count: u32) {
        if count >= GIFT_FLOOD {
            self.extend(now + GIFTS_MS);
        }
    }

    /// Chat is heard again after a gap.
    pub fn gap(&mut self, now: EventTime) {
        self.extend(now + GAP_MS);
    }

    /// Whether `now` is masked.
    #[must_use]
    pub fn covers(&self, now: EventTime) -> bool {
        self.until.is_some_and(|until| now < until)
    }

    fn extend(&mut self, until: EventTime) {
        self.until = self.until.max(Some(until));
    }
}

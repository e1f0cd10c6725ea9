//! Stretches in which chat is lively without a moment: raids, gift floods, ad breaks, polls, gaps.

use serde::{Deserialize, Serialize};

use crate::time::EventTime;

/// Greetings after a raid go on for so long.
const RAID_MS: i64 = 90_000;
/// Thanks after a flood of gifts.
const GIFTS_MS: i64 = 45_000;
/// Gifts at once that make a flood.
const GIFT_FLOOD: u32 = 5;
/// Complaints and returning viewers after an ad break.
const AFTER_ADS_MS: i64 = 15_000;
/// Twitch's longest ad break.
const LONGEST_ADS_S: u32 = 180;
/// Chat on what to choose, when a poll or a prediction begins, and on what came out.
const POLL_MS: i64 = 30_000;
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

    /// An ad break of so many seconds began.
    pub fn ads(&mut self, now: EventTime, seconds: u32) {
        self.extend(now + i64::from(seconds.min(LONGEST_ADS_S)) * 1000 + AFTER_ADS_MS);
    }

    /// A poll or a prediction began or ended.
    pub fn poll(&mut self, now: EventTime) {
        self.extend(now + POLL_MS);
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

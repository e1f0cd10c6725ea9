//! Stretches in which chat is lively without a moment: raids, gift floods, ad breaks, polls, gaps.

use serde::{Deserialize, Serialize};

use crate::time::EventTime;

/// Greetings after a raid go on for so long.
const RAID_MS: i64 = 90_000;
/// Thanks after a flood of gifts.
const GIFTS_MS: i64 = 45_000;
/// Gifts at once that make a flood.
const GIFT_FLOOD: u32 = 5;
/// So many subscriptions …
const TRAIN: usize = 3;
/// … within so long are a train: one brings the next, and chat welcomes them.
const TRAIN_WITHIN_MS: i64 = 60_000;
/// The welcomes after each of its subscriptions.
const TRAIN_MS: i64 = 45_000;
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
    /// The newest subscriptions, the oldest first.
    subscriptions: [Option<EventTime>; TRAIN],
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

    /// Somebody subscribed.
    pub fn subscription(&mut self, now: EventTime) {
        self.subscriptions.rotate_left(1);
        self.subscriptions[TRAIN - 1] = Some(now);
        if self.subscriptions[0].is_some_and(|first| now.ms_since(first) < TRAIN_WITHIN_MS) {
            self.extend(now + TRAIN_MS);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_subscription_is_no_train() {
        let at = EventTime::from_secs;
        let mut mask = Mask::default();
        mask.subscription(at(0));
        mask.subscription(at(30));
        assert!(!mask.covers(at(31)));
        mask.subscription(at(59));
        assert!(mask.covers(at(60)) && mask.covers(at(103)) && !mask.covers(at(104)));
    }

    #[test]
    fn an_absurd_ad_break_ends() {
        let mut mask = Mask::default();
        mask.ads(EventTime(0), u32::MAX);
        assert!(!mask.covers(EventTime::from_secs(196)));
    }
}

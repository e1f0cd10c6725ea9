//! How late this channel's chat is: learned from what viewers clipped and editors kept.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::time::EventTime;

/// From the middle of what chat reacts to until the rising edge, in channels of every kind:
/// the middle of the plateau on labelled streams.
const USUAL_MS: f32 = 16_000.0;
/// The usual delay counts as so many pieces of evidence: one clip of a viewer says little.
const USUAL_WEIGHT: f32 = 4.0;
/// Older evidence fades: the newest 30 or so decide.
const FADE: f32 = 0.97;
/// One piece moves what is known by at most so much at a time: a clip may be about something else.
const FARTHEST_MS: f32 = 10_000.0;
/// Chat never reacts sooner than this, and Twitch's 85 s hold no more than that.
const LEAST_MS: f32 = 6_000.0;
/// See [`LEAST_MS`].
const MOST_MS: f32 = 35_000.0;
/// Evidence is about a trigger that came so long after its middle at most.
const SEARCHED_MS: i64 = 50_000;
/// Triggers remembered: evidence may come at the stream's end, or when an editor goes through the last
/// evenings. An evening of four hours has about thirty.
const TRIGGERS: usize = 128;

/// The delay of one channel.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Delay {
    /// Weighted sum of the delays seen, milliseconds.
    sum: f32,
    weight: f32,
    /// The newest triggers, the oldest first.
    triggers: VecDeque<EventTime>,
}

impl Delay {
    /// A moment was triggered.
    pub fn triggered(&mut self, at: EventTime) {
        if self.triggers.len() == TRIGGERS {
            self.triggers.pop_front();
        }
        self.triggers.push_back(at);
    }

    /// Somebody says that a highlight was at `start` to `end`. Tells about the delay of
    /// the trigger that best fits what is known, if there is one near.
    pub fn learn(&mut self, start: EventTime, end: EventTime) {
        let middle = EventTime(start.0.midpoint(end.0));
        let known = self.ms();
        let delays = self.triggers.iter().map(|trigger| trigger.ms_since(middle));
        let near = delays.filter(|ms| (0..=SEARCHED_MS).contains(ms)).map(|ms| ms as f32);
        let Some(found) = near.min_by(|a, b| (a - known).abs().total_cmp(&(b - known).abs()))
        else {
            return;
        };
        let found = found.clamp(known - FARTHEST_MS, known + FARTHEST_MS);
        self.sum = self.sum * FADE + found;
        self.weight = self.weight * FADE + 1.0;
    }

    /// From the middle of what chat reacts to until the rising edge, milliseconds.
    #[must_use]
    pub fn ms(&self) -> f32 {
        let known = (self.sum + USUAL_WEIGHT * USUAL_MS) / (self.weight + USUAL_WEIGHT);
        known.clamp(LEAST_MS, MOST_MS)
    }

    /// Pieces of evidence, older ones counting less.
    #[must_use]
    pub fn evidence(&self) -> f32 {
        self.weight
    }

    /// Keeps this share, 0 to 1, of what was learned: an old model is not quite believed.
    pub fn age(&mut self, share: f32) {
        self.sum *= share;
        self.weight *= share;
    }

    /// Another clock begins: nothing that is told from now on is about triggers of the old one.
    pub fn forget_triggers(&mut self) {
        self.triggers.clear();
    }

    /// Whether a stored delay can be used.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let most = 1.0 / (1.0 - FADE) + 1.0;
        (0.0..=most).contains(&self.weight)
            && (0.0..=most * SEARCHED_MS as f32).contains(&self.sum)
            && self.triggers.len() <= TRIGGERS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(s: i64) -> EventTime {
        EventTime::from_secs(s)
    }

    /// What is known after `count` highlights of 14 s whose middles lie `delay_s` before a trigger.
    fn after(count: i64, delay_s: i64) -> Delay {
        let mut delay = Delay::default();
        for i in 1..=count {
            let trigger = i * 600;
            delay.triggered(at(trigger));
            delay.learn(at(trigger - delay_s - 7), at(trigger - delay_s + 7));
        }
        delay
    }

    #[test]
    fn nothing_seen_is_the_usual_delay() {
        assert_eq!(Delay::default().ms(), 16_000.0);
    }

    #[test]
    fn evidence_moves_it_little_by_little() {
        assert!((after(1, 24).ms() - 17_600.0).abs() < 1.0, "{}", after(1, 24).ms());
        assert!((22_500.0..24_000.0).contains(&after(40, 24).ms()), "{}", after(40, 24).ms());
        assert!(after(40, 3).ms() < 8_000.0);
    }

    #[test]
    fn evidence_far_from_any_trigger_says_nothing() {
        let mut delay = after(3, 16);
        let before = delay.clone();
        delay.learn(at(100_000), at(100_020));
        delay.learn(at(-9_000), at(-8_000));
        assert_eq!(delay, before);
    }

    #[test]
    fn it_ages_back_to_the_usual() {
        let mut delay = after(40, 24);
        delay.age(0.0);
        assert_eq!(delay.ms(), 16_000.0);
        assert!(delay.is_sound());
    }

    proptest::proptest! {
        #[test]
        fn any_evidence_leaves_it_sound(
            seen in proptest::collection::vec((0_i64..4_000, -100_i64..100, 0_i64..90), 0..200),
        ) {
            let mut delay = Delay::default();
            for (trigger, before, length) in seen {
                delay.triggered(at(trigger));
                delay.learn(at(trigger - before), at(trigger - before + length));
            }
            proptest::prop_assert!(delay.is_sound());
            proptest::prop_assert!((LEAST_MS..=MOST_MS).contains(&delay.ms()));
        }
    }
}

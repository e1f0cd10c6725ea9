//! How far Twitch's clock is ahead of ours, from when messages were sent and heard.
//!
//! A message is never heard before it was sent, so the least of `heard - sent` over
//! a while, the quickest delivery, is what the clocks differ by (plus the least delay,
//! some tens of milliseconds, which does not matter here).

use std::collections::VecDeque;

/// Samples are kept in slots of this length.
const SLOT_MS: i64 = 10_000;
/// Slots kept: two minutes of a chat that never rests.
const SLOTS: usize = 12;
/// Slots older than ten minutes go as well: in a quiet chat few slots are much time, in
/// which clocks drift. Not sooner, as one slow message alone tells little.
const OLDEST: i64 = 60;
/// From this deviation on, a sample does not fit to what is known.
const FAR_MS: i64 = 2_000;
/// So many samples that do not fit, one after the other, mean that Twitch's clock is
/// ahead of what we think: one alone is a mistake of its sender.
const EARLY_SAMPLES: u32 = 3;
/// So long nothing but samples that came late means that our clock was set forward,
/// and not that the network is slow.
const LATE_MS: i64 = 15_000;

/// Estimates Twitch's clock minus ours.
#[derive(Debug, Default)]
pub struct Offset {
    /// Slots of our clock with the least `heard - sent` in each; the oldest first.
    slots: VecDeque<(i64, i64)>,
    early: u32,
    late_since_ms: Option<i64>,
}

impl Offset {
    /// Milliseconds to add to our clock to get Twitch's; `None` before the first message.
    #[must_use]
    pub fn ms(&self) -> Option<i64> {
        self.slots.iter().map(|(_, least)| *least).min().map(|least| -least)
    }

    /// Takes a message that Twitch sent at `sent_ms` of its clock, heard at `heard_ms` of ours.
    pub fn hear(&mut self, sent_ms: i64, heard_ms: i64) {
        let delay = heard_ms.saturating_sub(sent_ms);
        let Some(offset) = self.ms() else {
            self.keep(heard_ms, delay);
            return;
        };
        let beyond = delay.saturating_add(offset);
        if beyond < -FAR_MS {
            self.late_since_ms = None;
            self.early += 1;
            if self.early >= EARLY_SAMPLES {
                self.start_anew(heard_ms, delay);
            }
        } else if beyond > FAR_MS {
            self.early = 0;
            let since = *self.late_since_ms.get_or_insert(heard_ms);
            if !(0..LATE_MS).contains(&(heard_ms - since)) {
                self.start_anew(heard_ms, delay);
            }
        } else {
            self.early = 0;
            self.late_since_ms = None;
            self.keep(heard_ms, delay);
        }
    }

    /// Forgets everything: our clock was set.
    pub fn forget(&mut self) {
        *self = Self::default();
    }

    fn start_anew(&mut self, heard_ms: i64, delay: i64) {
        self.forget();
        self.keep(heard_ms, delay);
    }

    fn keep(&mut self, heard_ms: i64, delay: i64) {
        let slot = heard_ms.div_euclid(SLOT_MS);
        match self.slots.back_mut() {
            Some((last, least)) if *last == slot => *least = (*least).min(delay),
            _ => self.slots.push_back((slot, delay)),
        }
        // A slot ahead is from before our clock was set back a little.
        self.slots.retain(|(kept, _)| (0..OLDEST).contains(&(slot - kept)));
        if self.slots.len() > SLOTS {
            self.slots.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Messages of a Twitch whose clock is `ahead` ms ahead, with these delays, one a second.
    fn heard(offset: &mut Offset, from_ms: i64, ahead: i64, delays: &[i64]) {
        for (second, delay) in (0_i64..).zip(delays) {
            let heard_ms = from_ms + second * 1_000;
            offset.hear(heard_ms - delay + ahead, heard_ms);
        }
    }

    #[test]
    fn the_quickest_message_tells_the_offset() {
        let mut offset = Offset::default();
        assert_eq!(offset.ms(), None);
        heard(&mut offset, 0, 5_000, &[300, 80, 900, 120]);
        assert_eq!(offset.ms(), Some(4_920));
    }

    #[test]
    fn a_clock_far_away_is_taken_at_once() {
        let mut offset = Offset::default();
        heard(&mut offset, 0, -9_000_000_000, &[50]);
        assert_eq!(offset.ms(), Some(-9_000_000_050));
    }

    #[test]
    fn one_liar_changes_nothing() {
        let mut offset = Offset::default();
        heard(&mut offset, 0, 0, &[50, 60, -90_000, 70, 3_000_000, 80]);
        assert_eq!(offset.ms(), Some(-50));
    }

    #[test]
    fn a_slow_network_changes_nothing() {
        let mut offset = Offset::default();
        heard(&mut offset, 0, 0, &[50; 10]);
        heard(&mut offset, 10_000, 0, &[9_000, 8_000, 7_000, 6_000, 5_000, 4_000, 60]);
        assert_eq!(offset.ms(), Some(-50));
    }

    #[test]
    fn a_clock_that_was_set_is_followed() {
        for ahead in [60_000, -60_000] {
            let mut offset = Offset::default();
            heard(&mut offset, 0, 0, &[50; 60]);
            heard(&mut offset, 60_000, ahead, &[50; 20]);
            assert_eq!(offset.ms(), Some(ahead - 50));
        }
    }

    #[test]
    fn drift_is_followed_within_minutes() {
        let mut offset = Offset::default();
        heard(&mut offset, 0, 0, &[50; 120]);
        heard(&mut offset, 120_000, -500, &[50; 130]);
        assert_eq!(offset.ms(), Some(-550));
    }

    #[test]
    fn drift_is_followed_where_few_talk() {
        let mut offset = Offset::default();
        // A message in five minutes, while our clock falls 50 ms behind in each.
        for number in 0..12_i64 {
            heard(&mut offset, number * 300_000, number * 50, &[60]);
        }
        assert_eq!(offset.ms(), Some(11 * 50 - 60));
        let mut offset = Offset::default();
        for number in 0..12_i64 {
            heard(&mut offset, number * 300_000, number * -50, &[60]);
        }
        assert_eq!(offset.ms(), Some(10 * -50 - 60), "no older than ten minutes");
    }
}

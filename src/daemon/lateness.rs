//! Puts stragglers in their place: what was sent first is fed first.

use std::collections::BTreeMap;

use cliphound_engine::EventTime;

/// How long Twitch's time is waited for stragglers, in milliseconds.
pub const LATENESS_MS: i64 = 1_000;
/// Things held at most after a drain: at that rate, the oldest go on early. Between two
/// drains the held grow by what is pushed there.
const CAPACITY: usize = 4_096;

/// Holds what was heard until its time has safely come.
#[derive(Debug)]
pub struct Lateness<T> {
    held: BTreeMap<(EventTime, u64), T>,
    arrivals: u64,
    /// Everything before this instant has been fed.
    horizon: EventTime,
}

impl<T> Default for Lateness<T> {
    fn default() -> Self {
        Self { held: BTreeMap::new(), arrivals: 0, horizon: EventTime(i64::MIN) }
    }
}

impl<T> Lateness<T> {
    /// Takes what happened at `at`; what comes too late counts as now.
    pub fn push(&mut self, at: EventTime, item: T) {
        self.arrivals += 1;
        self.held.insert((at.max(self.horizon), self.arrivals), item);
    }

    /// Lets time pass until `horizon`; going back changes nothing.
    pub fn pass(&mut self, horizon: EventTime) {
        self.horizon = self.horizon.max(horizon);
    }

    /// The next thing whose time has come, in the order of sending (of arrival at the same
    /// instant). Of more than may be held, the oldest are due.
    pub fn pop(&mut self) -> Option<(EventTime, T)> {
        let is_full = self.held.len() > CAPACITY;
        let entry = self.held.first_entry()?;
        let at = entry.key().0;
        if is_full {
            self.horizon = self.horizon.max(at);
        }
        (at <= self.horizon).then(|| (at, entry.remove()))
    }

    /// The instant until which everything has been, or can be, fed.
    #[must_use]
    pub fn horizon(&self) -> EventTime {
        self.horizon
    }

    /// The time of the next thing held.
    #[must_use]
    pub fn next_at(&self) -> Option<EventTime> {
        self.held.first_key_value().map(|((at, _), _)| *at)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn drain(lateness: &mut Lateness<u32>) -> Vec<(i64, u32)> {
        std::iter::from_fn(|| lateness.pop()).map(|(at, item)| (at.0, item)).collect()
    }

    #[test]
    fn a_late_one_counts_as_now() {
        let mut lateness = Lateness::default();
        lateness.push(EventTime(500), 1);
        lateness.push(EventTime(2_500), 2);
        lateness.pass(EventTime(2_000));
        lateness.push(EventTime(100), 3);
        lateness.pass(EventTime(1_000));
        assert_eq!(drain(&mut lateness), [(500, 1), (2_000, 3)]);
        assert_eq!(lateness.next_at(), Some(EventTime(2_500)));
    }

    #[test]
    fn a_full_buffer_lets_the_oldest_go_and_keeps_the_order() {
        let mut lateness = Lateness::default();
        let mut fed = Vec::new();
        for batch in 0..64_u32 {
            for item in batch * 256..(batch + 1) * 256 {
                lateness.push(EventTime(i64::from(item)), item);
            }
            fed.extend(drain(&mut lateness));
            assert!(lateness.held.len() <= CAPACITY, "{}", lateness.held.len());
        }
        let expected: Vec<_> =
            (0..64 * 256 - CAPACITY as u32).map(|item| (i64::from(item), item)).collect();
        assert_eq!(fed, expected);
    }

    proptest! {
        /// Messages sent at distinct instants, each heard within the second after it was
        /// sent, are fed in the same order at the same times however they arrive.
        #[test]
        fn any_arrival_within_a_second_feeds_the_same(
            gaps in prop::collection::vec((1..400_i64, 0..LATENESS_MS), 1..80),
        ) {
            let mut sent = Vec::new();
            let mut at = 0;
            for (number, (gap, delay)) in (0_u32..).zip(&gaps) {
                at += gap;
                sent.push((at, number, at + delay));
            }
            let expected: Vec<_> = sent.iter().map(|(at, number, _)| (*at, *number)).collect();
            let mut arrivals = sent;
            arrivals.sort_by_key(|(_, _, heard)| *heard);

            let mut lateness = Lateness::default();
            let mut fed = Vec::new();
            for (at, number, heard) in arrivals {
                lateness.pass(EventTime(heard - LATENESS_MS));
                fed.extend(drain(&mut lateness));
                lateness.push(EventTime(at), number);
            }
            lateness.pass(EventTime(i64::MAX));
            fed.extend(drain(&mut lateness));
            prop_assert_eq!(fed, expected);
        }
    }
}

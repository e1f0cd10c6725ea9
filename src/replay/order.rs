//! Puts inputs in the order of their times: small disorder is sorted, times that can't be
//! right are left out. Pure.

use std::collections::{BTreeMap, VecDeque};

use cliphound_engine::EventTime;

use super::event::{Fed, Sink, Tally};

/// How long an input is held for one that should have come before it. What comes later than
/// this after its time is no straggler but a wrong time.
const LATE_MS: i64 = 60_000;
/// A leap ahead by more is believed only when the next input goes along.
const LEAP_MS: i64 = 10 * 60_000;
/// Logs are seldom silent for longer: a greater leap is a wrong time, unless …
pub const SILENCE_MS: i64 = 31 * 86_400_000;
/// … so many inputs in a row go along.
const GO_ALONG: usize = 5;
/// Inputs held at most, more than the busiest chats write in that time; then the earliest goes on
/// early.
const HELD: usize = 100_000;

/// Sorts inputs on their way to a sink.
#[derive(Debug, Default)]
pub struct Order {
    held: BTreeMap<EventTime, VecDeque<Fed>>,
    count: usize,
    newest: Option<EventTime>,
    doubtful: Option<Fed>,
    /// What comes after a leap of more than [`SILENCE_MS`], in a row.
    far: Vec<Fed>,
    accepted: u64,
}

impl Order {
    /// Takes one input; gives `out` those whose turn has come.
    pub fn push(&mut self, fed: Fed, tally: &mut Tally, out: &mut Sink<'_>) {
        if let Some(doubtful) = self.doubtful.take() {
            if doubtful.at.ms_since(fed.at) <= LATE_MS {
                self.accept(doubtful, tally, out);
            } else {
                tally.misdated += 1;
            }
        }
        if self.far.last().is_some_and(|far| !goes_along(far, &fed)) {
            tally.misdated += self.far.drain(..).len() as u64;
        }
        match self.newest.map(|newest| fed.at.ms_since(newest)) {
            Some(ahead) if ahead > SILENCE_MS => {
                self.far.push(fed);
                if self.far.len() >= GO_ALONG {
                    self.leap(tally, out);
                }
            }
            Some(ahead) if ahead <= LEAP_MS => self.accept(fed, tally, out),
            _ => self.doubtful = Some(fed),
        }
    }

    /// The log goes on after a long silence; a single input before it had the wrong time.
    fn leap(&mut self, tally: &mut Tally, out: &mut Sink<'_>) {
        if self.accepted == 1 {
            tally.misdated += self.count as u64;
            (self.held, self.count, self.accepted) = (BTreeMap::new(), 0, 0);
        }
        for fed in std::mem::take(&mut self.far) {
            self.accept(fed, tally, out);
        }
    }

    /// Gives `out` what is left; says how many it was given in all.
    pub fn finish(mut self, tally: &mut Tally, out: &mut Sink<'_>) -> u64 {
        tally.misdated += self.far.len() as u64;
        if let Some(doubtful) = self.doubtful.take() {
            self.accept(doubtful, tally, out);
        }
        for fed in self.held.into_values().flatten() {
            out(fed);
        }
        self.accepted
    }

    fn accept(&mut self, fed: Fed, tally: &mut Tally, out: &mut Sink<'_>) {
        let newest = self.newest.map_or(fed.at, |newest| newest.max(fed.at));
        if newest.ms_since(fed.at) > LATE_MS {
            tally.misdated += 1;
            return;
        }
        self.newest = Some(newest);
        self.accepted += 1;
        self.held.entry(fed.at).or_default().push_back(fed);
        self.count += 1;
        while let Some(mut first) = self.held.first_entry() {
            if self.count <= HELD && newest.ms_since(*first.key()) <= LATE_MS {
                return;
            }
            if let Some(fed) = first.get_mut().pop_front() {
                self.count -= 1;
                out(fed);
            }
            if first.get().is_empty() {
                first.remove();
            }
        }
    }
}

/// Why chat can't be used of which `read` lines came about in order and `misdated` did not, where those are
/// the most: what is left would be the chat of another stream.
#[must_use]
pub fn why_no_order(read: u64, misdated: u64) -> Option<String> {
    let all = read + misdated;
    (misdated > read).then(|| {
        format!(
            "{misdated} of {all} messages are far out of the order of time: is the newest first, sort them by time; are these several logs in one, take them apart"
        )
    })
}

/// Whether an input comes about where the one before it was, and not long after.
fn goes_along(before: &Fed, fed: &Fed) -> bool {
    (-LATE_MS..=LEAP_MS).contains(&fed.at.ms_since(before.at))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ordered(times: &[i64]) -> (Vec<i64>, u64) {
        let (mut order, mut tally, mut out) = (Order::default(), Tally::default(), Vec::new());
        let mut sink = |fed: Fed| out.push(fed.at.0);
        for at in times {
            order.push(Fed::message(*at, None, String::new()), &mut tally, &mut sink);
        }
        let read = order.finish(&mut tally, &mut sink);
        assert_eq!(read, out.len() as u64);
        (out, tally.misdated)
    }

    #[test]
    fn disorder() {
        let check = |times: &[i64], expected: &[i64], misdated| {
            assert_eq!(ordered(times), (expected.to_vec(), misdated), "{times:?}");
        };
        check(&[], &[], 0);
        check(&[7], &[7], 0);
        check(&[-2000, 1000, 0, 2000], &[-2000, 0, 1000, 2000], 0);
        // One wild time, first, in the middle, last.
        check(&[900_000_000_000, 0, 1], &[0, 1], 1);
        check(&[0, 1, 900_000_000_000, 2], &[0, 1, 2], 1);
        check(&[0, 1, 700_000, 2], &[0, 1, 2], 1);
        check(&[0, 1, 900_000_000_000], &[0, 1], 1);
        // A pause of twenty minutes.
        check(&[0, 1_200_000, 1_201_000], &[0, 1_200_000, 1_201_000], 0);
        // Up to a minute late, and far too late.
        check(&[0, 70_000, 10_000, 71_000], &[0, 10_000, 70_000, 71_000], 0);
        check(&[0, 100_000, 1000, 101_000], &[0, 100_000, 101_000], 1);
        check(&[i64::MAX, i64::MIN], &[i64::MIN], 1);
    }

    #[test]
    fn a_log_goes_on_after_a_long_silence() {
        let far = 40 * 86_400_000;
        let evening = |begin: i64| (0..8).map(move |n| begin + n * 1000);
        let both: Vec<i64> = evening(0).chain(evening(far)).collect();
        assert_eq!(ordered(&both), (both.clone(), 0));
        // A few wrong times are still wrong, wherever they are.
        let wild = [far, far + 1, far + 2, far + 3];
        for at in 2..8 {
            let mut times: Vec<i64> = evening(0).collect();
            times.splice(at..at, wild);
            assert_eq!(ordered(&times), (evening(0).collect(), 4), "{at}");
        }
        // One time of 0 before those of a wall clock.
        let times: Vec<i64> = [0].into_iter().chain(evening(far)).collect();
        assert_eq!(ordered(&times), (evening(far).collect(), 1));
    }

    #[test]
    fn what_is_held_has_a_bound() {
        let mut order = Order::default();
        let (mut tally, mut out) = (Tally::default(), 0_usize);
        for _ in 0..3 * HELD {
            order.push(Fed::message(5, None, String::new()), &mut tally, &mut |_| out += 1);
        }
        assert!(order.count <= HELD && out + order.count + 1 >= 3 * HELD);
    }

    proptest! {
        #[test]
        fn small_disorder_loses_nothing(steps in proptest::collection::vec((0_i64..3000, -29_000_i64..29_000), 0..200)) {
            let mut base = 0;
            let times: Vec<i64> = steps.iter().map(|(step, jitter)| { base += step; base + jitter }).collect();
            let mut expected = times.clone();
            expected.sort_unstable();
            prop_assert_eq!(ordered(&times), (expected, 0));
        }
    }
}

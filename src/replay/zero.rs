//! Puts inputs on the file's own clock: where it has only wall time, its zero is the
//! first message. Pure.

use std::collections::VecDeque;

use cliphound_engine::EventTime;

use super::event::{Fed, Sink};

/// Times from here on (three years) are wall times: no stream is that long.
const WALL_MS: i64 = 3 * 365 * 86_400_000;
/// Inputs held until the first message comes; then the oldest are let go.
const HELD: usize = 1000;

/// Counts times from the first message, when they are wall times.
#[derive(Debug, Default)]
pub struct Zero {
    zero: Option<EventTime>,
    held: VecDeque<Fed>,
}

impl Zero {
    /// Takes one input, in the order of time; gives it to `out` on the file's clock.
    pub fn push(&mut self, fed: Fed, out: &mut Sink<'_>) {
        if self.zero.is_none() && fed.is_message() {
            self.zero = Some(EventTime(if fed.at.0 >= WALL_MS { fed.at.0 } else { 0 }));
        }
        self.held.push_back(fed);
        let Some(zero) = self.zero else {
            if self.held.len() > HELD {
                self.held.pop_front();
            }
            return;
        };
        for mut fed in self.held.drain(..) {
            fed.at = EventTime(fed.at.ms_since(zero));
            out(fed);
        }
    }
}

#[cfg(test)]
mod tests {
    use cliphound_engine::Input;

    use super::*;

    fn check(times: &[i64], events_before: &[i64], expected: &[i64]) {
        let (mut zero, mut out) = (Zero::default(), Vec::new());
        let events = events_before.iter().map(|at| Fed {
            at: EventTime(*at),
            channel: None,
            input: Input::ChatCleared,
        });
        let messages = times.iter().map(|at| Fed::message(*at, None, String::new()));
        for fed in events.chain(messages) {
            zero.push(fed, &mut |fed| out.push(fed.at.0));
        }
        assert_eq!(out, expected);
    }

    #[test]
    fn zeros() {
        check(&[3000, 4000], &[], &[3000, 4000]);
        check(&[-3000, 4000], &[], &[-3000, 4000]);
        check(&[1_714_586_405_123, 1_714_586_406_123], &[1_714_586_405_000], &[-123, 0, 1000]);
        check(&[], &[5], &[]);
    }
}

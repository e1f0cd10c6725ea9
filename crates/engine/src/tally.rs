//! The figures of five seconds, for the records.

use cliphound_work::steps;

use crate::{effect::Window, score::hybrid::score, time::EventTime};

/// Length of a record's window.
pub const TALLY_MS: i64 = 5000;
/// People counted within five seconds at most.
const MOST_PEOPLE: usize = 8192;

/// Counts what came since the last record.
#[derive(Debug, Default)]
pub struct Tally {
    messages: u32,
    /// Messages since the last second.
    this_second: u32,
    /// Who wrote each line: told apart when they are counted, and when they become too many.
    people: Vec<u64>,
    sentiment: f32,
    /// Highest figure, nats.
    nats: f32,
}

impl Tally {
    /// Takes a message.
    pub fn message(&mut self, person: u64, sentiment: f32) {
        self.messages += 1;
        self.this_second += 1;
        self.sentiment += sentiment;
        self.people.push(person);
        if self.people.len() == 2 * MOST_PEOPLE {
            self.tell_apart();
        }
    }

    fn tell_apart(&mut self) {
        steps(self.people.len());
        self.people.sort_unstable();
        self.people.dedup();
        self.people.truncate(MOST_PEOPLE);
    }

    /// Takes a second's figure in nats; gives the messages of that second.
    pub fn second(&mut self, nats: f32) -> u32 {
        self.nats = self.nats.max(nats);
        std::mem::take(&mut self.this_second)
    }

    /// The figures since the last record, and starts anew.
    pub fn take(&mut self, end: EventTime, threshold: f32, viewers: Option<u32>) -> Window {
        self.tell_apart();
        let mean = if self.messages == 0 { 0.0 } else { self.sentiment / self.messages as f32 };
        let window = Window {
            end,
            messages: self.messages,
            chatters: u32::try_from(self.people.len()).unwrap_or(u32::MAX),
            score: score(self.nats),
            threshold,
            sentiment: mean,
            viewers,
        };
        self.people.clear();
        (self.messages, self.sentiment, self.nats) = (0, 0.0, 0.0);
        window
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_person_counts_once_and_so_many_at_most() {
        let mut tally = Tally::default();
        let mut counted = |lines: u64, people: u64| {
            (0..lines).for_each(|n| tally.message(n % people, 0.0));
            tally.take(EventTime(0), 0.0, None).chatters
        };
        assert_eq!([counted(9, 3), counted(50_000, 8_000), counted(0, 1)], [3, 8_000, 0]);
        assert_eq!([counted(10_000, 10_000), counted(50_000, 20_000)], [8_192, 8_192]);
        assert_eq!(counted(16_384, 1), 1);
    }
}

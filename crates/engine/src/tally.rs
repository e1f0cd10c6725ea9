//! The figures of five seconds, for the records.

use std::collections::HashSet;

use foldhash::fast::FixedState;

use crate::{effect::Window, score::hybrid::score, time::EventTime};

/// Length of a record's window.
pub const TALLY_MS: i64 = 5000;
/// People told apart within five seconds.
const MOST_PEOPLE: usize = 8192;

/// Counts what came since the last record.
#[derive(Debug)]
pub struct Tally {
    messages: u32,
    /// Messages since the last second.
    this_second: u32,
    people: HashSet<u64, FixedState>,
    sentiment: f32,
    /// Highest figure, nats.
    nats: f32,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            messages: 0,
            this_second: 0,
            people: HashSet::with_hasher(FixedState::with_seed(0)),
            sentiment: 0.0,
            nats: 0.0,
        }
    }
}

impl Tally {
    /// Takes a message.
    pub fn message(&mut self, person: u64, sentiment: f32) {
        self.messages += 1;
        self.this_second += 1;
        self.sentiment += sentiment;
        if self.people.len() < MOST_PEOPLE {
            self.people.insert(person);
        }
    }

    /// Takes a second's figure in nats; gives the messages of that second.
    pub fn second(&mut self, nats: f32) -> u32 {
        self.nats = self.nats.max(nats);
        std::mem::take(&mut self.this_second)
    }

    /// The figures since the last record, and starts anew.
    pub fn take(&mut self, end: EventTime, threshold: f32, viewers: Option<u32>) -> Window {
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

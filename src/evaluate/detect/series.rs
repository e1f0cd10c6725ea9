//! A stream second by second, as the simple detectors see it. Pure.

use std::collections::{BTreeMap, VecDeque};

use cliphound_engine::{Input, hash::fnv1a};

use crate::replay::event::Fed;

/// Length of the trailing window, seconds.
const WINDOW_S: i64 = 15;

/// Messages and distinct chatters of the trailing 15 s, a second each.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Series {
    /// End of the first second.
    pub first_s: i64,
    /// Messages in the window that ends there and every second after.
    pub messages: Vec<u32>,
    /// Distinct chatters in the same windows; nameless messages each have their own.
    pub chatters: Vec<u32>,
}

impl Series {
    /// The series of `chat`, which is in the order of time. It goes on for a window after the end.
    #[must_use]
    pub fn new(chat: &[Fed]) -> Self {
        let (Some(first), Some(last)) = (chat.first(), chat.last()) else { return Self::default() };
        let first_s = first.at.0.div_euclid(1000) + 1;
        let last_s = last.at.0.div_euclid(1000) + WINDOW_S;
        let mut series = Self { first_s, ..Self::default() };
        let mut coming = chat.iter().enumerate().peekable();
        let (mut window, mut people) = (VecDeque::new(), BTreeMap::<u64, u32>::new());
        for end_s in first_s..=last_s {
            // A message at the very end of a second belongs to the next, as in the engine.
            while let Some((index, fed)) = coming.next_if(|(_, fed)| fed.at.0 < end_s * 1000) {
                let Input::Message(message) = &fed.input else { continue };
                let person = message.user.as_ref().map_or(index as u64, |u| fnv1a(u.as_bytes()));
                *people.entry(person).or_default() += 1;
                window.push_back((fed.at.0, person));
            }
            while let Some((_, person)) =
                window.pop_front_if(|(at, _)| *at < (end_s - WINDOW_S) * 1000)
            {
                if let Some(lines) = people.get_mut(&person) {
                    *lines -= 1;
                    if *lines == 0 {
                        people.remove(&person);
                    }
                }
            }
            series.messages.push(window.len() as u32);
            series.chatters.push(people.len() as u32);
        }
        series
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::stream::tests::stream;

    #[test]
    fn windows_trail() {
        let chat = stream(&[(500, "a", "x"), (1000, "a", "x"), (1500, "b", "x")], &[]).chat;
        let series = Series::new(&chat);
        assert_eq!(series.first_s, 1);
        assert_eq!(series.messages, [1, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 2]);
        assert_eq!(series.chatters, [1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2]);
        assert_eq!(Series::new(&[]), Series::default());
    }
}

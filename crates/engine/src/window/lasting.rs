//! Wordings that last: a reaction is over within seconds, a raffle's keyword goes on for minutes.

use cliphound_work::steps;

use crate::time::EventTime;

/// People who have to be on a wording before others can join in: as many as a moment needs.
const PEOPLE: usize = 3;
/// They have to be on it for so long: in less, real reactions are doubted, too (6 s: P@10 -0.01).
const LASTS_MS: i64 = 8_000;
/// A wording that nobody says for so long has ended.
const PAUSE_MS: i64 = 30_000;
/// Wordings that are followed, 41 KB. Two in one place hinder each other.
const PLACES: usize = 1_024;

/// The wordings of the last half minute and who began each.
#[derive(Debug)]
pub struct Lasting {
    places: Vec<Said>,
}

/// A wording and the first people on it.
#[derive(Debug, Clone, Copy)]
struct Said {
    key: u64,
    first: [u32; PEOPLE],
    /// How many of `first` are known; none in an empty place.
    people: u32,
    /// When the newest of `first` joined.
    since: EventTime,
    last: EventTime,
}

impl Default for Lasting {
    fn default() -> Self {
        let never = EventTime(i64::MIN / 2);
        let empty = Said { key: 0, first: [0; PEOPLE], people: 0, since: never, last: never };
        Self { places: vec![empty; PLACES] }
    }
}

impl Lasting {
    /// Notes that a person says a wording; true when three others began it 8 s ago or earlier
    /// and nobody paused for 30 s since.
    pub fn says(&mut self, now: EventTime, key: u64, person: u64) -> bool {
        steps(1);
        let (said, person) = (&mut self.places[place(key)], short(person));
        let goes_on = now.ms_since(said.last) < PAUSE_MS;
        if said.key != key || !goes_on {
            // Many are on what is there: it stays, or busy chats would never know a keyword.
            if !(goes_on && said.people as usize == PEOPLE) {
                *said = Said { key, first: [person; PEOPLE], people: 1, since: now, last: now };
            }
            return false;
        }
        said.last = now;
        let people = said.people as usize;
        if said.first[..people].contains(&person) {
            return false;
        }
        if people < PEOPLE {
            said.first[people] = person;
            (said.people, said.since) = (said.people + 1, now);
            return false;
        }
        now.ms_since(said.since) >= LASTS_MS
    }
}

/// Where a wording is followed.
fn place(key: u64) -> usize {
    // The high bits of a product are the good ones.
    (key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 54) as usize
}

/// A person, in half of the room: one in four thousand million is taken for another.
fn short(person: u64) -> u32 {
    (person.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Who joined in, of (second, person) in order, all in one wording.
    fn joined(said: &[(i64, u64)]) -> Vec<u64> {
        let mut lasting = Lasting::default();
        let mut joins = |&(s, person): &(i64, u64)| {
            lasting.says(EventTime(s * 1000), 7, person).then_some(person)
        };
        said.iter().filter_map(&mut joins).collect()
    }

    #[test]
    fn who_comes_when_three_were_on_it_for_long_joins_in() {
        assert_eq!(joined(&[(0, 1), (1, 2), (2, 3), (8, 4), (9, 5), (10, 6), (11, 1)]), [6]);
    }

    #[test]
    fn a_burst_is_nobodys_joining_in() {
        let burst: Vec<(i64, u64)> = (0..100).map(|n| (n as i64 / 13, n)).collect();
        assert_eq!(joined(&burst), [0; 0]);
    }

    #[test]
    fn one_who_goes_on_alone_does_not_begin_it() {
        let alone: Vec<(i64, u64)> = (0..60).map(|s| (s, s as u64 % 2)).collect();
        let others = [(60, 8), (61, 9), (67, 10)];
        assert_eq!(joined(&[alone.as_slice(), &others].concat()), [0; 0]);
    }

    #[test]
    fn a_pause_ends_it() {
        assert_eq!(joined(&[(0, 1), (1, 2), (2, 3), (31, 4), (61, 5), (62, 6)]), [4]);
    }

    #[test]
    fn many_on_one_wording_are_not_driven_out_by_others() {
        let mut lasting = Lasting::default();
        let other = (8..).find(|key| place(*key) == place(7)).expect("1,024 places");
        for (s, key, person) in [(0, other, 9), (0, 7, 1), (1, 7, 2), (2, 7, 3), (3, other, 9)] {
            assert!(!lasting.says(EventTime(s * 1000), key, person));
        }
        assert!(lasting.says(EventTime(17_000), 7, 4));
        assert!(!lasting.says(EventTime(60_000), other, 9));
        assert!(!lasting.says(EventTime(61_000), 7, 5), "the pause has let the other in");
    }
}

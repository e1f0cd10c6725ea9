//! A flood: thousands of people write into one channel at once. Pure.

use std::sync::Arc;

use rand::{Rng, RngExt};

use super::guest;
use crate::chat::{ChatEvent, Line, Standing, emotes_in, uuid};

/// A flood that goes on.
#[derive(Debug)]
pub(crate) struct Flood {
    pub login: String,
    from_ms: i64,
    until_ms: i64,
    per_second: u32,
    /// Each writes again when all have.
    people: u32,
    written: u64,
}

impl Flood {
    /// So many lines a second by so many people, for so many seconds.
    pub fn new(
        login: String,
        (per_second, people): (u32, u32),
        from_ms: i64,
        seconds: i64,
    ) -> Self {
        let until_ms = from_ms + seconds * 1000;
        Self { login, from_ms, until_ms, per_second, people: people.max(1), written: 0 }
    }

    pub fn is_over(&self) -> bool {
        self.written >= self.due(self.until_ms)
    }

    /// What is written before a time and was not given out yet, so many lines `at_most`: the rest
    /// comes later, with the times at which it was written.
    pub fn advance(
        &mut self,
        now_ms: i64,
        at_most: u64,
        rng: &mut impl Rng,
    ) -> Vec<(i64, ChatEvent)> {
        let written = self.written;
        let due = self.due(now_ms.min(self.until_ms)).clamp(written, written + at_most);
        self.written = due;
        let people = u64::from(self.people);
        (written..due).map(|number| (self.at_ms(number), line(number, people, rng))).collect()
    }

    /// Lines that are written before a time.
    fn due(&self, at_ms: i64) -> u64 {
        u64::try_from(at_ms - self.from_ms).unwrap_or(0) * u64::from(self.per_second) / 1000
    }

    fn at_ms(&self, number: u64) -> i64 {
        self.from_ms + (number * 1000 / u64::from(self.per_second.max(1))).cast_signed()
    }
}

/// Of three, one says what all say, one something of their own, one an emote of their own.
fn line(number: u64, people: u64, rng: &mut impl Rng) -> ChatEvent {
    let who = number % people;
    let text = match number % 3 {
        0 => "LUL LUL LUL".to_owned(),
        1 => format!("wave {number} {:x}", rng.random::<u32>()),
        _ => format!("{}Hype wave", in_letters(who)),
    };
    let author = guest(&format!("wave_{who}"), Standing::Viewer);
    ChatEvent::Line(Line {
        id: uuid(rng.random()),
        author: Arc::new(author),
        emotes: emotes_in(&text),
        text,
        first: false,
        action: false,
        bits: 0,
        source_room: None,
    })
}

/// A number in small letters, another text for each, as an emote's prefix may have.
fn in_letters(number: u64) -> String {
    number
        .to_string()
        .bytes()
        .map(|digit| char::from(digit - b'0' + b'a'))
        .chain("wave".chars())
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use rand::SeedableRng;
    use rand_pcg::Pcg64Mcg;

    use super::*;

    fn check(at_most: u64) {
        let mut rng = Pcg64Mcg::seed_from_u64(1);
        let mut flood = Flood::new("a".to_owned(), (5_000, 20_000), 1_000, 2);
        let mut times = Vec::new();
        for now_ms in (1_000..9_000).step_by(50) {
            let came = flood.advance(now_ms, at_most, &mut rng);
            assert!(came.len() as u64 <= at_most);
            times.extend(came.into_iter().map(|(at_ms, _)| at_ms));
            assert_eq!(flood.is_over(), times.len() == 10_000);
        }
        assert_eq!((times.len(), times[0], times[9_999]), (10_000, 1_000, 2_999));
        assert!(times.is_sorted());
    }

    #[test]
    fn so_many_lines_a_second_come_in_order_and_then_no_more() {
        check(1_000);
        // They come later where the readers do not keep up.
        check(100);
    }

    #[test]
    fn everybody_is_somebody_else_until_all_have_written() {
        let mut rng = Pcg64Mcg::seed_from_u64(1);
        let mut flood = Flood::new("a".to_owned(), (3_000, 2_000), 0, 1);
        let (mut people, mut emotes) = (BTreeMap::new(), BTreeSet::new());
        for (_, event) in flood.advance(1_000, u64::MAX / 2, &mut rng) {
            let ChatEvent::Line(line) = event else { unreachable!("only lines") };
            *people.entry(line.author.login.clone()).or_insert(0) += 1;
            emotes.extend(line.emotes.into_iter().map(|emote| emote.id));
        }
        let twice = people.values().filter(|&&lines| lines == 2).count();
        assert_eq!((people.len(), twice), (2_000, 1_000));
        assert!(emotes.len() > 900, "{}", emotes.len());
    }
}

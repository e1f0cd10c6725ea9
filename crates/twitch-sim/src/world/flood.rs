//! A flood: thousands of people write into one channel at once. Pure.

use std::sync::Arc;

use rand::{Rng, RngExt};

use super::guest;
use crate::chat::{ChatEvent, Line, Standing, emotes_in, uuid};

/// People in a flood; each writes again when all have.
const PEOPLE: u64 = 20_000;

/// A flood that goes on.
#[derive(Debug)]
pub(crate) struct Flood {
    pub login: String,
    from_ms: i64,
    until_ms: i64,
    per_second: u32,
    written: u64,
}

impl Flood {
    pub fn new(login: String, per_second: u32, from_ms: i64, seconds: i64) -> Self {
        Self { login, from_ms, until_ms: from_ms + seconds * 1000, per_second, written: 0 }
    }

    pub fn is_over(&self, now_ms: i64) -> bool {
        now_ms >= self.until_ms
    }

    /// What is written before a time and was not given out yet.
    pub fn advance(&mut self, now_ms: i64, rng: &mut impl Rng) -> Vec<(i64, ChatEvent)> {
        let passed_ms = now_ms.min(self.until_ms) - self.from_ms;
        let due = u64::try_from(passed_ms).unwrap_or(0) * u64::from(self.per_second) / 1000;
        let written = self.written;
        self.written = due.max(written);
        (written..due).map(|number| (self.at_ms(number), line(number, rng))).collect()
    }

    fn at_ms(&self, number: u64) -> i64 {
        self.from_ms + (number * 1000 / u64::from(self.per_second.max(1))).cast_signed()
    }
}

/// Every third says the same; the others say something of their own.
fn line(number: u64, rng: &mut impl Rng) -> ChatEvent {
    let text = match number % 3 {
        0 => "LUL LUL LUL".to_owned(),
        _ => format!("wave {number} {:x}", rng.random::<u32>()),
    };
    let author = guest(&format!("wave_{}", number % PEOPLE), Standing::Viewer);
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

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_pcg::Pcg64Mcg;

    use super::*;

    #[test]
    fn so_many_lines_a_second_come_in_order_and_then_no_more() {
        let mut rng = Pcg64Mcg::seed_from_u64(1);
        let mut flood = Flood::new("a".to_owned(), 5_000, 1_000, 2);
        let mut times = Vec::new();
        for now_ms in (1_000..9_000).step_by(50) {
            times.extend(flood.advance(now_ms, &mut rng).into_iter().map(|(at_ms, _)| at_ms));
        }
        assert_eq!((times.len(), times[0], times[9_999]), (10_000, 1_000, 2_999));
        assert!(times.is_sorted() && flood.is_over(3_000) && !flood.is_over(2_999));
    }
}

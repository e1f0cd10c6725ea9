//! One trailing window: who spoke in the last seconds, and how.

use std::collections::{HashMap, VecDeque, hash_map::Entry};

use foldhash::fast::FixedState;

use super::{
    spread::{People, Spread},
    wording::Wording,
};
use crate::{text::TextFeatures, time::EventTime};

/// Lines of one person that count within one window: more say nothing about the audience.
const LINES_A_PERSON: usize = 3;
/// Lines kept in one window at most; in a busier chat the oldest go first.
const MOST_LINES: usize = 8192;

/// One line in the window.
#[derive(Debug, Clone)]
pub struct Line {
    /// When it was written.
    pub at: EventTime,
    /// Who wrote it: a hash of the login, or a number of its own.
    pub person: u64,
    /// It is the first line that this person was heard with.
    pub first: bool,
    /// Hash of Twitch's message id; 0 when there is none.
    pub id: u64,
    /// What it says.
    pub text: TextFeatures,
    /// How it says it, if it is short: shown, and never decides.
    pub wording: Wording,
}

/// What is in the window now.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Counts {
    /// Distinct people.
    pub chatters: u32,
    /// Distinct people, each counted by the briefest of his lines (see [`TextFeatures::brevity`]).
    pub reactions: f32,
    /// Lines, at most three of one person.
    pub messages: u32,
    /// Distinct people on the emote that most people are on.
    pub top_emote: u32,
    /// Distinct people on the plain text that most people are on (see [`TextFeatures::is_plain`]):
    /// many on one emote are a reaction, many on one word may be a raffle.
    pub top_text: u32,
    /// People whose first line is in the window and plain.
    pub newcomers: u32,
    /// Distinct people who laugh.
    pub laughing: u32,
    /// Distinct people who are loud or show an emote of excitement.
    pub excited: u32,
    /// Mean length of a line in characters; 0 when empty.
    pub length: f32,
    /// Mean valence of the lines, -1 to 1; 0 when empty.
    pub sentiment: f32,
}

/// Lines of one person in the window.
#[derive(Debug, Clone, Copy, Default)]
struct Person {
    lines: usize,
    /// Brevity of each line, in 1 / [`BREVITY_UNIT`].
    brevity: [u32; LINES_A_PERSON],
    /// Key of each line that is plain.
    plain: [Option<u64>; LINES_A_PERSON],
    laughing: u8,
    excited: u8,
}

/// Brevities are summed as whole numbers, which add up to the same in any order.
const BREVITY_UNIT: f32 = 65_536.0;

impl Person {
    fn briefest(&self) -> u32 {
        self.brevity[..self.lines].iter().copied().max().unwrap_or(0)
    }

    /// Whether one of his plain lines has this key.
    fn says(&self, key: u64) -> bool {
        self.plain[..self.lines].contains(&Some(key))
    }

    fn add(&mut self, brevity: u32, plain: Option<u64>) {
        self.brevity[self.lines] = brevity;
        self.plain[self.lines] = plain;
        self.lines += 1;
    }

    fn remove(&mut self, brevity: u32, plain: Option<u64>) {
        let is_it = |i: &usize| self.brevity[*i] == brevity && self.plain[*i] == plain;
        let at = (0..self.lines).find(is_it).unwrap_or(0);
        self.brevity.copy_within(at + 1..self.lines, at);
        self.plain.copy_within(at + 1..self.lines, at);
        self.lines -= 1;
    }
}

/// The lines of the last `span_ms` milliseconds.
#[derive(Debug)]
pub struct Trailing {
    span_ms: i64,
    lines: VecDeque<Line>,
    people: HashMap<u64, Person, FixedState>,
    emotes: Spread,
    texts: People,
    /// Sum over people of their briefest line, in 1 / [`BREVITY_UNIT`].
    reactions: u64,
    newcomers: u32,
    laughing: u32,
    excited: u32,
    length: u64,
    /// Sum of valences in thousandths: whole numbers add up to the same in any order.
    sentiment: i64,
}

impl Trailing {
    /// An empty window of so many milliseconds.
    #[must_use]
    pub fn new(span_ms: i64) -> Self {
        Self {
            span_ms,
            lines: VecDeque::new(),
            people: HashMap::with_hasher(FixedState::with_seed(0)),
            emotes: Spread::default(),
            texts: People::default(),
            reactions: 0,
            newcomers: 0,
            laughing: 0,
            excited: 0,
            length: 0,
            sentiment: 0,
        }
    }

    /// Takes a line; lines come in the order of their times.
    pub fn add(&mut self, line: Line) {
        let person = self.people.entry(line.person).or_default();
        if person.lines >= LINES_A_PERSON {
            return;
        }
        let plain = plain_key(&line);
        if let Some(key) = plain {
            self.newcomers += u32::from(line.first);
            if !person.says(key) {
                self.texts.join(key);
            }
        }
        self.reactions -= u64::from(person.briefest());
        person.add(brevity_units(&line), plain);
        self.reactions += u64::from(person.briefest());
        if line.text.laughs {
            person.laughing += 1;
            self.laughing += u32::from(person.laughing == 1);
        }
        if line.text.excited {
            person.excited += 1;
            self.excited += u32::from(person.excited == 1);
        }
        for emote in &line.text.emotes {
            self.emotes.add(emote.hash, line.person);
        }
        self.length += u64::from(line.text.length);
        self.sentiment += thousandths(line.text.sentiment);
        self.lines.push_back(line);
        if self.lines.len() > MOST_LINES {
            self.drop_oldest();
        }
    }

    /// Lets go of what is older than the span at `now`: kept are times in (now - span, now].
    pub fn advance(&mut self, now: EventTime) {
        while self.lines.front().is_some_and(|line| line.at <= now - self.span_ms) {
            self.drop_oldest();
        }
    }

    /// Takes out what was deleted from chat: the lines for which `gone` holds.
    pub fn forget(&mut self, gone: impl Fn(&Line) -> bool) {
        let (out, kept): (Vec<Line>, Vec<Line>) = self.lines.drain(..).partition(gone);
        self.lines.extend(kept);
        for line in &out {
            self.uncount(line);
        }
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        *self = Self::new(self.span_ms);
    }

    /// What is in the window.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let lines = self.lines.len();
        let mean = |sum: f64| if lines == 0 { 0.0 } else { (sum / lines as f64) as f32 };
        Counts {
            chatters: count(self.people.len()),
            reactions: self.reactions as f32 / BREVITY_UNIT,
            messages: count(lines),
            top_emote: self.emotes.top(),
            top_text: self.texts.top(),
            newcomers: self.newcomers,
            laughing: self.laughing,
            excited: self.excited,
            length: mean(self.length as f64),
            sentiment: mean(self.sentiment as f64 / 1000.0),
        }
    }

    /// The emote that most people are on; of equals the first by name.
    #[must_use]
    pub fn top_emote(&self) -> Option<&str> {
        let most = self.emotes.top();
        self.lines
            .iter()
            .flat_map(|line| &line.text.emotes)
            .filter(|emote| self.emotes.people_on(emote.hash) == most)
            .map(|emote| &*emote.name)
            .min()
    }

    /// The lines, the oldest first.
    pub(super) fn lines(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter()
    }

    fn drop_oldest(&mut self) {
        if let Some(line) = self.lines.pop_front() {
            self.uncount(&line);
        }
    }

    fn uncount(&mut self, line: &Line) {
        let plain = plain_key(line);
        self.newcomers -= u32::from(line.first && plain.is_some());
        if let Entry::Occupied(mut entry) = self.people.entry(line.person) {
            let person = entry.get_mut();
            self.reactions -= u64::from(person.briefest());
            person.remove(brevity_units(line), plain);
            self.reactions += u64::from(person.briefest());
            if let Some(key) = plain.filter(|key| !person.says(*key)) {
                self.texts.leave(key);
            }
            if line.text.laughs {
                person.laughing -= 1;
                self.laughing -= u32::from(person.laughing == 0);
            }
            if line.text.excited {
                person.excited -= 1;
                self.excited -= u32::from(person.excited == 0);
            }
            if person.lines == 0 {
                entry.remove();
            }
        }
        for emote in &line.text.emotes {
            self.emotes.remove(emote.hash, line.person);
        }
        self.length -= u64::from(line.text.length);
        self.sentiment -= thousandths(line.text.sentiment);
    }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// Key of a line in plain words.
fn plain_key(line: &Line) -> Option<u64> {
    line.text.is_plain().then_some(line.text.key)
}

fn brevity_units(line: &Line) -> u32 {
    (line.text.brevity * BREVITY_UNIT) as u32
}

fn thousandths(valence: f32) -> i64 {
    (valence * 1000.0) as i64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::text;

    fn line(at: i64, person: u64, text: &str) -> Line {
        let first = at % 3 == 0;
        let wording = Wording::of(text);
        Line { at: EventTime(at), person, first, id: 0, text: text::read(text, &[]), wording }
    }

    #[test]
    fn a_flood_by_one_person_is_three_lines() {
        let mut window = Trailing::new(15_000);
        for i in 0..100 {
            window.add(line(i * 50, 1, "KEKW"));
        }
        let counts = window.counts();
        assert_eq!((counts.chatters, counts.messages, counts.top_emote), (1, 3, 1));
    }

    #[test]
    fn the_top_emote_is_by_people_not_by_lines() {
        let mut window = Trailing::new(15_000);
        for (person, text) in [(1, "LUL LUL LUL"), (1, "LUL"), (2, "KEKW"), (3, "KEKW")] {
            window.add(line(0, person, text));
        }
        assert_eq!((window.top_emote(), window.counts().top_emote), (Some("KEKW"), 2));
    }

    #[test]
    fn what_was_deleted_does_not_count() {
        let mut window = Trailing::new(15_000);
        for (person, text) in [(1, "lol"), (2, "lol"), (1, "yes"), (2, "yes")] {
            window.add(line(0, person, text));
        }
        window.forget(|line| line.person == 1);
        let counts = window.counts();
        assert_eq!((counts.chatters, counts.laughing, counts.top_text), (1, 1, 1));
        assert_eq!(counts.newcomers, 1);
    }

    #[test]
    fn one_text_is_one_in_plain_words() {
        let mut window = Trailing::new(15_000);
        for person in 0..5 {
            window.add(line(1, person, "KEKW"));
            window.add(line(1, person, ["raffle", "hello"][usize::from(person > 2)]));
        }
        assert_eq!((window.counts().top_emote, window.counts().top_text), (5, 3));
    }

    proptest! {
        /// The sliding counts are those of a window counted anew.
        #[test]
        fn sliding_is_counting_anew(
            lines in prop::collection::vec((0_i64..3000, 0_u64..6, 0_usize..5), 0..80),
            span in 1_i64..20_000,
        ) {
            const TEXTS: [&str; 5] = ["lol", "KEKW LUL", "NO WAY!!", "ok", "KEKW"];
            let mut sliding = Trailing::new(span);
            let mut now = 0;
            for (step, person, text) in lines {
                now += step;
                sliding.advance(EventTime(now));
                sliding.add(line(now, person, TEXTS[text]));
                let mut anew = Trailing::new(span);
                for kept in &sliding.lines {
                    prop_assert!(kept.at > EventTime(now - span));
                    anew.add(kept.clone());
                }
                prop_assert_eq!(sliding.counts(), anew.counts());
            }
            sliding.advance(EventTime(now + span));
            prop_assert_eq!(sliding.counts(), Counts::default());
        }
    }
}

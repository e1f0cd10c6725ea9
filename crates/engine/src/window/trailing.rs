//! One trailing window: who spoke in the last seconds, and how.

use std::collections::{HashMap, hash_map::Entry};

use cliphound_work::each;
use foldhash::fast::FixedState;

use super::{lines::Lines, people::People, wording::Wording};
use crate::{text::TextFeatures, time::EventTime};

/// Lines of one person that count within one window: more say nothing about the audience.
const LINES_A_PERSON: usize = 3;
/// Lines kept in one window at most; in a busier chat the oldest go first. One that was deleted
/// keeps its place among them as long as an older one stays.
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
    /// It joins in with a plain wording that others were on long before (see [`Lasting`]).
    ///
    /// [`Lasting`]: super::Lasting
    pub joins: bool,
    /// Hash of Twitch's message id; 0 when there is none.
    pub id: u64,
    /// What it says.
    pub text: TextFeatures,
    /// How it says it, if it is short: shown, and never decides. Empty until it is in the window.
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
    /// Distinct people who join in with a plain wording that lasts.
    pub joiners: u32,
    /// Distinct people who laugh.
    pub laughing: u32,
    /// Distinct people who are loud or show an emote of excitement.
    pub excited: u32,
    /// Mean length of a line in characters; 0 when empty.
    pub length: f32,
    /// Mean valence of the lines, -1 to 1; 0 when empty.
    pub sentiment: f32,
}

/// Brevities are summed as whole numbers, which add up to the same in any order.
const BREVITY_UNIT: f32 = 65_536.0;

/// The lines of one person in the window by their numbers, the oldest first.
#[derive(Debug, Clone, Copy, Default)]
struct Person {
    lines: [u64; LINES_A_PERSON],
    count: usize,
}

impl Person {
    fn numbers(&self) -> &[u64] {
        &self.lines[..self.count]
    }

    fn add(&mut self, number: u64) {
        self.lines[self.count] = number;
        self.count += 1;
    }

    fn drop(&mut self, number: u64) {
        if let Some(at) = self.numbers().iter().position(|known| *known == number) {
            self.lines[at..self.count].rotate_left(1);
            self.count -= 1;
        }
    }
}

/// What each line says that its author says in no other line of the window, added up: a line
/// counts once more when it comes, and once less when it leaves.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    /// How much briefer lines are than the others, in 1 / [`BREVITY_UNIT`].
    reactions: i64,
    newcomers: i64,
    joiners: i64,
    laughing: i64,
    excited: i64,
    length: i64,
    /// Thousandths of valence: whole numbers add up to the same in any order.
    sentiment: i64,
}

impl Sums {
    /// Counts a line so many times more. One function for all who ask, so that the processor
    /// finds the sums as it left them.
    #[inline(never)]
    fn count<'a>(&mut self, line: &Line, others: impl Iterator<Item = &'a Line>, times: i64) {
        let (mut joins, mut laughs, mut excited) =
            (line.joins, line.text.laughs, line.text.excited);
        let mut briefest = 0;
        for other in others {
            briefest = briefest.max(brevity_units(other));
            joins &= !other.joins;
            laughs &= !other.text.laughs;
            excited &= !other.text.excited;
        }
        self.reactions += times * (brevity_units(line) - briefest).max(0);
        self.newcomers += times * i64::from(line.first && line.text.is_plain());
        self.joiners += times * i64::from(joins);
        self.laughing += times * i64::from(laughs);
        self.excited += times * i64::from(excited);
        self.length += times * i64::from(line.text.length);
        self.sentiment += times * (line.text.sentiment * 1000.0) as i64;
    }
}

/// The lines of the last `span_ms` milliseconds.
#[derive(Debug)]
pub struct Trailing {
    span_ms: i64,
    lines: Lines,
    people: HashMap<u64, Person, FixedState>,
    emotes: People,
    texts: People,
    sums: Sums,
}

impl Trailing {
    /// An empty window of so many milliseconds.
    #[must_use]
    pub fn new(span_ms: i64) -> Self {
        Self {
            span_ms,
            lines: Lines::default(),
            people: HashMap::with_hasher(FixedState::with_seed(0)),
            emotes: People::default(),
            texts: People::default(),
            sums: Sums::default(),
        }
    }

    /// Takes a line, and how it was typed; lines come in the order of their times.
    #[inline]
    pub fn add(&mut self, line: Line, typed: &str) {
        let person = self.people.entry(line.person).or_default();
        if person.count >= LINES_A_PERSON {
            return;
        }
        // What it says is read where it stays: a line that is moved at once is waited for.
        let number = self.lines.push(line, typed);
        let Some(line) = self.lines.get(number) else { return };
        let others = lines_at(&self.lines, person.numbers());
        self.sums.count(line, others.clone(), 1);
        for emote in only_emotes(line, others.clone()) {
            self.emotes.join(emote);
        }
        if let Some(text) = only_text(line, others) {
            self.texts.join(text);
        }
        person.add(number);
        if self.lines.places() > MOST_LINES
            && let Some((oldest, _)) = self.lines.oldest()
        {
            self.drop(oldest);
        }
    }

    /// Lets go of what is older than the span at `now`: kept are times in (now - span, now].
    pub fn advance(&mut self, now: EventTime) {
        let end = now - self.span_ms;
        let is_old = |(_, line): &(u64, &Line)| line.at <= end;
        while let Some((oldest, _)) = self.lines.oldest().filter(is_old) {
            self.drop(oldest);
        }
    }

    /// Takes out the lines with this id: that message was deleted from chat.
    pub fn forget(&mut self, id: u64) {
        self.lines.with_id(id).into_iter().for_each(|number| self.drop(number));
    }

    /// Takes out the lines of this person, which were deleted from chat.
    pub fn forget_person(&mut self, person: u64) {
        let Some(of_them) = self.people.get(&person).copied() else { return };
        of_them.numbers().iter().for_each(|number| self.drop(*number));
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        *self = Self::new(self.span_ms);
    }

    /// What is in the window.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let (lines, sums) = (self.lines.count(), &self.sums);
        let mean = |sum: f64| if lines == 0 { 0.0 } else { (sum / lines as f64) as f32 };
        Counts {
            chatters: count(self.people.len()),
            reactions: sums.reactions as f32 / BREVITY_UNIT,
            messages: count(lines),
            top_emote: self.emotes.top(),
            top_text: self.texts.top(),
            newcomers: count(sums.newcomers),
            joiners: count(sums.joiners),
            laughing: count(sums.laughing),
            excited: count(sums.excited),
            length: mean(sums.length as f64),
            sentiment: mean(sums.sentiment as f64 / 1000.0),
        }
    }

    /// The emote that most people are on; of equals the first by name.
    #[must_use]
    pub fn top_emote(&self) -> Option<&str> {
        let most = self.emotes.top();
        let lines = self.lines.iter();
        each(lines.flat_map(|line| &line.text.emotes))
            .filter(|emote| self.emotes.people_on(emote.hash) == most)
            .map(|emote| &*emote.name)
            .min()
    }

    /// Whether several people are on this plain text.
    #[must_use]
    pub fn is_going_around(&self, key: u64) -> bool {
        self.texts.people_on(key) > 1
    }

    /// The lines, the oldest first.
    pub(super) fn lines(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter()
    }

    fn drop(&mut self, number: u64) {
        self.discount(number);
        self.lines.remove(number);
    }

    /// Takes a line out of what is counted.
    fn discount(&mut self, number: u64) {
        let Some(line) = self.lines.get(number) else { return };
        let Entry::Occupied(mut person) = self.people.entry(line.person) else { return };
        person.get_mut().drop(number);
        let others = lines_at(&self.lines, person.get().numbers());
        self.sums.count(line, others.clone(), -1);
        for emote in only_emotes(line, others.clone()) {
            self.emotes.leave(emote);
        }
        if let Some(text) = only_text(line, others) {
            self.texts.leave(text);
        }
        if person.get().count == 0 {
            person.remove();
        }
    }
}

/// The lines with these numbers.
fn lines_at<'a>(lines: &'a Lines, numbers: &'a [u64]) -> impl Iterator<Item = &'a Line> + Clone {
    numbers.iter().filter_map(|number| lines.get(*number))
}

/// The emotes that the author of a line shows in it and in none of his others.
fn only_emotes<'a>(
    line: &'a Line,
    others: impl Iterator<Item = &'a Line> + Clone,
) -> impl Iterator<Item = u64> {
    let shows = |line: &Line, hash: u64| line.text.emotes.iter().any(|emote| emote.hash == hash);
    let hashes = line.text.emotes.iter().map(|emote| emote.hash);
    hashes.filter(move |hash| !others.clone().any(|other| shows(other, *hash)))
}

/// The key of a line in plain words that its author says in none of his others.
fn only_text<'a>(line: &Line, mut others: impl Iterator<Item = &'a Line>) -> Option<u64> {
    let key = plain_key(line)?;
    (!others.any(|other| plain_key(other) == Some(key))).then_some(key)
}

fn count(n: impl TryInto<u32>) -> u32 {
    n.try_into().unwrap_or(u32::MAX)
}

/// Key of a line in plain words.
fn plain_key(line: &Line) -> Option<u64> {
    line.text.is_plain().then_some(line.text.key)
}

fn brevity_units(line: &Line) -> i64 {
    (line.text.brevity * BREVITY_UNIT) as i64
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::*;
    use crate::text;

    fn line(at: i64, person: u64, text: &str) -> Line {
        let (first, joins, id) = (at % 3 == 0, at % 5 == 0, (at % 7) as u64);
        let wording = Wording::default();
        Line { at: EventTime(at), person, first, joins, id, text: text::read(text, &[]), wording }
    }

    #[test]
    fn a_flood_by_one_person_is_three_lines() {
        let mut window = Trailing::new(15_000);
        for i in 0..100 {
            window.add(line(i * 50, 1, "KEKW"), "KEKW");
        }
        let counts = window.counts();
        assert_eq!((counts.chatters, counts.messages, counts.top_emote), (1, 3, 1));
    }

    #[test]
    fn the_top_emote_is_by_people_not_by_lines() {
        let mut window = Trailing::new(15_000);
        for (person, text) in [(1, "LUL LUL LUL"), (1, "LUL"), (2, "KEKW"), (3, "KEKW")] {
            window.add(line(0, person, text), text);
        }
        assert_eq!((window.top_emote(), window.counts().top_emote), (Some("KEKW"), 2));
    }

    #[test]
    fn what_was_deleted_does_not_count() {
        let mut window = Trailing::new(15_000);
        for (person, text) in [(1, "lol"), (2, "lol"), (1, "yes"), (2, "yes")] {
            window.add(line(0, person, text), text);
        }
        window.forget_person(1);
        let counts = window.counts();
        assert_eq!((counts.chatters, counts.laughing, counts.top_text), (1, 1, 1));
        assert_eq!(counts.newcomers, 1);
    }

    #[test]
    fn what_several_write_goes_around() {
        let mut window = Trailing::new(15_000);
        for (person, text) in [(1, "gg"), (2, "gg"), (1, "nice"), (1, "nice")] {
            window.add(line(5, person, text), text);
        }
        let goes_around = |text: &str| window.is_going_around(text::read(text, &[]).key);
        assert!(goes_around("gg") && !goes_around("wow"));
        assert!(!goes_around("nice"), "one person");
    }

    #[test]
    fn one_text_is_one_in_plain_words() {
        let mut window = Trailing::new(15_000);
        for person in 0..5 {
            window.add(line(1, person, "KEKW"), "KEKW");
            let text = ["raffle", "hello"][usize::from(person > 2)];
            window.add(line(1, person, text), text);
        }
        assert_eq!((window.counts().top_emote, window.counts().top_text), (5, 3));
    }

    /// The same counts, each worked out of all lines by itself.
    fn counted_plainly(lines: &[Line]) -> Counts {
        let people = |of: &dyn Fn(&Line) -> bool| {
            let people: BTreeSet<u64> =
                lines.iter().filter(|line| of(line)).map(|line| line.person).collect();
            people.len() as u32
        };
        let briefest = |person: u64| {
            lines.iter().filter(|line| line.person == person).map(brevity_units).max().unwrap_or(0)
        };
        let everybody: BTreeSet<u64> = lines.iter().map(|line| line.person).collect();
        let reactions: i64 = everybody.into_iter().map(briefest).sum();
        let shows =
            |line: &Line, hash: u64| line.text.emotes.iter().any(|emote| emote.hash == hash);
        let on_emote = |hash| people(&|line| shows(line, hash));
        let emotes = lines.iter().flat_map(|line| &line.text.emotes);
        let keys = lines.iter().filter_map(plain_key);
        let plain_newcomer = |line: &&Line| line.first && line.text.is_plain();
        let (mut length, mut sentiment) = (0, 0);
        for line in lines {
            length += i64::from(line.text.length);
            sentiment += (line.text.sentiment * 1000.0) as i64;
        }
        let mean = |sum: f64| (sum / lines.len().max(1) as f64) as f32;
        Counts {
            chatters: people(&|_| true),
            reactions: reactions as f32 / BREVITY_UNIT,
            messages: lines.len() as u32,
            top_emote: emotes.map(|emote| on_emote(emote.hash)).max().unwrap_or(0),
            top_text: keys.map(|key| people(&|l| plain_key(l) == Some(key))).max().unwrap_or(0),
            newcomers: lines.iter().filter(plain_newcomer).count() as u32,
            joiners: people(&|line| line.joins),
            laughing: people(&|line| line.text.laughs),
            excited: people(&|line| line.text.excited),
            length: mean(length as f64),
            sentiment: mean(sentiment as f64 / 1000.0),
        }
    }

    proptest! {
        /// Lines come, leave and are deleted, each by its number alone; the counts are those of
        /// what is left.
        #[test]
        fn sliding_is_counting_anew(
            lines in prop::collection::vec((0_i64..3000, 0_u64..6, 0_usize..6), 0..80),
            span in 1_i64..20_000,
        ) {
            const TEXTS: [&str; 6] = ["lol", "KEKW LUL", "NO WAY!!", "ok", "KEKW", "well, ok"];
            let (mut sliding, mut left) = (Trailing::new(span), Vec::new());
            let mut now = 0;
            for (step, person, text) in lines {
                now += step;
                sliding.advance(EventTime(now));
                sliding.add(line(now, person, TEXTS[text]), TEXTS[text]);
                left.push(line(now, person, TEXTS[text]));
                left.retain(|line| line.at > EventTime(now - span));
                let mut taken: BTreeMap<u64, usize> = BTreeMap::new();
                left.retain(|line| {
                    let of_person = taken.entry(line.person).or_default();
                    *of_person += 1;
                    *of_person <= LINES_A_PERSON
                });
                let (id, gone) = ((now % 7) as u64, (person + 1) % 6);
                if step % 16 == 0 {
                    sliding.forget_person(gone);
                    left.retain(|line| line.person != gone);
                } else if step % 16 < 4 && id != 0 {
                    sliding.forget(id);
                    left.retain(|line| line.id != id);
                }
                prop_assert_eq!(sliding.lines.iter().count(), sliding.lines.count());
                prop_assert_eq!(sliding.counts(), counted_plainly(&left));
            }
            sliding.advance(EventTime(now + span));
            prop_assert_eq!(sliding.lines.places(), 0);
            prop_assert_eq!(sliding.counts(), Counts::default());
        }
    }
}

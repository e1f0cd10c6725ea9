//! What chat was told to write: the words of an announced giveaway, poll or prediction.
//!
//! "Type POTATO to take part" by a bot, "tea or coffee?" by the streamer: who then writes
//! that word alone answers, and does not react to the stream. No language is needed for it: words
//! that chat wrote already, or takes up only later, were a remark.

use std::collections::{BTreeMap, VecDeque};

use cliphound_work::{each, steps};

use super::{character::Kind, laughter::is_laughter, lexicon, scan::key};
use crate::time::EventTime;

/// Answers are given for so long.
const ANSWERED_FOR_MS: i64 = 180_000;
/// The first one comes so soon, and each further one: in a burst a minute after a moderator's "that
/// was nice" nobody answers it.
const SILENT_FOR_MS: i64 = 20_000;
/// Words of a line below which it is a remark like everybody's rather than a prompt.
const LEAST_WORDS: usize = 3;
/// Words of a line that are kept.
pub const MOST_WORDS: usize = 32;
/// Characters of the longest word that is kept; where words stand without blanks, so many are
/// read. What is longer is a link or a picture, and nobody is told to write it.
const LONGEST_WORD: usize = 32;
/// Words known at a time; the oldest go first.
const MOST_KEPT: usize = 256;

/// The words that chat was told lately.
#[derive(Debug, Default)]
pub struct Prompts {
    /// By their keys (see [`key`]).
    words: BTreeMap<u64, Word>,
    /// The same keys with the times when they were announced, as far as is known the oldest first:
    /// what was announced again is put back when its turn has come.
    oldest: VecDeque<(EventTime, u64)>,
}

#[derive(Debug)]
struct Word {
    announced: EventTime,
    /// When it was last announced or answered.
    heard: EventTime,
}

impl Word {
    fn is_asked_for(&self, now: EventTime) -> bool {
        now.ms_since(self.announced) < ANSWERED_FOR_MS && now.ms_since(self.heard) < SILENT_FOR_MS
    }
}

impl Prompts {
    /// Takes the [`answers`] of a line of somebody who may announce: a bot, a moderator, the
    /// broadcaster. What chat is `saying` anyway nobody has to tell it.
    pub fn announced(&mut self, now: EventTime, answers: &[u64], saying: impl Fn(u64) -> bool) {
        for key in answers.iter().copied() {
            let known = self.words.get(&key);
            if !known.is_some_and(|word| word.is_asked_for(now)) && saying(key) {
                continue;
            }
            if known.is_none() {
                self.oldest.push_back((now, key));
            }
            self.words.insert(key, Word { announced: now, heard: now });
            while self.words.len() > MOST_KEPT {
                self.let_go_of_the_oldest();
            }
        }
    }

    /// Whether a line with this key only says a word that was announced.
    pub fn asked_for(&mut self, now: EventTime, key: u64) -> bool {
        let is_old = |(at, _): &(EventTime, u64)| now.ms_since(*at) >= ANSWERED_FOR_MS;
        while self.oldest.front().is_some_and(is_old) {
            self.let_go_of_the_oldest();
        }
        let Some(word) = self.words.get_mut(&key).filter(|word| word.is_asked_for(now)) else {
            return false;
        };
        word.heard = now;
        true
    }

    fn let_go_of_the_oldest(&mut self) {
        steps(1);
        let Some((at, key)) = self.oldest.pop_front() else { return };
        match self.words.get(&key) {
            Some(word) if word.announced > at => self.oldest.push_back((word.announced, key)),
            _ => drop(self.words.remove(&key)),
        }
    }
}

/// Keys of the words that a line may ask for; none if it is too short to announce anything, or
/// speaks to somebody in particular.
#[must_use]
pub fn answers(text: &str) -> Vec<u64> {
    let words = || text.split(stands_between).filter(|word| !word.is_empty());
    let names_somebody = |word: &str| word.len() > 1 && word.starts_with('@');
    if words().any(names_somebody) || words().map(words_in).sum::<usize>() < LEAST_WORDS {
        return Vec::new();
    }
    let answers = words().flat_map(pieces).filter(|word| is_answer(word));
    answers.take(MOST_WORDS).map(key).collect()
}

/// Blanks and marks, so that `tea/coffee?` is two words; not the signs within words and names.
fn stands_between(c: char) -> bool {
    c.is_whitespace() || (Kind::of(c).is(Kind::MARK) || "/|,;:、，；：。".contains(c))
}

/// How many words stand between two blanks: in a script without blanks, two characters are one.
fn words_in(word: &str) -> usize {
    match is_unspaced(word) {
        true => word.chars().count().div_ceil(2),
        false => 1,
    }
}

/// What may be a word of its own in what stands between two blanks: itself, and where words
/// stand without blanks each one to three characters of it.
fn pieces(word: &str) -> Vec<&str> {
    let ends: Vec<usize> = each(word.char_indices())
        .map(|(at, _)| at)
        .chain([word.len()])
        .take(LONGEST_WORD + 1)
        .collect();
    let mut pieces = Vec::new();
    pieces.extend((ends.last() == Some(&word.len())).then_some(word));
    if is_unspaced(word) {
        for longest in (1..=3).rev() {
            pieces.extend(ends.windows(longest + 1).map(|at| &word[at[0]..at[longest]]));
        }
    }
    pieces
}

/// Whether a word is of a script that puts no blanks between words: Chinese, Japanese, Thai.
fn is_unspaced(word: &str) -> bool {
    let unspaced = |c| matches!(c, '\u{3041}'..='\u{30FF}' | '\u{4E00}'..='\u{9FFF}' | '\u{0E01}'..='\u{0E5B}');
    word.chars().any(unspaced)
}

/// Laughter and emotes are reactions, whoever wrote them before.
fn is_answer(word: &str) -> bool {
    steps(word.len());
    let lower = word.to_lowercase();
    let lower = lower.trim_matches(|c: char| !c.is_alphanumeric());
    lexicon::look(word).emote.is_none() && !is_laughter(lower, lexicon::look(lower))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nobody says it yet.
    fn nobody(_: u64) -> bool {
        false
    }

    #[test]
    fn what_was_announced_is_asked_for_for_a_while() {
        let at = EventTime::from_secs;
        let mut prompts = Prompts::default();
        let potato = answers("Giveaway! Type \"Potato\" to take part, LUL haha");
        prompts.announced(at(0), &potato, nobody);
        assert!(prompts.asked_for(at(19), key("potato")));
        for at_s in (38..=57).step_by(19) {
            assert!(prompts.asked_for(at(at_s), key("potato")), "others do");
        }
        for (line, expected) in [
            ("potato", true),
            ("POTATOOO!!", true),
            ("wow", false),
            ("LUL", false),
            ("haha", false),
        ] {
            assert_eq!(prompts.asked_for(at(60), key(line)), expected, "{line}");
        }
        let mut answered = (61..400).map(|at_s| prompts.asked_for(at(at_s), key("potato")));
        assert_eq!(answered.position(|is_answer| !is_answer), Some(180 - 61));
        assert!(!answered.any(|is_answer| is_answer), "and never again");
        prompts.announced(at(500), &answers("wow nice"), nobody);
        assert!(!prompts.asked_for(at(501), key("wow")), "a remark is no prompt");
        prompts.announced(at(502), &answers("茶 か コーヒー ？"), nobody);
        assert!(prompts.asked_for(at(503), key("茶")));
    }

    #[test]
    fn a_remark_asks_for_nothing() {
        let at = EventTime::from_secs;
        let mut prompts = Prompts::default();
        prompts.announced(at(0), &answers("that was a nice one"), nobody);
        assert!(!prompts.asked_for(at(20), key("nice")), "nobody took it up");
        assert!(!prompts.asked_for(at(21), key("nice")), "nor does anybody now");
        prompts.announced(at(30), &answers("gg wp everyone"), |word| word == key("gg"));
        assert!(!prompts.asked_for(at(31), key("gg")), "they said so before");
        assert!(prompts.asked_for(at(31), key("wp")));
        assert!(answers("@bob what do you mean").is_empty(), "it is for bob");
    }

    #[test]
    fn what_is_announced_again_goes_on() {
        let at = EventTime::from_secs;
        let mut prompts = Prompts::default();
        let potato = answers("type potato to win");
        for at_s in 0..600 {
            if at_s % 60 == 0 {
                // Everybody is on it by then.
                prompts.announced(at(at_s), &potato, |_| at_s > 0);
            }
            assert!(prompts.asked_for(at(at_s), key("potato")), "{at_s}");
        }
    }

    #[test]
    fn words_are_found_without_blanks_too() {
        for (announced, answer) in [
            ("お茶?コーヒー?", "コーヒー"),
            ("茶还是咖啡", "咖啡"),
            ("发送土豆参加抽奖", "土豆"),
            ("keep it: tea/coffee?", "tea"),
        ] {
            let mut prompts = Prompts::default();
            prompts.announced(EventTime(0), &answers(announced), nobody);
            assert!(prompts.asked_for(EventTime(1), key(answer)), "{announced}");
        }
        assert!(answers("太强了").is_empty(), "a remark is no prompt");
    }

    #[test]
    fn it_is_bounded() {
        let mut prompts = Prompts::default();
        for i in 0..10_000 {
            prompts.announced(EventTime(i), &answers(&format!("{i} {i}a {i}b")), nobody);
        }
        assert_eq!((prompts.words.len(), prompts.oldest.len()), (MOST_KEPT, MOST_KEPT));
        let link = "x".repeat(LONGEST_WORD + 1);
        assert_eq!(answers(&format!("look at {link}")).len(), 2, "nobody writes that");
        assert_eq!(answers(&"字".repeat(10_000)).len(), MOST_WORDS);
    }
}

//! What chat was told to write: the words of an announced giveaway, poll or prediction.
//!
//! "Type POTATO to take part" by a bot, "tea or coffee?" by the streamer: who then writes
//! that word alone answers, and does not react to the stream. No language is needed for it.

use std::collections::VecDeque;

use cliphound_work::{each, steps};

use super::{laughter::is_laughter, lexicon, scan::key};
use crate::time::EventTime;

/// Answers are given for so long.
const ANSWERED_FOR_MS: i64 = 180_000;
/// Words of a line below which it is a remark like everybody's rather than a prompt.
const LEAST_WORDS: usize = 3;
/// Words of a line that are kept.
pub const MOST_WORDS: usize = 32;
/// Words known at a time; the oldest go first.
const MOST_KEPT: usize = 256;

/// The words that chat was told lately.
#[derive(Debug, Default)]
pub struct Prompts {
    /// Keys (see [`key`]) with their times, the oldest first.
    words: VecDeque<(EventTime, u64)>,
}

impl Prompts {
    /// Takes the [`answers`] of a line of somebody who may announce: a bot, a moderator, the
    /// broadcaster.
    pub fn announced(&mut self, now: EventTime, answers: &[u64]) {
        for key in answers {
            if self.words.len() == MOST_KEPT {
                self.words.pop_front();
            }
            self.words.push_back((now, *key));
        }
    }

    /// Whether a line with this key only says a word that was announced.
    pub fn asked_for(&mut self, now: EventTime, key: u64) -> bool {
        let is_old = |(at, _): &(EventTime, u64)| now.ms_since(*at) >= ANSWERED_FOR_MS;
        while self.words.front().is_some_and(is_old) {
            self.words.pop_front();
        }
        each(self.words.iter()).any(|(_, word)| *word == key)
    }
}

/// Keys of the words that a line may ask for; none if it is too short to announce anything.
#[must_use]
pub fn answers(text: &str) -> Vec<u64> {
    if text.split_whitespace().nth(LEAST_WORDS - 1).is_none() {
        return Vec::new();
    }
    let words = text.split_whitespace().take(MOST_WORDS);
    words.filter(|word| is_answer(word)).map(key).collect()
}

/// Whether a line is a vote by number: one digit from 1 to 4, also repeated. `5` and `6`
/// are not: `555` and `666` are reactions.
#[must_use]
pub fn is_ballot(text: &str) -> bool {
    let mut digits = each(text.chars()).filter(|c| !c.is_whitespace());
    let first = digits.next();
    first.is_some_and(|c| matches!(c, '1'..='4')) && digits.all(|c| Some(c) == first)
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

    #[test]
    fn what_was_announced_is_asked_for_for_a_while() {
        let at = EventTime::from_secs;
        let mut prompts = Prompts::default();
        prompts.announced(at(0), &answers("Giveaway! Type \"Potato\" to take part, LUL haha"));
        for (line, expected) in [
            ("potato", true),
            ("POTATOOO!!", true),
            ("wow", false),
            ("LUL", false),
            ("haha", false),
        ] {
            assert_eq!(prompts.asked_for(at(60), key(line)), expected, "{line}");
        }
        assert!(!prompts.asked_for(at(180), key("potato")));
        prompts.announced(at(200), &answers("wow nice"));
        assert!(!prompts.asked_for(at(201), key("wow")), "a remark is no prompt");
        prompts.announced(at(202), &answers("茶 か コーヒー ？"));
        assert!(prompts.asked_for(at(203), key("茶")));
    }

    #[test]
    fn votes_by_number() {
        assert!(is_ballot("1") && is_ballot(" 22 2 ") && !is_ballot("12") && !is_ballot("666"));
        assert!(!is_ballot("") && !is_ballot("2 wins"));
    }

    #[test]
    fn it_is_bounded() {
        let mut prompts = Prompts::default();
        for i in 0..10_000 {
            prompts.announced(EventTime(i), &answers("one two three four"));
        }
        assert_eq!(prompts.words.len(), MOST_KEPT);
    }
}

//! Votes: lines that answer a question and no more, whoever asked it, in chat or aloud.

use std::{collections::HashSet, sync::LazyLock};

use cliphound_work::{each, steps};
use foldhash::fast::FixedState;

use super::{character::Kind, scan::key};

/// Yes and no in the languages that Twitch's chats are mostly written in, in lower case. On labelled
/// streams such lines are seldom among the reactions: 7 % of them fall into what chat says of a
/// highlight (3 s after its start to 15 s after its end), and 17 % of all lines do.
const YES_AND_NO: &[&str] = &[
    "y",
    "n",
    "yes",
    "no",
    "yeah",
    "yea",
    "yep",
    "yup",
    "nope",
    "nah", // English
    "ja",
    "nein",
    "nö",
    "nee", // German, Dutch
    "sí",
    "si", // Spanish, Italian
    "sim",
    "não",
    "nao", // Portuguese
    "oui",
    "non",
    "ouais", // French
    "да",
    "нет",
    "ага",
    "неа", // Russian
    "tak",
    "nie", // Polish
    "evet",
    "hayır", // Turkish
    "是",
    "不是",
    "要",
    "不要",
    "好",
    "不好",
    "对",
    "不对", // Chinese
    "はい",
    "いいえ",
    "うん",
    "いや", // Japanese
    "네",
    "예",
    "아니",
    "아니요",
    "응",
    "ㄴㄴ", // Korean
];

/// Whether a line, of which [`key`] gives this key, is a vote: by number, or a plain yes or no.
#[must_use]
pub fn is_vote(text: &str, key: u64) -> bool {
    is_number(text) || is_yes_or_no(text, key)
}

/// One digit from 1 to 4, also repeated. `5` and `6` are not: `555` and `666` are reactions.
fn is_number(text: &str) -> bool {
    let mut digits = each(text.chars()).filter(|c| !Kind::of(*c).is(Kind::BLANK));
    let first = digits.next();
    first.is_some_and(|c| matches!(c, '1'..='4')) && digits.all(|c| Some(c) == first)
}

/// A yes or no without emphasis: `NO` and `nooo` are reactions.
fn is_yes_or_no(text: &str, key_of_text: u64) -> bool {
    static KEYS: LazyLock<Keys> = LazyLock::new(Keys::of_yes_and_no);
    // Few lines have such a key, so the others pay for no more.
    KEYS.contains(key_of_text) && {
        steps(text.len());
        let said = text.trim();
        let said = said.strip_suffix(['.', '!', '?']).unwrap_or(said);
        YES_AND_NO.iter().any(|word| *word == said || *word == uncapitalised(said))
    }
}

/// The keys of [`YES_AND_NO`].
struct Keys {
    /// Their low bits, as bits: few other keys have the same.
    low_bits: [u64; 16],
    keys: HashSet<u64, FixedState>,
}

impl Keys {
    fn of_yes_and_no() -> Self {
        let keys: HashSet<u64, FixedState> = YES_AND_NO.iter().map(|word| key(word)).collect();
        let mut low_bits = [0; 16];
        for key in &keys {
            let (place, bit) = low_bits_of(*key);
            low_bits[place] |= bit;
        }
        Self { low_bits, keys }
    }

    fn contains(&self, key: u64) -> bool {
        let (place, bit) = low_bits_of(key);
        self.low_bits[place] & bit != 0 && self.keys.contains(&key)
    }
}

fn low_bits_of(key: u64) -> (usize, u64) {
    ((key % 16) as usize, 1 << (key / 16 % 64))
}

/// With its first letter in lower case.
fn uncapitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().into_iter().flat_map(char::to_lowercase).chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn votes(text: &str) -> bool {
        is_vote(text, key(text))
    }

    #[test]
    fn by_number() {
        assert!(votes("1") && votes(" 22 2 ") && !votes("12") && !votes("666"));
        assert!(!votes("") && !votes("2 wins"));
    }

    #[test]
    fn a_plain_yes_or_no_in_many_languages() {
        for line in ["yes", "Yes.", " no! ", "Да", "нет", "不要", "いいえ", "Não", "y"] {
            assert!(votes(line), "{line}");
        }
    }

    #[test]
    fn what_is_shouted_or_stretched_is_a_reaction() {
        for line in ["NO", "YES", "nooo", "NOOOO", "no!!", "yesss", "no way", "да да", ""] {
            assert!(!votes(line), "{line}");
        }
    }
}

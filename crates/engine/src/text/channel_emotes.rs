//! The names that a channel knows as emotes besides the built-in ones, and when a word counts
//! as one.

use std::collections::{BTreeSet, HashMap};

use cliphound_work::steps;
use foldhash::fast::FixedState;
use serde::{Deserialize, Serialize};

/// Names kept at most: the largest channel's sets of all services, twice.
pub const MOST_NAMES: usize = 5_000;
/// Longest name in bytes; the services allow some tens of characters.
pub const LONGEST_NAME: usize = 100;

/// Names of a channel's emotes, sorted, each once: the same set is the same bytes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EmoteSet(Vec<String>);

impl EmoteSet {
    /// The names that can be typed as one word and are neither too short nor too long. Of more
    /// than [`MOST_NAMES`] the first ones stay.
    #[must_use]
    pub fn new<N: Into<String>>(names: impl IntoIterator<Item = N>) -> Self {
        let mut sorted = BTreeSet::new();
        for name in names.into_iter().map(Into::into).filter(|name: &String| is_name(name)) {
            if sorted.len() >= MOST_NAMES {
                break;
            }
            sorted.insert(name);
        }
        Self(sorted.into_iter().collect())
    }

    /// The names, sorted.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.0
    }
}

/// A poll is answered with `1`, a giveaway with `!`: such names say nothing.
fn is_name(name: &str) -> bool {
    name.len() <= LONGEST_NAME
        && name.chars().nth(1).is_some()
        && !name.contains(|c: char| c.is_whitespace() || c.is_control())
        && !name.chars().all(char::is_numeric)
}

/// How sure it is that somebody who types a name means the emote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// Like nothing else: `peepoClap`, `OMEGALUL`, `D:`.
    Emote,
    /// Like a word of some language: `is`, `sad`, `What`. It counts in lines that consist of
    /// emotes only.
    Word,
}

/// The same names as a table for lookups.
#[derive(Debug)]
pub struct ChannelEmotes(HashMap<Box<str>, Look, FixedState>);

impl Default for ChannelEmotes {
    fn default() -> Self {
        Self(HashMap::with_hasher(FixedState::with_seed(0)))
    }
}

impl ChannelEmotes {
    /// The table of a set; one that was not made by [`EmoteSet::new`] is held to its bounds.
    #[must_use]
    pub fn new(set: &EmoteSet) -> Self {
        let mut table = Self::default();
        for name in set.0.iter().filter(|name| is_name(name)).take(MOST_NAMES) {
            table.0.insert(name.as_str().into(), look(name));
        }
        table
    }

    /// How a token looks that is a name; `None` when it is none.
    #[inline]
    #[must_use]
    pub fn look(&self, token: &str) -> Option<Look> {
        steps(token.len());
        // An empty table is not even asked.
        if self.0.is_empty() { None } else { self.0.get(token).copied() }
    }
}

/// Words have letters, digits and apostrophes, and at most their first letter is a capital.
fn look(name: &str) -> Look {
    let is_wordy = |c: char| c.is_alphanumeric() || c == '\'';
    let is_word = name.chars().all(is_wordy) && !name.chars().skip(1).any(char::is_uppercase);
    if is_word { Look::Word } else { Look::Emote }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_word() {
        for (name, expected) in [
            ("is", Look::Word),
            ("What", Look::Word),
            ("don't", Look::Word),
            ("wow2", Look::Word),
            ("哈哈", Look::Word),
            ("OMEGALUL", Look::Emote),
            ("peepoClap", Look::Emote),
            ("LULw", Look::Emote),
            ("D:", Look::Emote),
            ("catJAM", Look::Emote),
            ("the_end", Look::Emote),
        ] {
            assert_eq!(look(name), expected, "{name}");
        }
    }

    #[test]
    fn a_set_is_sorted_and_bounded() {
        let long = "x".repeat(LONGEST_NAME + 1);
        let set = EmoteSet::new(["b2", "aa", "b2", "1", "12", "a b", "", &long, "\u{7}x", "ä"]);
        assert_eq!(set.names(), ["aa", "b2"]);
        let many = EmoteSet::new((0..2 * MOST_NAMES).map(|n| format!("E{n}")));
        assert_eq!(many.names().len(), MOST_NAMES);
    }

    #[test]
    fn a_crafted_set_is_bounded_too() {
        let crafted = EmoteSet((0..2 * MOST_NAMES).map(|n| format!("E{n}")).collect());
        assert_eq!(ChannelEmotes::new(&crafted).0.len(), MOST_NAMES);
        let long = EmoteSet(vec!["x".repeat(1_000_000)]);
        assert!(ChannelEmotes::new(&long).0.is_empty());
    }
}

//! Words with a valence: VADER's published lexicon, and chat's own words over it.

use std::{collections::HashMap, sync::OnceLock};

use foldhash::fast::FixedState;

use super::emotes::{EMOTES, Mood};

/// What is known about one token.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Entry {
    /// -1 (bad) to 1 (good).
    pub valence: f32,
    /// `Some` for an emote.
    pub emote: Option<Mood>,
}

/// Words of chat that VADER does not know or reads wrongly; lower case.
const CHAT_WORDS: &[(&str, f32)] = &[
    ("based", 0.4),
    ("bruh", -0.2),
    ("clutch", 0.6),
    ("cringe", -0.5),
    ("dope", 0.5),
    ("ez", 0.4),
    ("f", -0.2),
    ("goat", 0.6),
    ("goated", 0.6),
    ("gg", 0.4),
    ("ggs", 0.4),
    ("hype", 0.7),
    ("insane", 0.5),
    ("kill", 0.0),
    ("kills", 0.0),
    ("killed", 0.0),
    ("l", -0.3),
    ("letsgo", 0.8),
    ("lets", 0.2),
    ("nt", 0.1),
    ("nice", 0.5),
    ("pog", 0.8),
    ("poggers", 0.8),
    ("rip", -0.4),
    ("sheesh", 0.5),
    ("sick", 0.4),
    ("trash", -0.6),
    ("w", 0.4),
    ("wp", 0.4),
    ("yikes", -0.5),
];

/// Negations: they turn the next few words round.
const NEGATIONS: &[&str] = &[
    "aint", "ain't", "cannot", "cant", "can't", "didnt", "didn't", "doesnt", "doesn't", "dont",
    "don't", "isnt", "isn't", "neither", "never", "no", "none", "nor", "not", "nothing", "wasnt",
    "wasn't", "without", "wont", "won't",
];

type Table = HashMap<&'static str, Entry, FixedState>;

/// The entry of an emote name (as typed) or of a word (in lower case).
#[must_use]
pub fn lookup(token: &str) -> Option<Entry> {
    table().get(token).copied()
}

/// Whether a word in lower case is a negation.
#[must_use]
pub fn is_negation(word: &str) -> bool {
    NEGATIONS.contains(&word)
}

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(build)
}

fn build() -> Table {
    let mut table = Table::with_capacity_and_hasher(9000, FixedState::with_seed(0));
    // The source is a hash map in random order, and some of its words differ only in
    // case: sorted, so that the same one wins in every run.
    let mut vader: Vec<(&'static str, f64)> = vader_sentiment::LEXICON
        .iter()
        .map(|(word, valence)| (word.into_inner(), *valence))
        .collect();
    vader.sort_by(|a, b| a.0.cmp(b.0));
    for (word, valence) in vader {
        // VADER's valences go from -4 to 4.
        table.insert(word, Entry { valence: (valence / 4.0) as f32, emote: None });
    }
    for (word, valence) in CHAT_WORDS {
        table.insert(word, Entry { valence: *valence, emote: None });
    }
    for (name, valence, mood) in EMOTES {
        table.insert(name, Entry { valence: *valence, emote: Some(*mood) });
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_emotes_are_found() {
        assert!(lookup("great").is_some_and(|e| e.valence > 0.5 && e.emote.is_none()));
        assert!(lookup("horrible").is_some_and(|e| e.valence < -0.5));
        assert_eq!(lookup("KEKW").and_then(|e| e.emote), Some(Mood::Laugh));
        assert_eq!(lookup("kekwx"), None);
    }

    #[test]
    fn chat_words_win_over_vader() {
        assert_eq!(lookup("kill").map(|e| e.valence), Some(0.0));
    }
}

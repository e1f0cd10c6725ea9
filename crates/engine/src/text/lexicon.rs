//! Words with a valence: VADER's published lexicon, and chat's own words over it.

use std::{collections::HashMap, sync::LazyLock};

use foldhash::fast::FixedState;

use super::emotes::{EMOTES, Mood};

/// What is known about an emote.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Emote {
    /// -1 (bad) to 1 (good).
    pub valence: f32,
    /// What else it expresses.
    pub mood: Mood,
}

/// What is known about a word.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Word {
    /// -1 (bad) to 1 (good).
    Valence(f32),
    /// It turns the next few words round.
    Negation,
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

/// Bytes of the longest name in [`EMOTES`].
const LONGEST_EMOTE: usize = 15;

type Table<T> = HashMap<&'static str, T, FixedState>;

/// The emote with this name, as typed.
#[must_use]
pub fn emote(name: &str) -> Option<Emote> {
    static TABLE: LazyLock<Table<Emote>> = LazyLock::new(|| {
        EMOTES
            .iter()
            .map(|(name, valence, mood)| (*name, Emote { valence: *valence, mood: *mood }))
            .collect()
    });
    // The table is not asked for what it can't have.
    if name.len() > LONGEST_EMOTE { None } else { TABLE.get(name).copied() }
}

/// A word in lower case; `whole` is the same with the punctuation around it, which makes
/// an emoticon.
#[must_use]
pub fn word(word: &str, whole: &str) -> Option<Word> {
    static TABLE: LazyLock<Table<Word>> = LazyLock::new(words);
    // All known words in lower case are ASCII: those of other scripts need not be looked up.
    if !word.is_ascii() || !whole.is_ascii() {
        return None;
    }
    let known = TABLE.get(word);
    let known = if word.len() == whole.len() { known } else { known.or_else(|| TABLE.get(whole)) };
    known.copied()
}

fn words() -> Table<Word> {
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
        table.insert(word, Word::Valence((valence / 4.0) as f32));
    }
    // Emotes are known in lower case as well, if their names are.
    for (name, valence, _) in EMOTES {
        table.insert(name, Word::Valence(*valence));
    }
    for (word, valence) in CHAT_WORDS {
        table.insert(word, Word::Valence(*valence));
    }
    for word in NEGATIONS {
        table.insert(word, Word::Negation);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_emotes_are_found() {
        let valence = |text| match word(text, text) {
            Some(Word::Valence(valence)) => valence,
            _ => 0.0,
        };
        assert!(valence("great") > 0.5);
        assert!(valence("horrible") < -0.5);
        assert_eq!(word("not", "not"), Some(Word::Negation));
        assert!(word("", ":)").is_some(), "an emoticon");
        assert_eq!(emote("KEKW").map(|e| e.mood), Some(Mood::Laugh));
        assert_eq!(emote("kekwx"), None);
    }

    #[test]
    fn what_is_not_looked_up_is_not_in_the_tables() {
        // VADER's two emoticons with a capital thorn were never found: what is asked is lower case.
        let asked = |word: &&&str| word.to_lowercase() == **word;
        assert!(words().keys().filter(asked).all(|word| word.is_ascii()));
        assert_eq!(EMOTES.iter().map(|(name, ..)| name.len()).max(), Some(LONGEST_EMOTE));
    }

    #[test]
    fn chat_words_win_over_vader() {
        assert_eq!(word("kill", "kill"), Some(Word::Valence(0.0)));
    }
}

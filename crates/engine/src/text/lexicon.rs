//! Words with a valence: VADER's published lexicon, and chat's own words over it.

use std::{collections::HashMap, sync::LazyLock};

use cliphound_work::steps;
use foldhash::fast::FixedState;

use super::{
    emotes::{EMOTES, Emote},
    laughter,
};

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

/// Bytes of the longest token that is known.
const LONGEST: usize = 19;

/// What is known about a token: as an emote, and as a word.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Known {
    /// The emote of this name.
    pub emote: Option<&'static Emote>,
    /// The word or emoticon, if the token was asked in lower case.
    pub word: Option<Word>,
    /// It is laughter, under the same condition.
    pub laughs: bool,
}

/// What is known of most tokens.
pub static NOTHING: Known = Known { emote: None, word: None, laughs: false };

type Table = HashMap<&'static str, Known, FixedState>;

/// What is known about a token as typed, or about a word in lower case.
#[inline]
#[must_use]
pub fn look(token: &str) -> &'static Known {
    static TABLE: LazyLock<Table> = LazyLock::new(table);
    steps(token.len());
    // All that is known is short and ASCII: most of what the table can't have is not asked for.
    if token.len() <= LONGEST && token.as_bytes().first().is_some_and(u8::is_ascii) {
        TABLE.get(token).unwrap_or(&NOTHING)
    } else {
        &NOTHING
    }
}

fn table() -> Table {
    let mut table = Table::with_capacity_and_hasher(9000, FixedState::with_seed(0));
    // The source is a hash map in random order, and some of its words differ only in
    // case: sorted, so that the same one wins in every run.
    let mut vader: Vec<(&'static str, f64)> = vader_sentiment::LEXICON
        .iter()
        .map(|(word, valence)| (word.into_inner(), *valence))
        .collect();
    vader.sort_by(|a, b| a.0.cmp(b.0));
    // VADER's valences go from -4 to 4.
    let vader = vader.into_iter().map(|(word, valence)| (word, (valence / 4.0) as f32));
    // Emotes are known in lower case as well, if their names are.
    let emotes = EMOTES.iter().map(|(name, valence, _)| (*name, *valence));
    for (word, valence) in vader.chain(emotes).chain(CHAT_WORDS.iter().copied()) {
        table.entry(word).or_default().word = Some(Word::Valence(valence));
    }
    for word in NEGATIONS {
        table.entry(word).or_default().word = Some(Word::Negation);
    }
    for word in laughter::WORDS {
        table.entry(word).or_default().laughs = true;
    }
    for emote in EMOTES {
        table.entry(emote.0).or_default().emote = Some(emote);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::emotes::Mood;

    #[test]
    fn words_and_emotes_are_found() {
        let valence = |text| match look(text).word {
            Some(Word::Valence(valence)) => valence,
            _ => 0.0,
        };
        assert!(valence("great") > 0.5);
        assert!(valence("horrible") < -0.5);
        assert_eq!(look("not").word, Some(Word::Negation));
        assert!(look(":)").word.is_some(), "an emoticon");
        assert_eq!(look("KEKW").emote, Some(&("KEKW", 0.6, Mood::Laugh)));
        assert_eq!(*look("kekwx"), NOTHING);
    }

    #[test]
    fn what_is_not_looked_up_is_not_in_the_table() {
        // VADER's two emoticons with a capital thorn were never found: what is asked is lower case.
        let asked = |word: &&&str| word.to_lowercase() == **word;
        let table = table();
        assert!(table.keys().filter(asked).all(|word| word.is_ascii() && word.len() <= LONGEST));
        assert!(EMOTES.iter().all(|(name, ..)| name.is_ascii() && name.len() <= LONGEST));
    }

    #[test]
    fn chat_words_win_over_vader() {
        assert_eq!(look("kill").word, Some(Word::Valence(0.0)));
    }
}

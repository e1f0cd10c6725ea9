//! One chat line as numbers: everything later stages need, so that the text is not kept.

use super::{
    emotes::Mood,
    expression::is_loud,
    laughter::is_laughter,
    lexicon::{self, Entry},
    sentiment::Valence,
};
use crate::hash::{Fnv, fnv1a};

/// Emotes of one line that are told apart; more than these say nothing new.
const MOST_EMOTES: usize = 4;
/// Tokens of one line that are read; a Twitch line holds at most 250.
const MOST_TOKENS: usize = 64;
/// Longer tokens (in bytes) are no words: addresses, walls of letters.
const LONGEST_WORD: usize = 64;

/// What one line says.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TextFeatures {
    /// Distinct emotes, by order of appearance.
    pub emotes: Vec<EmoteName>,
    /// The line laughs.
    pub laughs: bool,
    /// The line is loud, or shows an emote of excitement.
    pub excited: bool,
    /// Length in characters.
    pub length: u32,
    /// How much the line is a reaction rather than a sentence, 0 to 1 (see [`brevity`]).
    pub brevity: f32,
    /// Valence, -1 to 1.
    pub sentiment: f32,
    /// What was said, the same for `GOOO`, `gooooo!` and `Go`: lines of one key say the same.
    pub key: u64,
}

/// An emote's name with its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmoteName {
    /// FNV-1a of the name.
    pub hash: u64,
    /// The name as typed.
    pub name: Box<str>,
}

/// Reads a line. `twitch_emotes` are the names of the Twitch emotes in it, from its tags.
#[must_use]
pub fn read(text: &str, twitch_emotes: &[String]) -> TextFeatures {
    let loud = is_loud(text);
    let mut features = TextFeatures {
        length: u32::try_from(text.chars().count()).unwrap_or(u32::MAX),
        excited: loud,
        brevity: brevity(text),
        key: repetition_key(text),
        ..TextFeatures::default()
    };
    let mut valence = Valence::default();
    let mut lower = String::new();
    for token in text.split_whitespace().take(MOST_TOKENS) {
        let known = lexicon::lookup(token);
        let emote = twitch_emotes.iter().any(|name| name == token);
        match known {
            Some(Entry { valence: value, emote: Some(mood) }) => {
                features.add_emote(token);
                features.laughs |= mood == Mood::Laugh;
                features.excited |= mood == Mood::Hype;
                valence.add(value);
            }
            _ if emote => features.add_emote(token),
            _ if token.len() > LONGEST_WORD => valence.add(0.0),
            _ => {
                lower.clear();
                lower.extend(token.chars().flat_map(char::to_lowercase));
                let word = lower.trim_matches(|c: char| c.is_ascii_punctuation());
                features.laughs |= is_laughter(word);
                add_word(&mut valence, word, &lower);
            }
        }
    }
    features.sentiment = valence.finish(loud);
    features
}

impl TextFeatures {
    /// Words alone: no emote, no laughter, nothing loud.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.emotes.is_empty() && !self.laughs && !self.excited
    }

    fn add_emote(&mut self, name: &str) {
        let hash = fnv1a(name.as_bytes());
        if self.emotes.len() < MOST_EMOTES && self.emotes.iter().all(|e| e.hash != hash) {
            self.emotes.push(EmoteName { hash, name: name.into() });
        }
    }
}

/// `whole` is the word with the punctuation around it, which makes an emoticon.
fn add_word(valence: &mut Valence, word: &str, whole: &str) {
    if lexicon::is_negation(word) {
        return valence.negate();
    }
    let entry = lexicon::lookup(word).or_else(|| lexicon::lookup(whole));
    valence.add(entry.map_or(0.0, |e| e.valence));
}

/// Distinct characters that halve a line's brevity. From 5 to 16 the precision on labelled
/// streams is the same within its error; without the weighting it is lower, above all
/// where many people paste one long text.
const BREVITY_HALF: f32 = 5.0;

/// How brief a line is: 2^(-d / 5), d being its distinct characters without blanks and
/// case. Reactions are brief in every language ("LUL LUL": 2, "哈哈哈": 1), and
/// stretching or repeating them adds nothing.
#[must_use]
pub fn brevity(text: &str) -> f32 {
    let mut ascii = 0_u128;
    let mut others: Vec<char> = Vec::new();
    for c in text.chars().filter(|c| !c.is_whitespace()) {
        if c.is_ascii() {
            ascii |= 1 << c.to_ascii_lowercase() as u32;
        } else if others.len() < 64 {
            others.extend(c.to_lowercase());
        }
    }
    others.sort_unstable();
    others.dedup();
    let distinct = ascii.count_ones() as usize + others.len();
    if distinct == 0 { 0.0 } else { libm::exp2f(-(distinct as f32) / BREVITY_HALF) }
}

/// Hash of a line's letters and digits in lower case, runs of one character taken
/// together, so that stretching and punctuation make no difference. A line without
/// letters keeps its marks.
fn repetition_key(text: &str) -> u64 {
    squeeze(text, char::is_alphanumeric)
        .or_else(|| squeeze(text, |c| !c.is_whitespace()))
        .unwrap_or(0)
}

fn squeeze(text: &str, keep: impl Fn(char) -> bool) -> Option<u64> {
    let mut hash = Fnv::default();
    let mut previous = None;
    for c in text.chars().filter(|c| keep(*c)).flat_map(char::to_lowercase) {
        if previous != Some(c) {
            hash.write_char(c);
        }
        previous = Some(c);
    }
    previous.map(|_| hash.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_say_the_same_share_a_key() {
        let same = |a, b| repetition_key(a) == repetition_key(b);
        assert!(same("GOOOO", "go!!"));
        assert!(same("LETS GO", "lets  gooo"));
        assert!(same("???", "??"));
        assert!(!same("???", "!!!"));
        assert!(!same("yes", "no"));
    }

    #[test]
    fn reactions_are_brief() {
        assert_eq!(brevity("LUL lul"), libm::exp2f(-0.4));
        assert_eq!(brevity("哈哈哈哈"), libm::exp2f(-0.2));
        assert!(brevity("where does he come from, and why?") < 0.3);
    }

    #[test]
    fn emotes_come_from_tags_and_from_the_table() {
        let features = read("myEmote KEKW KEKW what", &["myEmote".to_owned()]);
        let names: Vec<&str> = features.emotes.iter().map(|e| &*e.name).collect();
        assert_eq!(names, ["myEmote", "KEKW"]);
        assert!(features.laughs && !features.excited);
    }

    #[test]
    fn reactions_are_not_plain() {
        for text in ["KEKW", "lol", "NO WAY", "what??"] {
            assert!(!read(text, &[]).is_plain(), "{text}");
        }
        assert!(!read("myEmote", &["myEmote".to_owned()]).is_plain());
        assert!(read("raffle", &[]).is_plain());
    }

    #[test]
    fn an_empty_line_is_nothing() {
        assert_eq!(read("", &[]), TextFeatures::default());
    }

    proptest::proptest! {
        #[test]
        fn any_text_gives_numbers_in_range(text in ".{0,600}") {
            let features = read(&text, &[]);
            proptest::prop_assert!(features.sentiment.abs() <= 1.0);
            proptest::prop_assert!(features.emotes.len() <= MOST_EMOTES);
        }
    }
}

//! One chat line as numbers: everything later stages need, so that the text is not kept.

use std::{borrow::Cow, collections::HashSet};

use cliphound_work::{each, steps};
use foldhash::fast::FixedState;
use serde::{Deserialize, Serialize};

use super::{
    channel_emotes::{ChannelEmotes, Look},
    character::Kind,
    emotes::Mood,
    laughter::is_laughter,
    lexicon::{self, Known, Word},
    scan::{Token, scan},
    sentiment::Valence,
};
use crate::hash::fnv1a;

/// Emotes of one line that are told apart; more than these say nothing new.
const MOST_EMOTES: usize = 4;
/// Tokens of one line that are read; a Twitch line holds at most 250.
const MOST_TOKENS: usize = 64;
/// Longer tokens (in bytes) are no words: addresses, walls of letters.
const LONGEST_WORD: usize = 64;

/// What one line says.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct TextFeatures {
    /// Distinct emotes, by order of appearance.
    pub emotes: Vec<EmoteName>,
    /// The line laughs.
    pub laughs: bool,
    /// The line is loud, or shows an emote of excitement.
    pub excited: bool,
    /// Length in characters.
    pub length: u32,
    /// How much the line is a reaction rather than a sentence, 0 to 1 (see [`scan`]).
    pub brevity: f32,
    /// Valence, -1 to 1.
    pub sentiment: f32,
    /// What was said, the same for `GOOO`, `gooooo!` and `Go`: lines of one key say the same.
    pub key: u64,
}

/// An emote's name with its hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct EmoteName {
    /// FNV-1a of the name.
    pub hash: u64,
    /// The name as typed; of those that most chats know there are no copies.
    pub name: Cow<'static, str>,
}

impl From<String> for EmoteName {
    fn from(name: String) -> Self {
        Self { hash: fnv1a(name.as_bytes()), name: name.into() }
    }
}

impl From<EmoteName> for String {
    fn from(emote: EmoteName) -> Self {
        emote.name.into_owned()
    }
}

/// Reads a line of a channel without emotes of its own.
#[must_use]
pub fn read(text: &str, twitch_emotes: &[String]) -> TextFeatures {
    read_in(text, twitch_emotes, &ChannelEmotes::default())
}

/// Reads a line. `twitch_emotes` are the names of the Twitch emotes in it, from its tags;
/// `channel` are the names that the channel knows besides. Those of the channel change
/// nothing but the emotes: what they express is not known, so their letters go on counting
/// as a word.
#[must_use]
pub fn read_in(text: &str, twitch_emotes: &[String], channel: &ChannelEmotes) -> TextFeatures {
    let mut features = TextFeatures::default();
    read_into(&mut features, text, twitch_emotes, channel);
    features
}

/// Reads a line as [`read_in`] does into `features`, in which nothing is yet: a line that is
/// moved at once is waited for.
pub(crate) fn read_into(
    features: &mut TextFeatures,
    text: &str,
    twitch_emotes: &[String],
    channel: &ChannelEmotes,
) {
    let names = Names::of(twitch_emotes);
    let mut reader = Reader {
        text,
        names: &names,
        channel,
        features,
        valence: Valence::default(),
        tokens: 0,
        only_emotes: None,
    };
    let scan = scan(text, |token| reader.take(token));
    let valence = reader.valence;
    features.excited |= scan.loud;
    features.length = scan.length;
    features.brevity = scan.brevity;
    features.sentiment = valence.finish(scan.loud);
    features.key = scan.key;
}

/// What the tokens of one line say.
struct Reader<'a> {
    text: &'a str,
    names: &'a Names<'a>,
    channel: &'a ChannelEmotes,
    features: &'a mut TextFeatures,
    valence: Valence,
    tokens: usize,
    /// Whether the line is nothing but emotes, once that was asked.
    only_emotes: Option<bool>,
}

impl Reader<'_> {
    fn take(&mut self, token: Token<'_>) {
        if self.tokens == MOST_TOKENS {
            return;
        }
        self.tokens += 1;
        steps(token.text.len());
        // Nothing beyond ASCII is known as it is typed.
        let is_far = token.kinds.is(Kind::FAR);
        let known = if is_far { &lexicon::NOTHING } else { lexicon::look(token.text) };
        if self.is_of_channel(token.text) {
            self.features.add_emote(token.text, known);
        }
        if let Some((_, value, mood)) = known.emote {
            self.features.add_emote(token.text, known);
            self.features.laughs |= *mood == Mood::Laugh;
            self.features.excited |= *mood == Mood::Hype;
            self.valence.add(*value);
        } else if self.names.has(token.text) {
            self.features.add_emote(token.text, known);
        } else if token.text.len() > LONGEST_WORD {
            self.valence.add(0.0);
        } else {
            self.take_word(token, known);
        }
    }

    /// Whether a token is meant as an emote of the channel's own.
    fn is_of_channel(&mut self, token: &str) -> bool {
        match self.channel.look(token) {
            None => false,
            Some(Look::Emote) => true,
            Some(Look::Word) => *self
                .only_emotes
                .get_or_insert_with(|| has_only_emotes(self.text, self.names, self.channel)),
        }
    }

    fn take_word(&mut self, token: Token<'_>, known: &Known) {
        let mut room = Room::default();
        let whole = in_lower_case(token, &mut room);
        let is_bare = !token.kinds.is(Kind::SIGN);
        let word = if is_bare { whole } else { whole.trim_matches(is_sign) };
        // Most tokens are plain words: what was looked up is what is asked.
        let is_small = !token.kinds.is(Kind::CASED);
        let whole_known = if is_small { known } else { lexicon::look(whole) };
        let known = if is_bare { whole_known } else { lexicon::look(word) };
        self.features.laughs |= is_laughter(word, known);
        // With its signs it may be an emoticon.
        match known.word.or(whole_known.word) {
            Some(Word::Negation) => self.valence.negate(),
            Some(Word::Valence(value)) => self.valence.add(value),
            None => self.valence.add(0.0),
        }
    }
}

fn is_sign(c: char) -> bool {
    c.is_ascii_punctuation()
}

/// The names of the Twitch emotes in a line, each found without a look at the others.
struct Names<'a>(HashSet<&'a str, FixedState>);

impl<'a> Names<'a> {
    fn of(emotes: &'a [String]) -> Self {
        let mut names = HashSet::with_hasher(FixedState::with_seed(0));
        names.extend(each(emotes.iter()).map(String::as_str));
        Self(names)
    }

    fn has(&self, token: &str) -> bool {
        steps(1);
        // An empty set is not even asked.
        !self.0.is_empty() && self.0.contains(token)
    }
}

/// Room for a word in lower case; large letters beyond ASCII are few.
#[derive(Default)]
struct Room {
    ascii: [[u8; 32]; LONGEST_WORD / 32],
    far: String,
}

/// A word in lower case: itself where it is, as most are, otherwise written into `room`.
fn in_lower_case<'a>(token: Token<'a>, room: &'a mut Room) -> &'a str {
    if !token.kinds.is(Kind::CASED) {
        return token.text;
    }
    if token.kinds.is(Kind::FAR) {
        room.far.extend(token.text.chars().flat_map(char::to_lowercase));
        return &room.far;
    }
    let written = room.ascii.as_flattened_mut().get_mut(..token.text.len()).unwrap_or_default();
    for (small, byte) in written.iter_mut().zip(token.text.bytes()) {
        *small = byte.to_ascii_lowercase();
    }
    std::str::from_utf8(written).unwrap_or(token.text)
}

/// Whether each token of a line is an emote.
fn has_only_emotes(text: &str, names: &Names<'_>, channel: &ChannelEmotes) -> bool {
    text.split_whitespace().take(MOST_TOKENS).all(|token| {
        channel.look(token).is_some() || names.has(token) || lexicon::look(token).emote.is_some()
    })
}

impl TextFeatures {
    /// Words alone: no emote, no laughter, nothing loud.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.emotes.is_empty() && !self.laughs && !self.excited
    }

    /// Whether the figures are within their ranges.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.emotes.len() <= MOST_EMOTES
            && (0.0..=1.0).contains(&self.brevity)
            && (-1.0..=1.0).contains(&self.sentiment)
    }

    fn add_emote(&mut self, token: &str, known: &Known) {
        let hash = fnv1a(token.as_bytes());
        if self.emotes.len() < MOST_EMOTES && self.emotes.iter().all(|e| e.hash != hash) {
            let name = known.emote.map_or_else(|| token.to_owned().into(), |emote| emote.0.into());
            self.emotes.push(EmoteName { hash, name });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::EmoteSet;

    #[test]
    fn emotes_come_from_tags_and_from_the_table() {
        let features = read("myEmote KEKW KEKW what", &["myEmote".to_owned()]);
        let names: Vec<&str> = features.emotes.iter().map(|e| &*e.name).collect();
        assert_eq!(names, ["myEmote", "KEKW"]);
        assert!(features.laughs && !features.excited);
    }

    #[test]
    fn the_channels_own_emotes_are_told_from_talk() {
        let channel = ChannelEmotes::new(&EmoteSet::new(["buhJAM", "is", "sad", "lol"]));
        for (text, expected) in [
            ("nice buhJAM", vec!["buhJAM"]),
            ("buhjam", vec![]),
            ("is it over?", vec![]),
            ("that is sad", vec![]),
            ("sad", vec!["sad"]),
            ("sad is sad", vec!["sad", "is"]),
            ("sad KEKW buhJAM Tagged", vec!["sad", "KEKW", "buhJAM", "Tagged"]),
            ("sad Untagged", vec![]),
        ] {
            let features = read_in(text, &["Tagged".to_owned()], &channel);
            let names: Vec<&str> = features.emotes.iter().map(|e| &*e.name).collect();
            assert_eq!(names, expected, "{text}");
            let without = read(text, &["Tagged".to_owned()]);
            assert_eq!(features, TextFeatures { emotes: features.emotes.clone(), ..without });
        }
        assert!(read_in("lol", &[], &channel).laughs, "a name that laughs still laughs");
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

//! An emote, who offers it and where it can be used; and what is taken of an answer.

use std::{collections::BTreeSet, fmt, str::FromStr};

use serde::{Deserialize, Serialize, de::IgnoredAny};

/// Emotes that are kept of one place at one service; the largest sets have a few thousand.
pub const MOST_EMOTES: usize = 10_000;
/// Longest name in bytes that is kept.
pub const LONGEST_NAME: usize = 100;
/// Longest id in bytes that is kept; the services' have 24 to 36.
const LONGEST_ID: usize = 64;

/// An emote.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Emote {
    /// The service's id.
    pub id: String,
    /// What is typed into chat: one word.
    pub name: String,
}

impl Emote {
    /// An emote whose id and name can be ones.
    #[must_use]
    pub fn checked(id: String, name: String) -> Option<Self> {
        let is_word = |text: &str, longest: usize| {
            (1..=longest).contains(&text.len())
                && !text.contains(|c: char| c.is_whitespace() || c.is_control())
        };
        (is_word(&id, LONGEST_ID) && is_word(&name, LONGEST_NAME)).then_some(Self { id, name })
    }
}

/// Who offers emotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Service {
    /// 7TV.
    #[serde(rename = "7tv")]
    SevenTv,
    /// BetterTTV.
    #[serde(rename = "bttv")]
    Bttv,
    /// FrankerFaceZ.
    #[serde(rename = "ffz")]
    Ffz,
    /// Twitch itself.
    #[serde(rename = "twitch")]
    Twitch,
}

impl Service {
    /// The services that are not Twitch.
    pub const THIRD_PARTY: [Self; 3] = [Self::SevenTv, Self::Bttv, Self::Ffz];

    /// The word for it in settings and file names.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::SevenTv => "7tv",
            Self::Bttv => "bttv",
            Self::Ffz => "ffz",
            Self::Twitch => "twitch",
        }
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SevenTv => "7TV",
            Self::Bttv => "BTTV",
            Self::Ffz => "FFZ",
            Self::Twitch => "Twitch",
        })
    }
}

impl FromStr for Service {
    type Err = String;

    /// Reads the key of a service that is not Twitch.
    ///
    /// # Errors
    /// When it is none; says which there are.
    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::THIRD_PARTY.into_iter().find(|s| s.key().eq_ignore_ascii_case(text));
        found.ok_or_else(|| format!("“{text}” is not one of 7tv, bttv, ffz"))
    }
}

/// Where emotes can be used.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// In every channel.
    Global,
    /// In the channel of this broadcaster: digits, see [`Place::channel`].
    Channel(String),
}

impl Place {
    /// The channel of a broadcaster's id; `None` when that is none of Twitch's, which are
    /// numbers (it becomes part of addresses and file names).
    #[must_use]
    pub fn channel(id: &str) -> Option<Self> {
        let is_id = (1..=20).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_digit());
        is_id.then(|| Self::Channel(id.to_owned()))
    }
}

/// What a service answered about a place.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fetched {
    /// The emotes, each id once.
    pub emotes: Vec<Emote>,
    /// 7TV's own ids, by which changes are told live.
    pub ids: SetIds,
}

/// 7TV's ids of what a place uses.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SetIds {
    /// The emote set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set: Option<String>,
    /// 7TV's user, who may change to another set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
}

/// An entry of a list that may be anything: a bad one does not spoil the others.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Entry<T> {
    Good(T),
    Bad(IgnoredAny),
}

/// An id as text or number.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum AnyId {
    Text(String),
    Number(u64),
}

impl From<AnyId> for String {
    fn from(id: AnyId) -> Self {
        match id {
            AnyId::Text(text) => text,
            AnyId::Number(number) => number.to_string(),
        }
    }
}

/// The good ones of a list, each id once, bounded.
pub(super) fn collect<T>(
    entries: impl IntoIterator<Item = Entry<T>>,
    read: impl Fn(T) -> Option<Emote>,
) -> Vec<Emote> {
    let mut ids = BTreeSet::new();
    let good = entries.into_iter().filter_map(|entry| match entry {
        Entry::Good(entry) => read(entry),
        Entry::Bad(_) => None,
    });
    good.filter(|emote| ids.insert(emote.id.clone())).take(MOST_EMOTES).collect()
}

/// An id of a service as it may be sent back to it.
pub(super) fn checked_id(id: Option<AnyId>) -> Option<String> {
    let id = String::from(id?);
    let is_id = (1..=LONGEST_ID).contains(&id.len())
        && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    is_id.then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_one_word() {
        let long = "x".repeat(LONGEST_NAME + 1);
        for (name, expected) in [
            ("KEKW", true),
            ("D:", true),
            ("", false),
            ("a b", false),
            ("a\n", false),
            (&long, false),
        ] {
            assert_eq!(Emote::checked("1".into(), name.into()).is_some(), expected, "{name}");
        }
    }

    #[test]
    fn channels_have_numbers() {
        for (id, expected) in
            [("71092938", true), ("", false), ("../x", false), ("1/2", false), ("ninja", false)]
        {
            assert_eq!(Place::channel(id).is_some(), expected, "{id}");
        }
    }

    #[test]
    fn services_are_found_by_their_key() {
        assert_eq!("7TV".parse(), Ok(Service::SevenTv));
        assert!("twitch".parse::<Service>().unwrap_err().contains("7tv, bttv, ffz"));
    }
}

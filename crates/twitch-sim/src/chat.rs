//! What happens in a chat room: lines, notices and deletions, as data.

use std::sync::Arc;

/// Twitch emotes that the simulated people know, with Twitch's ids.
const TWITCH_EMOTES: &[(&str, &str)] = &[
    ("BibleThump", "86"),
    ("CoolStoryBob", "123171"),
    ("DansGame", "33"),
    ("FailFish", "360"),
    ("HeyGuys", "30259"),
    ("Jebaited", "114836"),
    ("Kappa", "25"),
    ("Kreygasm", "41"),
    ("LUL", "425618"),
    ("NotLikeThis", "58765"),
    ("PJSalt", "36"),
    ("PogChamp", "305954156"),
    ("ResidentSleeper", "245"),
    ("SeemsGood", "64138"),
    ("TwitchUnity", "196892"),
    ("VoHiYo", "81274"),
    ("WutFace", "28087"),
    ("<3", "9"),
    (":)", "1"),
    (":(", "2"),
    (":D", "3"),
];

/// Name and id of each Twitch emote.
pub(crate) fn twitch_emotes() -> impl Iterator<Item = (&'static str, &'static str)> {
    TWITCH_EMOTES.iter().copied()
}

/// A person (or bot) in a room, as the room sees them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Author {
    /// Login, lower case.
    pub login: String,
    /// Name as shown.
    pub display: String,
    /// User id.
    pub id: u64,
    /// Name colour as `#RRGGBB`; empty when never chosen.
    pub color: String,
    /// What they are in this room.
    pub standing: Standing,
    /// Months subscribed; 0: not a subscriber.
    pub months: u16,
}

/// What someone is in a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    Viewer,
    Vip,
    Moderator,
    Broadcaster,
}

/// A Twitch emote within a text, by code points, both ends included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EmoteUse {
    pub id: String,
    pub first: usize,
    pub last: usize,
}

/// A chat line.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Line {
    pub id: String,
    pub author: Arc<Author>,
    pub text: String,
    pub emotes: Vec<EmoteUse>,
    /// Their first line in this channel, ever.
    pub first: bool,
    /// Written as `/me`.
    pub action: bool,
    pub bits: u32,
    /// In a shared chat: the room that it was written in.
    pub source_room: Option<u64>,
}

/// What a USERNOTICE says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum NoticeKind {
    Raid { viewers: u32 },
    Resub { months: u16 },
    GiftBatch { count: u32, total: u32, origin: String },
    Gift { recipient: Arc<Author>, total: u32, origin: String },
}

/// A USERNOTICE.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Notice {
    pub id: String,
    pub author: Arc<Author>,
    pub kind: NoticeKind,
    pub text: String,
}

/// One thing that happens in a room.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ChatEvent {
    Line(Line),
    Notice(Notice),
    /// Somebody is timed out; all their lines go.
    TimedOut {
        login: String,
        id: u64,
        seconds: u32,
    },
    /// The whole chat is cleared.
    Cleared,
    /// One line is deleted.
    Deleted {
        line_id: String,
        login: String,
        text: String,
    },
}

/// Where Twitch emotes stand in a text.
pub(crate) fn emotes_in(text: &str) -> Vec<EmoteUse> {
    let mut found = Vec::new();
    let mut first = 0;
    for word in text.split(' ') {
        let length = word.chars().count();
        if let Some((_, id)) = TWITCH_EMOTES.iter().find(|(name, _)| *name == word) {
            found.push(EmoteUse { id: (*id).to_owned(), first, last: first + length - 1 });
        }
        if let Some(id) = own_emote(word) {
            found.push(EmoteUse { id, first, last: first + length - 1 });
        }
        first += length + 1;
    }
    found
}

/// The id of a channel's own emote: its prefix in lower case and a name, `mossyHype`.
fn own_emote(word: &str) -> Option<String> {
    let name = word.find(|c: char| !c.is_ascii_lowercase()).filter(|&at| at >= 3)?;
    let is_one = ["Hype", "Lul", "Sad", "Wow", "Love"].contains(&&word[name..]);
    is_one.then(|| format!("emotesv2_{:032x}", u128::from(id_of(word))))
}

/// An id in the form of Twitch's message ids (UUID version 4) from random bits.
pub(crate) fn uuid(bits: u128) -> String {
    let bits = (bits & !(0xF << 76) & !(0x3 << 62)) | (0x4 << 76) | (0x2 << 62);
    let hex = format!("{bits:032x}");
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

/// A text that fits on one line: control characters become spaces.
pub(crate) fn one_line(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

/// An id that a name always gets, in the range of Twitch's user ids (FNV-1a).
pub(crate) fn id_of(login: &str) -> u64 {
    let hash = login.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    30_000_000 + hash % 1_000_000_000
}

/// A login with the capitals its owner likes; deterministic.
pub(crate) fn display_name(login: &str) -> String {
    let mut letters = login.chars();
    match letters.next() {
        Some(first) if !login.len().is_multiple_of(3) => {
            first.to_ascii_uppercase().to_string() + letters.as_str()
        }
        _ => login.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emotes_are_found_by_code_points() {
        assert_eq!(emotes_in("mossyHype MOSSYHYPE oLul").len(), 1);
        let found: Vec<(String, usize, usize)> = emotes_in("ä🎉 Kappa Kappas LUL")
            .into_iter()
            .map(|e| (e.id, e.first, e.last))
            .collect();
        assert_eq!(found, [("25".to_owned(), 3, 7), ("425618".to_owned(), 16, 18)]);
        assert_eq!(emotes_in(""), []);
    }

    #[test]
    fn ids_are_version_4() {
        assert_eq!(uuid(0), "00000000-0000-4000-8000-000000000000");
        assert_eq!(uuid(u128::MAX), "ffffffff-ffff-4fff-bfff-ffffffffffff");
    }
}

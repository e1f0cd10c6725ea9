//! The words of a command.

use cliphound_work::{each, steps};
use serde::{Deserialize, Serialize};

/// So much of a title from chat is kept, in characters: as much as a clip's title may have.
/// Whoever sends it makes it fit to be shown.
const LONGEST_TITLE: usize = 140;
/// A mute without a time lasts so many minutes.
const USUAL_MUTE_M: u32 = 10;
/// Longest mute: a day. For more there is `pause`.
const LONGEST_MUTE_M: u32 = 24 * 60;

/// What somebody asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    /// A clip of what just happened (`!testclip`, `!clip`).
    Clip {
        /// Its title, if one was given. Somebody's words: not kept with what was read.
        #[serde(skip)]
        title: Option<String>,
    },
    /// How it goes.
    Status,
    /// No more moments until `Resume`.
    Pause,
    /// Moments again.
    Resume,
    /// No moments for a while.
    Mute {
        /// For how long.
        minutes: u32,
    },
    /// Something after `!cliphound` that is none of these.
    Unknown,
}

impl Command {
    /// The command in a line; `None` when it is none of ours.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        steps(text.len());
        let text = text.trim();
        if !text.starts_with('!') {
            return None;
        }
        let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        let is = |name: &str| word.eq_ignore_ascii_case(name);
        if is("!testclip") {
            Some(Self::Clip { title: None })
        } else if is("!clip") {
            Some(Self::Clip { title: title(rest) })
        } else {
            is("!cliphound").then(|| Self::control(rest))
        }
    }

    /// Whether [`Command::parse`] could give it.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        !matches!(self, Self::Mute { minutes } if !(1..=LONGEST_MUTE_M).contains(minutes))
    }

    fn control(rest: &str) -> Self {
        let mut words = rest.split_whitespace();
        let command = words.next().unwrap_or("status").to_ascii_lowercase();
        match command.as_str() {
            "status" => Self::Status,
            "pause" => Self::Pause,
            "resume" => Self::Resume,
            "mute" => words
                .next()
                .map_or(Some(USUAL_MUTE_M), minutes)
                .map_or(Self::Unknown, |minutes| Self::Mute { minutes }),
            _ => Self::Unknown,
        }
    }
}

/// Plain text of at most [`LONGEST_TITLE`] characters.
fn title(rest: &str) -> Option<String> {
    let plain = each(rest.chars()).map(|c| if c.is_control() { ' ' } else { c });
    let title: String = plain.take(LONGEST_TITLE).collect();
    Some(title.trim().to_owned()).filter(|title| !title.is_empty())
}

/// `10m`, `90s`, `1h`; a bare number counts minutes. Seconds are rounded up.
fn minutes(text: &str) -> Option<u32> {
    steps(text.len());
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number: u32 = digits.parse().ok()?;
    let minutes = match text[digits.len()..].to_ascii_lowercase().as_str() {
        "s" | "sec" => number.div_ceil(60),
        "" | "m" | "min" => number,
        "h" => number.checked_mul(60)?,
        _ => return None,
    };
    (1..=LONGEST_MUTE_M).contains(&minutes).then_some(minutes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<Command>) {
        assert_eq!(Command::parse(text), expected, "{text}");
    }

    #[test]
    fn commands() {
        let clip = |title: &str| Some(Command::Clip { title: Some(title.to_owned()) });
        check("!testclip", Some(Command::Clip { title: None }));
        check(" !TESTCLIP please", Some(Command::Clip { title: None }));
        check("!clip", Some(Command::Clip { title: None }));
        check("!clip   what a\tplay ", clip("what a play"));
        check("!clip 勝った！", clip("勝った！"));
        check(&format!("!clip {}", "a".repeat(300)), clip(&"a".repeat(140)));
        check("!clips", None);
        check("!testclips", None);
        check("say !clip", None);
        check("", None);
        check("!cliphound", Some(Command::Status));
        check("!cliphound STATUS", Some(Command::Status));
        check("!cliphound pause", Some(Command::Pause));
        check("!cliphound resume now", Some(Command::Resume));
        check("!cliphound dance", Some(Command::Unknown));
    }

    #[test]
    fn mutes() {
        let mute = |minutes| Some(Command::Mute { minutes });
        check("!cliphound mute", mute(10));
        check("!cliphound mute 10m", mute(10));
        check("!cliphound mute 5", mute(5));
        check("!cliphound mute 90s", mute(2));
        check("!cliphound mute 2H", mute(120));
        for wrong in ["0m", "-5m", "10x", "m", "99h", "99999999999", "4294967295h", "１０m"] {
            check(&format!("!cliphound mute {wrong}"), Some(Command::Unknown));
        }
    }

    proptest::proptest! {
        #[test]
        fn any_line_is_survived(text in "!(cli)?(p|phound)? ?.{0,200}") {
            if let Some(Command::Clip { title: Some(title) }) = Command::parse(&text) {
                proptest::prop_assert!(title.chars().count() <= LONGEST_TITLE);
                proptest::prop_assert!(!title.chars().any(char::is_control));
            }
        }
    }
}

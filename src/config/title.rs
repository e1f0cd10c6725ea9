//! A clip's title: text with placeholders, or what somebody asks for, as plain text.

use std::{borrow::Cow, fmt, str::FromStr};

use crate::plain::plain;

/// Longest title that is sent to Twitch, in characters.
pub const MAX_TITLE: usize = 140;

const PLACEHOLDERS: [&str; 6] = ["{channel}", "{game}", "{title}", "{reason}", "{time}", "{score}"];

/// A checked template: it is not empty, and its braces hold known placeholders only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TitleTemplate(Cow<'static, str>);

/// What the placeholders stand for in one clip.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TitleFields<'a> {
    /// The channel's login or name.
    pub channel: &'a str,
    /// The category's name; empty while it is not known.
    pub game: &'a str,
    /// The stream's title; empty while it is not known.
    pub stream_title: &'a str,
    /// The strongest reason in words, or who asked for the clip.
    pub reason: &'a str,
    /// Trigger of the moment, Unix milliseconds; shown as `2026-11-21 14:03 UTC`.
    pub time_ms: i64,
    /// Score, 0 to 1; shown with two decimals.
    pub score: f32,
}

impl TitleTemplate {
    /// The title of one clip as [`plain_title`]. Never empty: without anything else it is
    /// that of [`neutral_title`].
    #[must_use]
    pub fn fill(&self, fields: &TitleFields<'_>) -> String {
        let title = plain_title(&self.filled(fields));
        if title.is_empty() { neutral_title(fields.channel, fields.time_ms) } else { title }
    }

    fn filled(&self, fields: &TitleFields<'_>) -> String {
        let mut title = String::new();
        let mut rest: &str = &self.0;
        while let Some(open) = rest.find('{') {
            title.push_str(&rest[..open]);
            let close = rest[open..].find('}').map_or(rest.len(), |at| open + at + 1);
            title.push_str(&fields.value(&rest[open..close]));
            rest = &rest[close..];
        }
        title.push_str(rest);
        title
    }
}

/// A title as it is sent: what is no text (control characters, and signs that turn or hide
/// what follows) becomes a blank, blanks in a row become one, and what is longer than
/// [`MAX_TITLE`] characters is cut. Empty when nothing is left.
#[must_use]
pub fn plain_title(text: &str) -> String {
    let line = plain(text);
    let words: Vec<&str> = line.split_whitespace().collect();
    words.join(" ").chars().take(MAX_TITLE).collect::<String>().trim().to_owned()
}

/// A title that nobody can object to: the channel and the time (Unix milliseconds).
#[must_use]
pub fn neutral_title(channel: &str, time_ms: i64) -> String {
    plain_title(&format!("{channel} {}", in_words(time_ms)))
}

/// `2026-11-21 14:03 UTC`; nothing beyond the calendar.
fn in_words(time_ms: i64) -> String {
    jiff::Timestamp::from_millisecond(time_ms)
        .map(|time| time.strftime("%Y-%m-%d %H:%M UTC").to_string())
        .unwrap_or_default()
}

impl TitleFields<'_> {
    fn value(&self, placeholder: &str) -> String {
        match placeholder {
            "{channel}" => self.channel.to_owned(),
            "{game}" => self.game.to_owned(),
            "{title}" => self.stream_title.to_owned(),
            "{reason}" => self.reason.to_owned(),
            "{score}" => format!("{:.2}", self.score),
            "{time}" => in_words(self.time_ms),
            _ => String::new(),
        }
    }
}

impl Default for TitleTemplate {
    fn default() -> Self {
        Self(Cow::Borrowed("{reason}"))
    }
}

impl fmt::Display for TitleTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for TitleTemplate {
    type Err = String;

    /// Checks a template.
    ///
    /// # Errors
    /// When there is nothing in it, or a brace is left open or holds something unknown.
    fn from_str(text: &str) -> Result<Self, String> {
        if plain_title(text).is_empty() {
            return Err(format!("must not be empty: write text, {}", PLACEHOLDERS.join(", ")));
        }
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            let known = PLACEHOLDERS.iter().find(|known| rest[at..].starts_with(**known));
            let Some(known) = known else {
                let wrong: String = match rest[at..].find('}') {
                    Some(end) => rest[at..=at + end].to_owned(),
                    None => rest[at..].to_owned(),
                };
                return Err(format!(
                    "has “{wrong}”, which is no placeholder: use {}",
                    PLACEHOLDERS.join(", ")
                ));
            };
            rest = &rest[at + known.len()..];
        }
        Ok(Self(Cow::Owned(text.to_owned())))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FIELDS: TitleFields<'_> = TitleFields {
        channel: "ninja",
        game: "Chess",
        stream_title: "",
        reason: "31 people\tat once",
        time_ms: 0,
        score: 0.876,
    };

    fn check(template: &str, expected: &str) {
        let template = template.parse::<TitleTemplate>().unwrap();
        assert_eq!(template.fill(&FIELDS), expected);
    }

    #[test]
    fn placeholders_are_filled() {
        check("{reason}", "31 people at once");
        check("[{channel}] {score} {time}!", "[ninja] 0.88 1970-01-01 00:00 UTC!");
        check("plain", "plain");
        check("{title}", "ninja 1970-01-01 00:00 UTC");
        check("{game}: {title} {reason}", "Chess: 31 people at once");
        check("a\u{202e}b\n c", "a b c");
        check(&"ö".repeat(200), &"ö".repeat(140));
    }

    #[test]
    fn what_somebody_asks_for_becomes_plain_text() {
        let check = |text: &str, expected: &str| assert_eq!(plain_title(text), expected);
        check(" what a\u{202e}play\t\u{200b} ", "what a play");
        check("again \u{e0000}", "again");
        check("\u{200f}\u{2060}\u{61c}", "");
        check("👩\u{200d}🚀 می\u{200c}خواهم", "👩\u{200d}🚀 می\u{200c}خواهم");
        check(&"ö".repeat(200), &"ö".repeat(MAX_TITLE));
        assert_eq!(neutral_title("ninja", 0), "ninja 1970-01-01 00:00 UTC");
    }

    #[test]
    fn a_template_without_anything_is_none() {
        for template in ["", " \t", "\u{200b}\u{202e}\n"] {
            let error = template.parse::<TitleTemplate>().unwrap_err();
            assert!(error.starts_with("must not be empty"), "{error}");
        }
    }

    #[test]
    fn unknown_placeholders_are_named() {
        for (template, wrong) in [("a {gane}", "“{gane}”"), ("{reason", "“{reason”"), ("a}", "“}”")]
        {
            let error = template.parse::<TitleTemplate>().unwrap_err();
            assert!(error.contains(wrong), "{error}");
        }
    }

    proptest! {
        #[test]
        fn any_template_is_refused_or_filled_within_the_limit(text in ".{0,300}", reason in ".{0,300}") {
            if let Ok(template) = text.parse::<TitleTemplate>() {
                let title = template.fill(&TitleFields { reason: &reason, ..FIELDS });
                prop_assert!(title.chars().count() <= MAX_TITLE);
                prop_assert!(!title.chars().any(char::is_control));
                prop_assert!(!title.is_empty());
            }
        }
    }
}

//! `[clips]`: how many clips, how long, what they are called, and who has to say yes.

use std::{fmt, str::FromStr};

use super::{origin::Mistake, reader::Reader, title::TitleTemplate};

pub(super) const KEYS: &[&str] = &[
    "clips.duration_s",
    "clips.title",
    "clips.budget_per_hour",
    "clips.sensitivity",
    "clips.cooldown_s",
    "clips.dry_run",
    "clips.publish",
    "clips.paused",
    "clips.vod",
    "clips.download",
];

/// What is clipped and how.
#[derive(Debug, Clone, PartialEq)]
pub struct Clips {
    /// Length of a clip.
    pub duration_s: ClipLength,
    /// Title of a clip, with placeholders.
    pub title: TitleTemplate,
    /// Clips an hour that the user wants in each channel, 0.1 to 60.
    pub budget_per_hour: f32,
    /// How easily a moment is found while the budget has room, 0.25 to 4; 1 is usual.
    pub sensitivity: f32,
    /// Least time between two automatic triggers of a channel, 10 to 3600 seconds.
    pub cooldown_s: u32,
    /// Record moments, ask Twitch for no clip.
    pub dry_run: bool,
    /// Whether somebody has to say yes first.
    pub publish: Publish,
    /// No moments are looked for until this is taken back; chat is heard and learned from.
    pub paused: bool,
    /// Make from the VOD what the live stream did not give, where the account may.
    pub vod: bool,
    /// Fetch the videos of the clips, where the account may.
    pub download: bool,
}

impl Clips {
    /// The defaults are the engine's own. What is accepted in review is made from the VOD,
    /// so the one without the other is a mistake.
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let clips = Self::each(reader);
        if clips.publish == Publish::Review && !clips.vod {
            reader.mistakes.push(Mistake::new(REVIEW_WITHOUT_VOD));
        }
        clips
    }

    fn each(reader: &mut Reader<'_>) -> Self {
        let engine = cliphound_engine::Settings::default();
        Self {
            duration_s: reader.word_or_number("clips.duration_s", ClipLength::Auto),
            title: reader.parsed("clips.title", TitleTemplate::default()),
            budget_per_hour: reader.number(
                "clips.budget_per_hour",
                engine.budget_per_hour,
                0.1..=60.0,
                " clips an hour",
            ),
            sensitivity: reader.number(
                "clips.sensitivity",
                engine.sensitivity,
                cliphound_engine::SENSITIVITY,
                "",
            ),
            cooldown_s: reader.number("clips.cooldown_s", engine.cooldown_s, 10..=3600, " seconds"),
            dry_run: reader.flag("clips.dry_run", false),
            publish: reader.parsed("clips.publish", Publish::Auto),
            paused: reader.flag("clips.paused", false),
            vod: reader.flag("clips.vod", true),
            download: reader.flag("clips.download", false),
        }
    }
}

const REVIEW_WITHOUT_VOD: &str = "clips.publish = review needs clips.vod = true: what is accepted is made from the VOD, so turn clips.vod on or set clips.publish to auto";

/// Shortest clip of [`ClipLength::Auto`], in seconds: shorter ones seldom hold a highlight.
const SHORTEST_S: f32 = 30.0;
/// Longest clip, in seconds (Twitch's limit).
const LONGEST_S: f32 = 60.0;
/// From the trigger to the end of a clip: seven seconds to the call, and Twitch's five.
const AFTER_TRIGGER_S: f32 = 12.0;
/// What is shown before the estimated start of a moment. Chat tells the start within some
/// 15 s only, and of labelled highlights, clips that end like ours hold 80 % of one more
/// often the longer they are (0.27-0.39 of 30 s, 0.54-0.58 of 45 s, 0.60-0.67 of 60 s): so
/// the usual moment, which starts 23 s before its trigger, gets all of the 60 s.
const LEAD_S: f32 = 25.0;

/// From a command in chat to the end of the live clip that it asks for: up to two seconds to
/// the call (a line waits a second for stragglers), and Twitch's five.
pub const AFTER_COMMAND_S: u32 = 7;

/// Length of a clip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ClipLength {
    /// As long as the moment and what leads up to it, 30 to 60 s.
    #[default]
    Auto,
    /// Always so many seconds, 5 to 60 (Twitch's limits).
    Seconds(u32),
}

impl ClipLength {
    /// Seconds of the clip of an automatic moment that began `since_start_s` before its trigger.
    #[must_use]
    pub fn of_moment(self, since_start_s: f32) -> f32 {
        match self {
            Self::Auto => {
                (since_start_s.max(0.0) + AFTER_TRIGGER_S + LEAD_S).clamp(SHORTEST_S, LONGEST_S)
            }
            Self::Seconds(seconds) => seconds as f32,
        }
    }

    /// Whole seconds that somebody asks for, the last ones before the command.
    #[must_use]
    pub fn asked_for_s(self) -> u32 {
        match self {
            Self::Auto => LONGEST_S as u32,
            Self::Seconds(seconds) => seconds,
        }
    }

    /// Seconds of the clip that holds them, as far as one can: it ends some seconds after the
    /// command.
    #[must_use]
    pub fn of_asked_s(self) -> u32 {
        (self.asked_for_s() + AFTER_COMMAND_S).min(LONGEST_S as u32)
    }
}

impl fmt::Display for ClipLength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Seconds(seconds) => seconds.fmt(f),
        }
    }
}

impl FromStr for ClipLength {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.eq_ignore_ascii_case("auto") {
            return Ok(Self::Auto);
        }
        let seconds = text.parse().ok().filter(|seconds| (5..=60).contains(seconds));
        let wrong =
            || format!("must be a whole number from 5 to 60 seconds, or auto, not “{text}”");
        seconds.map(Self::Seconds).ok_or_else(wrong)
    }
}

/// Whether somebody has to say yes before a clip is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Publish {
    /// Clips are made, and public, at once.
    #[default]
    Auto,
    /// Moments wait for `cliphound review accept`; then they are made from the VOD.
    Review,
}

impl fmt::Display for Publish {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Auto => "auto",
            Self::Review => "review",
        })
    }
}

impl FromStr for Publish {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "review" => Ok(Self::Review),
            other => Err(format!("must be auto or review, not “{other}”")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clip_is_as_long_as_its_moment() {
        let check = |length: ClipLength, since_start_s: f32, expected: f32| {
            assert_eq!(length.of_moment(since_start_s), expected);
        };
        check(ClipLength::Auto, 23.0, 60.0);
        check(ClipLength::Auto, 10.0, 47.0);
        check(ClipLength::Auto, -50.0, 37.0);
        check(ClipLength::Auto, 900.0, 60.0);
        check(ClipLength::Seconds(5), 23.0, 5.0);
        let asked = |length: ClipLength| (length.asked_for_s(), length.of_asked_s());
        assert_eq!(asked(ClipLength::Auto), (60, 60));
        assert_eq!(asked(ClipLength::Seconds(60)), (60, 60));
        assert_eq!(asked(ClipLength::Seconds(17)), (17, 24));
    }

    #[test]
    fn lengths_are_read() {
        for (text, expected) in [
            ("auto", Some(ClipLength::Auto)),
            ("Auto", Some(ClipLength::Auto)),
            ("5", Some(ClipLength::Seconds(5))),
            ("60", Some(ClipLength::Seconds(60))),
            ("61", None),
            ("4", None),
            ("-", None),
            ("30.5", None),
        ] {
            assert_eq!(text.parse().ok(), expected, "{text}");
        }
    }
}

//! Numbers, times and states of the live pages in words. Pure.

use std::fmt;

use crate::{
    board::{noted::Fate, state::Mode},
    clips::{order::covered_at, stands::Stands},
    trouble::Kind,
    web::zone::Zone,
};

/// A whole number with blanks between its thousands.
#[must_use]
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (nth, digit) in digits.chars().enumerate() {
        if nth > 0 && (digits.len() - nth).is_multiple_of(3) {
            // Narrow and unbroken.
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

/// A rate with as many digits as say something.
#[must_use]
pub fn rate(per_second: f32) -> String {
    // A window that slides sums up to a little less than nothing, and to -0.
    if per_second < 9.95 {
        format!("{:.1}", per_second.max(0.0) + 0.0)
    } else {
        grouped(per_second.round() as u64)
    }
}

/// An instant, Unix milliseconds, as `time` elements want it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct At(pub i64);

impl At {
    /// For `datetime`.
    #[must_use]
    pub fn rfc3339(self) -> String {
        self.timestamp().to_string()
    }

    /// Hours and minutes, in UTC.
    #[must_use]
    pub fn minute(self) -> String {
        self.timestamp().strftime("%H:%M").to_string()
    }

    /// The instant; what lies beyond the calendar is 1970.
    #[must_use]
    pub fn timestamp(self) -> jiff::Timestamp {
        jiff::Timestamp::from_millisecond(self.0).unwrap_or_default()
    }
}

/// An instant, as `datetime` has it, for those without a script.
#[must_use]
pub fn in_utc(rfc3339: impl fmt::Display) -> String {
    let time = rfc3339.to_string().parse::<jiff::Timestamp>();
    time.map(|time| time.strftime("%Y-%m-%d %H:%M UTC").to_string()).unwrap_or_default()
}

/// A word for people with the class of its tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// Class of the style: nothing, `good`, `warn` or `bad`; `long` may break into lines.
    pub class: &'static str,
    /// The word.
    pub text: String,
    /// What it means.
    pub about: String,
}

impl Tag {
    fn new(class: &'static str, text: impl Into<String>, about: &str) -> Self {
        Self { class, text: text.into(), about: about.to_owned() }
    }
}

/// How a channel is; `unclipped`: why what is found there is not clipped.
#[must_use]
pub fn mode(mode: Mode, unclipped: Option<Kind>) -> Tag {
    let tag = of_mode(mode);
    match unclipped.and_then(Kind::no_clips) {
        Some(why) if matches!(mode, Mode::Armed | Mode::Learning) => Tag {
            class: "warn long",
            text: format!("{}, but nothing is clipped: {why}", tag.text),
            about: "moments are looked for and noted, and no clips are made".to_owned(),
        },
        _ => tag,
    }
}

fn of_mode(mode: Mode) -> Tag {
    match mode {
        Mode::Armed => Tag::new("good", "armed", "moments are looked for"),
        Mode::Learning => Tag::new(
            "",
            "learning",
            "moments are looked for, by rules alone until the chat is known",
        ),
        Mode::Paused => Tag::new("warn", "paused", "no moments until somebody resumes"),
        Mode::Off => Tag::new("warn", "paused for good", "no moments: its settings pause it"),
        Mode::Muted(minutes) => {
            Tag::new("warn", format!("muted {minutes} min"), "no moments until the mute ends")
        }
        Mode::Offline => Tag::new("", "resting", "off line: nothing is looked for"),
        Mode::Deaf => Tag::new("bad", "not heard", "its chat is not heard: is it joined yet?"),
    }
}

/// What became of a moment, with times as they are read in `zone`. What its tag says whole is not
/// said again.
#[must_use]
pub fn fate(fate: &Fate, zone: &Zone) -> Tag {
    let (text, class) = fate.stands.tag();
    if let Some(by_ms) = fate.covered_by_ms {
        let about = fate.stands.sentence(Some(&covered_at(&zone.clock(by_ms))), false);
        return Tag::new(class, text, &about);
    }
    let is_plain = matches!(fate.stands, Stands::Confirmed | Stands::Coming | Stands::Unpromised);
    Tag::new(class, text, if is_plain { "" } else { &fate.text })
}

/// Letters of a line of chat that pages show: sixty of the longest would not leave one below 100 KB.
const LINE: usize = 200;

/// A line of chat as pages show it; the API has all of it.
#[must_use]
pub fn line(text: &str) -> String {
    match text.char_indices().nth(LINE) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clips::state::State;

    #[test]
    fn a_channel_whose_moments_are_not_clipped_is_not_just_armed() {
        let check = |mode_is, unclipped, class: &str, text: &str| {
            let tag = mode(mode_is, unclipped);
            assert_eq!((tag.class, tag.text.as_str()), (class, text));
        };
        let ended = Some(Kind::LogInEnded);
        let text = "armed, but nothing is clipped: log-in ended";
        check(Mode::Armed, ended, "warn long", text);
        let text = "learning, but nothing is clipped: dry run";
        check(Mode::Learning, Some(Kind::DryRun), "warn long", text);
        check(Mode::Armed, None, "good", "armed");
        check(Mode::Armed, Some(Kind::Disk), "good", "armed");
        check(Mode::Offline, ended, "", "resting");
        check(Mode::Paused, ended, "warn", "paused");
    }

    #[test]
    fn whose_stretch_it_is_has_the_readers_time() {
        let covered = State::Covered { by_ms: 1_795_265_943_412, reason: "in UTC".to_owned() };
        for (name, clock) in [("America/New_York", "07:59:03"), ("Asia/Tokyo", "21:59:03")] {
            let about = fate(&Fate::of(&covered), &Zone::named(name).unwrap()).about;
            let says = format!("its stretch is that of the moment at {clock}.");
            assert!(about.ends_with(&says) && !about.contains("UTC"), "{about}");
        }
    }

    #[test]
    fn numbers_can_be_read() {
        for (number, expected) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1\u{202f}000"),
            (1_234_567, "1\u{202f}234\u{202f}567"),
        ] {
            assert_eq!(grouped(number), expected);
        }
        for (per_second, expected) in
            [(0.0, "0.0"), (3.21, "3.2"), (9.96, "10"), (1_234.5, "1\u{202f}235")]
        {
            assert_eq!(rate(per_second), expected);
        }
    }

    #[test]
    fn instants_are_in_utc() {
        assert_eq!(At(1_795_265_943_412).rfc3339(), "2026-11-21T12:59:03.412Z");
        assert_eq!(At(i64::MAX).rfc3339(), "1970-01-01T00:00:00Z");
        assert_eq!(in_utc(At(1_795_265_943_412).rfc3339()), "2026-11-21 12:59 UTC");
        assert_eq!(in_utc("soon"), "");
    }
}

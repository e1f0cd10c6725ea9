//! Numbers, times and states of the live pages in words. Pure.

use crate::board::{noted::Fate, state::Mode};

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

/// A word for people with the class of its tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// Class of the style: nothing, `good`, `warn` or `bad`.
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

/// How a channel is.
#[must_use]
pub fn mode(mode: Mode) -> Tag {
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

/// What became of a moment.
#[must_use]
pub fn fate(fate: &Fate) -> Tag {
    let about = fate.reason.clone().unwrap_or_default();
    let tag = |class, text: &str| Tag { class, text: text.to_owned(), about: about.clone() };
    match fate.state.as_str() {
        "confirmed" => tag("good", "clip"),
        "created" => tag("good", "clip made"),
        "unconfirmed" => tag("warn", "clip not seen yet"),
        "waiting" | "requested" => tag("", "clip on its way"),
        "unknown" => tag("warn", "answer lost, looking"),
        "vod" => tag("", "from the VOD"),
        "review" => tag("warn", "waits for a yes"),
        "refused" => tag("bad", "refused"),
        "missed" => tag("bad", "missed"),
        "rejected" => tag("", "rejected"),
        "dry_run" => tag("", "noted only"),
        "overlaps" => tag("", "in another clip"),
        _ => tag("", "no clip"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
    }
}

//! What a reader yields, and what it counts on the way.

use cliphound_engine::{EventTime, Input, Message};
use cliphound_twitch::login::ChannelLogin;

/// One input for an engine, as a reader found it.
#[derive(Debug, Clone, PartialEq)]
pub struct Fed {
    /// When it happened, on the clock of the file.
    pub at: EventTime,
    /// The channel it belongs to; `None` where the format does not say.
    pub channel: Option<ChannelLogin>,
    /// What happened.
    pub input: Input,
}

impl Fed {
    /// A plain message of a format that knows only time, user and text; an empty name is none.
    #[must_use]
    pub fn message(at_ms: i64, user: Option<String>, text: String) -> Self {
        let user = user.filter(|name| !name.trim().is_empty());
        let message = Message { user, text, ..Message::default() };
        Self { at: EventTime(at_ms), channel: None, input: Input::Message(message) }
    }

    /// Whether this is a chat line.
    #[must_use]
    pub fn is_message(&self) -> bool {
        matches!(self.input, Input::Message(_))
    }
}

/// Where readers put what they find. It can't fail: what goes wrong behind it is told at the end.
pub type Sink<'a> = dyn FnMut(Fed) + 'a;

/// What was left out of a file, and why.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tally {
    /// Lines over the length limit.
    pub too_long: u64,
    /// Lines that are not of the file's format.
    pub unreadable: u64,
    /// The begin of the first of them, where the file is made of lines.
    pub first_unreadable: Option<String>,
    /// Messages that carry no time.
    pub untimed: u64,
    /// Messages whose time can't be right, seen from the messages around them.
    pub misdated: u64,
    /// Messages of more channels than one run can hold.
    pub crowded_out: u64,
    /// Why reading stopped before the end; what came before it was used.
    pub damage: Option<String>,
}

impl Tally {
    /// Counts a line that is not of the file's format, and keeps the first to be shown.
    pub fn cannot_read(&mut self, line: String) {
        self.unreadable += 1;
        self.first_unreadable.get_or_insert(line);
    }
}

/// Times outside of this many milliseconds around zero are no times (about 31,000 years).
const MAX_TIME_MS: f64 = 1e15;

/// Milliseconds from a number in a file, unless no stream can have it.
#[must_use]
pub fn plausible_ms(ms: f64) -> Option<i64> {
    (ms.abs() <= MAX_TIME_MS).then_some(ms.round() as i64)
}

/// An instant in a file, unless no stream can have it.
#[must_use]
pub fn plausible(at: EventTime) -> Option<EventTime> {
    plausible_ms(at.0 as f64).map(|_| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn impossible_times_are_none() {
        for (ms, expected) in [
            (0.0, Some(0)),
            (-1500.4, Some(-1500)),
            (1.7e12, Some(1_700_000_000_000)),
            (1e16, None),
            (f64::NAN, None),
            (f64::INFINITY, None),
        ] {
            assert_eq!(plausible_ms(ms), expected, "{ms}");
        }
    }
}

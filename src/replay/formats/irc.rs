//! Raw IRC lines as a client logged them: with tags or a time stamp before them, or both.

use cliphound_engine::EventTime;
use cliphound_twitch::irc::{Line, parse_line};

use super::Read;
use crate::{
    feed::input,
    replay::{
        event::{Fed, plausible, plausible_ms},
        stamp::{self, DayClock},
    },
};

/// Reads a log line by line. A line's time is Twitch's own, else the stamp before it;
/// an event without either happened when the line before it did.
#[derive(Debug, Default)]
pub struct Irc {
    clock: DayClock,
    last_ms: Option<i64>,
}

impl Irc {
    /// Reads one line.
    pub fn read(&mut self, line: &str) -> Read {
        let (stamp, raw) = split_stamp(line);
        match parse_line(raw, "") {
            Line::Event { channel, sent_ms, event, .. } => {
                let sent_ms = sent_ms.and_then(|ms| plausible(EventTime(ms))).map(|at| at.0);
                let stamped = sent_ms.or_else(|| self.stamp_ms(stamp?));
                let Some(input) = input(event) else { return Read::Other };
                let is_message = matches!(input, cliphound_engine::Input::Message(_));
                let assumed = if is_message { None } else { self.last_ms };
                let Some(at) = stamped.or(assumed) else { return Read::Untimed };
                self.last_ms = Some(at);
                Read::Fed(Fed { at: EventTime(at), channel: Some(channel), input })
            }
            Line::Unknown if !looks_like_irc(raw) => Read::Unreadable,
            _ => Read::Other,
        }
    }

    fn stamp_ms(&mut self, stamp: &str) -> Option<i64> {
        unix_ms(stamp).or_else(|| self.clock.read(stamp))
    }
}

/// Whether a line, with or without a stamp, is a message of the IRC protocol.
#[must_use]
pub fn is_irc(line: &str) -> bool {
    looks_like_irc(split_stamp(line).1)
}

fn looks_like_irc(raw: &str) -> bool {
    let untagged = match raw.strip_prefix('@').map(|tags| tags.split_once(' ')) {
        Some(Some((_, rest))) => rest.trim_start(),
        Some(None) => return false,
        None => raw,
    };
    let mut words = untagged.split(' ').filter(|word| !word.is_empty());
    let command = match words.next() {
        Some(prefix) if prefix.starts_with(':') => words.next(),
        Some(word @ ("PING" | "PONG" | "RECONNECT")) => Some(word),
        _ => None,
    };
    command.is_some_and(|word| {
        let numeric = word.len() == 3 && word.bytes().all(|b| b.is_ascii_digit());
        numeric || (word.len() >= 3 && word.bytes().all(|b| b.is_ascii_uppercase()))
    })
}

/// Parts the stamp, if there is one, from the raw line: `[stamp] raw`, `stamp raw`,
/// or `date time raw`.
fn split_stamp(line: &str) -> (Option<&str>, &str) {
    if line.starts_with(['@', ':']) {
        return (None, line);
    }
    if let Some((stamp, raw)) = stamp::bracketed(line) {
        return (Some(stamp), raw);
    }
    let begins = |raw: &str| raw.starts_with(['@', ':']);
    for blank in line.match_indices(' ').map(|(at, _)| at).take(3) {
        let (stamp, raw) = (&line[..blank], line[blank..].trim_start());
        if begins(raw) && line.starts_with(|c: char| c.is_ascii_digit()) {
            return (Some(stamp.trim_end()), raw);
        }
    }
    (None, line)
}

/// Unix time in milliseconds (13 digits) or seconds (10 digits, perhaps with a fraction).
fn unix_ms(stamp: &str) -> Option<i64> {
    let whole = stamp.split('.').next()?;
    if !whole.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let number: f64 = stamp.parse().ok()?;
    match whole.len() {
        10 => plausible_ms(number * 1000.0),
        13 => plausible_ms(number),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use cliphound_engine::Input;

    use super::*;

    const HI: &str = ":ann!ann@ann.tmi.twitch.tv PRIVMSG #ninja :hi";

    fn check(lines: &[&str], expected: &[(i64, &str)]) {
        let mut reader = Irc::default();
        let read: Vec<_> = lines
            .iter()
            .filter_map(|line| match reader.read(line) {
                Read::Fed(fed) => Some((fed.at.0, fed.channel.unwrap().to_string(), fed.input)),
                _ => None,
            })
            .collect();
        let short: Vec<_> = read
            .iter()
            .map(|(at, channel, input)| {
                let what = match input {
                    Input::Message(message) => message.text.as_str(),
                    Input::UserCleared { user } => user,
                    _ => "other",
                };
                assert_eq!(channel, "ninja");
                (*at, what)
            })
            .collect();
        assert_eq!(short, expected);
    }

    #[test]
    fn times_of_every_kind() {
        for (before, at) in [
            ("@tmi-sent-ts=1714586405123 ", 1_714_586_405_123),
            ("[2024-05-01 20:00:05] @tmi-sent-ts=1714586405123 ", 1_714_586_405_123),
            ("[2024-05-01 20:00:05] ", 1_714_593_605_000),
            ("2024-05-01T20:00:05Z ", 1_714_593_605_000),
            ("2024-05-01 20:00:05 ", 1_714_593_605_000),
            ("2024-05-01 20:00:05 +0200 ", 1_714_593_605_000),
            ("1714586405123 ", 1_714_586_405_123),
            ("1714586405.5 ", 1_714_586_405_500),
            ("[20:00:05] ", 946_756_805_000),
        ] {
            let line = format!("{before}{HI}");
            assert!(is_irc(&line), "{line}");
            check(&[&line], &[(at, "hi")]);
        }
    }

    #[test]
    fn events_take_the_time_before_them() {
        let clear = ":tmi.twitch.tv CLEARCHAT #ninja :bob";
        let hi = format!("@tmi-sent-ts=5 {HI}");
        check(&[clear, &hi, clear], &[(5, "hi"), (5, "bob")]);
    }

    #[test]
    fn what_is_left_out() {
        let mut reader = Irc::default();
        for (line, expected) in [
            (HI, Read::Untimed),
            ("@tmi-sent-ts=-9223372036854775808 :a!a@a PRIVMSG #ninja :hi", Read::Untimed),
            ("PING :tmi.twitch.tv", Read::Other),
            (":ann!ann@ann.tmi.twitch.tv JOIN #ninja", Read::Other),
            (":tmi.twitch.tv 999 x :y", Read::Other),
            ("@tmi-sent-ts=1;room-id=1;source-room-id=2 :a!a@a PRIVMSG #ninja :hi", Read::Other),
            ("hello", Read::Unreadable),
            ("[20:00:05] ann: hi", Read::Unreadable),
            ("@ann hi", Read::Unreadable),
        ] {
            assert_eq!(reader.read(line), expected, "{line}");
        }
    }
}

//! Readers, one file a format: text in, engine inputs out.

pub mod chatterino;
pub mod chatty;
pub mod comment;
pub mod irc;
pub mod jsonl;
pub mod vod_json;
pub mod vod_text;

use std::io::BufRead;

use cliphound_engine::{EventTime, Input, Message};

use super::{
    detect::Format,
    event::{Fed, Sink, Tally},
    lines::Lines,
    stamp::{self, DayClock},
};

/// What a line says to a reader.
#[derive(Debug, PartialEq)]
pub enum Read {
    /// An input for the engine.
    Fed(Fed),
    /// A good line that is no input: a header, a join, an event.
    Other,
    /// A message without a time.
    Untimed,
    /// Not a line of this format.
    Unreadable,
}

/// Reads a format that is made of lines to its end.
pub fn read_lines<R: BufRead>(
    format: Format,
    lines: &mut Lines<R>,
    tally: &mut Tally,
    sink: &mut Sink<'_>,
) {
    let mut reader: Box<dyn FnMut(&str) -> Read> = match format {
        Format::Jsonl => Box::new(jsonl::read),
        Format::Comments => {
            let mut reader = comment::Comments::default();
            Box::new(move |line| reader.read(line))
        }
        Format::Irc => {
            let mut reader = irc::Irc::default();
            Box::new(move |line| reader.read(line))
        }
        Format::Chatterino => {
            let mut reader = chatterino::Chatterino::default();
            Box::new(move |line| reader.read(line))
        }
        Format::Chatty => {
            let mut reader = chatty::Chatty::default();
            Box::new(move |line| reader.read(line))
        }
        Format::VodText => Box::new(vod_text::read),
        // These two have readers of their own.
        Format::VodJson | Format::Recording => Box::new(|_| Read::Unreadable),
    };
    for line in lines.by_ref() {
        if line.trim().is_empty() {
            continue;
        }
        match reader(&line) {
            Read::Fed(fed) => sink(fed),
            Read::Other => {}
            Read::Untimed => tally.untimed += 1,
            Read::Unreadable => tally.cannot_read(line),
        }
    }
    tally.too_long += lines.too_long;
    tally.damage = lines.damage.take();
}

/// Reads a line of a chat client's log, `[stamp] rest`: a date after `header` sets the day,
/// midnight turns it, and `said` takes the message out of the rest.
fn read_log_line(
    clock: &mut DayClock,
    header: &str,
    line: &str,
    said: impl FnOnce(&str) -> Option<Message>,
) -> Read {
    if let Some(date) = line.strip_prefix(header).and_then(stamp::date_time) {
        clock.set(date);
    }
    if line.starts_with('#') {
        return Read::Other;
    }
    let Some((stamp, rest)) = stamp::bracketed(line) else { return Read::Unreadable };
    let Some(at) = clock.read(stamp) else { return Read::Unreadable };
    match said(rest) {
        Some(message) => {
            Read::Fed(Fed { at: EventTime(at), channel: None, input: Input::Message(message) })
        }
        None => Read::Other,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A message in short: milliseconds, user, text.
    pub(crate) fn fed(at_ms: i64, user: &str, text: &str) -> Read {
        Read::Fed(Fed::message(at_ms, Some(user.to_owned()), text.to_owned()))
    }

    proptest::proptest! {
        #[test]
        fn no_reader_panics(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..400)) {
            read_all(&bytes);
        }

        #[test]
        fn no_reader_panics_on_what_looks_like_a_log(
            text in r#"([\[\]<>(){}@:# \n"\\0-9T.+-]|20|:30|t_ms|user|text|message|body|é|PRIVMSG|# Log started: ){0,60}"#
        ) {
            read_all(text.as_bytes());
        }
    }

    fn read_all(bytes: &[u8]) {
        for format in Format::ALL {
            let mut tally = Tally::default();
            read_lines(format, &mut Lines::new(bytes), &mut tally, &mut |_| {});
            vod_json::read(bytes, &mut tally, &mut |_| {});
        }
    }
}

//! A log whose lines are lines: what others wrote can neither move the cursor, nor turn or hide
//! text, nor begin a line of its own.

use std::{fmt::Write as _, io};

use tracing_subscriber::fmt::MakeWriter;

use crate::plain::is_plain;

/// Makes writers that write harmless lines.
pub struct Harmless<M> {
    /// Where they go.
    pub to: M,
    /// The log's layer writes colours.
    pub colours: bool,
}

/// Takes an event at a time, as the log's layer gives it.
pub struct Lines<W> {
    to: W,
    colours: bool,
}

impl<'w, M: MakeWriter<'w>> MakeWriter<'w> for Harmless<M> {
    type Writer = Lines<M::Writer>;

    fn make_writer(&'w self) -> Self::Writer {
        Lines { to: self.to.make_writer(), colours: self.colours }
    }
}

impl<W: io::Write> io::Write for Lines<W> {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let event_text = String::from_utf8_lossy(event);
        self.to.write_all(harmless(&event_text, self.colours).as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

/// What is no text becomes its number, as JSON writes it; the end of the line stays, and so do
/// `colours` where the log has them.
fn harmless(event: &str, colours: bool) -> String {
    let (line, end) = match event.strip_suffix('\n') {
        Some(line) => (line, "\n"),
        None => (event, ""),
    };
    let mut safe = String::with_capacity(event.len());
    for (at, c) in line.char_indices() {
        if is_plain(c) || (colours && c == '\u{1b}' && is_colour(&line[at + 1..])) {
            safe.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(safe, "\\u{unit:04x}");
            }
        }
    }
    safe + end
}

/// Whether an escape is one of those that the log's layer writes: bold, dim, italic, a colour of the
/// eight, and their end. Others hide text (`[8m`) or move.
fn is_colour(after_escape: &str) -> bool {
    let code = after_escape.strip_prefix('[').and_then(|rest| rest.split_once('m'));
    code.is_some_and(|(code, _)| {
        matches!(code, "0" | "1" | "2" | "3") || matches!(code.as_bytes(), [b'3', b'0'..=b'7'])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_stays_a_line() {
        for (event, expected) in [
            ("joined channel=ninja\n", "joined channel=ninja\n"),
            ("\u{1b}[2mnow\u{1b}[0m é 🎉\n", "\u{1b}[2mnow\u{1b}[0m é 🎉\n"),
            ("a\nERROR forged\n", "a\\u000aERROR forged\n"),
            ("\u{1b}[2J\u{1b}]0;title\u{7}\n", "\\u001b[2J\\u001b]0;title\\u0007\n"),
            ("\u{1b}[8mhidden\u{1b}[1;5m", "\\u001b[8mhidden\\u001b[1;5m"),
            ("\u{9b}2J \u{202e} \u{e0000}", "\\u009b2J \\u202e \\udb40\\udc00"),
        ] {
            assert_eq!(harmless(event, true), expected);
        }
        assert_eq!(harmless("\u{1b}[31mred\n", false), "\\u001b[31mred\n", "somebody else's");
    }
}

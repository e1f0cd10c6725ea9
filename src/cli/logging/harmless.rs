//! A log whose lines are lines: what others wrote can neither move the cursor, nor turn or hide
//! text, nor begin a line of its own.

use std::{fmt::Write as _, io};

use tracing_subscriber::fmt::MakeWriter;

use crate::plain::is_plain;

/// Makes writers that write harmless lines.
pub struct Harmless<M>(pub M);

/// Takes an event at a time, as the log's layer gives it.
pub struct Lines<W>(W);

impl<'w, M: MakeWriter<'w>> MakeWriter<'w> for Harmless<M> {
    type Writer = Lines<M::Writer>;

    fn make_writer(&'w self) -> Self::Writer {
        Lines(self.0.make_writer())
    }
}

impl<W: io::Write> io::Write for Lines<W> {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        self.0.write_all(harmless(&String::from_utf8_lossy(event)).as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// What is no text becomes its number, as JSON writes it; the end of the line stays, and so do
/// colours: the log's layer lets none but its own through.
fn harmless(event: &str) -> String {
    let (line, end) = match event.strip_suffix('\n') {
        Some(line) => (line, "\n"),
        None => (event, ""),
    };
    let mut safe = String::with_capacity(event.len());
    for (at, c) in line.char_indices() {
        if is_plain(c) || (c == '\u{1b}' && is_colour(&line[at + 1..])) {
            safe.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(safe, "\\u{unit:04x}");
            }
        }
    }
    safe + end
}

/// `[2m`, `[1;31m`.
fn is_colour(after_escape: &str) -> bool {
    let Some(rest) = after_escape.strip_prefix('[') else { return false };
    rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';').starts_with('m')
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
            ("\u{9b}2J \u{202e} \u{e0000}", "\\u009b2J \\u202e \\udb40\\udc00"),
        ] {
            assert_eq!(harmless(event), expected);
        }
    }
}

//! Lines of a text with a limit to their length: a longer one is skipped without being held.

use std::{
    collections::VecDeque,
    io::{self, BufRead},
};

use super::reader::why;

/// Longest line that is read, in bytes: fifty times what Twitch allows with all tags.
pub const MAX_LINE: usize = 1024 * 1024;

/// Reads lines as text; bytes that are not UTF-8 become `U+FFFD`.
pub struct Lines<R> {
    reader: R,
    limit: usize,
    ahead: VecDeque<String>,
    buffer: Vec<u8>,
    /// Lines over the limit, so far.
    pub too_long: u64,
    /// Why reading stopped before the end. The line it happened in is left out.
    pub damage: Option<String>,
}

enum Line {
    Whole,
    TooLong,
    End,
}

impl<R: BufRead> Lines<R> {
    /// Lines of at most [`MAX_LINE`] bytes.
    pub fn new(reader: R) -> Self {
        Self {
            reader,
            limit: MAX_LINE,
            ahead: VecDeque::new(),
            buffer: Vec::new(),
            too_long: 0,
            damage: None,
        }
    }

    /// Allows lines of up to `bytes` from here on.
    pub fn set_limit(&mut self, bytes: usize) {
        self.limit = bytes;
    }

    /// Up to `count` of the next lines, which stay to be read.
    pub fn look_ahead(&mut self, count: usize) -> &[String] {
        while self.ahead.len() < count {
            match self.fetch() {
                Some(line) => self.ahead.push_back(line),
                None => break,
            }
        }
        self.ahead.make_contiguous()
    }

    fn fetch(&mut self) -> Option<String> {
        loop {
            if self.damage.is_some() {
                return None;
            }
            self.buffer.clear();
            match self.read_line() {
                Ok(Line::Whole) => return Some(text(&self.buffer)),
                Ok(Line::TooLong) => self.too_long += 1,
                Ok(Line::End) => return None,
                Err(error) => self.damage = Some(why(&error)),
            }
        }
    }

    fn read_line(&mut self) -> io::Result<Line> {
        let mut length = 0;
        loop {
            let chunk = match self.reader.fill_buf() {
                Ok(chunk) => chunk,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            let newline = chunk.iter().position(|&byte| byte == b'\n');
            let part = &chunk[..newline.unwrap_or(chunk.len())];
            length += part.len();
            if length <= self.limit {
                self.buffer.extend_from_slice(part);
            }
            let (used, at_end) = (part.len() + usize::from(newline.is_some()), chunk.is_empty());
            self.reader.consume(used);
            if at_end && length == 0 {
                return Ok(Line::End);
            }
            if at_end || newline.is_some() {
                return Ok(if length <= self.limit { Line::Whole } else { Line::TooLong });
            }
        }
    }
}

/// The next line, without its end; `None` at the end of the text or where it is damaged.
impl<R: BufRead> Iterator for Lines<R> {
    type Item = String;
    fn next(&mut self) -> Option<String> {
        self.ahead.pop_front().or_else(|| self.fetch())
    }
}

fn text(line: &[u8]) -> String {
    String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line)).into_owned()
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    fn check(text: &[u8], expected: &[&str], too_long: u64) {
        for capacity in [1, 3, 8192] {
            let mut lines = Lines::new(BufReader::with_capacity(capacity, text));
            lines.set_limit(8);
            lines.look_ahead(2);
            assert_eq!(lines.by_ref().collect::<Vec<_>>(), expected);
            assert_eq!(lines.too_long, too_long);
        }
    }

    #[test]
    fn lines_of_any_kind() {
        check(b"", &[], 0);
        check(b"a\r\nb\n\nc", &["a", "b", "", "c"], 0);
        check(b"12345678\n123456789\nlast\n", &["12345678", "last"], 1);
        check(b"ok\n123456789", &["ok"], 1);
        check(b"\xff\xfe!\n", &["\u{fffd}\u{fffd}!"], 0);
    }

    #[test]
    fn ten_megabytes_in_one_line_are_not_held() {
        let text = [vec![b'x'; 10_000_000], b"\nshort\n".to_vec()].concat();
        let mut lines = Lines::new(text.as_slice());
        assert_eq!(lines.by_ref().collect::<Vec<_>>(), ["short"]);
        assert_eq!(lines.too_long, 1);
        assert!(lines.buffer.capacity() <= 2 * MAX_LINE);
    }

    #[test]
    fn damage_ends_the_lines() {
        let mut packed = super::super::reader::tests::gz(b"one\ntwo\n");
        packed.truncate(packed.len() - 4);
        let decoder = flate2::bufread::MultiGzDecoder::new(packed.as_slice());
        let mut lines = Lines::new(BufReader::new(decoder));
        assert_eq!(lines.by_ref().collect::<Vec<_>>(), ["one", "two"]);
        assert_eq!(lines.damage.as_deref(), Some("it is cut off in the middle"));
    }
}

//! Bytes in, lines out. A line longer than allowed is skipped without being kept.

use super::parse::MAX_LINE_BYTES;

/// Cuts a stream of bytes into lines. Holds at most [`MAX_LINE_BYTES`] and one chunk.
#[derive(Debug, Default)]
pub(super) struct LineBuffer {
    bytes: Vec<u8>,
    /// Where the next line starts.
    start: usize,
    /// Up to here no line end was found.
    searched: usize,
    /// Within a line that is too long.
    skipping: bool,
    too_long: u64,
}

impl LineBuffer {
    /// Adds what was received. Take all lines out before the next chunk comes.
    pub(super) fn push(&mut self, chunk: &[u8]) {
        self.bytes.drain(..self.start);
        self.searched -= self.start;
        self.start = 0;
        self.bytes.extend_from_slice(chunk);
    }

    /// Ends a line that was not ended, as at the end of a WebSocket frame.
    pub(super) fn end_line(&mut self) {
        if self.bytes.last().is_some_and(|last| *last != b'\n') {
            self.bytes.push(b'\n');
        }
    }

    /// The next whole line, without its line end; empty lines are passed over.
    pub(super) fn next_line(&mut self) -> Option<&[u8]> {
        loop {
            let Some(end) = self.find_end() else {
                self.drop_if_too_long();
                return None;
            };
            let start = std::mem::replace(&mut self.start, end + 1);
            self.searched = self.start;
            if std::mem::take(&mut self.skipping) {
                continue;
            }
            if end - start > MAX_LINE_BYTES {
                self.too_long += 1;
                continue;
            }
            // Looked at twice for the borrow checker: a returned borrow can't end in a loop.
            if !trimmed(&self.bytes[start..end]).is_empty() {
                return Some(trimmed(&self.bytes[start..end]));
            }
        }
    }

    /// How many lines were too long since this was asked last.
    pub(super) fn take_too_long(&mut self) -> u64 {
        std::mem::take(&mut self.too_long)
    }

    fn find_end(&self) -> Option<usize> {
        let found = self.bytes[self.searched..].iter().position(|byte| *byte == b'\n');
        found.map(|offset| self.searched + offset)
    }

    /// Forgets the start of a line that has no end yet and is too long already.
    fn drop_if_too_long(&mut self) {
        self.searched = self.bytes.len();
        if self.skipping || self.bytes.len() - self.start > MAX_LINE_BYTES {
            self.too_long += u64::from(!self.skipping);
            self.skipping = true;
            self.start = self.bytes.len();
        }
    }
}

fn trimmed(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lines_of(chunks: &[&[u8]]) -> (Vec<Vec<u8>>, u64, usize) {
        let (mut buffer, mut lines, mut most) = (LineBuffer::default(), Vec::new(), 0);
        for chunk in chunks {
            buffer.push(chunk);
            most = most.max(buffer.bytes.len());
            while let Some(line) = buffer.next_line() {
                lines.push(line.to_vec());
            }
        }
        (lines, buffer.take_too_long(), most)
    }

    #[test]
    fn lines_are_cut_wherever_chunks_end() {
        let (lines, too_long, _) =
            lines_of(&[b"PI", b"NG :a\r", b"\nPONG\n\r\n\nJOIN", b" #b\r\nrest"]);
        assert_eq!(lines, [&b"PING :a"[..], b"PONG", b"JOIN #b"]);
        assert_eq!(too_long, 0);
    }

    #[test]
    fn a_line_of_ten_megabytes_is_skipped_and_never_held() {
        let chunk = vec![b'x'; 16 * 1024];
        let mut chunks: Vec<&[u8]> = vec![b"before\n"];
        chunks.extend(std::iter::repeat_n(&chunk[..], 640));
        chunks.push(b"end\nafter\n");
        let (lines, too_long, most) = lines_of(&chunks);
        assert_eq!(lines, [&b"before"[..], b"after"]);
        assert_eq!(too_long, 1);
        assert!(most <= MAX_LINE_BYTES + 2 * chunk.len(), "{most}");
    }

    #[test]
    fn a_long_line_within_one_chunk_is_skipped_too() {
        let mut chunk = vec![b'x'; MAX_LINE_BYTES + 1];
        chunk.extend_from_slice(b"\nafter\n");
        let (lines, too_long, _) = lines_of(&[&chunk]);
        assert_eq!((lines, too_long), (vec![b"after".to_vec()], 1));
    }

    proptest! {
        #[test]
        fn how_the_bytes_are_cut_changes_nothing(
            bytes in proptest::collection::vec(prop_oneof![Just(b'\n'), Just(b'\r'), any::<u8>()], 0..200),
            size in 1usize..20,
        ) {
            let whole = lines_of(&[&bytes]).0;
            let pieces: Vec<&[u8]> = bytes.chunks(size).collect();
            prop_assert_eq!(whole, lines_of(&pieces).0);
        }
    }
}

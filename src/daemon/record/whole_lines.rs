//! A file that holds whole lines, whatever its disk does.

use std::{
    fs::File,
    io::{self, Write},
};

/// A file that ends with a whole line also when the disk is full: what came of the line that
/// did not fit is cut off, and nothing follows it.
#[derive(Debug)]
pub(super) struct WholeLines<F> {
    file: F,
    length: u64,
    /// Up to here there are whole lines.
    whole: u64,
    has_failed: bool,
}

/// Something whose end can be cut off.
pub(super) trait Cut: Write {
    fn cut_to(&mut self, length: u64) -> io::Result<()>;
}

impl Cut for File {
    fn cut_to(&mut self, length: u64) -> io::Result<()> {
        self.set_len(length)
    }
}

impl<F: Cut> WholeLines<F> {
    pub(super) const fn new(file: F) -> Self {
        Self { file, length: 0, whole: 0, has_failed: false }
    }

    /// Of a pipe nothing can be cut off; whoever reads it sees that it ended.
    fn fails(&mut self, error: io::Error) -> io::Error {
        if error.kind() != io::ErrorKind::Interrupted {
            self.has_failed = true;
            if let Err(error) = self.file.cut_to(self.whole) {
                tracing::debug!(%error, "half a line stays at the recording's end");
            }
        }
        error
    }
}

impl<F: Cut> Write for WholeLines<F> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.has_failed {
            return Err(io::Error::other("the recording has ended"));
        }
        let written = self.file.write(bytes).map_err(|error| self.fails(error))?;
        let lines = bytes.iter().take(written).rposition(|byte| *byte == b'\n');
        if let Some(at) = lines {
            self.whole = self.length + at as u64 + 1;
        }
        self.length += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A disk with room for so many bytes.
    struct Small(Vec<u8>, usize);

    impl Write for Small {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let count = bytes.len().min(self.1 - self.0.len());
            self.0.extend_from_slice(&bytes[..count]);
            if count > 0 { Ok(count) } else { Err(io::ErrorKind::StorageFull.into()) }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Cut for Small {
        fn cut_to(&mut self, length: u64) -> io::Result<()> {
            self.0.truncate(usize::try_from(length).map_err(io::Error::other)?);
            Ok(())
        }
    }

    #[test]
    fn a_full_disk_leaves_whole_lines() {
        for room in 0..12 {
            let mut lines = WholeLines::new(Small(Vec::new(), room));
            let refused = lines.write_all(b"abc\ndefg\nhi\n").is_err();
            assert!(refused || room > 11, "{room}");
            lines.file.1 = 99;
            assert!(lines.write_all(b"later\n").is_err(), "nothing follows");
            assert!(b"abc\ndefg\nhi\n".starts_with(&lines.file.0));
            assert!(lines.file.0.is_empty() || lines.file.0.ends_with(b"\n"), "{room}");
        }
    }
}

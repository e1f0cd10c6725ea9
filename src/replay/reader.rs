//! Opens a file of chat: plain or gzip by its first bytes, with a look at its head.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Cursor, Read},
};

use anyhow::{Result, anyhow, bail};
use flate2::bufread::MultiGzDecoder;
use indicatif::ProgressBar;

/// How much of a file is looked at to find out its format.
const HEAD_BYTES: u64 = 64 * 1024;
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// An open file: its first bytes to look at, and a reader that begins with them.
pub struct Source {
    /// The first 64 KiB of the text, without a byte order mark; less if the file is shorter.
    pub head: Vec<u8>,
    /// The whole text, without a byte order mark. A damaged file ends in an error.
    pub reader: Box<dyn BufRead>,
}

/// Opens `path` (`-`: standard input); `bar` follows the bytes as they are read.
///
/// # Errors
/// When nothing can be read: the sentence says why, without the path.
pub fn open(path: &str, bar: &ProgressBar) -> Result<Source> {
    let file: Box<dyn Read> =
        if path == "-" { Box::new(io::stdin()) } else { open_file(path, bar)? };
    source(file)
}

fn open_file(path: &str, bar: &ProgressBar) -> Result<Box<dyn Read>> {
    let file = File::open(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => anyhow!("there is no such file; check the path"),
        io::ErrorKind::PermissionDenied => anyhow!("this file may not be read; check its rights"),
        _ => anyhow!("this file can't be opened: {error}"),
    })?;
    let metadata = file.metadata()?;
    if metadata.is_dir() {
        bail!("this is a folder; give the files in it");
    }
    bar.set_length(metadata.len());
    Ok(Box::new(bar.wrap_read(file)))
}

/// Unpacks when the first bytes say gzip, and takes the head.
fn source(file: Box<dyn Read>) -> Result<Source> {
    let mut packed = prefixed(file, GZIP_MAGIC.len() as u64);
    let mut text = if packed.head() == GZIP_MAGIC {
        prefixed(Box::new(MultiGzDecoder::new(BufReader::new(packed))), HEAD_BYTES)
    } else {
        packed.extend(HEAD_BYTES);
        packed
    };
    if text.head().is_empty() {
        match text.failed {
            Some(error) => bail!("nothing of this file can be read: {}", why(&error)),
            None => bail!("this file is empty: there is no chat in it"),
        }
    }
    if text.head().starts_with(BYTE_ORDER_MARK) {
        text.start.set_position(BYTE_ORDER_MARK.len() as u64);
    }
    Ok(Source { head: text.head().to_vec(), reader: Box::new(BufReader::new(text)) })
}

/// What a read error means to the person whose file it is.
#[must_use]
pub fn why(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => "it is cut off in the middle".to_owned(),
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => {
            "its compressed data is damaged".to_owned()
        }
        _ => error.to_string(),
    }
}

/// A reader whose first bytes were read ahead; an error met there comes after them.
struct Prefixed {
    start: Cursor<Vec<u8>>,
    failed: Option<io::Error>,
    rest: Box<dyn Read>,
}

fn prefixed(rest: Box<dyn Read>, bytes: u64) -> Prefixed {
    let mut reader = Prefixed { start: Cursor::default(), failed: None, rest };
    reader.extend(bytes);
    reader
}

impl Prefixed {
    fn extend(&mut self, bytes: u64) {
        if self.failed.is_none() {
            let wanted = bytes.saturating_sub(self.start.get_ref().len() as u64);
            let read = (&mut self.rest).take(wanted).read_to_end(self.start.get_mut());
            self.failed = read.err();
        }
    }

    fn head(&self) -> &[u8] {
        let from = usize::try_from(self.start.position()).unwrap_or(0);
        self.start.get_ref().get(from..).unwrap_or_default()
    }
}

impl Read for Prefixed {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.start.read(into)?;
        if read > 0 || into.is_empty() {
            return Ok(read);
        }
        match self.failed.take() {
            Some(error) => Err(error),
            None => self.rest.read(into),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};

    use super::*;

    pub(crate) fn gz(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn read(bytes: Vec<u8>) -> (Vec<u8>, Option<String>) {
        let mut text = Vec::new();
        let mut source = source(Box::new(Cursor::new(bytes))).unwrap();
        let error = source.reader.read_to_end(&mut text).err().map(|e| why(&e));
        assert!(text.starts_with(&source.head));
        (text, error)
    }

    #[test]
    fn plain_and_packed_read_the_same() {
        let two_members = [gz(b"one\n"), gz(b"two\n")].concat();
        for bytes in [b"one\ntwo\n".to_vec(), gz(b"\xef\xbb\xbfone\ntwo\n"), two_members] {
            assert_eq!(read(bytes), (b"one\ntwo\n".to_vec(), None));
        }
    }

    #[test]
    fn a_cut_archive_gives_what_it_has() {
        for lines in [50_u32, 50_000] {
            let text: String =
                (0..lines).map(|n| format!("line {}\n", n.wrapping_mul(2_654_435_761))).collect();
            let mut bytes = gz(text.as_bytes());
            bytes.truncate(bytes.len() * 2 / 3);
            let (read, error) = read(bytes);
            assert!(!read.is_empty() && text.as_bytes().starts_with(&read));
            assert_eq!(error.as_deref(), Some("it is cut off in the middle"));
        }
    }

    #[test]
    fn what_holds_nothing_is_refused() {
        let mut cut = gz(b"text");
        cut.truncate(5);
        for (bytes, expected) in [
            (Vec::new(), "this file is empty: there is no chat in it"),
            (gz(b""), "this file is empty: there is no chat in it"),
            (cut, "nothing of this file can be read: it is cut off in the middle"),
        ] {
            let error = source(Box::new(Cursor::new(bytes))).map(|_| ()).unwrap_err();
            assert_eq!(error.to_string(), expected);
        }
    }

    #[test]
    fn what_cannot_be_opened_says_so() {
        let bar = ProgressBar::hidden();
        let folder = tempfile::tempdir().unwrap();
        for (path, expected) in [
            (folder.path().join("missing"), "there is no such file; check the path"),
            (folder.path().to_path_buf(), "this is a folder; give the files in it"),
        ] {
            let error = open(path.to_str().unwrap(), &bar).map(|_| ()).unwrap_err();
            assert_eq!(error.to_string(), expected);
        }
    }
}

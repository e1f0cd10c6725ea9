//! A text file that only grows, by whole lines, also across crashes.

use std::{
    fs::{File, OpenOptions},
    io::{Read, Seek, SeekFrom, Write},
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

use anyhow::{Context, bail};

use super::durable;

/// How much of the end is looked at: for the line that a crash cut short, and for a
/// line that a restart would write a second time. Over a hundred lines fit in.
const TAIL_BYTES: u64 = 64 * 1024;

/// The most of a removed line that is shown in the log, in characters.
const SHOWN_CHARS: usize = 300;

/// A file of lines below a header. It is opened anew for each line, so that it may be
/// moved or deleted at any time: the next line starts a new one.
#[derive(Debug)]
pub struct AppendFile {
    path: PathBuf,
    header: String,
    one_at_a_time: Mutex<()>,
}

impl AppendFile {
    /// Makes the folder and the file where they are missing. A last line without an end
    /// was cut short by a crash: it is removed and shown in the log.
    ///
    /// # Errors
    /// One sentence when the place can't be written or the file is something else.
    pub fn open(path: PathBuf, header: String) -> anyhow::Result<Self> {
        durable::make_folder_of(&path)?;
        let file = Self { path, header, one_at_a_time: Mutex::new(()) };
        file.repair().with_context(|| file.trouble("opened"))?;
        Ok(file)
    }

    /// Appends one line (without its end) and waits until it is on the disk. `false`
    /// when one of the last lines stands for it, as `is_same` says: a restart repeated itself.
    ///
    /// # Errors
    /// One sentence when it can't be written; then nothing of the line is in the file.
    pub fn append_unless(
        &self,
        line: &str,
        is_same: impl Fn(&str) -> bool,
    ) -> anyhow::Result<bool> {
        let _guard = self.one_at_a_time.lock().unwrap_or_else(PoisonError::into_inner);
        self.append_alone(line, is_same).with_context(|| self.trouble("written"))
    }

    /// What the newest line is read as that can be read so, of those near the end.
    ///
    /// # Errors
    /// One sentence when the file can't be read.
    pub fn newest<T>(&self, read: impl Fn(&str) -> Option<T>) -> anyhow::Result<Option<T>> {
        let _guard = self.one_at_a_time.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, _, tail) = self.look().with_context(|| self.trouble("read"))?;
        Ok(String::from_utf8_lossy(&tail).lines().rev().find_map(read))
    }

    fn append_alone(&self, line: &str, is_same: impl Fn(&str) -> bool) -> anyhow::Result<bool> {
        let (mut file, length, tail) = self.look()?;
        let text = String::from_utf8_lossy(&tail);
        if text.lines().any(is_same) {
            return Ok(false);
        }
        // Whoever edited the file may have left its last line without an end.
        let gap = if length == 0 {
            format!("{}\n", self.header)
        } else if tail.ends_with(b"\n") {
            String::new()
        } else {
            "\n".to_owned()
        };
        let written =
            file.write_all(format!("{gap}{line}\n").as_bytes()).and_then(|()| file.sync_all());
        if written.is_err() {
            // A full disk may have taken half of it.
            self.cut_to(length)?;
        }
        written?;
        if length == 0 {
            durable::sync_folder_of(&self.path)?;
        }
        Ok(true)
    }

    fn repair(&self) -> anyhow::Result<()> {
        let (mut file, length, tail) = self.look()?;
        let whole = tail.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let cut = &tail[whole..];
        if whole == 0 && !self.header.as_bytes().starts_with(cut) {
            bail!("it is no record of Cliphound: move it away");
        }
        if !cut.is_empty() {
            let shown: String = String::from_utf8_lossy(cut).chars().take(SHOWN_CHARS).collect();
            let path = self.path.display();
            tracing::warn!(%path, line = ?shown, "removed a line that a crash cut short");
            self.cut_to(length - cut.len() as u64)?;
        }
        if whole == 0 {
            file.write_all(format!("{}\n", self.header).as_bytes())?;
            durable::sync_folder_of(&self.path)?;
        }
        Ok(file.sync_all()?)
    }

    /// The file, its length, and its last bytes.
    fn look(&self) -> anyhow::Result<(File, u64, Vec<u8>)> {
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(&self.path)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES)))?;
        let mut tail = Vec::new();
        Read::by_ref(&mut file).take(TAIL_BYTES).read_to_end(&mut tail)?;
        Ok((file, length, tail))
    }

    /// By a handle of its own: one for appending may not do it on Windows.
    fn cut_to(&self, length: u64) -> std::io::Result<()> {
        let file = OpenOptions::new().write(true).open(&self.path)?;
        file.set_len(length)?;
        file.sync_all()
    }

    fn trouble(&self, what: &str) -> String {
        let path = self.path.display();
        format!("the record {path} can't be {what}: check its rights and the room on its disk")
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path, sync::Arc};

    use super::*;

    const FILE: &str = "# a\tb\n1\t2\n";

    impl AppendFile {
        fn append(&self, line: &str) -> anyhow::Result<bool> {
            self.append_unless(line, |known| known == line)
        }
    }

    fn opened(path: &Path) -> anyhow::Result<AppendFile> {
        AppendFile::open(path.to_owned(), "# a\tb".into())
    }

    /// What a file holds after it was opened, one line was appended, and it was opened again.
    fn check(before: &str, expected: &str) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("new/record.txt");
        fs::create_dir(dir.path().join("new")).unwrap();
        fs::write(&path, before).unwrap();
        assert!(opened(&path).unwrap().append("3\t4").unwrap());
        assert!(!opened(&path).unwrap().append("3\t4").unwrap(), "once is enough");
        assert_eq!(fs::read_to_string(&path).unwrap(), expected, "{before:?}");
    }

    #[test]
    fn only_whole_lines_are_kept() {
        check("", "# a\tb\n3\t4\n");
        check(FILE, "# a\tb\n1\t2\n3\t4\n");
        check("# a\tb\n1\t2\n3\t", "# a\tb\n1\t2\n3\t4\n");
        check("# a\tb\n1\t2\n3\t4", "# a\tb\n1\t2\n3\t4\n");
        check("# a\tb\n1\t2\n\0\0\0", "# a\tb\n1\t2\n3\t4\n");
    }

    #[test]
    fn a_crash_at_any_byte_leaves_whole_lines() {
        for length in 0..FILE.len() {
            let whole = FILE[..length].rfind('\n').map_or("# a\tb\n", |at| &FILE[..=at]);
            check(&FILE[..length], &format!("{whole}3\t4\n"));
        }
    }

    #[test]
    fn a_line_longer_than_the_tail_is_no_trouble() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("record.txt");
        let long = "x".repeat(3 * TAIL_BYTES as usize);
        opened(&path).unwrap().append(&long).unwrap();
        let file = opened(&path).unwrap();
        assert!(file.append("3\t4").unwrap());
        assert_eq!(fs::read_to_string(&path).unwrap(), format!("# a\tb\n{long}\n3\t4\n"));
    }

    #[test]
    fn a_file_that_goes_or_is_edited_under_way_is_no_trouble() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("record.txt");
        let file = opened(&path).unwrap();
        fs::write(&path, "# a\tb\n1\t2").unwrap();
        file.append("3\t4").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "# a\tb\n1\t2\n3\t4\n");
        fs::remove_file(&path).unwrap();
        file.append("5\t6").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "# a\tb\n5\t6\n");
    }

    #[test]
    fn many_writers_make_whole_lines() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("record.txt");
        let file = Arc::new(opened(&path).unwrap());
        std::thread::scope(|scope| {
            for writer in 0..4 {
                let file = Arc::clone(&file);
                scope.spawn(move || {
                    (0..10).all(|n| file.append(&format!("{writer}\t{n}")).unwrap())
                });
            }
        });
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(text.lines().count(), 41);
        assert!(text.lines().all(|line| line.split('\t').count() == 2), "{text}");
    }

    #[test]
    fn bad_places_are_named() {
        let dir = tempfile::tempdir().unwrap();
        let notes = dir.path().join("notes.txt");
        fs::write(&notes, "my own notes").unwrap();
        for path in [notes.clone(), notes.join("record.txt"), dir.path().to_owned()] {
            let error = format!("{:#}", opened(&path).unwrap_err());
            assert!(error.contains(&*notes.to_string_lossy()) || path == dir.path(), "{error}");
            assert!(!error.contains('\n'), "{error}");
        }
        assert_eq!(fs::read_to_string(&notes).unwrap(), "my own notes");
    }
}

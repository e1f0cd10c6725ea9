//! `run --record FILE`: writes what the engines are fed, in a task of its own.

use std::{
    collections::VecDeque,
    fs::File,
    io::{self, Write},
    path::Path,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};

use anyhow::Context;
use cliphound_engine::{Effect, EventTime, Input, Model, Settings};
use cliphound_twitch::ChannelLogin;
use tokio::sync::mpsc;

use super::{erase::Eraser, queues::Queue};
use crate::{
    crew::{beat, rest_blocking},
    replay::{
        erasing::{Deletion, is_deletion},
        recording_writer::{DEFAULT_LIMIT, RecordingWriter, Start},
    },
};

/// Entries waiting for the disk. When there are more, the recording has a hole and says so.
pub const QUEUE: usize = 32_768;
/// Deletions that found the queue full and wait beside it.
const BESIDE: usize = 4_096;
/// Deleted chat is taken out a block at a time, at least after so many entries.
const ENTRIES_A_BLOCK: usize = 256;

/// The recording, as channels see it. Cheap to clone; never waits for the disk.
#[derive(Debug, Clone)]
pub struct Recorder {
    entries: mpsc::Sender<Entry>,
    has_hole: Arc<AtomicBool>,
    beside: Beside,
}

type Beside = Arc<Mutex<VecDeque<(ChannelLogin, Input)>>>;

#[derive(Debug)]
enum Entry {
    Start(Box<Begin>),
    Input(ChannelLogin, EventTime, Input),
    Effect(ChannelLogin, EventTime, Effect),
    End(ChannelLogin, EventTime),
}

#[derive(Debug)]
struct Begin {
    login: ChannelLogin,
    broadcaster_id: Option<String>,
    settings: Settings,
    seed: u64,
    model: Option<Model>,
}

impl Recorder {
    /// Its queue, for who looks.
    #[must_use]
    pub fn queue(&self) -> Queue {
        Queue::of("record", &self.entries)
    }

    /// A channel's engine begins.
    pub fn start(
        &self,
        login: &ChannelLogin,
        broadcaster_id: Option<String>,
        settings: &Settings,
        seed: u64,
        model: Option<Model>,
    ) {
        let (login, settings) = (login.clone(), settings.clone());
        self.put(Entry::Start(Box::new(Begin { login, broadcaster_id, settings, seed, model })));
    }

    /// An engine is fed.
    pub fn feed(&self, login: &ChannelLogin, at: EventTime, input: &Input) {
        let entry = Entry::Input(login.clone(), at, input.clone());
        if !self.put(entry) && is_deletion(input) {
            let mut beside = lock(&self.beside);
            if beside.len() < BESIDE {
                beside.push_back((login.clone(), input.clone()));
            } else {
                tracing::error!(channel = %login, "deleted chat stays in the recording: its disk does not keep up");
            }
        }
    }

    /// An engine told something; only moments are kept.
    pub fn told(&self, login: &ChannelLogin, at: EventTime, effect: &Effect) {
        if matches!(effect, Effect::Moment(_) | Effect::Extended(_)) {
            self.put(Entry::Effect(login.clone(), at, effect.clone()));
        }
    }

    /// A channel's engine ends, woken until `woken`.
    pub fn end(&self, login: &ChannelLogin, woken: EventTime) {
        self.put(Entry::End(login.clone(), woken));
    }

    fn put(&self, entry: Entry) -> bool {
        let is_put = self.entries.try_send(entry).is_ok();
        if !is_put && !self.has_hole.swap(true, Relaxed) {
            tracing::error!("the recording has a hole: its disk does not keep up or it has ended");
        }
        is_put
    }
}

fn lock(
    beside: &Mutex<VecDeque<(ChannelLogin, Input)>>,
) -> MutexGuard<'_, VecDeque<(ChannelLogin, Input)>> {
    beside.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Begins a recording; the second part writes it, blocking, until all recorders are gone.
///
/// # Errors
/// When the file can't be written.
pub fn open(
    path: &Path,
    now_ms: i64,
) -> anyhow::Result<(Recorder, impl FnOnce() + Send + 'static)> {
    let told = || format!("the recording {} can't be written", path.display());
    let file = new_file(path).with_context(told)?;
    let writer = RecordingWriter::new(WholeLines::new(file), now_ms, DEFAULT_LIMIT);
    let writer = writer.with_context(told)?;
    let (entries, queue) = mpsc::channel(QUEUE);
    let beside = Beside::default();
    let recorder = Recorder { entries, has_hole: Arc::default(), beside: Arc::clone(&beside) };
    let eraser = Eraser::new(changeable(path).with_context(told)?);
    let scribe = Scribe { writer, eraser, beside, is_full: false, is_broken: false };
    Ok((recorder, move || scribe.write(queue)))
}

/// A file of its own, for its owner's eyes only: it holds what people wrote. One that
/// holds something already is left as it is.
fn new_file(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    let metadata = file.metadata()?;
    if metadata.is_file() && metadata.len() > 0 {
        return Err(io::Error::new(
            io::ErrorKind::AlreadyExists,
            "the file holds something already: name another one, or move it away",
        ));
    }
    Ok(file)
}

/// The same file, to be changed where it was written; `None` for a pipe or a terminal.
fn changeable(path: &Path) -> io::Result<Option<File>> {
    if !path.metadata()?.is_file() {
        tracing::warn!("{} is no file: deleted chat can't be taken out of it", path.display());
        return Ok(None);
    }
    File::options().read(true).write(true).open(path).map(Some)
}

/// A file that ends with a whole line also when the disk is full: what came of the line that
/// did not fit is cut off, and nothing follows it.
#[derive(Debug)]
struct WholeLines<F> {
    file: F,
    length: u64,
    /// Up to here there are whole lines.
    whole: u64,
    has_failed: bool,
}

/// Something whose end can be cut off.
trait Cut: Write {
    fn cut_to(&mut self, length: u64) -> io::Result<()>;
}

impl Cut for File {
    fn cut_to(&mut self, length: u64) -> io::Result<()> {
        self.set_len(length)
    }
}

impl<F: Cut> WholeLines<F> {
    const fn new(file: F) -> Self {
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

/// Writes the recording and takes out of it what is deleted.
struct Scribe<W: Write> {
    writer: RecordingWriter<W>,
    eraser: Eraser,
    beside: Beside,
    is_full: bool,
    /// Nothing can be written any more; what is there can still be taken out.
    is_broken: bool,
}

impl<W: Write> Scribe<W> {
    fn write(mut self, mut queue: mpsc::Receiver<Entry>) {
        let mut entries = 0;
        loop {
            beat();
            let entry = if self.eraser.is_idle() {
                match rest_blocking(|| queue.blocking_recv()) {
                    Some(entry) => Some(entry),
                    None => break,
                }
            } else {
                match queue.try_recv() {
                    Ok(entry) => Some(entry),
                    Err(mpsc::error::TryRecvError::Empty) => None,
                    Err(mpsc::error::TryRecvError::Disconnected) => break,
                }
            };
            if let Some(entry) = entry {
                self.take(entry);
                entries += 1;
            }
            // Whoever reads along sees everything whenever there is a pause.
            if queue.is_empty() || entries % ENTRIES_A_BLOCK == 0 {
                self.pause(queue.is_empty());
            }
        }
        self.pause(true);
        while !self.eraser.is_idle() {
            beat();
            self.pause(false);
        }
        let Self { writer, is_broken, .. } = self;
        if let Err(error) = writer.finish().map(drop)
            && !is_broken
        {
            tracing::error!(%error, "the recording's end can't be written");
        }
    }

    fn take(&mut self, entry: Entry) {
        let deletion = match &entry {
            Entry::Input(login, _, input) if is_deletion(input) => {
                Some((login.clone(), input.clone()))
            }
            _ => None,
        };
        if !self.is_broken {
            let written = put(&mut self.writer, entry);
            self.check(written);
        }
        if let Some((login, input)) = deletion {
            self.delete(&login, &input);
        }
        if self.writer.is_full() && !std::mem::replace(&mut self.is_full, true) {
            tracing::warn!("the recording has reached its largest size and ends here");
        }
    }

    fn delete(&mut self, login: &ChannelLogin, input: &Input) {
        let alias = match input {
            Input::UserCleared { user } => self.writer.alias(login, user),
            _ => None,
        };
        if let Some(deletion) = Deletion::of(login, input, alias) {
            self.eraser.delete(deletion, self.writer.chains(), self.writer.length());
        }
        while self.eraser.is_crowded() {
            beat();
            self.pause(false);
        }
    }

    /// Hands what was written to the file, and takes some of what was deleted out of it.
    fn pause(&mut self, is_empty: bool) {
        if is_empty {
            // All that was fed before these is written by now.
            let beside = std::mem::take(&mut *lock(&self.beside));
            for (login, input) in &beside {
                self.delete(login, input);
            }
        }
        if !self.is_broken && (is_empty || !self.eraser.is_idle()) {
            let flushed = self.writer.flush();
            self.check(flushed);
        }
        if let Err(error) = self.eraser.step(self.writer.chains()) {
            tracing::error!(%error, "deleted chat can't be taken out of the recording");
        }
    }

    fn check(&mut self, written: io::Result<()>) {
        if let Err(error) = written {
            self.is_broken = true;
            if let Some(length) = self.eraser.length() {
                self.writer.lose_from(length);
            }
            tracing::error!(%error, "the recording ends here: it can't be written");
        }
    }
}

fn put<W: Write>(writer: &mut RecordingWriter<W>, entry: Entry) -> io::Result<()> {
    match entry {
        Entry::Start(begin) => writer.start(
            &begin.login,
            Start {
                broadcaster_id: begin.broadcaster_id.as_deref(),
                seed: begin.seed,
                settings: &begin.settings,
                model: begin.model.as_ref(),
            },
        ),
        Entry::Input(login, at, input) => writer.input(&login, at, &input),
        Entry::Effect(login, at, effect) => writer.effect(&login, at, &effect),
        Entry::End(login, woken) => writer.end(&login, woken),
    }
}

#[cfg(test)]
mod tests {
    use cliphound_engine::Message;

    use super::*;
    use crate::replay::recording::{Line, parse};

    #[test]
    fn what_was_fed_is_in_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.rec");
        let (recorder, write) = open(&path, 5).unwrap();
        let login = ChannelLogin::parse("ninja").unwrap();
        recorder.start(&login, None, &Settings::default(), 1, None);
        recorder.feed(&login, EventTime(7), &Input::Reconnected);
        recorder.told(&login, EventTime(8), &Effect::Learned);
        recorder.end(&login, EventTime(9));
        drop(recorder);
        write();
        let text = std::fs::read_to_string(path).unwrap();
        let lines: Vec<_> = text.lines().map(|line| parse(line).unwrap()).collect();
        assert_eq!(lines.len(), 4);
        let input = Line::Input { channel: login, at: EventTime(7), input: Input::Reconnected };
        assert_eq!(lines[2], input);
    }

    #[test]
    fn what_was_deleted_is_gone_from_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.rec");
        let (recorder, write) = open(&path, 5).unwrap();
        let login = ChannelLogin::parse("ninja").unwrap();
        recorder.start(&login, None, &Settings::default(), 1, None);
        for (id, text) in [("m1", "the secret"), ("m2", "in the open")] {
            let (id, text) = (Some(id.to_owned()), text.to_owned());
            let message = Message { id, user: Some("ann".to_owned()), text, ..Message::default() };
            recorder.feed(&login, EventTime(7), &Input::Message(message));
        }
        // One comes by the queue, one beside it.
        recorder.feed(&login, EventTime(8), &Input::MessageDeleted { id: "m1".to_owned() });
        lock(&recorder.beside).push_back((login, Input::UserCleared { user: "ann".to_owned() }));
        drop(recorder);
        write();
        let text = std::fs::read_to_string(path).unwrap();
        assert_eq!(text.lines().filter(|line| parse(line).is_some()).count(), 5, "{text}");
        for gone in ["secret", "open", "\"ann\""] {
            assert!(!text.contains(gone), "{text}");
        }
    }

    #[test]
    fn a_file_that_holds_something_is_left_as_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("kept");
        std::fs::write(&path, "").unwrap();
        assert!(new_file(&path).is_ok(), "an empty one may be used");
        std::fs::write(&path, "precious").unwrap();
        assert_eq!(new_file(&path).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "precious");
    }

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

    #[test]
    fn a_file_that_cant_be_written_is_told() {
        let told = open(Path::new("/nowhere/at/all"), 5).map(drop).unwrap_err();
        assert!(format!("{told:#}").starts_with("the recording /nowhere/at/all can't be written"));
    }
}

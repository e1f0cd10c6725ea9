//! `run --record FILE`: writes what the engines are fed, in a task of its own.

mod whole_lines;

use std::{
    collections::VecDeque,
    fs::File,
    io::{self, Write},
    path::Path,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use anyhow::Context;
use cliphound_clock::Stopwatch;
use cliphound_engine::{Effect, EventTime, Input, Model, Settings};
use cliphound_twitch::ChannelLogin;
use tokio::sync::mpsc;

use self::whole_lines::WholeLines;
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
/// Where deleted chat can't be taken out, it is tried again with the next entry after so long …
const AGAIN: Duration = Duration::from_secs(10);
/// … and so often where no entry comes any more.
const LAST_TRIES: usize = 3;

/// The recording, as channels see it. Cheap to clone; never waits for the disk.
#[derive(Debug, Clone)]
pub struct Recorder {
    entries: mpsc::Sender<Entry>,
    has_hole: Arc<AtomicBool>,
    beside: Arc<Beside>,
}

/// Deletions that wait beside the queue.
#[derive(Debug, Default)]
struct Beside {
    deletions: Mutex<VecDeque<(ChannelLogin, Input)>>,
    /// More was deleted than could wait, and that was told.
    has_told: AtomicBool,
}

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
            self.beside.put(login.clone(), input.clone());
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

impl Beside {
    fn put(&self, login: ChannelLogin, input: Input) {
        let mut deletions = self.deletions();
        if deletions.len() < BESIDE {
            deletions.push_back((login, input));
        } else {
            self.tell_left(&login);
        }
    }

    /// Once is enough: on a disk that fails, each deletion would.
    fn tell_left(&self, login: &ChannelLogin) {
        if !self.has_told.swap(true, Relaxed) {
            tracing::error!(channel = %login, "deleted chat stays in the recording, whose disk does not keep up: delete the file when it has ended");
        }
    }

    fn deletions(&self) -> MutexGuard<'_, VecDeque<(ChannelLogin, Input)>> {
        self.deletions.lock().unwrap_or_else(PoisonError::into_inner)
    }
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
    let beside = Arc::<Beside>::default();
    let recorder = Recorder { entries, has_hole: Arc::default(), beside: Arc::clone(&beside) };
    let eraser = Eraser::new(changeable(path).with_context(told)?);
    let scribe = Scribe { writer, eraser, beside, failed: None, is_full: false, is_broken: false };
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

/// Writes the recording and takes out of it what is deleted.
struct Scribe<W: Write> {
    writer: RecordingWriter<W>,
    eraser: Eraser,
    beside: Arc<Beside>,
    /// Since when deleted chat can't be taken out.
    failed: Option<Stopwatch>,
    is_full: bool,
    /// Nothing can be written any more; what is there can still be taken out.
    is_broken: bool,
}

impl<W: Write> Scribe<W> {
    fn write(mut self, mut queue: mpsc::Receiver<Entry>) {
        let mut entries = 0;
        loop {
            beat();
            let entry = if self.has_nothing_to_take_out() {
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
        let mut tries = 0;
        while !self.eraser.is_idle() && tries < LAST_TRIES {
            beat();
            self.failed = None;
            self.pause(false);
            tries = if self.failed.is_some() { tries + 1 } else { 0 };
        }
        if !self.eraser.is_idle() {
            tracing::error!("deleted chat stays in the recording: delete its file");
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
        if self.eraser.is_crowded() && self.failed.is_some() {
            return self.beside.tell_left(login);
        }
        let alias = match input {
            Input::UserCleared { user } => self.writer.alias(login, user),
            _ => None,
        };
        if let Some(deletion) = Deletion::of(login, input, alias) {
            self.eraser.delete(deletion, self.writer.chains(), self.writer.length());
        }
        while self.eraser.is_crowded() && self.failed.is_none() {
            beat();
            self.pause(false);
        }
    }

    /// None is there, or the disk gets a rest.
    fn has_nothing_to_take_out(&self) -> bool {
        self.eraser.is_idle() || self.failed.as_ref().is_some_and(|since| since.elapsed() < AGAIN)
    }

    /// Hands what was written to the file, and takes some of what was deleted out of it.
    fn pause(&mut self, is_empty: bool) {
        if is_empty {
            // All that was fed before these is written by now.
            let beside = std::mem::take(&mut *self.beside.deletions());
            for (login, input) in &beside {
                self.delete(login, input);
            }
        }
        if !self.is_broken && (is_empty || !self.eraser.is_idle()) {
            let flushed = self.writer.flush();
            self.check(flushed);
        }
        if !self.has_nothing_to_take_out() {
            self.take_out();
        }
    }

    /// Goes on by one step; told are the first failure and the first success after it.
    fn take_out(&mut self) {
        let done = self.eraser.step(self.writer.chains());
        match (done, self.failed.take()) {
            (Ok(()), None) => {}
            (Ok(()), Some(_)) => {
                tracing::info!("deleted chat can be taken out of the recording again");
            }
            (Err(error), before) => {
                self.failed = Some(Stopwatch::start());
                if before.is_none() {
                    tracing::error!(%error, "deleted chat can't be taken out of the recording: it is tried again");
                }
            }
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
    use crate::{
        daemon::erase::CROWD,
        replay::recording::{Line, parse},
    };

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
        recorder.beside.put(login, Input::UserCleared { user: "ann".to_owned() });
        drop(recorder);
        write();
        let text = std::fs::read_to_string(path).unwrap();
        assert_eq!(text.lines().filter(|line| parse(line).is_some()).count(), 5, "{text}");
        for gone in ["secret", "open", "\"ann\""] {
            assert!(!text.contains(gone), "{text}");
        }
    }

    #[test]
    fn where_nothing_can_be_taken_out_the_recording_goes_on_and_ends() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.rec");
        let login = ChannelLogin::parse("ninja").unwrap();
        let mut writer =
            RecordingWriter::new(WholeLines::new(new_file(&path).unwrap()), 5, DEFAULT_LIMIT)
                .unwrap();
        let start =
            Start { broadcaster_id: None, seed: 1, settings: &Settings::default(), model: None };
        writer.start(&login, start).unwrap();
        // What is only open for reading can't be changed.
        let eraser = Eraser::new(Some(File::open(&path).unwrap()));
        let beside = Arc::<Beside>::default();
        let mut scribe = Scribe {
            writer,
            eraser,
            beside: Arc::clone(&beside),
            failed: None,
            is_full: false,
            is_broken: false,
        };
        let more = 10;
        for number in 0..CROWD + more {
            let (id, text) = (Some(number.to_string()), "the secret".to_owned());
            let message = Message { id, text, ..Message::default() };
            scribe.take(Entry::Input(login.clone(), EventTime(7), Input::Message(message)));
            let gone = Input::MessageDeleted { id: number.to_string() };
            scribe.take(Entry::Input(login.clone(), EventTime(7), gone));
            scribe.pause(false);
        }
        assert!(beside.has_told.load(Relaxed), "more than can wait is told");
        let (entries, queue) = mpsc::channel(1);
        drop(entries);
        scribe.write(queue);
        let text = std::fs::read_to_string(path).unwrap();
        assert_eq!(text.matches("the secret").count(), CROWD + more);
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

    #[test]
    fn a_file_that_cant_be_written_is_told() {
        let told = open(Path::new("/nowhere/at/all"), 5).map(drop).unwrap_err();
        assert!(format!("{told:#}").starts_with("the recording /nowhere/at/all can't be written"));
    }
}

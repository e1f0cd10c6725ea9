//! `run --record FILE`: writes what the engines are fed, in a task of its own.

use std::{
    fs::File,
    io::{self, Write},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};

use anyhow::Context;
use cliphound_engine::{Effect, EventTime, Input, Model, Settings};
use cliphound_twitch::ChannelLogin;
use tokio::sync::mpsc;

use crate::replay::recording_writer::{DEFAULT_LIMIT, RecordingWriter, Start};

/// Entries waiting for the disk. When there are more, the recording has a hole and says so.
const QUEUE: usize = 32_768;

/// The recording, as channels see it. Cheap to clone; never waits for the disk.
#[derive(Debug, Clone)]
pub struct Recorder {
    entries: mpsc::Sender<Entry>,
    has_hole: Arc<AtomicBool>,
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
        self.put(Entry::Input(login.clone(), at, input.clone()));
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

    fn put(&self, entry: Entry) {
        if self.entries.try_send(entry).is_err() && !self.has_hole.swap(true, Relaxed) {
            tracing::error!("the recording has a hole: its disk does not keep up or it has ended");
        }
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
    let writer = RecordingWriter::new(file, now_ms, DEFAULT_LIMIT).with_context(told)?;
    let (entries, queue) = mpsc::channel(QUEUE);
    let recorder = Recorder { entries, has_hole: Arc::default() };
    let write = move || {
        if let Err(error) = write(writer, queue) {
            tracing::error!(%error, "the recording ends here: it can't be written");
        }
    };
    Ok((recorder, write))
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

fn write<W: Write>(
    mut writer: RecordingWriter<W>,
    mut queue: mpsc::Receiver<Entry>,
) -> io::Result<()> {
    let mut is_full = false;
    while let Some(entry) = queue.blocking_recv() {
        put(&mut writer, entry)?;
        // Whoever reads along sees everything whenever there is a pause.
        if queue.is_empty() {
            writer.flush()?;
        }
        if writer.is_full() && !std::mem::replace(&mut is_full, true) {
            tracing::warn!("the recording has reached its largest size and ends here");
        }
    }
    writer.finish().map(drop)
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

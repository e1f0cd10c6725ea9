//! A text file that only grows, by whole lines, also across crashes and full disks.

mod tail;

use std::{
    collections::VecDeque,
    fs::{File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use anyhow::{Context, bail};
use cliphound_store::{FullDisks, Waited};

use self::tail::{begin_of_last, is_ours, is_whole, read};
use super::{durable, erase, erase::Whose};

/// The most of a removed line that is shown in the log, in characters.
const SHOWN_CHARS: usize = 300;

/// Lines that may wait for the disk, in bytes: some ten thousand clips. Later ones are refused.
const MAX_WAITING: usize = 4 * 1024 * 1024;

/// The column of the clip's address, from 0: in all records the same.
const CLIP_URL: usize = 2;

/// A file of lines below a header. It is opened anew for each line, so that it may be
/// moved or deleted at any time: the next line starts a new one. What the disk does not
/// take waits in memory and follows, in order, with the next line or [`AppendFile::mend`].
#[derive(Debug)]
pub struct AppendFile {
    path: PathBuf,
    header: String,
    disks: FullDisks,
    state: Mutex<State>,
}

/// A line without its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The columns.
    pub text: String,
    /// The clip that it is about: one line a clip is enough.
    pub clip_url: Option<String>,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Line>,
    waiting_bytes: usize,
    /// How many of the newest that wait are kept nowhere else.
    unkept: usize,
    /// It was said that the file can't be written.
    is_failing: bool,
    /// Why the file can't be written, as it was tried last.
    why: Option<String>,
    /// It could not be looked at yet: a crash may have cut its last line short.
    is_unseen: bool,
    /// Where half a line may stand that could not be taken back, and what it would have become.
    torn: Option<(u64, String)>,
}

/// Somebody's own file has a record's name: nothing may be written into it.
#[derive(Debug, thiserror::Error)]
#[error("{} is no record of Cliphound: move it away", .0.display())]
struct Foreign(PathBuf);

impl AppendFile {
    /// Makes the folder and the file where they are missing. A last line that lacks a column was cut
    /// short by a crash: it is removed and shown in the log. One that lacks its end alone stays: an editor
    /// may have saved it so. Where the place can't be written, lines wait until it can.
    ///
    /// # Errors
    /// One sentence when the file is something else.
    pub fn open(path: PathBuf, header: String, disks: &FullDisks) -> anyhow::Result<Self> {
        let file = Self { path, header, disks: disks.clone(), state: Mutex::default() };
        let mut state = file.state();
        state.is_unseen = true;
        match file.see(&mut state) {
            Err(error) if error.is::<Foreign>() => {
                // Nobody looks at it again.
                state.is_unseen = false;
                drop(state);
                return Err(error);
            }
            // The first line that must wait says so.
            Err(error) if durable::is_full(&error) => tracing::debug!("{error:#}"),
            Err(error) => file.fails(&mut state, &error),
            Ok(()) => {}
        }
        drop(state);
        Ok(file)
    }

    /// Appends one line and waits until it is on the disk, or keeps it until the disk takes
    /// it. `false` when one of the last lines stands for it: a restart repeated itself.
    ///
    /// # Errors
    /// One sentence when it can be neither written nor kept.
    pub fn append(&self, line: Line) -> anyhow::Result<bool> {
        let mut state = self.state();
        if state.waiting.iter().any(|known| line.is(&known.text)) {
            return Ok(false);
        }
        if state.waiting_bytes + line.text.len() > MAX_WAITING {
            return self
                .write_waiting(&mut state)
                .map(drop)
                .and_then(|()| self.append_alone(&mut state, line));
        }
        self.append_alone(&mut state, line)
    }

    /// What the newest line is read as that can be read so, of those near the end.
    ///
    /// # Errors
    /// One sentence when the file can't be read.
    pub fn newest<T>(&self, read: impl Fn(&str) -> Option<T>) -> anyhow::Result<Option<T>> {
        let mut state = self.state();
        if let Some(found) = state.waiting.iter().rev().find_map(|line| read(&line.text)) {
            return Ok(Some(found));
        }
        let (_, _, tail) = self.look(&mut state).with_context(|| self.trouble("read"))?;
        Ok(String::from_utf8_lossy(&tail).lines().rev().find_map(read))
    }

    /// Rewrites the lines for which `change` has another text, also those that wait, and says
    /// how many. All of the file or nothing of it.
    ///
    /// # Errors
    /// One sentence when the file can't be read or written; then it is as before.
    pub fn rewrite(&self, change: impl Fn(&str) -> Option<String>) -> anyhow::Result<usize> {
        let mut state = self.state();
        if state.torn.is_some() {
            // Afterwards it would stand elsewhere.
            self.look(&mut state).with_context(|| self.trouble("read"))?;
        }
        let count = state.change(|line| Some(change(line).unwrap_or_else(|| line.to_owned())));
        let rewritten = erase::rewrite(&self.path, &change);
        Ok(count + rewritten.with_context(|| self.trouble("rewritten"))?)
    }

    /// Takes the older lines out, so that half of `most` bytes is left, where the file has grown beyond
    /// `most`. All of it or nothing.
    ///
    /// # Errors
    /// One sentence when the file can't be read or rewritten; then it is as before.
    pub fn keep_within(&self, most: u64) -> anyhow::Result<()> {
        let mut state = self.state();
        if !std::fs::metadata(&self.path).is_ok_and(|about| about.len() > most) {
            return Ok(());
        }
        if state.torn.is_some() {
            // Afterwards it would stand elsewhere.
            self.look(&mut state).with_context(|| self.trouble("read"))?;
        }
        let lines = erase::shorten(&self.path, most / 2);
        let lines = lines.with_context(|| self.trouble("rewritten"))?;
        tracing::info!(lines, "took the oldest lines out of {}", self.path.display());
        Ok(())
    }

    /// Writes what waits, if the disk takes it by now.
    pub fn mend(&self) {
        let mut state = self.state();
        if (state.is_unseen || !state.waiting.is_empty())
            && let Err(error) = self.write_waiting(&mut state)
            // Of a full disk, the first line that must wait tells.
            && !(state.waiting.is_empty() && durable::is_full(&error))
        {
            self.fails(&mut state, &error);
        }
    }

    /// The lines that wait in memory alone; somebody keeps them from now on.
    pub fn take_unkept(&self) -> Vec<Line> {
        let mut state = self.state();
        let first = state.waiting.len() - std::mem::take(&mut state.unkept);
        state.waiting.range(first..).cloned().collect()
    }

    /// All lines that wait do so in memory alone, as far as is known.
    pub fn none_is_kept(&self) {
        let mut state = self.state();
        state.unkept = state.waiting.len();
    }

    /// Why the file can't be written, as it was tried last.
    pub fn why_unwritten(&self) -> Option<String> {
        let state = self.state();
        let waits = state.is_unseen || !state.waiting.is_empty();
        state.why.clone().filter(|_| waits)
    }

    /// No line waits.
    pub fn is_written(&self) -> bool {
        self.state().waiting.is_empty()
    }

    /// Takes what is about somebody out of the file and of what waits; says how many lines.
    ///
    /// # Errors
    /// One sentence when the file can't be read or rewritten; then it is as before.
    pub fn erase(&self, whose: Whose<'_>, is_viewers: bool) -> anyhow::Result<usize> {
        let mut state = self.state();
        if state.torn.is_some() {
            // Afterwards it would stand elsewhere.
            self.look(&mut state).with_context(|| self.trouble("read"))?;
        }
        let lines = erase::erase(&self.path, whose, is_viewers)?;
        Ok(lines + state.change(|line| erase::erased(line, whose, is_viewers)))
    }

    fn append_alone(&self, state: &mut State, line: Line) -> anyhow::Result<bool> {
        state.waiting_bytes += line.text.len();
        state.waiting.push_back(line);
        match self.write_waiting(state) {
            Ok(is_new) => Ok(is_new),
            Err(error) => {
                state.unkept += 1;
                self.fails(state, &error);
                Ok(true)
            }
        }
    }

    /// Writes all lines that wait, or none; says whether the last one is new to the file.
    fn write_waiting(&self, state: &mut State) -> anyhow::Result<bool> {
        let written = self.see(state).and_then(|()| self.write_lines(state));
        state.why = written.as_ref().err().map(|error| format!("{error:#}"));
        written
    }

    fn write_lines(&self, state: &mut State) -> anyhow::Result<bool> {
        let (mut file, mut length, tail) =
            self.look(state).with_context(|| self.trouble("written"))?;
        // Whoever edited the file may have left its last line without an end; or a crash cut it short,
        // perhaps within a character.
        let (ended, last) = tail.split_at(begin_of_last(&tail));
        let is_cut = |line: &Line| !last.is_empty() && line.is_cut_to(last);
        let [ended, last_text] = [ended, last].map(String::from_utf8_lossy);
        let is_new = |line: &Line| is_cut(line) || !(line.is_in(&ended) || line.is_in(&last_text));
        let new: Vec<&str> = state
            .waiting
            .iter()
            .filter(|line| is_new(line))
            .map(|line| line.text.as_str())
            .collect();
        let is_last_new = state.waiting.back().is_some_and(is_new);
        if !new.is_empty() {
            let gap = if length == 0 {
                format!("{}\n", self.header)
            } else if last.is_empty() {
                String::new()
            } else if state.waiting.iter().any(is_cut) {
                length -= last.len() as u64;
                self.cut_to(length).with_context(|| self.trouble("written"))?;
                String::new()
            } else {
                "\n".to_owned()
            };
            let text = format!("{gap}{}\n", new.join("\n"));
            let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
            if written.is_err() && self.cut_to(length).is_err() {
                // A full disk may have taken half of it: it is taken back before the next line.
                state.torn = Some((length, text));
            }
            written.with_context(|| self.trouble("written"))?;
            if length == 0 {
                durable::sync_folder_of(&self.path)?;
            }
        }
        let lines = state.waiting.len();
        (state.waiting, state.waiting_bytes, state.unkept) = (VecDeque::new(), 0, 0);
        let was_failing = std::mem::take(&mut state.is_failing);
        let is_told = self.disks.over(&self.path, Waited { lines, ..Waited::default() });
        if was_failing && !is_told {
            tracing::info!(
                lines,
                "the record {} can be written again; the lines that waited are in it",
                self.path.display()
            );
        }
        Ok(is_last_new)
    }

    fn fails(&self, state: &mut State, error: &anyhow::Error) {
        let was_failing = std::mem::replace(&mut state.is_failing, true);
        if durable::is_full(error) {
            self.disks.met(&self.path, error.root_cause());
        } else if !was_failing {
            tracing::error!("{error:#}; its lines are kept in memory and written later");
        }
    }

    /// Looks at the file once, and repairs what a crash left.
    fn see(&self, state: &mut State) -> anyhow::Result<()> {
        if state.is_unseen {
            let seen = durable::make_folder_of(&self.path).and_then(|()| self.repair());
            state.why = seen.as_ref().err().map(|error| format!("{error:#}"));
            seen?;
            state.is_unseen = false;
        }
        Ok(())
    }

    fn repair(&self) -> anyhow::Result<()> {
        match self.cut_half_line() {
            Err(error) if error.is::<Foreign>() => Err(error),
            repaired => repaired.with_context(|| self.trouble("opened")),
        }
    }

    /// Whether somebody's own file is in its place. Nothing is changed.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn is_foreign(path: &Path, header: &str) -> io::Result<bool> {
        let mut file = match File::open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            opened => opened?,
        };
        let length = file.metadata()?.len();
        Ok(!is_ours(&read(&mut file, length)?, header))
    }

    /// Takes off a last line without an end, and begins a new file with its header.
    fn cut_half_line(&self) -> anyhow::Result<()> {
        let (mut file, length, tail) = self.look(&mut State::default())?;
        let whole = begin_of_last(&tail);
        let cut = &tail[whole..];
        if !is_ours(&tail, &self.header) {
            bail!(Foreign(self.path.clone()));
        }
        let stays = whole > 0 && is_whole(cut, &tail[..whole], &self.header);
        if !cut.is_empty() && !stays {
            let shown: String = String::from_utf8_lossy(cut).chars().take(SHOWN_CHARS).collect();
            let path = self.path.display();
            tracing::warn!(%path, line = ?shown, "removed a line that a crash cut short");
            self.cut_to(length - cut.len() as u64)?;
        }
        if whole == 0 {
            let written = file.write_all(format!("{}\n", self.header).as_bytes());
            if written.is_err() {
                self.cut_to(0)?;
            }
            written?;
            durable::sync_folder_of(&self.path)?;
        }
        Ok(file.sync_all()?)
    }

    /// The file, its length, and its last bytes; without what was left torn. A folder that
    /// was deleted is made anew.
    fn look(&self, state: &mut State) -> anyhow::Result<(File, u64, Vec<u8>)> {
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true);
        let mut file = match options.open(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                durable::make_folder_anew(&self.path)?;
                options.open(&self.path)?
            }
            opened => opened?,
        };
        let mut length = file.metadata()?.len();
        if let Some((at, text)) = &state.torn {
            let half = behind(&mut file, *at)?;
            if length > *at && text.as_bytes().starts_with(&half) {
                self.cut_to(*at)?;
                length = *at;
            }
            state.torn = None;
        }
        let tail = read(&mut file, length)?;
        Ok((file, length, tail))
    }

    /// By a handle of its own: one for appending may not do it on Windows.
    fn cut_to(&self, length: u64) -> io::Result<()> {
        let file = OpenOptions::new().write(true).open(&self.path)?;
        file.set_len(length)?;
        file.sync_all()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn trouble(&self, what: &str) -> String {
        let path = self.path.display();
        let advice = if self.path.is_dir() {
            "a folder is in its place, move it away"
        } else {
            "check its rights and the room on its disk"
        };
        format!("the record {path} can't be {what}: {advice}")
    }
}

impl Drop for AppendFile {
    fn drop(&mut self) {
        self.mend();
        let lines = self.state().waiting.len();
        if lines > 0 {
            tracing::error!(
                lines,
                "the record {} could not be written to the end: the next start writes the lines that the database has kept",
                self.path.display()
            );
        }
    }
}

impl State {
    /// Changes the lines that wait, or leaves them out, and says how many. Those that are kept
    /// elsewhere are not kept like this.
    fn change(&mut self, change: impl Fn(&str) -> Option<String>) -> usize {
        let first_unkept = self.waiting.len() - self.unkept;
        let waiting = std::mem::take(&mut self.waiting);
        (self.waiting_bytes, self.unkept) = (0, 0);
        let mut lines = 0;
        for (nth, mut line) in waiting.into_iter().enumerate() {
            let stays = change(&line.text);
            let is_same = stays.as_ref() == Some(&line.text);
            lines += usize::from(!is_same);
            let Some(text) = stays else { continue };
            line.text = text;
            self.waiting_bytes += line.text.len();
            // All that are kept stand before the first that is not.
            self.unkept += usize::from(nth >= first_unkept || !is_same || self.unkept > 0);
            self.waiting.push_back(line);
        }
        lines
    }
}

impl Line {
    /// Whether a line of the file stands for this one.
    fn is(&self, known: &str) -> bool {
        let url = self.clip_url.as_deref();
        known == self.text || (url.is_some() && known.split('\t').nth(CLIP_URL) == url)
    }

    fn is_in(&self, text: &str) -> bool {
        text.lines().any(|known| self.is(known))
    }

    /// Whether a last line without an end is the begin of this one.
    fn is_cut_to(&self, last: &[u8]) -> bool {
        self.text.len() > last.len() && self.text.as_bytes().starts_with(last)
    }
}

/// What stands behind a place, as far as a line of ours could reach.
fn behind(file: &mut File, at: u64) -> io::Result<Vec<u8>> {
    let mut half = Vec::new();
    file.seek(SeekFrom::Start(at))?;
    Read::by_ref(file).take(MAX_WAITING as u64 * 2).read_to_end(&mut half)?;
    Ok(half)
}

#[cfg(test)]
mod tests;

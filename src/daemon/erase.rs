//! Takes deleted chat out of a recording's file, in place.
//!
//! Each line keeps its length, so nothing moves and a crash leaves whole lines. A message and
//! everything of one person are found by following their chain from line to line (`walk.rs`);
//! where all chat goes, the file is read from its end to its beginning (`sweep.rs`). Work is
//! done in small steps: whoever writes the recording goes on in between.

mod sweep;
mod walk;

#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, VecDeque},
    fs::File,
    io::{self, Read, Seek, SeekFrom, Write},
    ops::Range,
};

use cliphound_twitch::ChannelLogin;

use self::{
    sweep::Sweep,
    walk::{End, Walk},
};
use crate::replay::{chains::Chains, erasing::Deletion, recording::MAX_LINE};

/// Deletions that wait; of more, whoever adds them has to work some off first.
pub const CROWD: usize = 4_096;
/// What was changed is handed to the disk itself at least after so many steps.
const STEPS_A_SYNC: u32 = 64;
/// Bytes read at once for a line, which seldom has more …
const LINE: usize = 512;
/// … and so many before it where the lines of a chain lie no farther apart: whoever wrote much
/// costs hardly more than reading the file once, from its end to its beginning.
const NEAR: u64 = 64 * 1024;

/// What is still to be taken out of a file.
#[derive(Debug)]
pub struct Eraser {
    /// `None` when what was written can't be changed: a pipe.
    disk: Option<Disk>,
    walks: VecDeque<Walk>,
    sweeps: VecDeque<Sweep>,
    /// Up to where a channel's chat has no text any more.
    cleared: BTreeMap<ChannelLogin, u64>,
    /// Steps since the disk was last waited for; `None`: nothing was changed.
    unsynced: Option<u32>,
    sizes: Sizes,
}

/// How much is done in a step.
#[derive(Debug, Clone, Copy)]
struct Sizes {
    /// Lines of a chain: a few milliseconds.
    lines: usize,
    /// Bytes read at once.
    block: usize,
}

/// The file, and how much was moved.
#[derive(Debug)]
struct Disk {
    file: File,
    /// What was read last, as it is in the file …
    line: Vec<u8>,
    /// … from this byte on.
    from: u64,
    read: u64,
    written: u64,
}

impl Eraser {
    /// For a file that can be read and written anywhere.
    pub fn new(file: Option<File>) -> Self {
        let disk = file.map(|file| Disk { file, line: Vec::new(), from: 0, read: 0, written: 0 });
        let sizes = Sizes { lines: 256, block: 1024 * 1024 };
        let (walks, sweeps, cleared) = Default::default();
        Self { disk, walks, sweeps, cleared, unsynced: None, sizes }
    }

    /// Takes a deletion of what stands in the first `length` bytes. They have to be in the file
    /// at the next step.
    pub fn delete(&mut self, deletion: Deletion, chains: &Chains, length: u64) {
        if self.disk.is_none() {
            return;
        }
        if !deletion.has_chain() {
            self.sweeps.push_back(Sweep::new(deletion, 0..length));
        } else if let Some(at) = deletion.newest(chains) {
            self.walks.push_back(Walk::new(deletion, at, 0));
        }
    }

    /// How long the file really is; `None` where that can't be told.
    pub fn length(&self) -> Option<u64> {
        self.disk.as_ref()?.file.metadata().ok().map(|metadata| metadata.len())
    }

    /// Whether there is nothing to do.
    pub fn is_idle(&self) -> bool {
        self.walks.is_empty() && self.sweeps.is_empty() && self.unsynced.is_none()
    }

    /// Whether so much waits that it should be worked off first.
    pub fn is_crowded(&self) -> bool {
        self.walks.len() + self.sweeps.len() >= CROWD
    }

    /// Goes on by one step. Single people and messages come first: they take less time.
    ///
    /// # Errors
    /// When the file can't be read or written; the next step tries the same again.
    pub fn step(&mut self, chains: &Chains) -> io::Result<()> {
        let Some(disk) = &self.disk else { return Ok(()) };
        let before = disk.written;
        let worked = if let Some(mut walk) = self.walks.pop_front() {
            let worked = self.walk(&mut walk, chains);
            if !matches!(worked, Ok(true)) {
                self.walks.push_front(walk);
            }
            worked.map(drop)
        } else if let Some(mut sweep) = self.sweeps.pop_front() {
            let worked = self.sweep(&mut sweep);
            if !matches!(worked, Ok(true)) {
                self.sweeps.push_front(sweep);
            }
            worked.map(drop)
        } else {
            Ok(())
        };
        let has_changed = self.disk.as_ref().is_some_and(|disk| disk.written > before);
        if has_changed || self.unsynced.is_some() {
            *self.unsynced.get_or_insert(0) += 1;
        }
        self.sync()?;
        worked
    }

    /// Whether the walk is over.
    fn walk(&mut self, walk: &mut Walk, chains: &Chains) -> io::Result<bool> {
        let Some(disk) = &mut self.disk else { return Ok(true) };
        match walk.step(disk, self.sizes.lines)? {
            End::NotYet => return Ok(false),
            End::Done { title: None } => {}
            End::Done { title: Some((title, until)) } => {
                let at = title.newest(chains);
                self.walks.extend(at.map(|at| Walk::new(title, at, until)));
            }
            // Somebody else has cut or changed the file: every line is looked at.
            End::Torn => {
                let length = disk.file.metadata()?.len();
                self.sweeps.push_back(Sweep::new(walk.deletion.clone(), 0..length));
            }
        }
        Ok(true)
    }

    /// Whether the sweep is over.
    fn sweep(&mut self, sweep: &mut Sweep) -> io::Result<bool> {
        let Some(disk) = &mut self.disk else { return Ok(true) };
        if !sweep.deletion.has_chain() {
            let cleared = self.cleared.get(sweep.deletion.channel()).copied();
            sweep.not_before(cleared.unwrap_or(0));
        }
        let titles = sweep.step(disk, self.sizes.block)?;
        let range = sweep.range();
        for title in titles {
            self.sweeps.push_back(Sweep::new(title, range.clone()));
        }
        if sweep.is_over() && !sweep.deletion.has_chain() {
            self.cleared.insert(sweep.deletion.channel().clone(), range.end);
        }
        Ok(sweep.is_over())
    }

    /// Waits for the disk once in a while, and when there is nothing else to do.
    fn sync(&mut self) -> io::Result<()> {
        let is_last = self.walks.is_empty() && self.sweeps.is_empty();
        let is_due = self.unsynced.is_some_and(|steps| is_last || steps >= STEPS_A_SYNC);
        let Some(disk) = self.disk.as_ref().filter(|_| is_due) else { return Ok(()) };
        disk.file.sync_data()?;
        self.unsynced = None;
        Ok(())
    }
}

impl Disk {
    /// The line that begins at a byte, without its end; `None` when there is no whole one.
    fn line_at(&mut self, at: u64) -> io::Result<Option<&[u8]>> {
        if self.held(at).is_none() {
            let before = if self.is_near(at) { at.min(NEAR) } else { 0 };
            self.read(at - before, before as usize + LINE)?;
        }
        let mut size = LINE;
        while self.held(at).is_none() {
            if size > MAX_LINE {
                return Ok(None);
            }
            size *= 4;
            self.read(at, size)?;
            if self.line.len() < size && self.held(at).is_none() {
                return Ok(None);
            }
        }
        Ok(self.held(at).map(|line| &self.line[line]))
    }

    /// Whether a line stands close before what was read last: then others may, too.
    fn is_near(&self, at: u64) -> bool {
        let gap = self.from.checked_sub(at);
        !self.line.is_empty() && gap.is_some_and(|gap| gap <= NEAR)
    }

    /// Where a whole line is in what was read last.
    fn held(&self, at: u64) -> Option<Range<usize>> {
        let begin = usize::try_from(at.checked_sub(self.from)?).ok()?;
        let length = memchr::memchr(b'\n', self.line.get(begin..)?)?;
        Some(begin..begin + length)
    }

    /// Forgets what was read: whoever writes the file may have cut it off.
    fn forget(&mut self) {
        self.line.clear();
    }

    /// Reads up to so many bytes.
    fn read(&mut self, at: u64, size: usize) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(at))?;
        self.line.clear();
        let read = Read::take(&mut self.file, size as u64).read_to_end(&mut self.line)?;
        (self.from, self.read) = (at, self.read + read as u64);
        Ok(())
    }

    fn write(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(at))?;
        self.file.write_all(bytes)?;
        self.written += bytes.len() as u64;
        let begin = at.checked_sub(self.from).and_then(|begin| usize::try_from(begin).ok());
        let held = begin.and_then(|begin| self.line.get_mut(begin..begin + bytes.len()));
        if let Some(held) = held {
            held.copy_from_slice(bytes);
        }
        Ok(())
    }
}

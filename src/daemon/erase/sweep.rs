//! Block by block through a recording, from its end to its beginning.

use std::{io, ops::Range};

use super::Disk;
use crate::replay::{erasing::Deletion, recording::MAX_LINE};

/// A way through a file.
#[derive(Debug)]
pub(super) struct Sweep {
    pub(super) deletion: Deletion,
    range: Range<u64>,
    /// What lies behind this byte was looked at.
    at: u64,
    /// How much more than a block is read, for a long line.
    longer: usize,
}

impl Sweep {
    /// Through these bytes, which begin and end with lines.
    pub(super) const fn new(deletion: Deletion, range: Range<u64>) -> Self {
        let at = range.end;
        Self { deletion, range, at, longer: 1 }
    }

    pub(super) fn range(&self) -> Range<u64> {
        self.range.clone()
    }

    /// Nothing is left to do before this line.
    pub(super) fn not_before(&mut self, line: u64) {
        self.range.start = self.range.start.max(line);
    }

    pub(super) fn is_over(&self) -> bool {
        self.at <= self.range.start
    }

    /// Looks at the block before; gives titles that have to go, too.
    pub(super) fn step(&mut self, disk: &mut Disk, block: usize) -> io::Result<Vec<Deletion>> {
        let most = (block * self.longer).min(2 * MAX_LINE);
        let begin = self.at.saturating_sub(most as u64).max(self.range.start);
        let size = usize::try_from(self.at.saturating_sub(begin)).map_err(io::Error::other)?;
        disk.read(begin, size)?;
        let mut lines = std::mem::take(&mut disk.line);
        let from = if begin == self.range.start {
            0
        } else {
            // What stands before the first end of a line is a part of one.
            let rest = lines.len().saturating_sub(1);
            match memchr::memchr(b'\n', &lines[..rest]) {
                Some(end) => end + 1,
                None if most < 2 * MAX_LINE => {
                    disk.line = lines;
                    self.longer *= 2;
                    return Ok(Vec::new());
                }
                // No line is that long.
                None => lines.len(),
            }
        };
        let (changed, titles) = self.look(&mut lines, from);
        if let Some(changed) = changed {
            disk.write(begin + changed.start as u64, &lines[changed])?;
        }
        // A file that is shorter than it was has nothing there.
        self.at = if from < lines.len() { begin + from as u64 } else { begin };
        self.longer = 1;
        disk.line = lines;
        Ok(titles)
    }

    /// Changes the lines from this byte of the block on, and tells which bytes it changed.
    fn look(&self, lines: &mut [u8], from: usize) -> (Option<Range<usize>>, Vec<Deletion>) {
        let (mut changed, mut titles) = (None::<Range<usize>>, Vec::new());
        let mut begin = from;
        while begin < lines.len() {
            let rest = memchr::memchr(b'\n', &lines[begin..]);
            let end = rest.map_or(lines.len(), |length| begin + length);
            let line = &mut lines[begin..end];
            if self.erase(line, &mut titles) {
                changed = Some(changed.map_or(begin, |changed| changed.start)..end);
            }
            begin = end + 1;
        }
        (changed, titles)
    }

    /// Whether the line is another one now.
    fn erase(&self, line: &mut [u8], titles: &mut Vec<Deletion>) -> bool {
        if self.deletion.is_elsewhere(line) {
            return false;
        }
        if self.deletion.clear(line) {
            return true;
        }
        let seen = self.deletion.look(line).unwrap_or_default();
        titles.extend(seen.title);
        if let Some(changed) = &seen.changed {
            line.copy_from_slice(changed);
        }
        seen.changed.is_some()
    }
}

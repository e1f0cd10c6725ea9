//! From line to line along a chain of a recording, the newest first.

use std::io;

use super::Disk;
use crate::replay::erasing::Deletion;

/// A chain that is followed.
#[derive(Debug)]
pub(super) struct Walk {
    pub(super) deletion: Deletion,
    /// Where the next line begins.
    at: u64,
    /// Lines before this byte are not looked at.
    until: u64,
}

/// How a walk goes on.
#[derive(Debug)]
pub(super) enum End {
    NotYet,
    /// All was seen; the title of what a message asked for is to be taken out as well, from
    /// that message on.
    Done {
        title: Option<(Deletion, u64)>,
    },
    /// The chain leads nowhere.
    Torn,
}

impl Walk {
    pub(super) const fn new(deletion: Deletion, at: u64, until: u64) -> Self {
        Self { deletion, at, until }
    }

    /// Looks at the next lines.
    pub(super) fn step(&mut self, disk: &mut Disk, lines: usize) -> io::Result<End> {
        disk.forget();
        for _ in 0..lines {
            let line = disk.line_at(self.at)?;
            let Some(seen) = line.and_then(|line| self.deletion.look(line)) else {
                return Ok(End::Torn);
            };
            if let Some(changed) = &seen.changed {
                disk.write(self.at, changed)?;
            }
            let next = seen.back.and_then(|back| self.at.checked_sub(back));
            match next.filter(|next| !seen.is_found && *next >= self.until) {
                Some(next) => self.at = next,
                None => {
                    let title = seen.title.map(|title| (title, self.at));
                    return Ok(End::Done { title });
                }
            }
        }
        Ok(End::NotYet)
    }
}

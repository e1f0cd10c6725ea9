//! A full disk is one trouble, whoever meets it: the database, and what is written beside it. One
//! sentence when it begins, one when it is over.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Display,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use crate::{
    memory::{MAX_INTENTS, MAX_MOMENTS, MAX_WINDOWS},
    sqlite::lock,
};

/// The disks that have no room, for all who write to them. Clones agree.
#[derive(Debug, Clone, Default)]
pub struct FullDisks(Arc<Mutex<BTreeMap<Device, Full>>>);

/// What the system calls a disk.
type Device = u64;

/// A disk without room.
#[derive(Debug, Default)]
struct Full {
    /// The files that wait for it.
    files: BTreeSet<PathBuf>,
    /// What waited for it and is written.
    written: Waited,
}

/// What waited for room.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Waited {
    /// Rows of the database.
    pub rows: usize,
    /// Rows that could not be stored after all.
    pub left_out: u64,
    /// Lines of the records.
    pub lines: usize,
}

impl FullDisks {
    /// There is no room for what belongs into `file`: said, unless it was said of its disk. `why`
    /// is in the system's words.
    pub fn met(&self, file: &Path, why: impl Display) {
        if self.note(file) {
            let folder = file.parent().unwrap_or(file).display();
            tracing::error!(
                "the disk of {folder} is full or failing ({why}): make room or check it; chat and clips go on, and what is new is kept in memory and written once there is room, at most {MAX_INTENTS} promises of clips, {MAX_MOMENTS} moments, {MAX_WINDOWS} rows of figures and 4 MiB of lines for each record; lines of chat around moments are left out"
            );
        }
    }

    /// All that waited to be written to `file` is in it: said, if it was the last that waited for its
    /// disk. `false`: it did not wait for room.
    pub fn over(&self, file: &Path, waited: Waited) -> bool {
        let mut full = lock(&self.0);
        let mut disks = full.iter_mut();
        let rid =
            disks.find_map(|(device, disk)| disk.files.remove(file).then_some((*device, disk)));
        let Some((device, disk)) = rid else { return false };
        disk.written.add(waited);
        if disk.files.is_empty() {
            let Waited { rows, left_out, lines } = disk.written;
            full.remove(&device);
            let folder = file.parent().unwrap_or(file).display();
            tracing::info!(
                rows,
                lines,
                left_out,
                "the disk of {folder} takes what is written again; what waited is on it"
            );
        }
        true
    }

    /// Whether it was said that there is no room where `file` lies.
    #[must_use]
    pub fn are_known(&self, file: &Path) -> bool {
        lock(&self.0).contains_key(&device(file))
    }

    /// Notes that a file waits; whether its disk was not known to be full.
    fn note(&self, file: &Path) -> bool {
        let (mut full, device) = (lock(&self.0), device(file));
        let is_new = !full.contains_key(&device);
        full.entry(device).or_default().files.insert(file.to_owned());
        is_new
    }
}

impl Waited {
    fn add(&mut self, other: Self) {
        self.rows += other.rows;
        self.left_out += other.left_out;
        self.lines += other.lines;
    }
}

/// The disk of a file, or of the nearest folder that is there.
fn device(file: &Path) -> Device {
    file.ancestors().find_map(|path| fs::metadata(path).ok()).map_or(0, |about| number(&about))
}

#[cfg(unix)]
fn number(about: &fs::Metadata) -> Device {
    std::os::unix::fs::MetadataExt::dev(about)
}

/// Elsewhere, all files count as on one disk.
#[cfg(not(unix))]
fn number(_: &fs::Metadata) -> Device {
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(disks: &FullDisks) -> Option<Waited> {
        lock(&disks.0).values().next().map(|disk| disk.written)
    }

    #[test]
    fn a_disk_is_full_from_the_first_that_meets_it_to_the_last_that_is_rid_of_it() {
        let dir = tempfile::tempdir().unwrap();
        let [database, record, model] =
            ["cliphound.db", "recordings/clip_urls.txt", "models/ninja.bin"]
                .map(|name| dir.path().join(name));
        let (disks, waited) = (FullDisks::default(), Waited { rows: 2, left_out: 1, lines: 3 });
        assert!(!disks.over(&database, waited), "it did not wait");
        let others = disks.clone();
        assert_eq!(
            [disks.note(&database), others.note(&record), disks.note(&record)],
            [true, false, false]
        );
        assert!(disks.are_known(&model));
        assert!(others.over(&database, waited) && !disks.over(&database, waited));
        assert_eq!(written(&disks), Some(waited));
        assert!(disks.over(&record, Waited { lines: 4, ..Waited::default() }));
        assert!(!disks.are_known(&model) && written(&disks).is_none());
        assert!(disks.note(&record), "the next time is told anew");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn another_disk_is_told_by_itself() {
        let dir = tempfile::tempdir().unwrap();
        let disks = FullDisks::default();
        let elsewhere = Path::new("/proc/cliphound.db");
        assert!(disks.note(&dir.path().join("cliphound.db")) && disks.note(elsewhere));
        assert!(disks.over(elsewhere, Waited::default()) && disks.are_known(dir.path()));
    }
}

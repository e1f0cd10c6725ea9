//! The database's files in their folder: whether they are still the ones that were opened,
//! and how they are moved out of the way.

use std::{
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
};

/// Damaged databases that are kept; then the last one is overwritten.
const BAD: u32 = 9;

/// Which files are open, as far as the system can tell them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Marks {
    database: Option<Mark>,
    log: Option<Mark>,
}

/// Device and number of a file. Elsewhere than on Unix a file that is open can't be deleted.
type Mark = (u64, u64);

/// What lies at the place of the files that are open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// They.
    Same,
    /// Nothing.
    Gone,
    /// Another database.
    Another,
    /// The database without its log.
    NoLog,
}

impl Marks {
    /// The files that lie at `path` now.
    pub fn of(path: &Path) -> Self {
        Self { database: mark(path), log: mark(&beside(path, "-wal")) }
    }

    /// What lies there instead.
    pub fn see(self, path: &Path) -> Seen {
        if self.database.is_none() {
            return Seen::Same;
        }
        match mark(path) {
            None if fs::symlink_metadata(path).is_err() => Seen::Gone,
            now if now != self.database => Seen::Another,
            _ if self.log.is_some() && mark(&beside(path, "-wal")) != self.log => Seen::NoLog,
            _ => Seen::Same,
        }
    }
}

#[cfg(unix)]
fn mark(path: &Path) -> Option<Mark> {
    use std::os::unix::fs::MetadataExt;
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn mark(_: &Path) -> Option<Mark> {
    None
}

/// The file called like the database with `end` behind it.
pub fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(end);
    PathBuf::from(name)
}

/// Removes the log and its index, which belong to files that are gone: SQLite would take
/// them for those of the next database in their place.
pub fn remove_log(path: &Path, marks: Marks) -> io::Result<()> {
    let log = beside(path, "-wal");
    if marks.log.is_some() && mark(&log) != marks.log {
        return Ok(());
    }
    remove(&log)?;
    remove(&beside(path, "-shm"))
}

/// Removes a file, if there is one.
pub fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Moves the database with its log to a name of its own and says which.
pub fn set_aside(path: &Path) -> io::Result<PathBuf> {
    let names = (1..=BAD).map(|n| match n {
        1 => beside(path, ".bad"),
        n => beside(path, &format!(".bad{n}")),
    });
    let mut names: Vec<PathBuf> = names.collect();
    let at = names.iter().position(|name| !name.exists()).unwrap_or(names.len() - 1);
    let bad = names.swap_remove(at);
    remove(&beside(&bad, "-wal"))?;
    fs::rename(path, &bad)?;
    match fs::rename(beside(path, "-wal"), beside(&bad, "-wal")) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    remove(&beside(path, "-shm"))?;
    Ok(bad)
}

/// Puts a finished file in its place, for good.
pub fn put(fresh: &Path, path: &Path) -> io::Result<()> {
    fs::File::open(fresh)?.sync_all()?;
    fs::rename(fresh, path)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if cfg!(unix) { fs::File::open(folder.unwrap_or(Path::new(".")))?.sync_all() } else { Ok(()) }
}

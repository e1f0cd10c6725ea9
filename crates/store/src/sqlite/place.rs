//! The database's files in their folder: whether they are still the ones that were opened,
//! and how they are moved out of the way.

use std::{
    ffi::OsString,
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

/// Damaged databases that are kept; then the last one is overwritten.
const BAD: u32 = 9;
/// End of the name of the note which damaged database is still to be salvaged.
const NOTE: &str = ".salvage";

/// Which files are open, as far as the system can tell them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Marks {
    database: Option<Mark>,
    log: Option<Mark>,
    /// The log's index, which programs share.
    index: Option<Mark>,
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
    /// The database without its log, or the log's index: what was written last may lie only in
    /// the file that the connection still holds open.
    NoLog,
}

impl Marks {
    /// The files that lie at `path` now.
    pub fn of(path: &Path) -> Self {
        let (log, index) = (mark(&beside(path, "-wal")), mark(&beside(path, "-shm")));
        Self { database: mark(path), log, index }
    }

    /// What lies there instead.
    pub fn see(self, path: &Path) -> Seen {
        if self.database.is_none() {
            return Seen::Same;
        }
        match mark(path) {
            None if fs::symlink_metadata(path).is_err() => Seen::Gone,
            now if now != self.database => Seen::Another,
            _ if is_missing(self.log, path, "-wal") => Seen::NoLog,
            _ if is_missing(self.index, path, "-shm") => Seen::NoLog,
            _ => Seen::Same,
        }
    }
}

fn is_missing(opened: Option<Mark>, path: &Path, end: &str) -> bool {
    opened.is_some() && mark(&beside(path, end)) != opened
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

/// Removes a database with its log, if there is one.
pub fn remove_all(path: &Path) -> io::Result<()> {
    ["", "-wal", "-shm"].into_iter().try_for_each(|end| remove(&beside(path, end)))
}

/// The damaged database that was set aside and is still to be salvaged.
pub fn unsalvaged(path: &Path) -> Option<PathBuf> {
    let name = fs::read_to_string(beside(path, NOTE)).ok()?;
    // A name and no path: it lies beside the new one.
    let name = Path::new(&name).file_name()?;
    Some(path.with_file_name(name)).filter(|bad| bad.is_file())
}

/// What could be read of it is in the new one.
pub fn is_salvaged(path: &Path) -> io::Result<()> {
    remove(&beside(path, NOTE))
}

/// Moves the database with its log to a name of its own and says which. Before that it is noted
/// that it is to be salvaged: whoever is killed in between does it at the next start.
pub fn set_aside(path: &Path) -> io::Result<PathBuf> {
    let names = (1..=BAD).map(|n| match n {
        1 => beside(path, ".bad"),
        n => beside(path, &format!(".bad{n}")),
    });
    let mut names: Vec<PathBuf> = names.collect();
    let at = names.iter().position(|name| !name.exists()).unwrap_or(names.len() - 1);
    let bad = names.swap_remove(at);
    remove(&beside(&bad, "-wal"))?;
    if let Some(name) = bad.file_name() {
        let mut note = fs::File::create(beside(path, NOTE))?;
        note.write_all(name.as_encoded_bytes())?;
        note.sync_all()?;
    }
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

//! One daemon a folder: `cliphound.lock` is locked for as long as one runs.

use std::{
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use anyhow::Context;

use crate::records::durable;

const NAME: &str = "cliphound.lock";
/// Whoever only looks whether it is held ([`is_held`]) has it for an instant: so often it is
/// tried before somebody else is taken for a daemon.
const TRIES: usize = 100;

/// Another daemon has the folder; one sentence.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Taken(String);

/// Holds the folder until it is dropped, or the process ends in whatever way.
#[derive(Debug)]
pub struct Lock {
    dir: PathBuf,
    file: Mutex<File>,
    /// What was made for it, the file first, then the folders around it.
    made: Vec<PathBuf>,
}

impl Lock {
    /// Takes the folder for a daemon. The file stays when the lock goes: it means nothing by
    /// itself.
    ///
    /// # Errors
    /// One sentence when another daemon has it, or the file can't be made.
    pub fn take(dir: &Path) -> anyhow::Result<Self> {
        Self::unless(dir, |dir| {
            format!(
                "another Cliphound runs in the folder {dir}: stop it first, or give this one a folder of its own with --dir"
            )
        })
    }

    /// Takes the folder for work that no daemon may be in the way of.
    ///
    /// # Errors
    /// As [`Lock::take`].
    pub fn take_for_work(dir: &Path) -> anyhow::Result<Self> {
        Self::unless(dir, |dir| {
            format!("Cliphound runs in the folder {dir}: stop it first, then say this again")
        })
    }

    fn unless(dir: &Path, held: impl Fn(String) -> String) -> anyhow::Result<Self> {
        let path = dir.join(NAME);
        let made = std::iter::once(path.as_path()).chain(dir.ancestors());
        let made = made.take_while(|path| !path.as_os_str().is_empty() && !path.exists());
        let made = made.map(Path::to_owned).collect();
        durable::make_folder_of(&path)?;
        let shown = path.display();
        let mut options = File::options();
        options.write(true).create(true).truncate(false);
        // Who may open it can hold it: nobody else shall.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path);
        let file =
            file.with_context(|| format!("{shown} can't be opened: check the folder's rights"))?;
        match lock(&file) {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Taken(held(dir.display().to_string())).into());
            }
            // Some network file systems have no locks; that is no reason not to run.
            Err(TryLockError::Error(error)) => {
                tracing::warn!(%error, "{shown} can't be locked: take care that only one runs here");
            }
        }
        Ok(Self { dir: dir.to_owned(), file: Mutex::new(file), made })
    }

    /// Takes it again where the file was deleted or replaced: it would keep nobody away.
    ///
    /// # Errors
    /// One sentence when another daemon has the folder by now, or the file can't be made.
    pub fn see(&self) -> anyhow::Result<()> {
        let path = self.dir.join(NAME);
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        if is_same(&file, &path) {
            return Ok(());
        }
        let again = Self::take(&self.dir)?;
        *file = again.file.into_inner().unwrap_or_else(PoisonError::into_inner);
        tracing::info!("{} was deleted: the folder is locked again", path.display());
        Ok(())
    }

    /// Gives the folder back as it was, as far as nothing else has come into it.
    pub fn undo(self) {
        for path in &self.made {
            let gone = if path.is_dir() { fs::remove_dir(path) } else { fs::remove_file(path) };
            if gone.is_err() {
                return;
            }
        }
    }
}

/// Whether a daemon has the folder; `None` where that can't be told.
#[must_use]
pub fn is_held(dir: &Path) -> Option<bool> {
    let file = File::options().write(true).open(dir.join(NAME)).ok()?;
    match file.try_lock_shared() {
        Ok(()) => Some(false),
        Err(TryLockError::WouldBlock) => Some(true),
        Err(TryLockError::Error(_)) => None,
    }
}

fn lock(file: &File) -> Result<(), TryLockError> {
    for _ in 1..TRIES {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => std::thread::yield_now(),
            done => return done,
        }
    }
    file.try_lock()
}

/// Elsewhere than on Unix a file that is open can't be deleted.
#[cfg(unix)]
fn is_same(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let mark =
        |about: std::io::Result<fs::Metadata>| about.map(|about| (about.dev(), about.ino())).ok();
    let held = mark(file.metadata());
    held.is_none() || held == mark(fs::metadata(path))
}

#[cfg(not(unix))]
fn is_same(_: &File, _: &Path) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_one_at_a_time() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("new");
        assert_eq!(is_held(&folder), None);
        let first = Lock::take(&folder).unwrap();
        assert_eq!(is_held(&folder), Some(true));
        let refused = format!("{:#}", Lock::take(&folder).unwrap_err());
        assert!(refused.contains("another Cliphound runs in the folder"), "{refused}");
        let refused = format!("{:#}", Lock::take_for_work(&folder).unwrap_err());
        assert!(refused.contains("stop it first, then"), "{refused}");
        assert!(Lock::take(dir.path()).is_ok(), "another folder is free");
        drop(first);
        assert_eq!(is_held(&folder), Some(false));
        assert!(Lock::take(&folder).is_ok());
    }

    #[cfg(unix)]
    #[test]
    fn a_lock_that_was_deleted_is_taken_again() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("data");
        let lock = Lock::take(&folder).unwrap();
        lock.see().unwrap();
        fs::remove_dir_all(&folder).unwrap();
        lock.see().unwrap();
        assert_eq!(is_held(&folder), Some(true));
        fs::remove_file(folder.join(NAME)).unwrap();
        let other = Lock::take(&folder).unwrap();
        let refused = format!("{:#}", lock.see().unwrap_err());
        assert!(refused.contains("another Cliphound runs"), "{refused}");
        drop(other);
        lock.see().unwrap();
    }

    #[test]
    fn what_was_made_for_it_can_be_undone() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("not/there/yet");
        Lock::take_for_work(&folder).unwrap().undo();
        assert!(!dir.path().join("not").exists());
        let lock = Lock::take_for_work(&folder).unwrap();
        fs::write(folder.join("mine"), "").unwrap();
        lock.undo();
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "only what was made for it");
        fs::write(folder.join(NAME), "").unwrap();
        Lock::take_for_work(&folder).unwrap().undo();
        assert!(folder.join(NAME).exists(), "it was there before");
    }
}

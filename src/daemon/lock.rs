//! One daemon a folder: `cliphound.lock` is locked for as long as one runs.

use std::{
    fs::{File, TryLockError},
    path::Path,
};

use anyhow::{Context, bail};

use crate::records::durable;

const NAME: &str = "cliphound.lock";

/// Holds the folder until it is dropped, or the process ends in whatever way.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the folder. The file stays when the lock goes: it means nothing by itself.
    ///
    /// # Errors
    /// One sentence when another daemon has it, or the file can't be made.
    pub fn take(dir: &Path) -> anyhow::Result<Self> {
        let path = dir.join(NAME);
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
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => bail!(
                "another Cliphound runs in the folder {}: stop it first, or give this one a folder of its own with --dir",
                dir.display()
            ),
            // Some network file systems have no locks; that is no reason not to run.
            Err(TryLockError::Error(error)) => {
                tracing::warn!(%error, "{shown} can't be locked: take care that only one runs here");
            }
        }
        Ok(Self { _file: file })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_one_at_a_time() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("new");
        let first = Lock::take(&folder).unwrap();
        let refused = format!("{:#}", Lock::take(&folder).unwrap_err());
        assert!(refused.contains("another Cliphound runs in the folder"), "{refused}");
        assert!(Lock::take(dir.path()).is_ok(), "another folder is free");
        drop(first);
        assert!(Lock::take(&folder).is_ok());
    }
}

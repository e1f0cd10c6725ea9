//! `tokens.json` on the disk: read with care, written whole or not at all, for its owner only.

use std::{
    fs::{self, File, TryLockError},
    io::{self, Write},
    path::{Path, PathBuf},
};

use tempfile::NamedTempFile;

use super::{
    error::TokenError,
    stored::{BadBook, TokenBook},
};

/// Reads the file. Without a file the book is empty. One that makes no sense is set aside
/// as `.bad`, said so in the log, and the book is empty.
///
/// # Errors
/// When there is a file that can't be read.
pub fn read(path: &Path) -> Result<TokenBook, TokenError> {
    match look(path)? {
        Ok(book) => {
            close_to_others(path);
            Ok(book)
        }
        Err(bad) => {
            set_aside(path, &bad.to_string());
            Ok(TokenBook::default())
        }
    }
}

/// Reads the file and changes nothing about it. Without a file the book is empty.
///
/// # Errors
/// When there is a file that can't be read; within, when it makes no sense.
pub fn look(path: &Path) -> Result<Result<TokenBook, BadBook>, TokenError> {
    match fs::read(path) {
        Ok(bytes) => Ok(TokenBook::parse(&String::from_utf8_lossy(&bytes))),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(Ok(TokenBook::default())),
        Err(e) => {
            Err(TokenError::Unreadable { path: path.display().to_string(), reason: e.to_string() })
        }
    }
}

/// Changes the file as one step: whoever else changes it, in whatever process, waits.
///
/// # Errors
/// When it can't be read or written; then it is as before.
pub fn update<T>(path: &Path, change: impl FnOnce(&mut TokenBook) -> T) -> io::Result<T> {
    let _held = Held::take(path);
    let mut book = read(path).map_err(io::Error::other)?;
    let result = change(&mut book);
    write(path, &book)?;
    Ok(result)
}

/// Holds the file against other processes and other roles' tokens until dropped, by a
/// lock on `tokens.lock` beside it. Reading needs no lock: the file is replaced whole.
#[derive(Debug)]
pub struct Held(#[expect(dead_code, reason = "it is the lock")] Option<File>);

impl Held {
    /// Waits for the lock. Where there is none to be had (a network file system, a folder
    /// that can't be written), nothing is held: that is no reason not to go on.
    #[must_use]
    pub fn take(path: &Path) -> Self {
        Self(lock_file(path).filter(|file| file.lock().is_ok()))
    }

    /// The same without waiting; `None` while somebody else holds it.
    #[must_use]
    pub fn try_take(path: &Path) -> Option<Self> {
        let Some(file) = lock_file(path) else { return Some(Self(None)) };
        match file.try_lock() {
            Ok(()) => Some(Self(Some(file))),
            Err(TryLockError::WouldBlock) => None,
            Err(TryLockError::Error(_)) => Some(Self(None)),
        }
    }
}

fn lock_file(path: &Path) -> Option<File> {
    let mut options = File::options();
    options.write(true).create(true).truncate(false);
    // Who may open it can hold it: nobody else shall.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path.with_extension("lock")).ok()
}

/// Writes the file durably: when this returns, a crash can't bring the old one back.
///
/// # Errors
/// When the disk or the folder does not let us; then the old file is untouched.
pub fn write(path: &Path, book: &TokenBook) -> io::Result<()> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let json = book.to_json()?;
    // A temporary file is readable by its owner only (0600 on Unix).
    let mut file = NamedTempFile::new_in(folder)?;
    file.write_all(json.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|e| e.error)?;
    sync_folder(folder)
}

/// Renames a file that can't be used, so that nothing of it is lost.
fn set_aside(path: &Path, reason: &str) {
    let mut aside = path.as_os_str().to_owned();
    aside.push(".bad");
    let aside = PathBuf::from(aside);
    match fs::rename(path, &aside) {
        Ok(()) => {
            close_to_others(&aside);
            tracing::warn!(
                "{} can't be used ({reason}); it is kept as {}: run `cliphound login` (a token in the settings is used until then)",
                path.display(),
                aside.display()
            );
        }
        Err(e) => tracing::warn!(
            "{} can't be used ({reason}), nor renamed ({e}): move it away and run `cliphound login` (a token in the settings is used until then)",
            path.display()
        ),
    }
}

/// The two Unix-only habits of this file.
#[cfg(unix)]
mod unix {
    use std::{fs, io, os::unix::fs::PermissionsExt, path::Path};

    /// Takes other users' rights away; a file system that can't is none of our business.
    pub(super) fn close_to_others(path: &Path) {
        let open = fs::metadata(path).is_ok_and(|m| m.permissions().mode() & 0o077 != 0);
        if open && fs::set_permissions(path, fs::Permissions::from_mode(0o600)).is_ok() {
            tracing::warn!("{} could be read by other users; its mode is now 0600", path.display());
        }
    }

    /// A rename is durable once its folder is.
    pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
        fs::File::open(folder)?.sync_all()
    }
}
#[cfg(unix)]
use unix::{close_to_others, sync_folder};

#[cfg(not(unix))]
fn close_to_others(_: &Path) {}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{super::stored::Role, *};

    #[test]
    fn without_a_file_the_book_is_empty() {
        let folder = tempfile::tempdir().unwrap();
        let book = read(&folder.path().join("tokens.json")).unwrap();
        assert!(book.with_role(Role::Clipper).is_none());
    }

    #[test]
    fn a_damaged_file_is_set_aside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens.json");
        for content in [b"{\"version\":".as_slice(), b"\xff\xfe", b"{\"version\":9,\"tokens\":[]}"]
        {
            fs::write(&path, content).unwrap();
            assert!(read(&path).unwrap().with_role(Role::Clipper).is_none());
            assert!(!path.exists());
            assert_eq!(fs::read(folder.path().join("tokens.json.bad")).unwrap(), content);
        }
    }

    #[test]
    fn a_folder_in_its_place_is_an_error_that_names_it() {
        let folder = tempfile::tempdir().unwrap();
        let error = read(folder.path()).unwrap_err();
        assert!(error.to_string().contains(&folder.path().display().to_string()));
    }

    #[test]
    fn a_write_that_fails_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let taken = folder.path().join("tokens.json");
        fs::create_dir(&taken).unwrap();
        assert!(write(&taken, &TokenBook::default()).is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn changes_at_the_same_time_wait_for_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens.json");
        let add = |n: usize| {
            let json = format!(
                r#"{{"version":1,"tokens":[{{"user_id":"{n}","roles":["bot"],"access_token":"t","updated":""}}]}}"#
            );
            let mut token = TokenBook::parse(&json).unwrap().tokens()[0].clone();
            // A role a user, as far as they go: nobody takes another's.
            token.roles = vec![Role::ALL[n]];
            update(&path, |book| book.put(token)).unwrap();
        };
        std::thread::scope(|scope| (0..3).for_each(|n| drop(scope.spawn(move || add(n)))));
        assert_eq!(read(&path).unwrap().tokens().len(), 3);
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_can_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens.json");
        let mode = || fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        fs::write(&path, TokenBook::default().to_json().unwrap()).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        read(&path).unwrap();
        assert_eq!(mode(), 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        write(&path, &TokenBook::default()).unwrap();
        assert_eq!(mode(), 0o600);
    }
}

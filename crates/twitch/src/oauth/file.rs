//! `tokens.json` on the disk: read with care, written whole or not at all, for its owner only.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use tempfile::NamedTempFile;

use super::{error::TokenError, stored::TokenBook};

/// Reads the file. Without a file the book is empty. One that makes no sense is set aside
/// as `.bad`, said so in the log, and the book is empty.
///
/// # Errors
/// When there is a file that can't be read.
pub fn read(path: &Path) -> Result<TokenBook, TokenError> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(TokenBook::default()),
        Err(e) => {
            return Err(TokenError::Unreadable {
                path: path.display().to_string(),
                reason: e.to_string(),
            });
        }
    };
    match TokenBook::parse(&String::from_utf8_lossy(&bytes)) {
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
                "{} can't be used ({reason}); it is kept as {}, and the token of .env is used",
                path.display(),
                aside.display()
            );
        }
        Err(e) => tracing::warn!(
            "{} can't be used ({reason}) and can't be renamed ({e}); the token of .env is used",
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

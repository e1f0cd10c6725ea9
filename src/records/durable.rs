//! Folders on the disk: made where they are missing, flushed where a name is new.

use std::{
    fs,
    io::{self, Write as _},
    path::Path,
};

use anyhow::{Context, bail};

/// Makes the folder that `path` lies in.
pub fn make_folder_of(path: &Path) -> anyhow::Result<()> {
    let folder = folder_of(path);
    check_no_file(folder)?;
    fs::create_dir_all(folder).with_context(|| {
        let folder = folder.display();
        format!("the folder {folder} can't be made: check its rights, or choose another with --dir")
    })
}

/// The same while Cliphound runs, when the folder was there before: that it was deleted is said.
pub fn make_folder_anew(path: &Path) -> anyhow::Result<()> {
    let folder = folder_of(path);
    if !folder.exists() {
        make_folder_of(path)?;
        tracing::warn!(
            "the folder {} was deleted while Cliphound runs: it was made anew; what lay in it is gone",
            folder.display()
        );
    }
    Ok(())
}

/// A folder in whose place there is something else.
///
/// # Errors
/// One sentence that names it.
pub fn check_no_file(folder: &Path) -> anyhow::Result<()> {
    let nearest = folder.ancestors().find(|path| path.exists());
    match nearest.filter(|path| !path.is_dir()) {
        Some(file) => bail!("{} is no folder: move it away", file.display()),
        None => Ok(()),
    }
}

/// Deletes the files of a folder that are called so, and says how many. Of a folder that is not there,
/// none.
///
/// # Errors
/// When it can't be read, or one not be deleted.
pub fn remove_files(folder: &Path, is_called_so: impl Fn(&str) -> bool) -> io::Result<usize> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        entries => entries?,
    };
    let mut removed = 0;
    for entry in entries {
        let entry = entry?;
        if is_called_so(&entry.file_name().to_string_lossy()) {
            fs::remove_file(entry.path())?;
            removed += 1;
        }
    }
    Ok(removed)
}

/// Tries whether something can be written in a folder; of one that is not there, where it will be
/// made when it is needed.
///
/// # Errors
/// One sentence that says what is wrong.
pub fn try_folder(folder: &Path) -> anyhow::Result<()> {
    check_no_file(folder)?;
    let Some(there) = folder.ancestors().find(|folder| folder.is_dir()) else { return Ok(()) };
    let tried = tempfile::NamedTempFile::new_in(there).and_then(|mut file| {
        // A full disk still takes names.
        file.write_all(&[0; 4_096])?;
        file.as_file().sync_data()
    });
    tried.with_context(|| {
        format!("{} can't be written: check its rights and the room on its disk", folder.display())
    })
}

/// Whether the disk has no room.
pub fn is_full(error: &anyhow::Error) -> bool {
    let kinds = error.chain().filter_map(|cause| cause.downcast_ref::<io::Error>());
    kinds
        .map(io::Error::kind)
        .any(|kind| matches!(kind, io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded))
}

/// Waits until a new or changed name in the folder of `path` is on the disk. Only Unix
/// needs and allows it.
pub fn sync_folder_of(path: &Path) -> io::Result<()> {
    if cfg!(unix) { fs::File::open(folder_of(path))?.sync_all() } else { Ok(()) }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_in_the_place_of_a_folder_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let models = dir.path().join("models");
        assert!(try_folder(&models).is_ok(), "it is made when it is needed");
        fs::write(&models, "").unwrap();
        for told in [
            try_folder(&models),
            make_folder_of(&models.join("ninja.bin")),
            make_folder_of(&models.join("below/ninja.bin")),
        ] {
            let told = format!("{:#}", told.unwrap_err());
            assert_eq!(told, format!("{} is no folder: move it away", models.display()));
        }
        fs::remove_file(&models).unwrap();
        make_folder_anew(&models.join("ninja.bin")).unwrap();
        assert!(try_folder(&models).is_ok());
        assert_eq!(fs::read_dir(&models).unwrap().count(), 0, "nothing is left");
    }
}

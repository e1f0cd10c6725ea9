//! Folders on the disk: made where they are missing, flushed where a name is new.

use std::{fs, io, path::Path};

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

/// Tries whether a file can be made in a folder, if that is there: one that is not is made when
/// it is needed.
///
/// # Errors
/// One sentence that says what is wrong.
pub fn try_folder(folder: &Path) -> anyhow::Result<()> {
    check_no_file(folder)?;
    if !folder.exists() {
        return Ok(());
    }
    let made = tempfile::NamedTempFile::new_in(folder).map(drop);
    made.with_context(|| format!("{} can't be written: check its rights", folder.display()))
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

//! Folders on the disk: made where they are missing, flushed where a name is new.

use std::{fs, io, path::Path};

use anyhow::Context;

/// Makes the folder that `path` lies in.
pub fn make_folder_of(path: &Path) -> anyhow::Result<()> {
    let folder = folder_of(path);
    fs::create_dir_all(folder).with_context(|| {
        let folder = folder.display();
        format!("the folder {folder} can't be made: check its rights, or choose another with --dir")
    })
}

/// Waits until a new or changed name in the folder of `path` is on the disk. Only Unix
/// needs and allows it.
pub fn sync_folder_of(path: &Path) -> io::Result<()> {
    if cfg!(unix) { fs::File::open(folder_of(path))?.sync_all() } else { Ok(()) }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

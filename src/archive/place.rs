//! Puts an unpacked backup in the place of what was there: whole or not at all, also when the
//! machine stops in between. What was there is moved aside.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use super::{DATABASE, Manifest, RECORDS, pack};
use crate::records::durable;

/// Where a backup is unpacked, below the folder of `--dir`.
const STAGED: &str = ".restore";
/// From the moment that this file is there, the backup will be put in place.
const READY: &str = "ready.json";

/// What is left to do.
#[derive(Debug, Serialize, Deserialize)]
struct Plan {
    /// Where goes what is in the way.
    aside: String,
    names: Vec<String>,
    /// What the backup lacks and belongs to what it replaces.
    #[serde(default)]
    lacks: Vec<String>,
}

/// An empty folder to unpack in; one that an earlier attempt left is removed.
///
/// # Errors
/// When it can't be made.
pub fn stage(dir: &Path) -> anyhow::Result<PathBuf> {
    let staged = dir.join(STAGED);
    match fs::remove_dir_all(&staged) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    let made = fs::create_dir_all(&staged);
    made.with_context(|| format!("{} can't be written: check its rights", dir.display()))?;
    #[cfg(unix)]
    fs::set_permissions(&staged, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
    Ok(staged)
}

/// Takes away what was unpacked and is not to be used.
pub fn unstage(dir: &Path) {
    if let Err(error) = fs::remove_dir_all(dir.join(STAGED)) {
        tracing::warn!(%error, "what was unpacked can't be removed");
    }
}

/// The files that would go aside: those of the backup's names, and the database, models and
/// records that it lacks, for they are of another past than what it brings.
///
/// # Errors
/// When the folder of the models can't be read.
pub fn in_the_way(dir: &Path, manifest: &Manifest) -> anyhow::Result<Vec<String>> {
    let names = manifest.files.iter().map(|item| item.name.clone());
    let names = names.filter(|name| dir.join(name).exists());
    Ok(names.chain(lacks(dir, manifest)?).collect())
}

/// What is there of what a backup would hold, and this one does not. Settings and tokens stay.
fn lacks(dir: &Path, manifest: &Manifest) -> anyhow::Result<Vec<String>> {
    let models = pack::models(&dir.join("models"))?;
    let models = models.into_iter().map(|name| format!("models/{name}"));
    let fixed = [DATABASE].into_iter().chain(RECORDS).map(str::to_owned);
    let is_left = |name: &String| {
        manifest.files.iter().all(|item| item.name != *name) && dir.join(name).exists()
    };
    Ok(fixed.chain(models).filter(is_left).collect())
}

/// Puts what was unpacked in place. What was there is moved to the folder `aside` below `dir`.
///
/// # Errors
/// When a file can't be moved: then [`finish`] goes on with it.
pub fn put(dir: &Path, manifest: &Manifest, aside: &str) -> anyhow::Result<()> {
    let names = manifest.files.iter().map(|item| item.name.clone()).collect();
    let plan = Plan { aside: aside.to_owned(), names, lacks: lacks(dir, manifest)? };
    let ready = dir.join(STAGED).join(READY);
    let mut file = tempfile::NamedTempFile::new_in(dir.join(STAGED))?;
    io::Write::write_all(&mut file, &serde_json::to_vec(&plan)?)?;
    file.as_file().sync_all()?;
    file.persist(&ready)?;
    durable::sync_folder_of(&ready)?;
    finish(dir).map(drop)
}

/// Ends a restore that was cut off when it was certain already; true if there was one. What was
/// unpacked before that is removed: it may hold what is to be deleted here.
///
/// # Errors
/// One sentence when a file can't be moved.
pub fn finish(dir: &Path) -> anyhow::Result<bool> {
    let staged = dir.join(STAGED);
    let text = match fs::read(staged.join(READY)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if staged.exists() {
                unstage(dir);
            }
            return Ok(false);
        }
        text => text.context("a restore that was begun can't be read")?,
    };
    let plan: Plan =
        serde_json::from_slice(&text).context("a restore that was begun is damaged")?;
    let aside = dir.join(&plan.aside);
    let told = |name: &str| {
        format!(
            "{name} can't be put in place: check the rights in {}, then start Cliphound or restore once more",
            dir.display()
        )
    };
    for name in plan.lacks.iter().filter(|name| super::is_allowed(name)) {
        move_aside(dir, &aside, name).with_context(|| told(name))?;
    }
    for name in plan.names.iter().filter(|name| super::is_allowed(name)) {
        put_one(dir, &staged, &aside, name).with_context(|| told(name))?;
    }
    fs::remove_dir_all(&staged)?;
    durable::sync_folder_of(&staged)?;
    Ok(true)
}

fn put_one(dir: &Path, staged: &Path, aside: &Path, name: &str) -> anyhow::Result<()> {
    let (new, place) = (staged.join(name), dir.join(name));
    if !new.exists() {
        // It is in its place since before the cut.
        return Ok(());
    }
    durable::make_folder_of(&place)?;
    move_aside(dir, aside, name)?;
    fs::rename(new, &place)?;
    Ok(durable::sync_folder_of(&place)?)
}

fn move_aside(dir: &Path, aside: &Path, name: &str) -> anyhow::Result<()> {
    let log = |end: &str| format!("{name}{end}");
    let mut old = vec![name.to_owned()];
    if name == DATABASE {
        // SQLite would take the log of the old one for that of the new.
        old = vec![log("-wal"), log("-shm"), name.to_owned()];
    }
    for name in old {
        let (from, to) = (dir.join(&name), aside.join(&name));
        if from.exists() {
            durable::make_folder_of(&to)?;
            fs::rename(from, to)?;
        }
    }
    Ok(())
}

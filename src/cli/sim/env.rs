//! `sim --env FILE`: the settings that let Cliphound use the simulated Twitch, as a `.env`.

use std::{
    fs,
    io::{self, Write as _},
    path::Path,
};

use anyhow::Context as _;
use cliphound_twitch_sim::SimInfo;

use crate::cli::UsageError;

/// The first line: such a file may be written over, for it holds nothing of anybody's.
const HEAD: &str = "# A simulated Twitch: written by `cliphound sim --env`, anew at each start.";

/// Whether the file may be written.
///
/// # Errors
/// When something else stands there: somebody's own settings.
pub fn check(path: &Path) -> anyhow::Result<()> {
    let is_ours = |text: String| text.lines().next() == Some(HEAD);
    if path.exists() && !fs::read_to_string(path).is_ok_and(is_ours) {
        let words = format!(
            "{} is there already and was not written by `cliphound sim --env`: name another file",
            path.display()
        );
        return Err(UsageError(words).into());
    }
    Ok(())
}

/// Writes the file, for its owner only: all of it or nothing. So is a folder that is made for it:
/// `cliphound --dir … run` keeps its tokens there.
///
/// # Errors
/// When it can't be written.
pub fn write(path: &Path, info: &SimInfo, speed: f64) -> anyhow::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let written = make_folder(folder).and_then(|()| {
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(text(info, speed).as_bytes())?;
        file.persist(path)?;
        Ok(())
    });
    written.with_context(|| format!("{} can't be written", path.display()))
}

#[cfg(unix)]
fn make_folder(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(not(unix))]
fn make_folder(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)
}

fn text(info: &SimInfo, speed: f64) -> String {
    let mut settings = info.environment();
    if speed.to_bits() != 1_f64.to_bits() {
        settings.push(("CLIPHOUND_SPEED".to_owned(), speed.to_string()));
    }
    let lines = settings.iter().map(|(name, value)| format!("{name}={value}\n"));
    format!("{HEAD}\n{}", lines.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobodys_own_settings_are_written_over() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(".env");
        assert!(check(&path).is_ok());
        fs::write(&path, format!("{HEAD}\nx=1\n")).unwrap();
        assert!(check(&path).is_ok());
        for theirs in ["TWITCH_CHANNELS=ninja\n", ""] {
            fs::write(&path, theirs).unwrap();
            let told = check(&path).unwrap_err();
            assert!(told.is::<UsageError>() && told.to_string().contains("name another file"));
        }
    }
}

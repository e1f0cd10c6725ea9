//! The folder of a demo: it is no real Cliphound's, and its time does not go back.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use anyhow::Context as _;

use crate::{cli::UsageError, config::Dir, daemon::lock::Lock};

/// What tells a demo's folder from a real one: a file with the time that the demo has got to.
const MARK: &str = "demo.txt";
/// What a Cliphound has in its folder. `cliphound.toml` is not among it: settings for a demo may be
/// written before its first start.
const OF_CLIPHOUND: [&str; 5] = [".env", "cliphound.db", "tokens.json", "models", "recordings"];
/// What is said in the file below the time.
const WORDS: &str = "The folder of a `cliphound demo`, whose clips are invented: delete it when you like. The line above is the time that the demo has got to.\n";

/// Takes the folder for a demo, and looks what time it has got to (Unix milliseconds), if one ran
/// here. Without `named`, the folder is a new one below the system's for such things.
///
/// # Errors
/// A usage error where it is a real Cliphound's; else one sentence when another Cliphound runs
/// here, or it can't be written.
pub(super) fn take(named: Option<&Path>) -> anyhow::Result<(Dir, Option<i64>)> {
    let dir = Dir::new(named.map_or_else(fresh, |path| Ok(path.to_owned()))?);
    let got_to = got_to(dir.path())?;
    if got_to.is_none() {
        keep_out_of_real_ones(dir.path())?;
    }
    // Only to see that it is free and can be written: the daemon takes it for itself.
    drop(Lock::take(dir.path())?);
    Ok((dir, got_to))
}

fn fresh() -> anyhow::Result<PathBuf> {
    let folder = tempfile::Builder::new().prefix("cliphound-demo-").tempdir();
    Ok(folder.context("no folder can be made for the demo; name one with --dir")?.keep())
}

fn keep_out_of_real_ones(dir: &Path) -> Result<(), UsageError> {
    let own: Vec<_> = OF_CLIPHOUND.into_iter().filter(|name| dir.join(name).exists()).collect();
    if own.is_empty() {
        return Ok(());
    }
    Err(UsageError(format!(
        "{} has {} of a Cliphound that is no demo: leave --dir out for a new folder, or name an empty one",
        dir.display(),
        own.join(", ")
    )))
}

fn got_to(dir: &Path) -> anyhow::Result<Option<i64>> {
    let path = dir.join(MARK);
    let text = match fs::read_to_string(&path) {
        Err(error)
            if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) =>
        {
            return Ok(None);
        }
        text => text.with_context(|| format!("{} can't be read", path.display()))?,
    };
    let time = text.lines().next().unwrap_or_default().parse::<jiff::Timestamp>();
    let time = time.map_err(|_| {
        UsageError(format!("{} does not begin with a time: name another --dir", path.display()))
    })?;
    Ok(Some(time.as_millisecond()))
}

/// Makes the folder a demo's, which has got to this time (Unix milliseconds). Whole or not at all.
///
/// # Errors
/// When it can't be written.
pub(super) fn mark(dir: &Dir, got_to_ms: i64) -> anyhow::Result<()> {
    let path = dir.path().join(MARK);
    let unwritable = || format!("{} can't be written", path.display());
    let time = jiff::Timestamp::from_millisecond(got_to_ms).with_context(unwritable)?;
    let mut file = tempfile::NamedTempFile::new_in(dir.path()).with_context(unwritable)?;
    write!(file, "{time}\n{WORDS}").with_context(unwritable)?;
    file.persist(&path).with_context(unwritable)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_refused(dir: &Path) -> bool {
        take(Some(dir)).is_err_and(|error| error.is::<UsageError>())
    }

    #[test]
    fn what_is_a_real_ones_is_left_alone() {
        for name in OF_CLIPHOUND {
            let dir = tempfile::tempdir().unwrap();
            fs::write(dir.path().join(name), "mine").unwrap();
            assert!(is_refused(dir.path()), "{name}");
            assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "{name}: nothing was made");
        }
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("cliphound.toml"), "").unwrap();
        assert_eq!(take(Some(dir.path())).unwrap().1, None, "settings for the demo");
    }

    #[test]
    fn a_demo_comes_back_to_its_own() {
        let dir = tempfile::tempdir().unwrap();
        let (folder, _) = take(Some(&dir.path().join("new"))).unwrap();
        mark(&folder, 1_700_000_000_123).unwrap();
        fs::write(folder.database(), "").unwrap();
        assert_eq!(take(Some(folder.path())).unwrap().1, Some(1_700_000_000_123));
        let held = Lock::take(folder.path()).unwrap();
        let refused = take(Some(folder.path())).unwrap_err().to_string();
        assert!(refused.contains("another Cliphound runs in the folder"), "{refused}");
        drop(held);
        fs::write(folder.path().join(MARK), "soon\n").unwrap();
        assert!(is_refused(folder.path()), "its time could go back");
    }
}

//! What lies where in Cliphound's folder.

use std::path::{Path, PathBuf};

/// The folder of `--dir`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dir(PathBuf);

impl Dir {
    /// The folder at `path`; it need not exist. From here on it has its full path: `.` in a
    /// sentence tells nobody where something lies.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        Self(std::path::absolute(&path).unwrap_or(path))
    }

    /// The folder itself.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// What was learned of each channel.
    #[must_use]
    pub fn models(&self) -> PathBuf {
        self.0.join("models")
    }

    /// What was clipped: `clip_urls.txt`, `moments.tsv`.
    #[must_use]
    pub fn recordings(&self) -> PathBuf {
        self.0.join("recordings")
    }

    /// What the emote services last answered: can be deleted at any time.
    #[must_use]
    pub fn emotes(&self) -> PathBuf {
        self.0.join("cache").join("emotes")
    }

    /// The database.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.0.join("cliphound.db")
    }

    /// Renewed tokens, mode 0600.
    #[must_use]
    pub fn tokens(&self) -> PathBuf {
        self.0.join("tokens.json")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_told_by_its_full_path() {
        let here = std::env::current_dir().unwrap();
        for (path, expected) in
            [(".", here.clone()), ("./a/.", here.join("a")), ("/b", "/b".into())]
        {
            assert_eq!(Dir::new(path).path(), expected, "{path}");
        }
    }
}

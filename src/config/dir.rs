//! What lies where in Cliphound's folder.

use std::path::{Component, Path, PathBuf};

/// The folder of `--dir`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dir(PathBuf);

impl Dir {
    /// The folder at `path`; it need not exist. From here on it has its full path: `.` in a
    /// sentence tells nobody where something lies, and `..` is followed.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        Self(resolved(std::path::absolute(&path).unwrap_or(path)))
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

/// Without `..`: what is there says where that leads, for it may be behind a link.
fn resolved(path: PathBuf) -> PathBuf {
    if !path.components().any(|part| part == Component::ParentDir) {
        return path;
    }
    let real = path.ancestors().find_map(|there| Some((there, there.canonicalize().ok()?)));
    if let Some((there, real)) = real
        && let Ok(rest) = path.strip_prefix(there)
    {
        return if rest.as_os_str().is_empty() { real } else { real.join(rest) };
    }
    path
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

    #[test]
    fn a_way_up_is_followed() {
        let dir = tempfile::tempdir().unwrap();
        let home = dir.path().canonicalize().unwrap();
        std::fs::create_dir_all(home.join("up")).unwrap();
        for (path, expected) in [("up/../other", "other"), ("up/../up", "up")] {
            assert_eq!(Dir::new(home.join(path)).path(), home.join(expected), "{path}");
        }
    }
}

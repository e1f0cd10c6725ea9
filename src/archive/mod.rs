//! Backups: one file with all that Cliphound knows, and back.
//!
//! A backup is a gzipped tar of a fixed set of names, with a list of their sizes and sums at
//! its end. What is read from one may only go to those names: nothing in it leads elsewhere.

pub mod pack;
pub mod place;
#[cfg(test)]
mod story;
pub mod unpack;

use serde::{Deserialize, Serialize};

/// The list, last in the archive.
pub const MANIFEST: &str = "cliphound-backup.json";
/// The form of backups that is written and read.
pub const VERSION: u32 = 1;

/// The database.
pub const DATABASE: &str = "cliphound.db";
/// Settings, which may hold secrets.
pub const SETTINGS: &str = "cliphound.toml";
/// Text for people and scripts.
pub const RECORDS: [&str; 3] =
    ["recordings/clip_urls.txt", "recordings/moments.tsv", "recordings/viewer_clips.tsv"];
/// What only `--with-tokens` takes along.
pub const SECRETS: [&str; 2] = [".env", "tokens.json"];

/// What is in a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Its form.
    pub cliphound_backup: u32,
    /// When it was made.
    pub created: String,
    /// The version of Cliphound that made it.
    pub program: String,
    /// Its files.
    pub files: Vec<Item>,
}

/// A file of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Its name below the folder of `--dir`, with `/`.
    pub name: String,
    /// Its length.
    pub bytes: u64,
    /// CRC-32 of its content.
    pub crc32: u32,
}

/// Whether a backup may hold a file of this name.
#[must_use]
pub fn is_allowed(name: &str) -> bool {
    let fixed = [DATABASE, SETTINGS].into_iter().chain(RECORDS).chain(SECRETS);
    fixed.into_iter().any(|known| known == name)
        || name.strip_prefix("models/").is_some_and(is_model)
}

/// Whether a file in `models/` is worth keeping: models and what old names mean.
#[must_use]
pub fn is_model(name: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
    let (login, end) = name.split_once('.').unwrap_or_default();
    let is_version =
        |end: &str| end.strip_prefix("bin.v").is_some_and(|version| version.parse::<u16>().is_ok());
    let is_known = matches!(end, "bin" | "renamed") || is_version(end);
    !login.is_empty() && login.len() <= 40 && name.chars().all(is_plain) && is_known
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_names_are_allowed() {
        for name in ["cliphound.db", ".env", "recordings/moments.tsv", "models/ninja.bin"] {
            assert!(is_allowed(name), "{name}");
        }
        for name in ["models/a_1.bin.v3", "models/old.renamed"] {
            assert!(is_allowed(name), "{name}");
        }
        for name in [
            "",
            "/etc/passwd",
            "../cliphound.db",
            "models/../.env",
            "models/.bin",
            "models/a/b.bin",
            "models/a\\b.bin",
            "models/a.bin.bad",
            "models/a.bin.v",
            "recordings/ninja/x.mp4",
            "cliphound.db-wal",
            MANIFEST,
        ] {
            assert!(!is_allowed(name), "{name}");
        }
    }
}

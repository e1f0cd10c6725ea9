//! Writes a backup.

use std::{
    fs,
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use flate2::{Compression, write::GzEncoder};

use super::{DATABASE, Item, MANIFEST, Manifest, RECORDS, SECRETS, SETTINGS, VERSION, is_model};
use crate::config::{Dir, alerts::SECRET_FIELDS};

/// Keys of the settings file that are secrets.
const SECRET_KEYS: [&str; 3] = ["client_secret", "access_token", "refresh_token"];

/// What a backup is made of.
#[derive(Debug)]
pub struct Sources<'a> {
    /// The folder.
    pub dir: &'a Dir,
    /// A copy of the database, where there is one.
    pub database: Option<PathBuf>,
    /// Tokens and settings that hold secrets go along.
    pub with_tokens: bool,
    /// Now, in Unix milliseconds.
    pub now_ms: i64,
}

/// Writes a backup into `out`; says what is in it, and which files stayed out for the
/// secrets in them.
///
/// # Errors
/// When a file can't be read, or `out` not be written.
pub fn pack(
    sources: &Sources<'_>,
    out: impl Write,
) -> anyhow::Result<(Manifest, Vec<&'static str>)> {
    let mut packer = Packer {
        tar: tar::Builder::new(GzEncoder::new(out, Compression::default())),
        files: Vec::new(),
    };
    let mut left_out = Vec::new();
    if let Some(database) = &sources.database {
        let file = fs::File::open(database)?;
        let bytes = file.metadata()?.len();
        packer.add(DATABASE, bytes, file)?;
    }
    for name in models(&sources.dir.models())? {
        packer.add_file(sources.dir.path(), &format!("models/{name}"), false)?;
    }
    for name in RECORDS {
        packer.add_file(sources.dir.path(), name, true)?;
    }
    for name in [SETTINGS].into_iter().chain(SECRETS) {
        let path = sources.dir.path().join(name);
        if path.exists() && !sources.with_tokens && holds_secrets(name, &path) {
            left_out.push(name);
        } else {
            packer.add_file(sources.dir.path(), name, false)?;
        }
    }
    let manifest = Manifest {
        cliphound_backup: VERSION,
        created: jiff::Timestamp::from_millisecond(sources.now_ms).unwrap_or_default().to_string(),
        program: env!("CARGO_PKG_VERSION").to_owned(),
        files: std::mem::take(&mut packer.files),
    };
    let text = serde_json::to_vec_pretty(&manifest)?;
    packer.add(MANIFEST, text.len() as u64, text.as_slice())?;
    packer.tar.into_inner()?.finish()?.flush()?;
    Ok((manifest, left_out))
}

struct Packer<W: Write> {
    tar: tar::Builder<GzEncoder<W>>,
    files: Vec<Item>,
}

impl<W: Write> Packer<W> {
    /// Adds a file of the folder, if it is there; of a record its whole lines.
    fn add_file(&mut self, dir: &Path, name: &str, by_lines: bool) -> anyhow::Result<()> {
        let mut content = match fs::read(dir.join(name)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            content => content.with_context(|| format!("{name} can't be read"))?,
        };
        if by_lines {
            let whole = content.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
            content.truncate(whole);
        }
        self.add(name, content.len() as u64, content.as_slice())
    }

    fn add(&mut self, name: &str, bytes: u64, content: impl Read) -> anyhow::Result<()> {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes);
        header.set_mode(0o600);
        let mut summed = Summed { inner: content.take(bytes), sum: crc32fast::Hasher::new() };
        let added = self.tar.append_data(&mut header, name, &mut summed);
        added.with_context(|| format!("{name} can't be added to the backup"))?;
        let crc32 = summed.sum.finalize();
        self.files.push(Item { name: name.to_owned(), bytes, crc32 });
        Ok(())
    }
}

/// Sums up what is read.
pub(super) struct Summed<R> {
    pub(super) inner: R,
    pub(super) sum: crc32fast::Hasher,
}

impl<R: Read> Read for Summed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.sum.update(buffer.get(..count).unwrap_or_default());
        Ok(count)
    }
}

/// The models' names, in their order.
pub(super) fn models(folder: &Path) -> anyhow::Result<Vec<String>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.with_context(|| format!("{} can't be read", folder.display()))?,
    };
    let mut names = Vec::new();
    for entry in entries {
        let name = entry?.file_name();
        names.extend(name.to_str().filter(|name| is_model(name)).map(str::to_owned));
    }
    names.sort();
    Ok(names)
}

/// What can't be read as settings may hold anything.
fn holds_secrets(name: &str, path: &Path) -> bool {
    if name != SETTINGS {
        return true;
    }
    let text = fs::read_to_string(path).unwrap_or_default();
    let Ok(table) = text.parse::<toml::Table>() else { return true };
    let has = |table: &toml::Table, keys: &[&str]| keys.iter().any(|key| table.contains_key(*key));
    let twitch = table.get("twitch").and_then(toml::Value::as_table);
    let alerts = table.get("alerts").and_then(toml::Value::as_array).into_iter().flatten();
    twitch.is_some_and(|twitch| has(twitch, &SECRET_KEYS))
        || alerts.filter_map(toml::Value::as_table).any(|alert| has(alert, &SECRET_FIELDS))
}

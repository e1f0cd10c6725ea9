//! Reads a backup into a folder of its own and checks all of it, before anything is put in place.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, Read},
    path::Path,
};

use anyhow::{Context as _, anyhow, bail, ensure};
use flate2::read::GzDecoder;

use super::{Item, MANIFEST, Manifest, VERSION, is_allowed, pack::Summed};

/// Longest list that is read, in bytes.
const MAX_MANIFEST: u64 = 4 * 1024 * 1024;
/// What may follow the list: tar fills up its last block, of at most 10 KiB.
const MAX_REST: u64 = 1024 * 1024;
/// Most files in a backup: some for each of thousands of channels.
const MAX_FILES: usize = 100_000;

/// Unpacks a backup into `folder`, which must be empty, and checks that it is whole.
///
/// # Errors
/// One sentence when it is none, is damaged, or a newer version made it (libraries' words stay
/// out of it); what is in `folder` then is of no use.
pub fn unpack(archive: impl Read, folder: &Path) -> anyhow::Result<Manifest> {
    let mut tar = tar::Archive::new(GzDecoder::new(archive));
    let (mut found, mut manifest) = (BTreeMap::new(), None);
    for entry in tar.entries().map_err(|_| anyhow!(NONE))? {
        let is_first = found.is_empty();
        let entry = entry.map_err(|_| if is_first { anyhow!(NONE) } else { broken(()) });
        let mut entry = entry?;
        let name = entry.path().map_err(broken)?.to_str().unwrap_or_default().to_owned();
        ensure!(entry.header().entry_type().is_file(), "{name:?} in it is no file: {NONE}");
        if name == MANIFEST {
            manifest = Some(read_manifest(&mut entry)?);
            continue;
        }
        ensure!(manifest.is_none() && found.len() < MAX_FILES, "{NONE}");
        ensure!(
            is_allowed(&name),
            "it holds {name:?}, which this version of Cliphound does not know: {NONE}"
        );
        let item = write(&mut entry, &name, folder)?;
        if found.insert(name.clone(), item).is_some() {
            bail!("{name} is in it twice: {NONE}");
        }
    }
    let manifest = manifest.context(BROKEN)?;
    // The sum of the whole stands at the very end.
    let mut rest = tar.into_inner().take(MAX_REST);
    io::copy(&mut rest, &mut io::sink()).map_err(broken)?;
    let listed: BTreeMap<String, Item> =
        manifest.files.iter().map(|item| (item.name.clone(), item.clone())).collect();
    ensure!(listed == found, "{BROKEN}");
    Ok(manifest)
}

const NONE: &str = "this is no backup of Cliphound: give a file that `cliphound backup` wrote";
const BROKEN: &str = "the backup is damaged or cut off: take another one";

fn read_manifest(entry: &mut impl Read) -> anyhow::Result<Manifest> {
    let mut text = String::new();
    entry.take(MAX_MANIFEST).read_to_string(&mut text).map_err(broken)?;
    let value: serde_json::Value = serde_json::from_str(&text).map_err(broken)?;
    let version = value["cliphound_backup"].as_u64().context(NONE)?;
    ensure!(
        version <= u64::from(VERSION),
        "the backup has form {version}, and this version of Cliphound reads up to form {VERSION}: use the version that made it, or a newer one"
    );
    serde_json::from_value(value).map_err(broken)
}

/// What a library says of a damaged file helps nobody.
fn broken(_: impl Sized) -> anyhow::Error {
    anyhow!(BROKEN)
}

/// Writes a file for its owner only.
fn write(entry: &mut impl Read, name: &str, folder: &Path) -> anyhow::Result<Item> {
    let path = folder.join(name);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file =
        options.open(&path).with_context(|| format!("{} can't be written", path.display()))?;
    let mut summed = Summed { inner: entry, sum: crc32fast::Hasher::new() };
    let bytes = io::copy(&mut summed, &mut file).map_err(|error| unwritten(error, &path))?;
    file.sync_all().map_err(|error| unwritten(error, &path))?;
    Ok(Item { name: name.to_owned(), bytes, crc32: summed.sum.finalize() })
}

/// A damaged archive shows here, too: those who unpack tell it by these kinds.
fn unwritten(error: io::Error, path: &Path) -> anyhow::Error {
    use io::ErrorKind::{
        InvalidData, InvalidInput, Other, QuotaExceeded, StorageFull, UnexpectedEof,
    };
    let shown = path.display();
    match error.kind() {
        InvalidData | InvalidInput | Other | UnexpectedEof => broken(()),
        StorageFull | QuotaExceeded => {
            anyhow!("there is no room for {shown}: make room on the disk")
        }
        _ => anyhow::Error::new(error).context(format!("{shown} can't be written")),
    }
}

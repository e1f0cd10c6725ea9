//! `cliphound backup`: all that Cliphound knows in one file.

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, bail};
use cliphound_store::{StoreError, copy};

use super::{UsageError, login::say, output::may_write, runtime};
use crate::{
    archive::{
        DATABASE,
        pack::{Sources, pack},
    },
    config::{self, Config, Dir, GlobalArgs},
    records::durable,
};

/// What every backup begins with (RFC 1952, 2.3.1).
const GZIP: [u8; 2] = [0x1f, 0x8b];
const MB: f64 = 1_000_000.0;

/// Options of `backup`.
#[derive(clap::Args)]
#[command(after_help = "\
Works while Cliphound runs. The file holds the database, the models, the records and the
settings; not the videos. Tokens and settings with secrets stay out unless you say
--with-tokens: whoever has such a file can act in your name. `cliphound restore FILE`
brings it all back.

Example:
  cliphound backup cliphound-$(date +%F).tar.gz")]
pub struct BackupArgs {
    /// The file to write (.tar.gz)
    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    /// Take tokens and settings that hold secrets along
    #[arg(long)]
    pub with_tokens: bool,

    /// Write over FILE if it exists
    #[arg(long)]
    pub force: bool,
}

/// Writes the backup, whole or not at all, for its owner only.
///
/// # Errors
/// When something can't be read, or the file not be written.
pub fn run(global: &GlobalArgs, args: &BackupArgs) -> anyhow::Result<ExitCode> {
    let config = Config::load(global, &config::environment())?;
    if args.file.exists() && !args.force {
        let file = args.file.display();
        let words = format!("{file} exists: name another file, or say --force to write over it");
        return Err(UsageError(words).into());
    }
    if fs::metadata(&args.file).is_ok_and(|there| !there.is_file()) {
        let words = format!("{} is no file: name one", args.file.display());
        return Err(UsageError(words).into());
    }
    // A folder that is missing is perhaps a disk that is not mounted: one in its place would be no backup.
    may_write("FILE", &args.file, "backup", &GZIP)?;
    let folder = args.file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let unwritable =
        || format!("{} can't be written: check its folder and the room there", args.file.display());
    // Beside the backup: whoever asks for one has room there.
    let work = tempfile::Builder::new().prefix(".cliphound-backup-").tempdir_in(folder);
    let work = work.with_context(unwritable)?;
    let database = database(&config.dir, work.path(), &args.file)?;
    let mut file = tempfile::NamedTempFile::new_in(work.path()).with_context(unwritable)?;
    let now_ms = config.clock().now_ms();
    let sources = Sources { dir: &config.dir, database, with_tokens: args.with_tokens, now_ms };
    let (manifest, left_out) = pack(&sources, &mut file).with_context(unwritable)?;
    if manifest.files.is_empty() {
        let dir = config.dir.path().display();
        let words = format!("there is nothing of Cliphound in {dir}: name its folder with --dir");
        return Err(UsageError(words).into());
    }
    file.as_file().sync_all().with_context(unwritable)?;
    let bytes = file.as_file().metadata()?.len();
    file.persist(&args.file).with_context(unwritable)?;
    durable::sync_folder_of(&args.file)?;
    let (files, mb) = (manifest.files.len(), bytes as f64 / MB);
    let files = if files == 1 { "1 file".to_owned() } else { format!("{files} files") };
    say(&format!("{} holds {files} ({mb:.2} MB).", args.file.display()))?;
    if !left_out.is_empty() {
        let names = left_out.join(", ");
        let them = if left_out.len() == 1 { "it" } else { "them" };
        say(&format!(
            "Left out for the secrets in it: {names} (--with-tokens takes {them} along)."
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// A copy of the database as it is now, where there is one, for the backup `file`.
fn database(dir: &Dir, work: &Path, file: &Path) -> anyhow::Result<Option<PathBuf>> {
    let path = dir.database();
    if !fs::exists(&path).unwrap_or(false) {
        return Ok(None);
    }
    let to = work.join(DATABASE);
    match runtime()?.block_on(copy(&path, &to)) {
        Err(StoreError::Disk { path, .. }) if path == to => {
            bail!("there is no room for {}: make room on its disk", file.display())
        }
        copied => copied?,
    }
    Ok(Some(to))
}

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
    crew::blocking,
    daemon::signals::Signals,
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
    if fs::metadata(&args.file).is_ok_and(|there| !there.is_file()) {
        let words = format!("{} is no file: name one that is to be written", args.file.display());
        return Err(UsageError(words).into());
    }
    if args.file.exists() && !args.force {
        let file = args.file.display();
        let words = format!("{file} exists: name another file, or say --force to write over it");
        return Err(UsageError(words).into());
    }
    // A folder that is missing is perhaps a disk that is not mounted: one in its place would be no backup.
    may_write("FILE", &args.file, "backup", &GZIP)?;
    let folder = args.file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    // Beside the backup: whoever asks for one has room there.
    let work = tempfile::Builder::new().prefix(".cliphound-backup-").tempdir_in(folder);
    let work = work.with_context(|| unwritable(&args.file))?;
    let runtime = runtime()?;
    let written = runtime.block_on(async {
        let mut signals = Signals::listen()?;
        tokio::select! {
            biased;
            written = write(&config, args, work.path()) => written,
            // What is there of it goes with its folder.
            _ = signals.next() => bail!("broken off: no backup was made"),
        }
    });
    // Nobody waits for what goes on after that.
    runtime.shutdown_background();
    let Written { bytes, files, left_out } = written?;
    let mb = bytes as f64 / MB;
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

/// What a backup holds.
struct Written {
    bytes: u64,
    files: usize,
    /// Files with secrets.
    left_out: Vec<&'static str>,
}

/// Writes the backup in the folder `work`, then puts it in its place.
async fn write(config: &Config, args: &BackupArgs, work: &Path) -> anyhow::Result<Written> {
    let database = database(&config.dir, work, &args.file).await?;
    let (dir, now_ms, with_tokens) =
        (config.dir.clone(), config.clock().now_ms(), args.with_tokens);
    let (work, to) = (work.to_owned(), args.file.clone());
    blocking("writing a backup", move || {
        let sources = Sources { dir: &dir, database, with_tokens, now_ms };
        pack_to(&sources, &work, &to)
    })
    .await?
}

fn pack_to(sources: &Sources<'_>, work: &Path, to: &Path) -> anyhow::Result<Written> {
    let unwritable = || unwritable(to);
    let mut file = tempfile::NamedTempFile::new_in(work).with_context(unwritable)?;
    let (manifest, left_out) = pack(sources, &mut file).with_context(unwritable)?;
    if manifest.files.is_empty() {
        let dir = sources.dir.path().display();
        let words = format!("there is nothing of Cliphound in {dir}: name its folder with --dir");
        return Err(UsageError(words).into());
    }
    file.as_file().sync_all().with_context(unwritable)?;
    let bytes = file.as_file().metadata()?.len();
    file.persist(to).with_context(unwritable)?;
    durable::sync_folder_of(to)?;
    Ok(Written { bytes, files: manifest.files.len(), left_out })
}

fn unwritable(file: &Path) -> String {
    format!("{} can't be written: check its folder and the room there", file.display())
}

/// A copy of the database as it is now, where there is one, for the backup `file`.
async fn database(dir: &Dir, work: &Path, file: &Path) -> anyhow::Result<Option<PathBuf>> {
    let path = dir.database();
    if !fs::exists(&path).unwrap_or(false) {
        return Ok(None);
    }
    let to = work.join(DATABASE);
    match copy(&path, &to).await {
        Err(StoreError::Disk { path, .. }) if path == to => {
            bail!("there is no room for {}: make room on its disk", file.display())
        }
        copied => copied?,
    }
    Ok(Some(to))
}

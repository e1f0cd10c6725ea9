//! `cliphound restore`: what a backup holds comes back.

use std::{fs::File, path::PathBuf, process::ExitCode};

use anyhow::{Context as _, anyhow, bail};
use cliphound_store::{StoreError, look_at_people, verify};

use super::{login::say, runtime};
use crate::{
    archive::{DATABASE, Manifest, place, unpack::unpack},
    config::{Dir, GlobalArgs},
    daemon::lock::Lock,
};

/// Most files that are named in a sentence.
const NAMED: usize = 5;

/// Options of `restore`.
#[derive(clap::Args)]
#[command(after_help = "\
Stop Cliphound first. The backup is checked from one end to the other before anything
changes. Where a database, models or records are there already, nothing happens without
--force; with it all of them (and settings that the backup brings) are moved to a folder
before-restore-… beside them, not deleted.

Example:
  cliphound restore cliphound-2026-11-21.tar.gz")]
pub struct RestoreArgs {
    /// A file that `cliphound backup` wrote
    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    /// Move what is in the way aside
    #[arg(long)]
    pub force: bool,
}

/// Restores, whole or not at all.
///
/// # Errors
/// When Cliphound runs, the backup is damaged or of a newer version, or files are in the way.
pub fn run(global: &GlobalArgs, args: &RestoreArgs) -> anyhow::Result<ExitCode> {
    // The settings may be what is to be restored: they are not read.
    let dir = folder(global);
    let file = File::open(&args.file)
        .with_context(|| format!("{} can't be read: check its name", args.file.display()))?;
    let lock = Lock::take_for_work(dir.path())?;
    if place::finish(dir.path())? {
        say("A restore that had been cut off was ended first.")?;
    }
    let (manifest, in_the_way) = match checked(file, &dir, args) {
        Ok(checked) => checked,
        Err(error) => {
            place::unstage(dir.path());
            lock.undo();
            return Err(error);
        }
    };
    let now = cliphound_clock::Clock::system().now_ms();
    let now = jiff::Timestamp::from_millisecond(now).unwrap_or_default();
    let aside = unused(&dir, &format!("before-restore-{}", now.strftime("%Y%m%dT%H%M%SZ")));
    place::put(dir.path(), &manifest, &aside)?;
    let (files, made) = (manifest.files.len(), &manifest.created);
    say(&format!("{files} files of {made} are back in {}.", dir.path().display()))?;
    if !in_the_way.is_empty() {
        say(&format!("What was there is now in {}.", dir.path().join(aside).display()))?;
    }
    // Of a database that can't be read, the next start says so.
    if runtime()?.block_on(look_at_people(&dir.database())).is_ok_and(|people| people > 0) {
        say(
            "In the dashboard the people and passwords of that time hold again; API tokens, open log-ins and invitations are in no backup: make new ones.",
        )?;
    }
    Ok(ExitCode::SUCCESS)
}

fn folder(global: &GlobalArgs) -> Dir {
    let named = global.dir.clone().or_else(|| std::env::var_os("CLIPHOUND_DIR").map(PathBuf::from));
    Dir::new(named.unwrap_or_else(|| PathBuf::from(".")))
}

/// `name`, or with a number behind it where that is taken: nothing that was moved aside is written over.
fn unused(dir: &Dir, name: &str) -> String {
    let numbered = (2..).map(|nth: u32| format!("{name}-{nth}"));
    let mut names = [name.to_owned()].into_iter().chain(numbered);
    names.find(|name| !dir.path().join(name).exists()).unwrap_or_else(|| name.to_owned())
}

/// What is in the backup, and what would go aside for it.
fn checked(file: File, dir: &Dir, args: &RestoreArgs) -> anyhow::Result<(Manifest, Vec<String>)> {
    let staged = place::stage(dir.path())?;
    let refused = || format!("{} is not restored", args.file.display());
    let manifest = unpack(std::io::BufReader::new(file), &staged).with_context(refused)?;
    let database = staged.join(DATABASE);
    if database.exists() {
        runtime()?.block_on(verify(&database)).map_err(in_words).with_context(refused)?;
    }
    let in_the_way = place::in_the_way(dir.path(), &manifest)?;
    if !in_the_way.is_empty() && !args.force {
        let more = if in_the_way.len() > NAMED { " and more" } else { "" };
        let names: Vec<_> = in_the_way.iter().take(NAMED).map(String::as_str).collect();
        bail!(
            "{}{more} in {} would go: say --force to move what is there aside, or name another --dir",
            names.join(", "),
            dir.path().display()
        );
    }
    Ok((manifest, in_the_way))
}

/// What a database says of itself is about one in its place, not in a backup.
fn in_words(error: StoreError) -> anyhow::Error {
    match error {
        StoreError::Damaged { .. } => anyhow!("its database is damaged: take another backup"),
        StoreError::OtherVersion { .. } => {
            anyhow!("a newer version of Cliphound made its database: use that version")
        }
        error => error.into(),
    }
}

//! `cliphound forget`: deletes everything about a channel or a user.

use std::{
    io::{self, BufRead as _, IsTerminal as _, Write as _},
    process::ExitCode,
};

use cliphound_store::{Looked, Store};
use cliphound_twitch::ChannelLogin;

use super::{UsageError, login::say, must_exist, runtime};
use crate::{
    archive::place,
    config::{self, Config, Dir, GlobalArgs},
    daemon::lock::Lock,
    forget::{Found, Kind, Whom},
    records::erase,
    replay::report::counted,
};

/// Options of `forget`.
#[derive(clap::Args)]
#[command(group(clap::ArgGroup::new("whose").required(true).args(["channel", "user"])))]
#[command(after_help = "\
Stop Cliphound first, and take a channel out of the settings, or it is learned anew. While it
runs, the dashboard does the same: Settings, Deletion.
Of a channel goes all: rows, alerts, model, lines of the records, videos. Of a user goes their
name and their titles where they asked for clips, and the clips that they made themselves.
A channel or user that was renamed: once for each name. Not touched: clips at Twitch,
backups, recordings of `run --record`, settings, and databases that were set aside (.bad).

Example:
  cliphound forget --channel ninja --dry-run")]
pub struct ForgetArgs {
    /// The channel to forget
    #[arg(long, value_name = "NAME")]
    pub channel: Option<String>,

    /// The user to forget
    #[arg(long, value_name = "LOGIN")]
    pub user: Option<String>,

    /// Say what would be deleted, and delete nothing
    #[arg(long)]
    pub dry_run: bool,

    /// Do not ask
    #[arg(long)]
    pub yes: bool,
}

/// Deletes, after a question.
///
/// # Errors
/// When Cliphound runs, the name is none, nobody said yes, or a file can't be changed.
pub fn run(global: &GlobalArgs, args: &ForgetArgs) -> anyhow::Result<ExitCode> {
    let config = Config::load(global, &config::environment())?;
    let name = args.channel.as_deref().or(args.user.as_deref()).unwrap_or_default();
    let login = ChannelLogin::typed(name)
        .map_err(|_| UsageError(format!("“{name}” is no name of a channel or user at Twitch")))?;
    let kind = if args.channel.is_some() { Kind::Channel } else { Kind::User };
    let whom = Whom { kind, login: login.clone() };
    must_exist(&config.dir)?;
    // To look, nobody has to be stopped.
    let _lock = if args.dry_run {
        None
    } else {
        let lock = Lock::take_for_work(config.dir.path())?;
        // What the next start would bring back is to go, too.
        place::finish(config.dir.path())?;
        // So is what a crash left half written.
        erase::remove_unfinished(&config.dir.recordings())?;
        cliphound_store::remove_unfinished(&config.dir.database())?;
        Some(lock)
    };
    let found = look(&config.dir, &whom)?;
    if found.is_nothing() {
        say(&format!("Nothing is known of {login} here: check the name, and --dir."))?;
        return Ok(ExitCode::FAILURE);
    }
    say(&told(&config.dir, &whom, &found))?;
    if args.dry_run {
        say("Nothing was deleted.")?;
        return Ok(ExitCode::SUCCESS);
    }
    if !args.yes && !is_sure()? {
        say("Nothing was deleted.")?;
        return Ok(ExitCode::FAILURE);
    }
    let gone = carry_out(&config.dir, &whom, found)?;
    let done = match kind {
        Kind::Channel => "Deleted from the database",
        Kind::User => "Cleaned or deleted in the database",
    };
    say(&format!("{done}: {}.", gone.rows_in_words()))?;
    say(
        "Done. Yours to delete: backups, recordings of `run --record`, before-restore-…/, cliphound.db.bad and the log, where there are any.",
    )?;
    Ok(ExitCode::SUCCESS)
}

fn look(dir: &Dir, whom: &Whom) -> anyhow::Result<Found> {
    runtime()?.block_on(async {
        let store = opened(dir).await?;
        let found = Found::look(dir, store.as_ref(), whom, &[]).await;
        closed(store).await;
        found
    })
}

fn carry_out(dir: &Dir, whom: &Whom, mut found: Found) -> anyhow::Result<Found> {
    runtime()?.block_on(async {
        let store = opened(dir).await?;
        found.carry_out(dir, store.as_ref(), None, whom, None).await?;
        if let Some(store) = &store {
            store.end_forgetting(whom.kind.as_str(), whom.login.as_str()).await?;
            store.wipe(true).await?;
        }
        closed(store).await;
        Ok(found)
    })
}

/// The database, if there is one: none is made.
async fn opened(dir: &Dir) -> anyhow::Result<Option<Store>> {
    if cliphound_store::look(&dir.database()).await? == Looked::Missing {
        return Ok(None);
    }
    Ok(Some(Store::open(&dir.database()).await?))
}

async fn closed(store: Option<Store>) {
    if let Some(store) = store {
        store.close().await;
    }
}

fn told(dir: &Dir, whom: &Whom, found: &Found) -> String {
    let rows = found.rows_in_words();
    let mut told = match whom.kind {
        Kind::Channel => format!("Of the {whom} go {rows} of the database"),
        Kind::User => format!("The {whom} is in {rows} of the database"),
    };
    for (name, lines) in found.lines.iter().filter(|(_, lines)| *lines > 0) {
        let (path, lines) = (dir.recordings().join(name), counted(*lines as u64, "line"));
        told.push_str(&format!(", {lines} of {}", path.display()));
    }
    for path in &found.paths {
        told.push_str(&format!(", {}", path.display()));
    }
    told.push_str(match whom.kind {
        Kind::Channel => ".",
        Kind::User => {
            ". Their name and words are taken out of these; what is theirs alone (lines of chat, a log-in, clips that they made themselves) is deleted. Moments and clips stay."
        }
    });
    told
}

fn is_sure() -> anyhow::Result<bool> {
    if !io::stdin().is_terminal() {
        let words = "nobody can be asked here: say --yes to delete, or --dry-run to look";
        return Err(UsageError(words.to_owned()).into());
    }
    let mut out = io::stderr();
    write!(out, "This can't be undone. Delete? [y/N] ")?;
    out.flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}

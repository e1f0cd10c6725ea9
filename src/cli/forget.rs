//! `cliphound forget`: deletes everything about a channel or a user.

use std::{
    fs,
    io::{self, BufRead as _, IsTerminal as _, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context as _;
use cliphound_store::{Forgotten, Looked, Store, look};
use cliphound_twitch::ChannelLogin;

use super::{UsageError, login::say, runtime};
use crate::{
    config::{self, Config, Dir, GlobalArgs},
    daemon::lock::Lock,
    records::erase::{self, Whose},
};

/// The records, and whether they are about clips of viewers.
const RECORDS: [(&str, bool); 3] =
    [("clip_urls.txt", false), ("moments.tsv", false), ("viewer_clips.tsv", true)];

/// Options of `forget`.
#[derive(clap::Args)]
#[command(group(clap::ArgGroup::new("whose").required(true).args(["channel", "user"])))]
#[command(after_help = "\
Stop Cliphound first, and take a channel out of the settings, or it is learned anew.
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
    let login = ChannelLogin::parse(name)
        .map_err(|_| UsageError(format!("“{name}” is no name of a channel or user at Twitch")))?;
    let whose = match args.channel {
        Some(_) => Whose::Channel(login.as_str()),
        None => Whose::User(login.as_str()),
    };
    if !config.dir.path().is_dir() {
        let dir = config.dir.path().display();
        let words = format!("there is no folder {dir}: name that of Cliphound with --dir");
        return Err(UsageError(words).into());
    }
    if args.dry_run {
        say(&Plan::look(&config.dir, whose)?.told())?;
        say("Nothing was deleted.")?;
        return Ok(ExitCode::SUCCESS);
    }
    let _lock = Lock::take_for_work(config.dir.path())?;
    let plan = Plan::look(&config.dir, whose)?;
    if plan.is_empty() {
        say(&format!("Nothing is known of {login} here: check the name, and --dir."))?;
        return Ok(ExitCode::FAILURE);
    }
    say(&plan.told())?;
    if !args.yes && !is_sure()? {
        say("Nothing was deleted.")?;
        return Ok(ExitCode::FAILURE);
    }
    let forgotten = plan.carry_out(&config.dir)?;
    say(&format!("Deleted from the database: {}.", rows(&forgotten)))?;
    say(
        "Done. Yours to delete: backups, recordings of `run --record`, before-restore-…/ and cliphound.db.bad, where there are any.",
    )?;
    Ok(ExitCode::SUCCESS)
}

/// What is to go.
struct Plan<'a> {
    whose: Whose<'a>,
    /// Rows of the database.
    rows: Forgotten,
    /// Records, whether they are about clips of viewers, and how many lines.
    records: Vec<(PathBuf, bool, usize)>,
    /// Files and folders.
    paths: Vec<PathBuf>,
}

impl<'a> Plan<'a> {
    fn look(dir: &Dir, whose: Whose<'a>) -> anyhow::Result<Self> {
        let mut records = Vec::new();
        for (name, is_viewers) in RECORDS {
            let path = dir.recordings().join(name);
            let lines = erase::count(&path, whose, is_viewers)?;
            records.push((path, is_viewers, lines));
        }
        let mut paths = Vec::new();
        if let Whose::Channel(login) = whose {
            paths = models(&dir.models(), login)?;
            paths.extend(Some(dir.recordings().join(login)).filter(|path| path.is_dir()));
        }
        Ok(Self { whose, rows: known(dir, whose)?, records, paths })
    }

    fn is_empty(&self) -> bool {
        self.rows.is_nothing()
            && self.paths.is_empty()
            && self.records.iter().all(|(_, _, lines)| *lines == 0)
    }

    fn told(&self) -> String {
        let (what, name) = match self.whose {
            Whose::Channel(login) => ("channel", login),
            Whose::User(login) => ("user", login),
        };
        let mut told = format!("Of the {what} {name} go {} of the database", rows(&self.rows));
        for (path, _, lines) in &self.records {
            told.push_str(&format!(", {lines} lines of {}", path.display()));
        }
        for path in &self.paths {
            told.push_str(&format!(", {}", path.display()));
        }
        told.push('.');
        told
    }

    /// The database last: while it has the channel, doing it again finds the rest.
    fn carry_out(&self, dir: &Dir) -> anyhow::Result<Forgotten> {
        for (path, is_viewers, _) in &self.records {
            erase::erase(path, self.whose, *is_viewers)?;
        }
        for path in &self.paths {
            let gone = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
            gone.with_context(|| format!("{} can't be deleted", path.display()))?;
        }
        if !dir.database().exists() {
            return Ok(Forgotten::default());
        }
        runtime()?.block_on(async {
            let store = Store::open(&dir.database()).await?;
            let forgotten = match self.whose {
                Whose::Channel(login) => store.forget_channel(login).await,
                Whose::User(login) => store.forget_user(login).await,
            };
            store.close().await;
            Ok(forgotten?)
        })
    }
}

/// What lies in `models/` under a channel's name, and notes that lead to it.
fn models(folder: &Path, login: &str) -> anyhow::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.with_context(|| format!("{} can't be read", folder.display()))?,
    };
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let is_own = name.split_once('.').is_some_and(|(of, _)| of == login);
        let leads_to = name.ends_with(".renamed")
            && fs::read_to_string(&path)
                .is_ok_and(|text| text.trim().ends_with(&format!(" {login}")));
        if is_own || leads_to {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// What the database has of them.
fn known(dir: &Dir, whose: Whose<'_>) -> anyhow::Result<Forgotten> {
    runtime()?.block_on(async {
        if look(&dir.database()).await? == Looked::Missing {
            return Ok(Forgotten::default());
        }
        let store = Store::open(&dir.database()).await?;
        let known = match whose {
            Whose::Channel(login) => store.known_of_channel(login).await,
            Whose::User(login) => store.known_of_user(login).await,
        };
        store.close().await;
        Ok(known?)
    })
}

fn rows(forgotten: &Forgotten) -> String {
    let Forgotten { moments, intents, clips, windows, viewer_clips, alerts, .. } = forgotten;
    format!(
        "{moments} moments, {intents} promises, {clips} clips, {windows} figures, {viewer_clips} clips of viewers, {alerts} alerts"
    )
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

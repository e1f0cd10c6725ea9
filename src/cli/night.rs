//! `cliphound night`: one page on how it went.

mod count;
mod page;
mod since;
mod summary;

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use anyhow::Context as _;
use cliphound_store::{Intent, Looked, MomentRow, Page, Store, StoreError, look};
use jiff::{Timestamp, tz::TimeZone};

use self::summary::{Facts, Night};
use super::runtime;
use crate::{
    config::{self, Config, GlobalArgs},
    daemon::lock,
};

/// Pages of moments and of intents that are read at most: ten thousand rows each.
const MOST_PAGES: usize = 20;

/// Options of `night`.
#[derive(clap::Args)]
#[command(after_help = "\
Tells what share of the live time was really watched, each gap and its cause, how many
moments there were, and which clips came late, are unknown, were missed or refused. Works
beside a running Cliphound and without one; asks nobody but the database.

Examples:
  cliphound night                              since yesterday noon
  cliphound night --since 12h
  cliphound night --since 2026-11-20
  cliphound night --since 2026-11-20T18:00:00Z --json")]
pub struct NightArgs {
    /// A time, a date, or how long ago: 2026-11-20T18:00:00Z, 2026-11-20, 12h [default: yesterday
    /// noon]
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    since: Option<String>,

    /// One JSON object on stdout, for programs
    #[arg(long)]
    json: bool,
}

/// Prints the page on stdout. Gaps are no failure: the exit code is 0.
///
/// # Errors
/// When `--since` is no time, or the database can't be read.
pub fn run(global: &GlobalArgs, args: &NightArgs) -> anyhow::Result<ExitCode> {
    let config = Config::load(global, &config::environment())?;
    let clock = config.clock();
    let (zone, now_ms) = (TimeZone::system(), clock.now_ms());
    let now = Timestamp::from_millisecond(now_ms).context("the clock says no time")?;
    let now = now.to_zoned(zone);
    let since = since::parse(args.since.as_deref(), &now)?;
    let facts = runtime()?.block_on(facts(&config, since.timestamp().as_millisecond()))?;
    let night = Night::new(&since, &now, clock.speed(), &facts);
    let told = if args.json {
        serde_json::to_string(&night)? + "\n"
    } else {
        page::write(&night, &since, &now)
    };
    io::stdout().lock().write_all(told.as_bytes()).context("the page can't be written")?;
    Ok(ExitCode::SUCCESS)
}

/// What the database knows; nothing when there is none, which is then not made either.
async fn facts(config: &Config, since_ms: i64) -> anyhow::Result<Facts> {
    let path = config.dir.database();
    if look(&path).await? == Looked::Missing {
        return Ok(Facts::default());
    }
    let store = Store::open(&path).await?;
    let facts = read(&store, since_ms).await;
    store.close().await;
    Ok(Facts { is_held: lock::is_held(config.dir.path()), ..facts? })
}

async fn read(store: &Store, since_ms: i64) -> Result<Facts, StoreError> {
    Ok(Facts {
        watched: store.watched_since(since_ms).await?,
        moments: moments(store, since_ms).await?,
        intents: intents(store, since_ms).await?,
        vods: store.vods_since(since_ms).await?,
        is_held: None,
    })
}

async fn moments(store: &Store, since_ms: i64) -> Result<Vec<MomentRow>, StoreError> {
    let (mut all, mut page) = (Vec::new(), Page::newest(Page::MAX));
    for _ in 0..MOST_PAGES {
        let mut rows = store.moments(&page).await?;
        let is_last = rows.len() < Page::MAX as usize;
        rows.retain(|row| row.key.trigger_ms >= since_ms);
        page.before = rows.last().map(|row| row.key.clone());
        let is_over = is_last || rows.len() < Page::MAX as usize;
        all.append(&mut rows);
        if is_over {
            break;
        }
    }
    Ok(all)
}

async fn intents(store: &Store, since_ms: i64) -> Result<Vec<Intent>, StoreError> {
    let (mut all, mut page) = (Vec::new(), Page::newest(Page::MAX));
    for _ in 0..MOST_PAGES {
        let mut rows = store.intents_since(since_ms, &page).await?;
        let is_last = rows.len() < Page::MAX as usize;
        page.before = rows.last().map(|row| row.key.clone());
        all.append(&mut rows);
        if is_last {
            break;
        }
    }
    Ok(all)
}

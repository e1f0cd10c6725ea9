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
use cliphound_store::{Intent, IntentKey, Looked, MomentRow, Page, Store, StoreError, look};
use jiff::{Timestamp, tz::TimeZone};

use self::summary::{Facts, Found, Night};
use super::{must_exist, runtime};
use crate::{
    config::{self, Config, GlobalArgs},
    daemon::lock,
};

/// Pages of moments and of intents that are read at most: two hundred thousand rows each, a day of
/// a thousand channels.
const MOST_PAGES: usize = 400;

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
    must_exist(&config.dir)?;
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
    let key = |row: &MomentRow| row.key.clone();
    let moments = all(
        since_ms,
        async |page| store.moments(&page).await,
        key,
        |row| Found { key: row.key, login: row.login, automatic: row.automatic },
    );
    let (moments, moments_cut) = moments.await?;
    let key = |intent: &Intent| intent.key.clone();
    let intents = async |page| store.intents_since(since_ms, &page).await;
    let (intents, intents_cut) = all(since_ms, intents, key, |intent| intent).await?;
    Ok(Facts {
        watched: store.watched_since(since_ms).await?,
        moments,
        intents,
        is_cut: moments_cut || intents_cut,
        vods: store.vods_since(since_ms).await?,
        is_held: None,
    })
}

/// What was triggered since then, the newest first, page by page, and whether there is more.
async fn all<Row, Kept>(
    since_ms: i64,
    read: impl AsyncFn(Page) -> Result<Vec<Row>, StoreError>,
    key: impl Fn(&Row) -> IntentKey,
    keep: impl Fn(Row) -> Kept,
) -> Result<(Vec<Kept>, bool), StoreError> {
    let (mut all, mut page) = (Vec::new(), Page::newest(Page::MAX));
    for _ in 0..MOST_PAGES {
        let mut rows = read(page.clone()).await?;
        rows.retain(|row| key(row).trigger_ms >= since_ms);
        let is_last = rows.len() < Page::MAX as usize;
        page.before = rows.last().map(&key);
        all.extend(rows.into_iter().map(&keep));
        if is_last {
            return Ok((all, false));
        }
    }
    Ok((all, true))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clips::sample;

    /// So many moments, one a second, in pages.
    async fn found(many: i64, since_ms: i64) -> (usize, bool) {
        let read = async |page: Page| {
            let newest = page.before.map_or(many, |key| key.trigger_ms / 1_000);
            let rows = (0..newest).rev().take(Page::MAX as usize);
            Ok(rows.map(|at| sample::moment("7", at * 1_000)).collect())
        };
        let (found, is_cut) =
            all(since_ms, read, |row: &MomentRow| row.key.clone(), |row| row.key).await.unwrap();
        (found.len(), is_cut)
    }

    #[tokio::test]
    async fn every_moment_of_the_time_is_counted() {
        for many in [0, 3, 500, 501, 12_345] {
            assert_eq!(found(many, 0).await, (many as usize, false));
        }
        assert_eq!(found(12_345, 2_345_000).await, (10_000, false));
        let most = MOST_PAGES * Page::MAX as usize;
        assert_eq!(found(most as i64 + 1, 0).await, (most, true));
    }
}

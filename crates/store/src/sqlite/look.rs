//! A look at the database that changes nothing: no file is made, no table is brought up to date.

use std::path::Path;

use sqlx::{ConnectOptions, Connection, SqliteConnection, sqlite::SqliteConnectOptions};

use super::{BUSY_TIMEOUT, MIGRATIONS, name, outbox, settings};
use crate::{
    error::{Failure, StoreError},
    outbox::OutboxSum,
    setting::SettingRow,
};

/// What a look at the database found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Looked {
    /// There is none yet; opening the store makes it.
    Missing,
    /// It can be used as it is.
    Ready,
    /// It is of an older version; opening the store brings it up to date.
    Older,
}

/// Looks at the database file at `path`.
///
/// # Errors
/// A file that is damaged, locked, of a newer version, or can't be read.
pub async fn look(path: &Path) -> Result<Looked, StoreError> {
    let name = |error: sqlx::Error| name(path, error);
    let Some(mut conn) = open(path).await.map_err(name)? else { return Ok(Looked::Missing) };
    let made: i64 =
        sqlx::query_scalar("SELECT count(*) FROM sqlite_schema WHERE name = '_sqlx_migrations'")
            .fetch_one(&mut conn)
            .await
            .map_err(name)?;
    let version: Option<i64> = if made == 0 {
        None
    } else {
        sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations WHERE success")
            .fetch_one(&mut conn)
            .await
            .map_err(name)?
    };
    conn.close().await.map_err(name)?;
    let newest = MIGRATIONS.iter().map(|migration| migration.version).max();
    match version.cmp(&newest) {
        std::cmp::Ordering::Less => Ok(Looked::Older),
        std::cmp::Ordering::Equal => Ok(Looked::Ready),
        std::cmp::Ordering::Greater => Err(StoreError::OtherVersion {
            path: path.to_owned(),
            detail: format!("its tables have version {}", version.unwrap_or_default()),
        }),
    }
}

/// How the alerts of the database at `path` are; none where it has none (yet). Changes nothing.
///
/// # Errors
/// A file that is damaged, locked, or can't be read.
pub async fn look_at_alerts(path: &Path) -> Result<Vec<OutboxSum>, StoreError> {
    let name = |error: sqlx::Error| name(path, error);
    let Some(mut conn) = open(path).await.map_err(name)? else { return Ok(Vec::new()) };
    let sums = match has_outbox(&mut conn).await.map_err(name)? {
        true => outbox::sums(&mut conn).await,
        false => Ok(Vec::new()),
    };
    conn.close().await.map_err(name)?;
    sums.map_err(|failure| match failure {
        Failure::Sql(error) => name(error),
        Failure::Answer(error) => error,
    })
}

/// Why the clip of a moment is where it is, as the database at `path` has it; `None` where it knows
/// of none. Changes nothing.
///
/// # Errors
/// A file that is damaged, locked, or can't be read.
pub async fn look_at_reason(
    path: &Path,
    login: &str,
    trigger_ms: i64,
) -> Result<Option<String>, StoreError> {
    let name = |error: sqlx::Error| name(path, error);
    let Some(mut conn) = open(path).await.map_err(name)? else { return Ok(None) };
    let reason: Result<Option<Option<String>>, _> = sqlx::query_scalar(
        "SELECT i.reason FROM intents i JOIN channels c ON c.id = i.channel
         WHERE c.login = ? AND i.trigger_ms = ? LIMIT 1",
    )
    .bind(login)
    .bind(trigger_ms)
    .fetch_optional(&mut conn)
    .await;
    conn.close().await.map_err(name)?;
    reason.map(Option::flatten).map_err(name)
}

/// How many people the database at `path` knows who may look; none where it has none (yet). Changes
/// nothing.
///
/// # Errors
/// A file that is damaged, locked, or can't be read.
pub async fn look_at_people(path: &Path) -> Result<u64, StoreError> {
    let name = |error: sqlx::Error| name(path, error);
    let Some(mut conn) = open(path).await.map_err(name)? else { return Ok(0) };
    let made: i64 = sqlx::query_scalar("SELECT count(*) FROM sqlite_schema WHERE name = 'people'")
        .fetch_one(&mut conn)
        .await
        .map_err(name)?;
    let count: Result<i64, _> = match made {
        0 => Ok(0),
        _ => sqlx::query_scalar("SELECT count(*) FROM people").fetch_one(&mut conn).await,
    };
    conn.close().await.map_err(name)?;
    Ok(u64::try_from(count.map_err(name)?).unwrap_or(0))
}

/// Whether its tables are new enough to have an outbox.
pub async fn has_outbox(conn: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    let (tables,): (i64,) =
        sqlx::query_as("SELECT count(*) FROM sqlite_schema WHERE name = 'outbox'")
            .fetch_one(conn)
            .await?;
    Ok(tables > 0)
}

/// What was set in the dashboard, as [`crate::Store::settings`] has it; nothing where there is no
/// database, or one that knows no settings yet.
///
/// # Errors
/// A file that is damaged, locked, or can't be read.
pub async fn peek_settings(path: &Path) -> Result<Vec<SettingRow>, StoreError> {
    let name = |error: sqlx::Error| name(path, error);
    let Some(mut conn) = open(path).await.map_err(name)? else { return Ok(Vec::new()) };
    let made: i64 =
        sqlx::query_scalar("SELECT count(*) FROM sqlite_schema WHERE name = 'settings'")
            .fetch_one(&mut conn)
            .await
            .map_err(name)?;
    let rows = if made == 0 { Vec::new() } else { settings::now(&mut conn).await.map_err(name)? };
    conn.close().await.map_err(name)?;
    Ok(rows)
}

/// Opens the file for reading; `None` where there is none.
async fn open(path: &Path) -> Result<Option<SqliteConnection>, sqlx::Error> {
    if !path.exists() {
        return Ok(None);
    }
    let mut wal = path.as_os_str().to_owned();
    wal.push("-wal");
    // While nobody has it open, SQLite would make files beside it even to read.
    let is_at_rest = !Path::new(&wal).exists();
    let options = SqliteConnectOptions::new()
        .filename(path)
        .read_only(true)
        .immutable(is_at_rest)
        .busy_timeout(BUSY_TIMEOUT)
        .disable_statement_logging();
    options.connect().await.map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Store;

    #[tokio::test]
    async fn a_look_changes_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("cliphound.db");
        let files = || std::fs::read_dir(dir.path()).unwrap().count();
        assert_eq!(look(&path).await.unwrap(), Looked::Missing);
        assert_eq!(files(), 0);
        let store = Store::open(&path).await.unwrap();
        assert_eq!(look(&path).await.unwrap(), Looked::Ready, "while it is open");
        store.close().await;
        let before = (files(), std::fs::read(&path).unwrap());
        assert_eq!(look(&path).await.unwrap(), Looked::Ready);
        assert_eq!((files(), std::fs::read(&path).unwrap()), before);
    }

    #[tokio::test]
    async fn other_files_are_told_apart() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("cliphound.db");
        std::fs::write(&path, "").unwrap();
        assert_eq!(look(&path).await.unwrap(), Looked::Older);
        std::fs::write(&path, "no database at all, but some words".repeat(100)).unwrap();
        assert!(matches!(look(&path).await, Err(StoreError::Damaged { .. })));
    }

    #[tokio::test]
    async fn a_newer_version_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("cliphound.db");
        Store::open(&path).await.unwrap().close().await;
        let mut conn = super::super::options(&path, BUSY_TIMEOUT).connect().await.unwrap();
        let later = "UPDATE _sqlx_migrations SET version = version + 1000";
        sqlx::query(later).execute(&mut conn).await.unwrap();
        conn.close().await.unwrap();
        assert!(matches!(look(&path).await, Err(StoreError::OtherVersion { .. })));
    }
}

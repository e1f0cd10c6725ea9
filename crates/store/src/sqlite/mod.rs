//! The SQLite file: how it is opened, and what its failures mean.

pub mod access;
pub mod chat;
mod connections;
pub mod copy;
pub mod downloads;
pub mod forget;
pub mod forgotten;
pub mod gaps;
pub mod health;
pub mod intents;
pub mod look;
mod mend;
pub mod moments;
mod opening;
pub mod outbox;
pub mod outcomes;
mod place;
pub mod queue;
pub mod recuts;
pub mod review;
pub mod said;
pub mod settings;
pub mod titles;
pub mod verdicts;
pub mod viewer_clips;
pub mod waiting_lines;
pub mod windows;
mod write_back;
pub mod writes;

use std::{
    path::Path,
    sync::{Mutex as Lock, MutexGuard as Locked, PoisonError},
    time::Duration,
};

use sqlx::{
    ConnectOptions, Connection, SqliteConnection,
    migrate::{MigrateError, Migrator},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};

pub use connections::{Connections, Reading, Slot, Turn};
pub use write_back::remove_unfinished;

use crate::error::StoreError;

/// How long another program may hold the file before we give up; a copy of a large
/// file by `sqlite3 .backup` holds it for less.
pub const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations/sqlite");

/// What one process shares with itself; a panic elsewhere spoils nothing of it.
pub fn lock<T>(shared: &Lock<T>) -> Locked<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// WAL, so that reading waits for no writing; FULL, because with NORMAL a commit in
/// WAL mode is not flushed, and a promise made just before a power cut would be gone. What is
/// deleted or changed is overwritten with zeros: what somebody asks to be forgotten must not have
/// left earlier versions of itself in unused places of the file. It costs no measurable time.
fn options(path: &Path, busy: Duration) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .pragma("secure_delete", "ON")
        .busy_timeout(busy)
        .disable_statement_logging()
}

async fn make_folder(path: &Path) -> Result<(), StoreError> {
    let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) else {
        return Ok(());
    };
    tokio::fs::create_dir_all(folder).await.map_err(|error| StoreError::Unwritable {
        path: path.to_owned(),
        detail: error.to_string(),
    })
}

/// In one transaction that locks the file first: two programs may start at once.
async fn migrate(conn: &mut SqliteConnection) -> Result<(), MigrateError> {
    let mut tx = conn.begin_with("BEGIN IMMEDIATE").await?;
    // `run` takes anything that gives a connection, and its future may not go to other threads.
    MIGRATIONS.run_direct(None, &mut *tx, false).await?;
    tx.commit().await?;
    Ok(())
}

fn name_migration(path: &Path, error: MigrateError) -> StoreError {
    match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => {
            name(path, error)
        }
        other => StoreError::OtherVersion { path: path.to_owned(), detail: other.to_string() },
    }
}

/// Primary result codes: <https://www.sqlite.org/rescode.html>.
fn name(path: &Path, error: sqlx::Error) -> StoreError {
    let (path, detail) = (path.to_owned(), error.to_string());
    match primary_code(&error) {
        Some(11 | 26) => StoreError::Damaged { path, detail },
        Some(5 | 6) => StoreError::Locked { path },
        Some(3 | 8 | 14 | 23) => StoreError::Unwritable { path, detail },
        Some(10 | 13) => StoreError::Disk { path, detail },
        _ => StoreError::Other { path, source: error },
    }
}

/// The row is not what the tables allow: the file is sound.
pub fn breaks_a_rule(error: &sqlx::Error) -> bool {
    primary_code(error) == Some(19)
}

/// Another program holds the file.
fn is_locked(error: &sqlx::Error) -> bool {
    matches!(primary_code(error), Some(5 | 6))
}

/// There is no room where it was to be written.
fn is_full(error: &sqlx::Error) -> bool {
    primary_code(error) == Some(13)
}

/// The lowest byte of an extended code is the primary one.
fn primary_code(error: &sqlx::Error) -> Option<u32> {
    let code: u32 = error.as_database_error()?.code()?.parse().ok()?;
    Some(code & 0xff)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Figures of a channel, a millisecond apart.
    pub fn rows(count: i64) -> Vec<crate::WindowRow> {
        let row = |end_ms| crate::WindowRow {
            broadcaster_id: "7".to_owned(),
            login: "ninja".to_owned(),
            end_ms,
            messages: 1,
            chatters: 1,
            score: 0.0,
            threshold: 0.0,
            sentiment: 0.0,
            viewers: None,
        };
        (0..count).map(row).collect()
    }

    /// What SQLite does for a query, step by step; its variables stand for NULL.
    pub async fn plan(conn: &mut SqliteConnection, sql: &str) -> Vec<String> {
        let explained = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"));
        let steps = sqlx::query(explained).fetch_all(conn).await.unwrap();
        steps.iter().map(|step| sqlx::Row::get(step, "detail")).collect()
    }

    async fn opened(path: &Path) -> Result<Connections, StoreError> {
        Connections::open(path, Duration::from_millis(20)).await
    }

    #[tokio::test]
    async fn commits_reach_the_disk() {
        let dir = tempfile::tempdir().unwrap();
        let both = opened(&dir.path().join("cliphound.db")).await.unwrap();
        let mut turn = both.turn().await;
        both.open_if_stuck(&mut turn).await.unwrap();
        let writer = both.connection(&mut turn).unwrap();
        let mut pragma = async |name: &'static str| -> String {
            let row: (String,) = sqlx::query_as(name).fetch_one(&mut *writer).await.unwrap();
            row.0
        };
        assert_eq!(pragma("PRAGMA journal_mode").await, "wal");
        assert_eq!(pragma("SELECT CAST(synchronous AS TEXT) FROM pragma_synchronous").await, "2");
        assert_eq!(pragma("SELECT CAST(foreign_keys AS TEXT) FROM pragma_foreign_keys").await, "1");
    }

    #[tokio::test]
    async fn clips_of_the_first_version_are_kept() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("cliphound.db");
        let mut old = options(&path, BUSY_TIMEOUT).connect().await.unwrap();
        MIGRATIONS.run_to(1, &mut old).await.unwrap();
        for sql in [
            "INSERT INTO channels VALUES (1, '7', 'ninja')",
            "INSERT INTO intents VALUES (1, 10, 0, 10, 1, 'confirmed', 17, 't', 60, 1, NULL, 'A',
                                         'u', 'e', 17, 10, 20)",
            "INSERT INTO clips VALUES ('A', 1, 10, 't', 'u', 'e', 17, 20)",
        ] {
            sqlx::query(sql).execute(&mut old).await.unwrap();
        }
        old.close().await.unwrap();
        let both = opened(&path).await.unwrap();
        let mut reader = both.reader().await.unwrap();
        let key = crate::IntentKey { broadcaster_id: "7".to_owned(), trigger_ms: 10 };
        assert_eq!(intents::clip_owner(&mut reader, "A").await.unwrap(), Some(key.clone()));
        let intent = intents::find(&mut reader, &key).await.unwrap().unwrap();
        assert_eq!((intent.clip_id.as_deref(), intent.from_vod), (Some("A"), false));
        assert_eq!(intent.review, crate::Review::None);
    }

    /// The outbox is made anew so that an alert can be about no channel.
    #[tokio::test]
    async fn alerts_of_an_older_version_are_kept() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("cliphound.db");
        let mut old = options(&path, BUSY_TIMEOUT).connect().await.unwrap();
        MIGRATIONS.run_to(11, &mut old).await.unwrap();
        for sql in [
            "INSERT INTO channels VALUES (1, '7', 'ninja')",
            "INSERT INTO outbox VALUES (5, 'a', 'clip', '7@1', 1, '{}', 'sent', 1, 2, 3, 4, NULL)",
            "INSERT INTO outbox VALUES (9, 'a', 'clip', '7@2', 1, '{}', 'waiting', 2, 3, 4, NULL, 'no')",
        ] {
            sqlx::query(sql).execute(&mut old).await.unwrap();
        }
        old.close().await.unwrap();
        let both = opened(&path).await.unwrap();
        let mut reader = both.reader().await.unwrap();
        let row = outbox::next(&mut reader, "a").await.unwrap().unwrap();
        assert_eq!((row.id, row.tries, row.login.as_str()), (9, 2, "ninja"));
        assert_eq!((row.due_ms, row.created_ms, row.error.as_deref()), (3, 4, Some("no")));
        let newest = outbox::newest(&mut reader, 9).await.unwrap();
        assert_eq!(newest[1].ended_ms, Some(4));
        assert_eq!(newest.len(), 2);
    }

    #[tokio::test]
    async fn the_reader_can_not_write() {
        let dir = tempfile::tempdir().unwrap();
        let both = opened(&dir.path().join("cliphound.db")).await.unwrap();
        let mut reader = both.reader().await.unwrap();
        assert!(sqlx::query("DELETE FROM windows").execute(&mut *reader).await.is_err());
    }

    #[tokio::test]
    async fn a_full_disk_is_survived_once_there_is_room() {
        let dir = tempfile::tempdir().unwrap();
        let both = opened(&dir.path().join("cliphound.db")).await.unwrap();
        let mut turn = both.turn().await;
        both.open_if_stuck(&mut turn).await.unwrap();
        let writer = both.connection(&mut turn).unwrap();
        sqlx::query("PRAGMA max_page_count = 20").execute(&mut *writer).await.unwrap();
        let full = windows::add(&mut *writer, &rows(20_000)).await.map_err(|e| both.name(e));
        assert!(matches!(full, Err(StoreError::Disk { .. })), "{full:?}");
        drop(turn);
        let mut turn = both.turn().await;
        both.open_if_stuck(&mut turn).await.unwrap();
        let writer = both.connection(&mut turn).unwrap();
        windows::add(&mut *writer, &rows(20_000)).await.map_err(|e| both.name(e)).unwrap();
    }

    #[tokio::test]
    async fn a_file_that_somebody_holds_is_said_to_be_locked() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("cliphound.db");
        let ours = opened(&path).await.unwrap();
        let mut theirs = options(&path, BUSY_TIMEOUT).connect().await.unwrap();
        let held = theirs.begin_with("BEGIN IMMEDIATE").await.unwrap();
        let mut turn = ours.turn().await;
        let writer = ours.connection(&mut turn).unwrap();
        let refused = windows::prune(&mut *writer, 0, 1).await.map_err(|e| ours.name(e));
        assert!(matches!(refused, Err(StoreError::Locked { .. })), "{refused:?}");
        assert!(matches!(opened(&path).await, Err(StoreError::Locked { .. })));
        held.rollback().await.unwrap();
        assert!(windows::prune(&mut *writer, 0, 1).await.is_ok());
    }

    /// A new file that another program is just making: it is waited for, but not for ever.
    #[tokio::test]
    async fn a_new_file_that_somebody_makes_is_waited_for() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("cliphound.db");
        let by_hand = SqliteConnectOptions::new().filename(&path).create_if_missing(true);
        let mut theirs = by_hand.connect().await.unwrap();
        let made = theirs.begin_with("BEGIN EXCLUSIVE").await.unwrap();
        let stays = opened(&path).await.unwrap_err().to_string();
        assert!(stays.contains("is locked by another program: see whether"), "{stays}");
        let (ours, gone) = tokio::join!(Connections::open(&path, BUSY_TIMEOUT), made.rollback());
        assert!(gone.is_ok() && ours.is_ok(), "{ours:?}");
    }
}

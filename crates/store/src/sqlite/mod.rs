//! The SQLite file: how it is opened, and what its failures mean.
//!
//! Two connections and no pool: SQLite has one writer at a time anyway, so writes
//! queue here, in order and without time-outs, instead of colliding there; reads
//! have a connection of their own and, in WAL mode, wait for nobody.

pub mod downloads;
pub mod health;
pub mod intents;
pub mod look;
pub mod moments;
pub mod review;
pub mod viewer_clips;
pub mod windows;

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use sqlx::{
    ConnectOptions, Connection, SqliteConnection,
    migrate::{MigrateError, Migrator},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use tokio::sync::{MappedMutexGuard, Mutex, MutexGuard};

use crate::error::{Failure, StoreError};

/// How long another program may hold the file before we give up; a copy of a large
/// file by `sqlite3 .backup` holds it for less.
pub const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations/sqlite");

/// The connection that writes.
pub type Writing<'a> = MappedMutexGuard<'a, SqliteConnection>;
/// The connection that reads.
pub type Reading<'a> = MappedMutexGuard<'a, SqliteConnection>;

/// Both connections to one file.
#[derive(Debug)]
pub struct Connections {
    path: PathBuf,
    busy: Duration,
    writer: Mutex<Option<SqliteConnection>>,
    reader: Mutex<Option<SqliteConnection>>,
}

impl Connections {
    /// Opens the file, makes what is missing, and brings its tables up to date.
    pub async fn open(path: &Path, busy: Duration) -> Result<Self, StoreError> {
        make_folder(path).await?;
        let name = |error: sqlx::Error| name(path, error);
        let mut writer = options(path, busy).connect().await.map_err(name)?;
        migrate(&mut writer).await.map_err(|error| name_migration(path, error))?;
        let reader = options(path, busy).create_if_missing(false).pragma("query_only", "1");
        let reader = reader.connect().await.map_err(name)?;
        Ok(Self {
            path: path.to_owned(),
            busy,
            writer: Mutex::new(Some(writer)),
            reader: Mutex::new(Some(reader)),
        })
    }

    /// Waits for what is under way and closes the file.
    pub async fn close(&self) {
        for slot in [&self.reader, &self.writer] {
            let connection = slot.lock().await.take();
            if let Some(connection) = connection
                && let Err(error) = connection.close().await
            {
                tracing::warn!(path = %self.path.display(), %error, "the database did not close well");
            }
        }
    }

    pub async fn writer(&self) -> Result<Writing<'_>, StoreError> {
        let mut slot = self.writer.lock().await;
        if let Some(connection) = slot.as_mut()
            && is_stuck(connection).await
        {
            tracing::warn!(path = %self.path.display(), "a write was broken off; the database is opened anew");
            let opened = options(&self.path, self.busy).connect().await;
            *connection = opened.map_err(|error| name(&self.path, error))?;
        }
        MutexGuard::try_map(slot, Option::as_mut).map_err(|_| StoreError::Closed)
    }

    pub async fn reader(&self) -> Result<Reading<'_>, StoreError> {
        MutexGuard::try_map(self.reader.lock().await, Option::as_mut)
            .map_err(|_| StoreError::Closed)
    }

    /// A failure with this file's name in it.
    pub fn name(&self, failure: Failure) -> StoreError {
        match failure {
            Failure::Sql(error) => name(&self.path, error),
            Failure::Answer(error) => error,
        }
    }
}

/// Whether a transaction of before never ends. A full disk makes SQLite roll back by
/// itself; the driver's own rollback then fails, and it takes the transaction for open.
async fn is_stuck(connection: &mut SqliteConnection) -> bool {
    // A rollback that is only waiting its turn is done when the ping is.
    connection.is_in_transaction()
        && (connection.ping().await.is_err() || connection.is_in_transaction())
}

/// WAL, so that reading waits for no writing; FULL, because with NORMAL a commit in
/// WAL mode is not flushed, and a promise made just before a power cut would be gone.
fn options(path: &Path, busy: Duration) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
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
    MIGRATIONS.run(&mut *tx).await?;
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

/// The lowest byte of an extended code is the primary one.
fn primary_code(error: &sqlx::Error) -> Option<u32> {
    let code: u32 = error.as_database_error()?.code()?.parse().ok()?;
    Some(code & 0xff)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn opened(path: &Path) -> Result<Connections, StoreError> {
        Connections::open(path, Duration::from_millis(20)).await
    }

    #[tokio::test]
    async fn commits_reach_the_disk() {
        let dir = tempfile::tempdir().unwrap();
        let both = opened(&dir.path().join("cliphound.db")).await.unwrap();
        let mut writer = both.writer().await.unwrap();
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
        let rows = |count: i64| -> Vec<crate::WindowRow> {
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
        };
        let mut writer = both.writer().await.unwrap();
        sqlx::query("PRAGMA max_page_count = 20").execute(&mut *writer).await.unwrap();
        let full = windows::add(&mut writer, &rows(20_000)).await.map_err(|e| both.name(e));
        assert!(matches!(full, Err(StoreError::Disk { .. })), "{full:?}");
        drop(writer);
        let mut writer = both.writer().await.unwrap();
        windows::add(&mut writer, &rows(20_000)).await.map_err(|e| both.name(e)).unwrap();
    }

    #[tokio::test]
    async fn a_file_that_somebody_holds_is_said_to_be_locked() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("cliphound.db");
        let ours = opened(&path).await.unwrap();
        let mut theirs = options(&path, BUSY_TIMEOUT).connect().await.unwrap();
        let held = theirs.begin_with("BEGIN IMMEDIATE").await.unwrap();
        let mut writer = ours.writer().await.unwrap();
        let refused = windows::prune(&mut writer, 0, 1).await.map_err(|e| ours.name(e));
        assert!(matches!(refused, Err(StoreError::Locked { .. })), "{refused:?}");
        assert!(matches!(opened(&path).await, Err(StoreError::Locked { .. })));
        held.rollback().await.unwrap();
        assert!(windows::prune(&mut writer, 0, 1).await.is_ok());
    }
}

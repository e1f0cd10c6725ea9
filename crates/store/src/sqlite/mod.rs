//! The SQLite file: how it is opened, and what its failures mean.
//!
//! Two connections and no pool: SQLite has one writer at a time anyway, so writes
//! queue here, in order and without time-outs, instead of colliding there; reads
//! have a connection of their own and, in WAL mode, wait for nobody.

pub mod copy;
pub mod downloads;
pub mod forget;
pub mod gaps;
pub mod health;
pub mod intents;
pub mod look;
mod mend;
pub mod moments;
mod place;
pub mod review;
pub mod viewer_clips;
pub mod windows;
pub mod writes;

use std::{
    path::{Path, PathBuf},
    sync::{
        Mutex as Lock, MutexGuard as Locked, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use sqlx::{
    ConnectOptions, Connection, SqliteConnection,
    migrate::{MigrateError, Migrator},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use tokio::sync::{MappedMutexGuard, Mutex, MutexGuard};

use place::Marks;

use crate::error::{Failure, StoreError};

/// How long another program may hold the file before we give up; a copy of a large
/// file by `sqlite3 .backup` holds it for less.
pub const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations/sqlite");

/// The connection that reads.
pub type Reading<'a> = MappedMutexGuard<'a, SqliteConnection>;
/// The turn to write, whether or not there is a file to write to.
pub type Turn<'a> = MutexGuard<'a, Slot>;

/// A place for a connection.
#[derive(Debug)]
pub enum Slot {
    /// It works, as far as is known.
    Open(SqliteConnection),
    /// The file can't be opened now.
    Broken,
    /// It was closed for good.
    Closed,
}

impl Slot {
    fn open(&mut self) -> Option<&mut SqliteConnection> {
        match self {
            Self::Open(connection) => Some(connection),
            Self::Broken | Self::Closed => None,
        }
    }
}

/// Both connections to one file.
#[derive(Debug)]
pub struct Connections {
    path: PathBuf,
    busy: Duration,
    writer: Mutex<Slot>,
    reader: Mutex<Slot>,
    /// The files that are open.
    marks: Lock<Marks>,
    /// Somebody read something that makes no sense.
    is_damaged: AtomicBool,
}

impl Connections {
    /// Opens the file, makes what is missing, and brings its tables up to date.
    pub async fn open(path: &Path, busy: Duration) -> Result<Self, StoreError> {
        let connections = Self::broken(path, busy);
        let mut writer = connections.writer.lock().await;
        connections.reopen(&mut writer).await?;
        drop(writer);
        Ok(connections)
    }

    /// A file that can't be opened yet.
    pub fn broken(path: &Path, busy: Duration) -> Self {
        Self {
            path: path.to_owned(),
            busy,
            writer: Mutex::new(Slot::Broken),
            reader: Mutex::new(Slot::Broken),
            marks: Lock::default(),
            is_damaged: AtomicBool::new(false),
        }
    }

    /// Waits for what is under way and closes the file.
    pub async fn close(&self) {
        for slot in [&self.reader, &self.writer] {
            let slot = std::mem::replace(&mut *slot.lock().await, Slot::Closed);
            if let Slot::Open(connection) = slot
                && let Err(error) = connection.close().await
            {
                tracing::warn!(path = %self.path.display(), %error, "the database did not close well");
            }
        }
    }

    /// The turn to write. Whoever has it waits for nobody else who writes.
    pub async fn turn(&self) -> Turn<'_> {
        self.writer.lock().await
    }

    /// The connection of whoever has the turn.
    pub fn connection<'a>(
        &self,
        slot: &'a mut Slot,
    ) -> Result<&'a mut SqliteConnection, StoreError> {
        match slot {
            Slot::Open(connection) => Ok(connection),
            Slot::Broken => Err(self.not_open()),
            Slot::Closed => Err(StoreError::Closed),
        }
    }

    pub async fn reader(&self) -> Result<Reading<'_>, StoreError> {
        let slot = self.reader.lock().await;
        let error = match *slot {
            Slot::Broken => self.not_open(),
            Slot::Open(_) | Slot::Closed => StoreError::Closed,
        };
        MutexGuard::try_map(slot, Slot::open).map_err(|_| error)
    }

    /// A failure with this file's name in it. Damage is remembered: see [`Connections::mend`].
    pub fn name(&self, failure: Failure) -> StoreError {
        let error = match failure {
            Failure::Sql(error) => name(&self.path, error),
            Failure::Answer(error) => error,
        };
        if matches!(error, StoreError::Damaged { .. }) {
            self.is_damaged.store(true, Relaxed);
        }
        error
    }

    fn is_damaged(&self) -> bool {
        self.is_damaged.load(Relaxed)
    }

    fn marks(&self) -> Marks {
        *lock(&self.marks)
    }

    fn not_open(&self) -> StoreError {
        let detail = "it could not be opened yet".to_owned();
        StoreError::Unwritable { path: self.path.clone(), detail }
    }

    /// Opens both connections anew; the old ones stay where that fails.
    async fn reopen(&self, writer: &mut Slot) -> Result<(), StoreError> {
        if matches!(writer, Slot::Closed) {
            return Err(StoreError::Closed);
        }
        let path = self.path.as_path();
        make_folder(path).await?;
        let named = |error: sqlx::Error| name(path, error);
        let mut new = options(path, self.busy).connect().await.map_err(named)?;
        migrate(&mut new).await.map_err(|error| name_migration(path, error))?;
        let reader = options(path, self.busy).create_if_missing(false).pragma("query_only", "1");
        let reader = reader.connect().await.map_err(named)?;
        *lock(&self.marks) = Marks::of(path);
        self.is_damaged.store(false, Relaxed);
        *writer = Slot::Open(new);
        let mut slot = self.reader.lock().await;
        if !matches!(*slot, Slot::Closed) {
            *slot = Slot::Open(reader);
        }
        Ok(())
    }

    /// Whether the file takes a write: an empty one that changes a page.
    pub async fn try_writing(&self, writer: &mut Slot) -> Result<(), StoreError> {
        let tried = change_a_page(self.connection(writer)?).await;
        tried.map_err(|error| name(&self.path, error))
    }

    /// Opens what is not open, or does not work any more.
    pub async fn open_if_stuck(&self, writer: &mut Slot) -> Result<(), StoreError> {
        match writer {
            Slot::Open(connection) => {
                if is_stuck(connection).await {
                    tracing::warn!(path = %self.path.display(), "a write was broken off; the database is opened anew");
                    let opened = options(&self.path, self.busy).connect().await;
                    *connection = opened.map_err(|error| name(&self.path, error))?;
                }
                Ok(())
            }
            Slot::Broken => self.reopen(writer).await,
            Slot::Closed => Err(StoreError::Closed),
        }
    }
}

/// What one process shares with itself; a panic elsewhere spoils nothing of it.
pub fn lock<T>(shared: &Lock<T>) -> Locked<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn change_a_page(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    let (now,): (i64,) = sqlx::query_as("PRAGMA user_version").fetch_one(&mut *connection).await?;
    let next = if now == 0 { "PRAGMA user_version = 1" } else { "PRAGMA user_version = 0" };
    sqlx::query(next).execute(connection).await?;
    Ok(())
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
}

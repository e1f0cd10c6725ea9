//! The two connections to the file, and when they are opened anew.
//!
//! Two and no pool: SQLite has one writer at a time anyway, so writes queue here, in order
//! and without time-outs, instead of colliding there; reads have a connection of their own
//! and, in WAL mode, wait for nobody.

use std::{
    path::{Path, PathBuf},
    sync::{
        Mutex as Lock,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use sqlx::{ConnectOptions, Connection, SqliteConnection};
use tokio::sync::{MappedMutexGuard, Mutex, MutexGuard};

use super::{
    chat, lock, make_folder, mend, migrate, name, name_migration, opening::connect, options,
    place::Marks, write_back::Left,
};
use crate::error::{Failure, StoreError};

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
    pub path: PathBuf,
    pub(super) busy: Duration,
    writer: Mutex<Slot>,
    reader: Mutex<Slot>,
    /// The files that are open.
    pub(super) marks: Lock<Marks>,
    /// Deleted databases whose figures are still to be taken over.
    pub(super) left: Mutex<Vec<Left>>,
    /// Somebody read something that makes no sense.
    is_damaged: AtomicBool,
    /// The log may still have what was deleted: somebody read it then.
    has_traces: AtomicBool,
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
            left: Mutex::default(),
            is_damaged: AtomicBool::new(false),
            has_traces: AtomicBool::new(false),
        }
    }

    /// Waits for what is under way and closes the file.
    pub async fn close(&self) {
        self.give_up_figures("Cliphound stopped before they were written anew").await;
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

    pub(super) fn is_damaged(&self) -> bool {
        self.is_damaged.load(Relaxed)
    }

    pub(super) fn not_damaged_any_more(&self) {
        self.is_damaged.store(false, Relaxed);
    }

    pub(super) fn marks(&self) -> Marks {
        *lock(&self.marks)
    }

    fn not_open(&self) -> StoreError {
        let detail = "it could not be opened yet".to_owned();
        StoreError::Unwritable { path: self.path.clone(), detail }
    }

    /// Opens both connections anew; the old ones stay where that fails.
    pub(super) async fn reopen(&self, writer: &mut Slot) -> Result<(), StoreError> {
        if matches!(writer, Slot::Closed) {
            return Err(StoreError::Closed);
        }
        let path = self.path.as_path();
        make_folder(path).await?;
        let named = |error: sqlx::Error| name(path, error);
        let mut new = connect(path, self.busy).await.map_err(named)?;
        migrate(&mut new).await.map_err(|error| name_migration(path, error))?;
        mend::salvage_what_is_left(path, &mut new).await;
        let reader = options(path, self.busy).create_if_missing(false).pragma("query_only", "1");
        let reader = reader.connect().await.map_err(named)?;
        *lock(&self.marks) = Marks::of(path);
        self.not_damaged_any_more();
        *writer = Slot::Open(new);
        let mut slot = self.reader.lock().await;
        if !matches!(*slot, Slot::Closed) {
            *slot = Slot::Open(reader);
        }
        Ok(())
    }

    /// How long to wait for another program that holds the file: once it is known to fail,
    /// nobody shall queue up behind it.
    pub async fn be_patient(&self, writer: &mut Slot, is_patient: bool) {
        let sql = match (is_patient, self.busy.as_millis()) {
            (true, 0..5_000) => return,
            (true, _) => "PRAGMA busy_timeout = 5000",
            (false, _) => "PRAGMA busy_timeout = 50",
        };
        if let Slot::Open(connection) = writer
            && let Err(error) = sqlx::query(sql).execute(connection).await
        {
            tracing::debug!(%error, "how long to wait for the database can't be set");
        }
    }

    /// After a deletion: what was deleted goes from the log, too, now, or, while somebody reads
    /// it, with [`Connections::leave_no_traces_at_last`].
    pub async fn leave_no_traces(&self, writer: &mut Slot) -> Result<(), StoreError> {
        let emptied = chat::empty_log(self.connection(writer)?).await;
        self.has_traces.store(!matches!(emptied, Ok(true)), Relaxed);
        emptied.map(drop).map_err(|error| name(&self.path, error))
    }

    /// The same once more, where it could not be done; to be called every few seconds.
    pub async fn leave_no_traces_at_last(&self, writer: &mut Slot) {
        if self.has_traces.load(Relaxed)
            && let Err(error) = self.leave_no_traces(writer).await
        {
            tracing::debug!(%error, "what was deleted can't be taken out of the database's log yet");
        }
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
                    tracing::debug!(path = %self.path.display(), "a write was broken off; the database is opened anew");
                    let opened = connect(&self.path, self.busy).await;
                    *connection = opened.map_err(|error| name(&self.path, error))?;
                }
                Ok(())
            }
            Slot::Broken => self.reopen(writer).await,
            Slot::Closed => Err(StoreError::Closed),
        }
    }
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

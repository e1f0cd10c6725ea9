//! What is done about a database that was deleted, replaced or damaged while it is open.
//!
//! Deleted: the connection still has all of it, and it is written anew. Replaced: the new
//! one is used. Damaged: it is set aside, never deleted, and what can be read of moments,
//! intents and clips goes into a new one. In each case what this process knows of open
//! promises is written, too.

use std::{io, path::Path, sync::Mutex};

use sqlx::SqliteConnection;
use tokio::task::spawn_blocking;

use super::{
    Connections, Slot, intents, lock, make_folder, name,
    place::{self, Seen},
};
use crate::{
    error::{Failure, StoreError},
    memory::Memory,
};

/// What is taken over from a damaged database, in this order. Figures are not.
const TABLES: [&str; 11] = [
    "channels",
    "moments",
    "intents",
    "clips",
    "viewer_clips",
    "runs",
    "stretches",
    "settings",
    "vods",
    "outbox",
    "outbox_since",
];

impl Connections {
    /// Sees to it that what is written goes into a sound file at its place.
    pub async fn mend(&self, slot: &mut Slot, memory: &Mutex<Memory>) -> Result<(), StoreError> {
        if matches!(slot, Slot::Closed) {
            return Err(StoreError::Closed);
        }
        if self.is_damaged() {
            return self.begin_anew(slot, memory).await;
        }
        match self.marks().see(&self.path) {
            Seen::Same => {}
            Seen::Gone => self.write_back(slot, memory).await?,
            Seen::Another => self.take_another(slot, memory).await?,
            Seen::NoLog => {
                if let Slot::Open(conn) = slot {
                    let all = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(conn).await;
                    all.map_err(|error| name(&self.path, error))?;
                }
                // Whoever opens the file next must not share what only these still have.
                self.shut(slot).await;
                self.reopen(slot).await?;
                tracing::warn!(path = %self.path.display(), "a file of the database was deleted while Cliphound runs; nothing of it is lost");
            }
        }
        self.open_if_stuck(slot).await
    }

    /// A damaged file makes room for a new one.
    pub async fn begin_anew(
        &self,
        slot: &mut Slot,
        memory: &Mutex<Memory>,
    ) -> Result<(), StoreError> {
        lock(memory).all_is_unsaved();
        let path = self.path.clone();
        let bad = spawn_blocking(move || place::set_aside(&path)).await;
        match bad.map_err(io::Error::other).flatten() {
            Ok(_) => {}
            // Somebody was faster.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(self.unwritable(&error)),
        }
        self.not_damaged_any_more();
        self.reopen(slot).await
    }

    /// The file was deleted: it is written anew from the connection that still has it.
    async fn write_back(&self, slot: &mut Slot, memory: &Mutex<Memory>) -> Result<(), StoreError> {
        lock(memory).all_is_unsaved();
        make_folder(&self.path).await?;
        let fresh = place::beside(&self.path, ".new");
        place::remove(&fresh).map_err(|error| self.unwritable(&error))?;
        let copied = match slot {
            Slot::Open(conn) => copy_to(conn, &fresh).await,
            _ => Ok(false),
        };
        let is_whole = match copied.map_err(|error| name(&self.path, error)) {
            Ok(is_whole) => is_whole,
            Err(StoreError::Damaged { .. } | StoreError::Other { .. }) => false,
            Err(error) => return Err(error),
        };
        let (path, marks) = (self.path.clone(), self.marks());
        let put = spawn_blocking(move || {
            place::remove_log(&path, marks)?;
            if is_whole { place::put(&fresh, &path) } else { place::remove(&fresh) }
        });
        let put = put.await.map_err(io::Error::other).flatten();
        put.map_err(|error| self.unwritable(&error))?;
        self.reopen(slot).await?;
        let what = if is_whole { "everything in it" } else { "what is known of open clips" };
        tracing::error!(
            "the database {} was deleted while Cliphound runs: it was written anew with {what}; to begin without it, stop Cliphound first",
            self.path.display()
        );
        Ok(())
    }

    /// Somebody put another file in its place.
    async fn take_another(
        &self,
        slot: &mut Slot,
        memory: &Mutex<Memory>,
    ) -> Result<(), StoreError> {
        lock(memory).all_is_unsaved();
        place::remove_log(&self.path, self.marks()).map_err(|error| self.unwritable(&error))?;
        match self.reopen(slot).await {
            Err(StoreError::Damaged { .. }) => self.begin_anew(slot, memory).await,
            Err(error) => Err(error),
            Ok(()) => {
                tracing::warn!(
                    "the database {} was replaced while Cliphound runs: the new one is used; stop Cliphound before you do that again, or use cliphound restore",
                    self.path.display()
                );
                Ok(())
            }
        }
    }

    fn unwritable(&self, error: &io::Error) -> StoreError {
        let (path, detail) = (self.path.clone(), error.to_string());
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                StoreError::Disk { path, detail }
            }
            _ => StoreError::Unwritable { path, detail },
        }
    }
}

/// Writes all of the open database into another file.
async fn copy_to(conn: &mut SqliteConnection, fresh: &Path) -> Result<bool, sqlx::Error> {
    let Some(fresh) = fresh.to_str() else { return Ok(false) };
    sqlx::query("VACUUM INTO ?").bind(fresh).execute(conn).await?;
    Ok(true)
}

/// Salvages the damaged database that was set aside, if that is still to be done.
pub async fn salvage_what_is_left(path: &Path, conn: &mut SqliteConnection) {
    let Some(bad) = place::unsalvaged(path) else { return };
    let lost = salvage(conn, &bad).await;
    tracing::error!(
        not_readable = ?lost,
        "the database {} is damaged: it is now {}, and a new one was begun with what could be read of it; look at the disk, and keep the damaged file if you want to have it repaired",
        path.display(),
        bad.display()
    );
    if let Err(error) = place::is_salvaged(path) {
        tracing::warn!(%error, "it is salvaged once more at the next start");
    }
}

/// Takes over from a damaged database what can be read; says which tables could not be.
/// What was promised there may have been asked for since: it is taken for unknown and
/// looked up, unless this process knows better ([`intents::distrust`]).
async fn salvage(conn: &mut SqliteConnection, bad: &Path) -> Vec<&'static str> {
    let Some(bad) = bad.to_str() else { return TABLES.to_vec() };
    if sqlx::query("ATTACH ? AS bad").bind(bad).execute(&mut *conn).await.is_err() {
        return TABLES.to_vec();
    }
    let mut lost = Vec::new();
    for table in TABLES {
        if take_over(conn, table).await.is_err() {
            lost.push(table);
        }
    }
    let known = intents::distrust(conn, "the database was damaged").await.is_ok();
    let detached = sqlx::query("DETACH bad").execute(conn).await.is_ok();
    if !(known && detached) {
        tracing::warn!("a damaged database can't be read to its end");
    }
    lost
}

async fn take_over(conn: &mut SqliteConnection, table: &'static str) -> Result<(), Failure> {
    let sql = match table {
        "channels" => "INSERT OR IGNORE INTO main.channels SELECT * FROM bad.channels",
        "moments" => "INSERT OR IGNORE INTO main.moments SELECT * FROM bad.moments",
        "intents" => "INSERT OR IGNORE INTO main.intents SELECT * FROM bad.intents",
        "clips" => "INSERT OR IGNORE INTO main.clips SELECT * FROM bad.clips",
        "viewer_clips" => "INSERT OR IGNORE INTO main.viewer_clips SELECT * FROM bad.viewer_clips",
        "runs" => "INSERT OR IGNORE INTO main.runs SELECT * FROM bad.runs",
        "stretches" => "INSERT OR IGNORE INTO main.stretches SELECT * FROM bad.stretches",
        "outbox" => "INSERT OR IGNORE INTO main.outbox SELECT * FROM bad.outbox",
        "outbox_since" => "INSERT OR REPLACE INTO main.outbox_since SELECT * FROM bad.outbox_since",
        "settings" => "INSERT OR IGNORE INTO main.settings SELECT * FROM bad.settings",
        _ => "INSERT OR IGNORE INTO main.vods SELECT * FROM bad.vods",
    };
    sqlx::query(sql).execute(conn).await?;
    Ok(())
}

//! What is done about a database that was deleted, replaced or damaged while it is open.
//!
//! Deleted: the connection still has all of it, and it is written anew ([`super::write_back`]).
//! Replaced: the new one is used. Damaged: it is set aside, never deleted, and what can be read of moments,
//! intents and clips goes into a new one. In each case what this process knows of open
//! promises is written, too.

use std::{io, path::Path, sync::Mutex};

use cliphound_crew::blocking;
use sqlx::{AssertSqlSafe, SqliteConnection};

use super::{
    Connections, Slot, intents, lock,
    place::{self, Seen},
};
use crate::{
    error::{Failure, StoreError},
    memory::Memory,
};

/// What is taken over from a damaged database, in this order. Figures are not: they are nearly
/// all of its size. Nor are lines of chat: what chat deletes meanwhile is not deleted there.
const TABLES: &[&str] = &[
    "channels",
    "moments",
    "intents",
    "clips",
    "viewer_clips",
    "runs",
    "stretches",
    "vods",
    "settings",
    "waiting_lines",
    "verdicts",
    "judged",
    "titles",
    "recuts",
    "people",
    "grants",
    "sessions",
    "tokens",
    "outbox",
    "outbox_since",
    "forgetting",
    "forgotten_creators",
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
            // Also without its log alone: whoever deletes a folder takes one file after the other, and
            // the connection that has everything must not be closed before it lies somewhere else.
            Seen::Gone | Seen::NoLog => self.write_back(slot, memory).await?,
            Seen::Another => self.take_another(slot, memory).await?,
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
        self.give_up_figures("the new one is damaged").await;
        let path = self.path.clone();
        let bad = blocking("setting the database aside", move || place::set_aside(&path)).await;
        match bad.map_err(io::Error::other).flatten() {
            Ok(_) => {}
            // Somebody was faster.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(self.unwritable(&error)),
        }
        self.not_damaged_any_more();
        self.reopen(slot).await
    }

    /// Somebody put another file in its place.
    async fn take_another(
        &self,
        slot: &mut Slot,
        memory: &Mutex<Memory>,
    ) -> Result<(), StoreError> {
        lock(memory).all_is_unsaved();
        self.give_up_figures("another one is in its place").await;
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

    pub(super) fn unwritable(&self, error: &io::Error) -> StoreError {
        let (path, detail) = (self.path.clone(), error.to_string());
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                StoreError::Disk { path, detail }
            }
            _ => StoreError::Unwritable { path, detail },
        }
    }
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
    // Every version has tables; single ones may be younger than that file.
    let tables = sqlx::query_scalar("SELECT count(*) FROM bad.sqlite_schema");
    let is_empty = tables.fetch_one(&mut *conn).await.unwrap_or(0_i64) == 0;
    let mut lost = Vec::new();
    for &table in TABLES {
        if is_empty || take_over(conn, table, "bad", "main").await.is_err() {
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

/// Takes over from one attached database into another what is not there already.
pub(super) async fn take_over(
    conn: &mut SqliteConnection,
    table: &str,
    from: &'static str,
    to: &'static str,
) -> Result<(), Failure> {
    // What belongs to moments that could not be read would be refused with all the rest.
    let of_moments = match table {
        "verdicts" | "judged" | "titles" | "recuts" => {
            format!(
                " WHERE (channel, trigger_ms) IN (SELECT channel, trigger_ms FROM {to}.moments)"
            )
        }
        _ => String::new(),
    };
    // An older version may have less of a table, or none.
    let columns: Vec<String> = sqlx::query_scalar(
        "SELECT name FROM pragma_table_info(?1, ?2)
         INTERSECT SELECT name FROM pragma_table_info(?1, ?3)",
    )
    .bind(table)
    .bind(from)
    .bind(to)
    .fetch_all(&mut *conn)
    .await?;
    if columns.is_empty() {
        return Ok(());
    }
    let columns = columns.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
    // A table of one row, which every database has.
    let if_there = if table == "outbox_since" { "REPLACE" } else { "IGNORE" };
    let sql = format!(
        "INSERT OR {if_there} INTO {to}.{table} ({columns})
         SELECT {columns} FROM {from}.{table}{of_moments}"
    );
    sqlx::query(AssertSqlSafe(sql)).execute(conn).await?;
    Ok(())
}

#[cfg(test)]
mod tests;

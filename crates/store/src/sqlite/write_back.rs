//! A database that was deleted while it is open is written anew, from the connection that still
//! has it: what clips depend on at once, its figures (nearly all of its size) piece by piece,
//! so that nobody who writes waits for gigabytes.

use std::{io, path::Path, sync::Mutex};

use sqlx::{ConnectOptions, Connection, SqliteConnection};
use tokio::task::spawn_blocking;

use super::{
    Connections, Slot, lock, make_folder,
    mend::{TABLES, take_over},
    migrate, name, name_migration, options,
    place::{self, Marks},
    writes,
};
use crate::{
    error::{Failure, StoreError},
    memory::Memory,
};

/// Figures that are taken over in one go: a second or so, and some on a slow disk.
const PIECE: i64 = if cfg!(test) { 100 } else { 200_000 };
/// Deleted databases whose figures are waited for; then the oldest is given up. Each keeps its
/// room on the disk.
const MOST: usize = 3;

/// A deleted database whose figures are still to be taken over, the newest first.
#[derive(Debug)]
pub struct Left {
    conn: SqliteConnection,
    /// What ended then or later is taken over, in Unix milliseconds.
    from_ms: i64,
    rows: u64,
    /// It was said that they can't be written.
    is_failing: bool,
}

impl Connections {
    /// The file was deleted: a new one is put in its place with all but the figures, and with
    /// what memory knows of promises: a crash in between finds all or nothing.
    pub(super) async fn write_back(
        &self,
        slot: &mut Slot,
        memory: &Mutex<Memory>,
    ) -> Result<(), StoreError> {
        lock(memory).all_is_unsaved();
        let known = lock(memory).promises();
        make_folder(&self.path).await?;
        let fresh = place::beside(&self.path, ".new");
        place::remove_all(&fresh).map_err(|error| self.unwritable(&error))?;
        let mut new = options(&fresh, self.busy).connect().await.map_err(|e| self.named(e))?;
        migrate(&mut new).await.map_err(|error| name_migration(&self.path, error))?;
        let lost = match slot {
            Slot::Open(old) => self.copy_to(old, &fresh).await?,
            Slot::Broken | Slot::Closed => TABLES.to_vec(),
        };
        let saved = writes::save(&mut new, &known).await;
        saved.map_err(|failure| self.named_failure(failure))?;
        // Its log goes into the file.
        new.close().await.map_err(|error| self.named(error))?;
        let (path, marks) = (self.path.clone(), self.marks());
        let put = spawn_blocking(move || {
            place::remove_log(&path, marks)?;
            place::put(&fresh, &path)
        });
        let put = put.await.map_err(io::Error::other).flatten();
        put.map_err(|error| self.unwritable(&error))?;
        // What lies there is ours, also when it can't be opened now.
        *lock(&self.marks) = Marks::default();
        if let Slot::Open(old) = std::mem::replace(slot, Slot::Broken) {
            self.keep_for_its_figures(old).await;
        }
        self.reopen(slot).await?;
        let what = if lost.is_empty() {
            "everything in it; old figures follow"
        } else {
            "what could be read of it and what is known of open clips"
        };
        tracing::error!(
            not_readable = ?lost,
            "the database {} was deleted while Cliphound runs: it was written anew with {what}; to begin without it, stop Cliphound first",
            self.path.display()
        );
        Ok(())
    }

    /// Writes what clips depend on into another database; says what can't be read.
    async fn copy_to(
        &self,
        old: &mut SqliteConnection,
        fresh: &Path,
    ) -> Result<Vec<&'static str>, StoreError> {
        if !attach(old, fresh).await.map_err(|error| self.named(error))? {
            return Ok(TABLES.to_vec());
        }
        let mut lost = Vec::new();
        let mut failed = None;
        for &table in TABLES {
            match take_over(old, table, "main", "fresh").await.map_err(|e| self.named_failure(e)) {
                Ok(()) => {}
                Err(StoreError::Damaged { .. } | StoreError::Other { .. }) => lost.push(table),
                Err(error) => {
                    failed = Some(error);
                    break;
                }
            }
        }
        detach(old).await.map_err(|error| self.named(error))?;
        failed.map_or(Ok(lost), Err)
    }

    async fn keep_for_its_figures(&self, conn: SqliteConnection) {
        let mut left = self.left.lock().await;
        if left.len() >= MOST {
            left.remove(0);
            tracing::warn!(
                "old figures of a database that was deleted are lost: it was deleted again and again"
            );
        }
        left.push(Left { conn, from_ms: i64::MAX, rows: 0, is_failing: false });
    }

    /// Takes a piece of the figures over that deleted databases had, if there are any. Only for
    /// whoever has the turn.
    pub async fn take_over_figures(&self, _turn: &Slot) {
        let mut all = self.left.lock().await;
        let Some(left) = all.first_mut() else { return };
        match left.piece(&self.path).await.map_err(|error| self.named(error)) {
            Ok(Some(rows)) => {
                left.rows += rows;
                left.is_failing = false;
                return;
            }
            Ok(None) if left.rows == 0 => {}
            Ok(None) => {
                let rows = left.rows;
                tracing::info!(rows, "the old figures of the deleted database are back, too");
            }
            Err(error) if error.may_pass() => {
                if !std::mem::replace(&mut left.is_failing, true) {
                    tracing::warn!(
                        "{error}; until then the old figures of the deleted database are kept where they were"
                    );
                }
                return;
            }
            Err(error) => {
                tracing::warn!(%error, "old figures of the deleted database are lost");
            }
        }
        all.remove(0);
    }

    /// Old figures belong to no other database than the one that was written anew.
    pub(super) async fn give_up_figures(&self, why: &str) {
        if !std::mem::take(&mut *self.left.lock().await).is_empty() {
            tracing::warn!("old figures of the deleted database are lost: {why}");
        }
    }

    fn named(&self, error: sqlx::Error) -> StoreError {
        name(&self.path, error)
    }

    /// Unlike [`Connections::name`]: what is damaged here is not the file at its place.
    fn named_failure(&self, failure: Failure) -> StoreError {
        match failure {
            Failure::Sql(error) => self.named(error),
            Failure::Answer(error) => error,
        }
    }
}

impl Left {
    /// Takes the newest over that are still missing; `None` when there are none.
    async fn piece(&mut self, path: &Path) -> Result<Option<u64>, sqlx::Error> {
        let before_ms = self.from_ms;
        let any: Option<(i64,)> =
            sqlx::query_as("SELECT end_ms FROM main.windows WHERE end_ms < ? LIMIT 1")
                .bind(before_ms)
                .fetch_optional(&mut self.conn)
                .await?;
        if any.is_none() || !attach(&mut self.conn, path).await? {
            return Ok(None);
        }
        let copied = self.copy_before(before_ms).await;
        detach(&mut self.conn).await?;
        let (from_ms, rows) = copied?;
        self.from_ms = from_ms;
        Ok(Some(rows))
    }

    /// Whole instants, so that the next piece begins where this one ends.
    async fn copy_before(&mut self, before_ms: i64) -> Result<(i64, u64), sqlx::Error> {
        let from: Option<(i64,)> = sqlx::query_as(
            "SELECT end_ms FROM main.windows WHERE end_ms < ? ORDER BY end_ms DESC
             LIMIT 1 OFFSET ?",
        )
        .bind(before_ms)
        .bind(PIECE)
        .fetch_optional(&mut self.conn)
        .await?;
        let from_ms = from.map_or(i64::MIN, |(end_ms,)| end_ms);
        let rows = sqlx::query(
            "INSERT OR IGNORE INTO fresh.windows
             SELECT * FROM main.windows WHERE end_ms >= ? AND end_ms < ?",
        )
        .bind(from_ms)
        .bind(before_ms)
        .execute(&mut self.conn)
        .await?
        .rows_affected();
        Ok((from_ms, rows))
    }
}

/// Attaches another database as `fresh`; false where its name is no text.
async fn attach(conn: &mut SqliteConnection, path: &Path) -> Result<bool, sqlx::Error> {
    let Some(path) = path.to_str() else { return Ok(false) };
    sqlx::query("ATTACH ? AS fresh").bind(path).execute(conn).await?;
    Ok(true)
}

async fn detach(conn: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    sqlx::query("DETACH fresh").execute(conn).await?;
    Ok(())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::{fs, time::Duration};

    use super::{super::tests::rows, *};
    use crate::{
        Store,
        intent::{NewIntent, Promise},
        memory::OnDisk,
        rows::IntentKey,
        write::{Write, Written},
    };

    fn promise(trigger_ms: i64) -> NewIntent {
        NewIntent {
            key: IntentKey { broadcaster_id: "7".into(), trigger_ms },
            login: "ninja".into(),
            start_ms: trigger_ms,
            end_ms: trigger_ms,
            automatic: true,
            due_ms: trigger_ms,
            title: String::new(),
            duration_s: 60.0,
            in_review: false,
            now_ms: trigger_ms,
        }
    }

    /// Those that a second program finds.
    async fn found(path: &Path) -> Vec<i64> {
        let other = Store::open(path).await.unwrap();
        let found = other.windows("7", -1, i64::MAX, 10_000).await.unwrap();
        other.close().await;
        found.iter().map(|row| row.end_ms).collect()
    }

    #[tokio::test]
    async fn figures_of_a_deleted_database_follow_in_pieces_the_newest_first() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("cliphound.db");
        let store = Store::open(&path).await.unwrap();
        store.add_windows(&rows(250)).await.unwrap();
        fs::remove_file(&path).unwrap();
        assert_eq!(store.promise(&promise(1_000_000)).await.unwrap(), Promise::Made);
        assert!(found(&path).await.is_empty(), "a promise waits for no figures");
        for first in [149, 48, 0] {
            store.mend().await;
            assert_eq!(found(&path).await, (first..250).collect::<Vec<_>>());
        }
        // Deleted once more while there is nothing to take over.
        store.mend().await;
        fs::remove_file(&path).unwrap();
        store.add_windows(&rows(300)[299..]).await.unwrap();
        for _ in 0..4 {
            store.mend().await;
        }
        assert_eq!(found(&path).await.len(), 251);
    }

    /// Killed right after the new file is in its place: what was promised while the disk took
    /// nothing is in it.
    #[tokio::test]
    async fn what_only_memory_has_is_in_the_new_file_when_it_appears() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("cliphound.db");
        let both = Connections::open(&path, Duration::from_millis(20)).await.unwrap();
        let memory = Mutex::new(Memory::default());
        let full = StoreError::Locked { path: path.clone() };
        let new = promise(1_000_000);
        let kept = lock(&memory).keep(&Write::Promise(&new), OnDisk::default(), full);
        assert_eq!(kept.unwrap(), Written::Promise(Promise::Made));
        fs::remove_file(&path).unwrap();
        let mut turn = both.turn().await;
        both.mend(&mut turn, &memory).await.unwrap();
        let other = Store::open(&path).await.unwrap();
        assert_eq!(other.open_intents().await.unwrap().len(), 1);
        assert_eq!(lock(&memory).waiting(), 1, "it is written once more: that harms nobody");
    }
}

//! A database that was deleted while it is open is written anew, from the connection that still
//! has it: what clips depend on at once, its figures (nearly all of its size) piece by piece,
//! so that nobody who writes waits for gigabytes. Nothing can give a deleted file its name back:
//! figures that have not followed when the process ends are gone, so an end waits for them a while.

use std::{io, path::Path, sync::Mutex};

use cliphound_crew::blocking;
use sqlx::{ConnectOptions, Connection, SqliteConnection};

use super::{
    Connections, Slot, lock, make_folder,
    mend::take_over,
    migrate, name, name_migration, options,
    place::{self, Marks, Seen},
    writes,
};
use crate::{
    error::{Failure, StoreError},
    memory::Memory,
};

/// Figures that are taken over in one go: so long does whoever writes have to wait, a tenth of a
/// second or so.
const PIECE: i64 = if cfg!(test) { 100 } else { 20_000 };
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

/// How the new database is called until it takes the place of the old one.
const FRESH: &str = ".new";

/// Removes what a crash left of a database that was being written anew. Only for whom nobody else can
/// be writing one.
///
/// # Errors
/// When it can't be removed.
pub fn remove_unfinished(path: &Path) -> io::Result<()> {
    place::remove_all(&place::beside(path, FRESH))
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
        let fresh = place::beside(&self.path, FRESH);
        place::remove_all(&fresh).map_err(|error| self.unwritable(&error))?;
        let mut new = options(&fresh, self.busy).connect().await.map_err(|e| self.named(e))?;
        migrate(&mut new).await.map_err(|error| name_migration(&self.path, error))?;
        let lost = match slot {
            Slot::Open(old) => self.copy_to(old, &fresh).await?,
            Slot::Broken | Slot::Closed => vec!["all of it".to_owned()],
        };
        let saved = writes::save(&mut new, &known).await;
        saved.map_err(|failure| self.named_failure(failure))?;
        // Its log goes into the file.
        new.close().await.map_err(|error| self.named(error))?;
        let (path, marks) = (self.path.clone(), self.marks());
        let put = blocking("putting the database back", move || {
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
            "the database {} was deleted while Cliphound runs, or the log beside it: it was written anew with {what}; to begin without it, stop Cliphound first",
            self.path.display()
        );
        Ok(())
    }

    /// Writes all but the figures into another database; says what can't be read.
    async fn copy_to(
        &self,
        old: &mut SqliteConnection,
        fresh: &Path,
    ) -> Result<Vec<String>, StoreError> {
        let tables = match tables(old).await.map_err(|error| self.named(error)) {
            Ok(tables) => tables,
            Err(error @ StoreError::Disk { .. }) => return Err(error),
            Err(_) => return Ok(vec!["all of it".to_owned()]),
        };
        if !attach(old, fresh).await.map_err(|error| self.named(error))? {
            return Ok(tables);
        }
        // So that their order is of no matter.
        heed_foreign_keys(old, false).await.map_err(|error| self.named(error))?;
        let copied = self.copy_tables(old, tables).await;
        detach(old).await.map_err(|error| self.named(error))?;
        heed_foreign_keys(old, true).await.map_err(|error| self.named(error))?;
        copied
    }

    async fn copy_tables(
        &self,
        old: &mut SqliteConnection,
        tables: Vec<String>,
    ) -> Result<Vec<String>, StoreError> {
        let mut lost = Vec::new();
        for table in tables {
            match take_over(old, &table, "main", "fresh").await.map_err(|e| self.named_failure(e)) {
                Ok(()) => {}
                Err(StoreError::Damaged { .. } | StoreError::Other { .. }) => lost.push(table),
                Err(error) => return Err(error),
            }
        }
        Ok(lost)
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

    /// Figures of deleted databases are still to be taken over.
    pub async fn owes_figures(&self) -> bool {
        !self.left.lock().await.is_empty()
    }

    /// Takes a piece of the figures over that deleted databases had, and says whether it makes
    /// sense to go on with the next. Only for whoever has the turn.
    pub async fn take_over_figures(&self, turn: &Slot) -> bool {
        let mut all = self.left.lock().await;
        let Some(left) = all.first_mut() else { return false };
        // Deleted once more, or another one by now: that is mended first.
        if !matches!(turn, Slot::Open(_)) || self.marks().see(&self.path) != Seen::Same {
            return false;
        }
        match left.piece(&self.path).await.map_err(|error| self.named(error)) {
            Ok(Some(rows)) => {
                left.rows += rows;
                left.is_failing = false;
                return true;
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
                return false;
            }
            Err(error) => {
                tracing::warn!(%error, "old figures of the deleted database are lost");
            }
        }
        all.remove(0);
        !all.is_empty()
    }

    /// The figures of a channel that was forgotten do not follow.
    pub async fn forget_figures(&self, login: &str) {
        for left in &mut *self.left.lock().await {
            if let Err(error) = left.forget(login).await {
                tracing::warn!(%error, "old figures of the deleted database can't be told apart: they are given up");
                left.from_ms = i64::MIN;
            }
        }
    }

    /// Old figures belong to no other database than the one that was written anew.
    pub(super) async fn give_up_figures(&self, why: &str) {
        for mut left in std::mem::take(&mut *self.left.lock().await) {
            match left.until().await {
                Ok(None) => {}
                Ok(Some(until)) => tracing::warn!(
                    "old figures of the deleted database, those up to {until} UTC, are lost: {why}"
                ),
                Err(error) => {
                    tracing::warn!(%error, "old figures of the deleted database are lost: {why}");
                }
            }
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
    /// What ended then or before is still missing; `None` when nothing is.
    async fn until(&mut self) -> Result<Option<String>, sqlx::Error> {
        sqlx::query_scalar(
            "SELECT strftime('%Y-%m-%d %H:%M', max(end_ms) / 1000, 'unixepoch')
             FROM main.windows WHERE end_ms < ?",
        )
        .bind(self.from_ms)
        .fetch_one(&mut self.conn)
        .await
    }

    /// Without its name and id nobody's figures are its.
    async fn forget(&mut self, login: &str) -> Result<(), sqlx::Error> {
        heed_foreign_keys(&mut self.conn, false).await?;
        let sql = "DELETE FROM main.channels WHERE login = ?1 OR broadcaster_id = 'login:' || ?1";
        sqlx::query(sql).bind(login).execute(&mut self.conn).await?;
        heed_foreign_keys(&mut self.conn, true).await
    }

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

    /// Whole instants, of the channels that the new file knows, by their ids at Twitch; so that the next piece begins where this one ends.
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
            "INSERT OR IGNORE INTO fresh.windows (end_ms, channel, messages, chatters, score,
                                                  threshold, sentiment, viewers)
             SELECT w.end_ms, new.id, w.messages, w.chatters, w.score, w.threshold, w.sentiment,
                    w.viewers
             FROM main.windows w JOIN main.channels old ON old.id = w.channel
             JOIN fresh.channels new ON new.broadcaster_id = old.broadcaster_id
             WHERE w.end_ms >= ? AND w.end_ms < ?",
        )
        .bind(from_ms)
        .bind(before_ms)
        .execute(&mut self.conn)
        .await?
        .rows_affected();
        Ok((from_ms, rows))
    }
}

/// All tables but the figures, and what the new file has already.
async fn tables(conn: &mut SqliteConnection) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT name FROM main.sqlite_schema
         WHERE type = 'table' AND substr(name, 1, 7) <> 'sqlite_'
             AND name NOT IN ('windows', '_sqlx_migrations')
         ORDER BY name",
    )
    .fetch_all(conn)
    .await
}

async fn heed_foreign_keys(conn: &mut SqliteConnection, heed: bool) -> Result<(), sqlx::Error> {
    let sql = if heed { "PRAGMA foreign_keys = ON" } else { "PRAGMA foreign_keys = OFF" };
    sqlx::query(sql).execute(conn).await?;
    Ok(())
}

/// Attaches another database as `fresh`, which has to be there: an empty one in the place of one
/// that was deleted just now would be taken for somebody's. False where its name is no text.
async fn attach(conn: &mut SqliteConnection, path: &Path) -> Result<bool, sqlx::Error> {
    let Some(path) = path.to_str() else { return Ok(false) };
    // Whoever gave up half-way left it attached.
    let _ = detach(conn).await;
    sqlx::query("ATTACH ? AS fresh").bind(there(path)).execute(conn).await?;
    Ok(true)
}

/// The name of a file as SQLite takes it that is not to be made.
/// <https://www.sqlite.org/uri.html>. Elsewhere than on Unix a file that is open can't be deleted.
fn there(path: &str) -> String {
    if cfg!(not(unix)) {
        return path.to_owned();
    }
    let path = path.replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    format!("file:{path}?mode=rw")
}

async fn detach(conn: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    sqlx::query("DETACH fresh").execute(conn).await?;
    Ok(())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::{fs, path::PathBuf, time::Duration};

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
            words: crate::Words::default(),
            duration_s: 60.0,
            in_review: false,
            dry: None,
            now_ms: trigger_ms,
        }
    }

    /// At most so many pieces.
    async fn take_over(store: &Store, mut pieces: u32) {
        let goes_on = || {
            pieces = pieces.saturating_sub(1);
            pieces > 0
        };
        store.take_over_figures(goes_on).await;
    }

    /// Those that a second program finds.
    async fn found(path: &Path) -> Vec<i64> {
        let other = Store::open(path).await.unwrap();
        let found = other.windows("7", -1, i64::MAX, 10_000).await.unwrap();
        other.close().await;
        found.iter().map(|row| row.end_ms).collect()
    }

    /// A store with the figures of 250 instants, whose database was deleted.
    async fn deleted(name: &str) -> (tempfile::TempDir, PathBuf, Store) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(name);
        let store = Store::open(&path).await.unwrap();
        store.add_windows(&rows(250)).await.unwrap();
        fs::remove_file(&path).unwrap();
        (dir, path, store)
    }

    #[tokio::test]
    async fn figures_of_a_deleted_database_follow_in_pieces_the_newest_first() {
        let (_dir, path, store) = deleted("cliphound.db").await;
        assert_eq!(store.promise(&promise(1_000_000)).await.unwrap(), Promise::Made);
        assert!(found(&path).await.is_empty(), "a promise waits for no figures");
        for first in [149, 48, 0] {
            assert!(store.owes_figures().await);
            take_over(&store, 1).await;
            assert_eq!(found(&path).await, (first..250).collect::<Vec<_>>());
        }
        // Deleted once more while there is nothing to take over.
        take_over(&store, 1).await;
        assert!(!store.owes_figures().await);
        fs::remove_file(&path).unwrap();
        store.add_windows(&rows(300)[299..]).await.unwrap();
        take_over(&store, 9).await;
        assert_eq!(found(&path).await.len(), 251);
    }

    /// Another one has its number by now.
    #[tokio::test]
    async fn figures_of_a_forgotten_channel_do_not_follow() {
        let (_dir, path, store) = deleted("cliphound.db").await;
        store.mend().await;
        take_over(&store, 1).await;
        assert_eq!(found(&path).await.len(), 101);
        store.forget_channel("ninja", None).await.unwrap();
        let of_other = crate::WindowRow {
            broadcaster_id: "8".to_owned(),
            login: "other".to_owned(),
            ..rows(1)[0].clone()
        };
        store.add_windows(&[of_other]).await.unwrap();
        take_over(&store, 9).await;
        assert!(!store.owes_figures().await && found(&path).await.is_empty());
        assert_eq!(store.windows("8", -1, i64::MAX, 10_000).await.unwrap().len(), 1);
    }

    /// While figures follow, the new file is deleted, too: nobody makes an empty one in its place,
    /// and what followed already is not forgotten.
    #[tokio::test]
    async fn a_new_database_that_is_deleted_while_figures_follow_is_written_anew_as_well() {
        let (dir, path, store) = deleted("100% ours?#.db").await;
        store.mend().await;
        take_over(&store, 1).await;
        assert_eq!(found(&path).await.len(), 101);
        fs::remove_file(&path).unwrap();
        take_over(&store, 9).await;
        assert!(!path.exists(), "that is not what makes it anew");
        store.mend().await;
        take_over(&store, 9).await;
        assert_eq!(found(&path).await, (0..250).collect::<Vec<_>>());
        let mut old = options(&path, Duration::ZERO).connect().await.unwrap();
        let gone = dir.path().join("gone.db");
        assert!(attach(&mut old, &gone).await.is_err() && !gone.exists());
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
        let kept = lock(&memory).keep(
            &Write::Promise { moment: None, intent: &new },
            OnDisk::default(),
            full,
        );
        assert_eq!(kept.unwrap(), Written::Promise(Promise::Made));
        fs::remove_file(&path).unwrap();
        let mut turn = both.turn().await;
        both.mend(&mut turn, &memory).await.unwrap();
        let other = Store::open(&path).await.unwrap();
        assert_eq!(other.open_intents().await.unwrap().len(), 1);
        assert_eq!(lock(&memory).waiting(), 1, "it is written once more: that harms nobody");
    }
}

//! The disk fails under the open database: nothing that can be kept is lost, and nothing
//! comes twice.

use std::{fs, path::Path};

use crate::rows::{intent, key, moment, window};
use cliphound_store::{IntentState, NewIntent, Page, Promise, StateChange, Store, StoreError};

const REQUESTED: StateChange = StateChange::Requested { called_ms: 5, called_by: None };

fn created(id: &str) -> StateChange {
    StateChange::Created { clip_id: id.into(), edit_url: None }
}

/// A second handle that lets nobody else write.
struct Held(sqlx::SqliteConnection);

impl Held {
    /// The file takes no more pages: this is what a full disk looks like to SQLite.
    async fn take(path: &Path) -> Self {
        let url = format!("sqlite://{}", path.display());
        let mut conn = <sqlx::SqliteConnection as sqlx::Connection>::connect(&url).await.unwrap();
        sqlx::query("BEGIN IMMEDIATE").execute(&mut conn).await.unwrap();
        Self(conn)
    }

    async fn release(mut self) {
        sqlx::query("ROLLBACK").execute(&mut self.0).await.unwrap();
        sqlx::Connection::close(self.0).await.unwrap();
    }
}

#[tokio::test]
async fn what_the_disk_does_not_take_is_written_later() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("cliphound.db");
    let store = Store::open(&path).await.unwrap();
    store.promise(&intent("1", 100_000)).await.unwrap();
    let held = Held::take(&path).await;
    let refused = store.set_state(&key("1", 100_000), &REQUESTED, 5).await;
    assert!(matches!(refused, Err(StoreError::Locked { .. })), "its promise is on the disk");
    let made = store.promise_moment(&moment("1", 300_000), &intent("1", 300_000)).await;
    assert_eq!(made.unwrap(), Promise::Made);
    let on_the_disk = store.promise(&intent("1", 110_000)).await.unwrap();
    assert_eq!(on_the_disk, Promise::Overlaps(key("1", 100_000)));
    store.set_state(&key("1", 300_000), &REQUESTED, 6).await.unwrap();
    store.add_windows(&[window("1", 5_000)]).await.unwrap();
    assert_eq!(store.open_intents().await.unwrap().len(), 2);
    assert_eq!(store.waiting(), 3);
    held.release().await;
    store.mend().await;
    assert_eq!(store.waiting(), 0);
    store.set_state(&key("1", 300_000), &created("A"), 7).await.unwrap();
    store.close().await;

    let store = Store::open(&path).await.unwrap();
    let ours = store.intent(&key("1", 300_000)).await.unwrap().unwrap();
    assert_eq!((ours.state, ours.called_ms, ours.attempts), (IntentState::Created, Some(5), 1));
    assert_eq!(store.clip_owner("A").await.unwrap(), Some(key("1", 300_000)));
    assert_eq!(store.windows("1", 0, 9_000, 9).await.unwrap().len(), 1);
    assert_eq!(store.moments(&Page::newest(9)).await.unwrap().len(), 1);
}

#[cfg(unix)]
#[tokio::test]
async fn a_deleted_database_is_written_anew_with_all_that_was_in_it() {
    for all_files in [false, true] {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("data");
        let path = folder.join("cliphound.db");
        let store = Store::open(&path).await.unwrap();
        store.record_moment(&moment("1", 100_000)).await.unwrap();
        store.promise(&intent("1", 100_000)).await.unwrap();
        if all_files {
            fs::remove_dir_all(&folder).unwrap();
        } else {
            fs::remove_file(&path).unwrap();
        }
        store.set_state(&key("1", 100_000), &REQUESTED, 5).await.unwrap();
        assert!(path.exists());
        let other = Store::open(&path).await.unwrap();
        let there = other.intent(&key("1", 100_000)).await.unwrap().unwrap();
        assert_eq!(there.state, IntentState::Requested);
        assert!(other.moment(&key("1", 100_000)).await.unwrap().is_some());
        other.close().await;
        store.close().await;
        assert_eq!(Store::open(&path).await.unwrap().open_intents().await.unwrap().len(), 1);
    }
}

/// A crash while a deleted database is written anew leaves nearly all of it beside it.
#[tokio::test]
async fn what_a_crash_left_half_written_goes_at_the_next_start() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("cliphound.db");
    Store::begin(&path).await.unwrap().close().await;
    let left = ["cliphound.db.new", "cliphound.db.new-wal"].map(|name| dir.path().join(name));
    left.iter().for_each(|left| fs::write(left, "names").unwrap());
    Store::begin(&path).await.unwrap().close().await;
    assert!(!left.iter().any(|left| left.exists()));
}

/// What an editor calls it stays, whatever happens to the file.
#[cfg(unix)]
#[tokio::test]
async fn a_title_outlives_a_deleted_database() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("cliphound.db");
    let store = Store::open(&path).await.unwrap();
    store.record_moment(&moment("1", 100_000)).await.unwrap();
    let asked = NewIntent { in_review: true, ..intent("1", 100_000) };
    store.promise(&asked).await.unwrap();
    assert!(store.entitle(&key("1", 100_000), "what a play", "ann", 1).await.unwrap());
    fs::remove_file(&path).unwrap();
    store.record_moment(&moment("1", 300_000)).await.unwrap();
    store.close().await;
    let store = Store::open(&path).await.unwrap();
    let there = store.intent(&key("1", 100_000)).await.unwrap().unwrap();
    assert_eq!(there.title, "what a play");
}

#[cfg(unix)]
#[tokio::test]
async fn a_deleted_log_costs_nothing() {
    for end in ["-wal", "-shm"] {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("cliphound.db");
        let store = Store::open(&path).await.unwrap();
        store.promise(&intent("1", 100_000)).await.unwrap();
        fs::remove_file(dir.path().join(format!("cliphound.db{end}"))).unwrap();
        store.mend().await;
        let other = Store::open(&path).await.unwrap();
        assert_eq!(other.open_intents().await.unwrap().len(), 1);
        other.promise(&intent("1", 300_000)).await.unwrap();
        store.promise(&intent("1", 500_000)).await.unwrap();
        assert_eq!(store.open_intents().await.unwrap().len(), 3);
    }
}

/// Whoever deletes a folder takes one file after the other, and we may look in between.
#[cfg(unix)]
#[tokio::test]
async fn a_log_that_is_deleted_before_its_database_costs_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("cliphound.db");
    let store = Store::open(&path).await.unwrap();
    for at in 0..20 {
        store.promise(&intent("1", 100_000 + 200_000 * at)).await.unwrap();
        fs::remove_file(dir.path().join("cliphound.db-wal")).unwrap();
        tokio::join!(store.mend(), async { fs::remove_file(&path).unwrap() });
        store.mend().await;
        let other = Store::open(&path).await.unwrap();
        assert_eq!(other.open_intents().await.unwrap().len(), at as usize + 1);
        other.close().await;
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_folder_that_became_a_file_is_waited_for() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("data");
    let path = folder.join("cliphound.db");
    let store = Store::open(&path).await.unwrap();
    store.promise(&intent("1", 100_000)).await.unwrap();
    fs::remove_dir_all(&folder).unwrap();
    fs::write(&folder, "a file").unwrap();
    assert_eq!(store.promise(&intent("1", 300_000)).await.unwrap(), Promise::Made);
    store.mend().await;
    assert!(store.waiting() > 0);
    fs::remove_file(&folder).unwrap();
    store.mend().await;
    assert_eq!(store.waiting(), 0);
    let other = Store::open(&path).await.unwrap();
    assert_eq!(other.open_intents().await.unwrap().len(), 2);
}

#[cfg(unix)]
#[tokio::test]
async fn a_replaced_database_is_used_and_gets_what_is_open() {
    let dir = tempfile::tempdir().unwrap();
    let (path, another) = (dir.path().join("cliphound.db"), dir.path().join("another.db"));
    let theirs = Store::open(&another).await.unwrap();
    theirs.record_moment(&moment("2", 100_000)).await.unwrap();
    theirs.close().await;
    let store = Store::open(&path).await.unwrap();
    store.promise(&intent("1", 100_000)).await.unwrap();
    fs::rename(&another, &path).unwrap();
    store.mend().await;
    assert!(store.moment(&key("2", 100_000)).await.unwrap().is_some());
    store.close().await;
    let store = Store::open(&path).await.unwrap();
    assert_eq!(store.open_intents().await.unwrap()[0].key, key("1", 100_000));
    assert!(store.moment(&key("2", 100_000)).await.unwrap().is_some());
}

#[tokio::test]
async fn a_database_that_is_damaged_at_the_start_is_set_aside() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("cliphound.db");
    let words = "no database at all, but some words".repeat(100);
    for name in ["cliphound.db.bad", "cliphound.db.bad2"] {
        fs::write(&path, &words).unwrap();
        let _ = fs::remove_file(dir.path().join("cliphound.db-wal"));
        let store = Store::begin(&path).await.unwrap();
        store.promise(&intent("1", 100_000)).await.unwrap();
        store.close().await;
        assert_eq!(fs::read_to_string(dir.path().join(name)).unwrap(), words);
    }
}

/// Killed after a damaged database was set aside and before anything was read of it: the next
/// start does that, and what was promised is looked up.
#[tokio::test]
async fn a_kill_while_a_damaged_database_is_set_aside_loses_no_promise() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("cliphound.db");
    let store = Store::open(&path).await.unwrap();
    store.promise(&intent("1", 100_000)).await.unwrap();
    store.close().await;
    fs::rename(&path, dir.path().join("cliphound.db.bad3")).unwrap();
    let note = dir.path().join("cliphound.db.salvage");
    fs::write(&note, "cliphound.db.bad3").unwrap();
    let store = Store::begin(&path).await.unwrap();
    let open = store.open_intents().await.unwrap();
    assert_eq!((open.len(), open[0].state), (1, IntentState::Unknown));
    assert!(!note.exists());
}

/// A page in the middle is overwritten while the database is open: what can be read goes
/// into a new one, and what this process has promised stands.
#[tokio::test]
async fn a_database_that_is_damaged_under_way_is_set_aside() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("cliphound.db");
    let store = Store::open(&path).await.unwrap();
    store.promise(&intent("1", 100_000)).await.unwrap();
    let rows: Vec<_> = (0..2_000).map(|i| window("1", i * 5_000)).collect();
    store.add_windows(&rows).await.unwrap();
    store.close().await;
    let store = Store::open(&path).await.unwrap();
    assert_eq!(store.open_intents().await.unwrap().len(), 1);
    let mut bytes = fs::read(&path).unwrap();
    // The head stays, so that it still opens.
    bytes[4_096..].fill(0xA5);
    fs::write(&path, bytes).unwrap();
    store.promise(&intent("1", 300_000)).await.unwrap();
    store.add_windows(&[window("1", 1)]).await.unwrap();
    assert_eq!(store.waiting(), 0);
    store.close().await;
    assert!(dir.path().join("cliphound.db.bad").exists());
    let store = Store::open(&path).await.unwrap();
    assert_eq!(store.open_intents().await.unwrap().len(), 2);
}

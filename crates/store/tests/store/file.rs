//! What a database file may go through: crashes, races, damage, bad places.

use std::{fs, path::Path};

use crate::rows::{intent, key, moment, window};
use cliphound_store::{MomentRow, NewIntent, Promise, StateChange, Store, StoreError, Verdict};
use tokio::task::JoinSet;

/// Eight writers over two handles on one file race for the stretches of one channel:
/// what they were promised never overlaps, and every refusal names a real intent.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn promises_race() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("cliphound.db");
    let (one, two) = tokio::join!(Store::open(&path), Store::open(&path));
    let handles = [one.unwrap(), two.unwrap()];
    let mut writers = JoinSet::new();
    for n in 0..8 {
        writers.spawn(race(handles[n % 2].clone(), n as i64));
    }
    let mut made = writers.join_all().await.concat();
    made.sort_unstable();
    assert!(made.len() > 1);
    assert!(made.windows(2).all(|pair| pair[1] - pair[0] > 30_000), "{made:?}");
    assert_eq!(handles[0].open_intents().await.unwrap().len(), made.len());
}

async fn race(store: Store, n: i64) -> Vec<i64> {
    let mut made = Vec::new();
    for step in 0..20 {
        let trigger_ms = 100_000 + step * 11_000 + n * 1_300 + step;
        match store.promise(&intent("race", trigger_ms)).await.unwrap() {
            Promise::Made => made.push(trigger_ms),
            Promise::Repeated => {
                assert!(store.intent(&key("race", trigger_ms)).await.unwrap().is_some())
            }
            Promise::Overlaps(other) => assert!(store.intent(&other).await.unwrap().is_some()),
        }
    }
    made
}

/// Several open a database that does not exist yet: each gets the one that comes of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_new_file_is_made_by_many_at_once() {
    let dir = tempfile::tempdir().unwrap();
    for round in 0..10_i64 {
        let path = dir.path().join(format!("{round}/cliphound.db"));
        let mut openers = JoinSet::new();
        for n in 0..6_i64 {
            let path = path.clone();
            openers.spawn(async move {
                let store = Store::open(&path).await?;
                store.promise(&intent(&n.to_string(), 100_000)).await
            });
        }
        for made in openers.join_all().await {
            assert_eq!(made.unwrap(), Promise::Made, "round {round}");
        }
        let store = Store::open(&path).await.unwrap();
        assert_eq!(store.open_intents().await.unwrap().len(), 6, "round {round}");
    }
}

/// A copy of the files, taken while the store is open, is what a crash leaves.
#[tokio::test]
async fn a_promise_outlives_a_crash() {
    let dir = tempfile::tempdir().unwrap();
    let alive = dir.path().join("cliphound.db");
    let store = Store::open(&alive).await.unwrap();
    store.promise(&intent("1", 100_000)).await.unwrap();
    let crashed = dir.path().join("crashed.db");
    fs::copy(&alive, &crashed).unwrap();
    fs::copy(dir.path().join("cliphound.db-wal"), dir.path().join("crashed.db-wal")).unwrap();
    let after = Store::open(&crashed).await.unwrap();
    assert_eq!(after.open_intents().await.unwrap()[0].key, key("1", 100_000));
}

#[tokio::test]
async fn a_file_that_is_no_database_is_said_to_be_damaged() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("cliphound.db");
    fs::write(&path, "not a database at all, but long enough to have a header ".repeat(40))
        .unwrap();
    check_refused(&path, "is damaged").await;
}

#[tokio::test]
async fn a_broken_page_is_said_to_be_damage() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("cliphound.db");
    let store = Store::open(&path).await.unwrap();
    let rows: Vec<_> = (0..2_000).map(|i| window("1", i * 5_000)).collect();
    store.add_windows(&rows).await.unwrap();
    store.close().await;
    let mut bytes = fs::read(&path).unwrap();
    bytes[100..].fill(0xA5);
    fs::write(&path, bytes).unwrap();
    check_refused(&path, "is damaged").await;
}

#[tokio::test]
async fn a_place_that_can_not_be_written_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "").unwrap();
    check_refused(&file.join("cliphound.db"), "can't be opened for writing").await;
    check_refused(dir.path(), "can't be opened for writing").await;
}

#[tokio::test]
async fn a_newer_version_is_not_touched() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("cliphound.db");
    Store::open(&path).await.unwrap().close().await;
    let url = format!("sqlite://{}", path.display());
    let mut conn = <sqlx::SqliteConnection as sqlx::Connection>::connect(&url).await.unwrap();
    sqlx::query(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (9999, 'of the future', 1, x'00', 0)",
    )
    .execute(&mut conn)
    .await
    .unwrap();
    sqlx::Connection::close(conn).await.unwrap();
    check_refused(&path, "another version of Cliphound").await;
}

async fn check_refused(path: &Path, expected: &str) {
    let error: StoreError = Store::open(path).await.unwrap_err();
    let sentence = error.to_string();
    assert!(sentence.contains(expected), "{sentence}");
    assert!(sentence.contains(&path.display().to_string()), "{sentence}");
    assert!(!sentence.contains('\n'), "{sentence}");
}

/// Whoever drops a call half-way leaves a store that works and no half a promise.
#[tokio::test]
async fn a_call_given_up_harms_nobody() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&dir.path().join("cliphound.db")).await.unwrap();
    for n in 0..60_u32 {
        let promised = intent("1", 100_000 * i64::from(n));
        tokio::select! {
            biased;
            made = store.promise(&promised) => assert_eq!(made.unwrap(), Promise::Made),
            () = polls(n * 60) => {}
        }
        let again = store.promise(&promised).await.unwrap();
        assert!(matches!(again, Promise::Made | Promise::Repeated), "{n}: {again:?}");
    }
    assert_eq!(store.open_intents().await.unwrap().len(), 60);
}

async fn polls(n: u32) {
    for _ in 0..n {
        tokio::task::yield_now().await;
    }
}

/// Tests of callers stop the clock: no time-out of a pool may fire then.
#[tokio::test(start_paused = true)]
async fn a_stopped_clock_is_no_trouble() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&dir.path().join("cliphound.db")).await.unwrap();
    assert_eq!(store.promise(&intent("1", 100_000)).await.unwrap(), Promise::Made);
    assert_eq!(store.open_intents().await.unwrap().len(), 1);
    store.close().await;
}

/// A copy is taken while somebody writes; what was open there is not done a second time.
#[tokio::test]
async fn a_copy_is_whole_and_asks_for_nothing_again() {
    let dir = tempfile::tempdir().unwrap();
    let (path, to) = (dir.path().join("cliphound.db"), dir.path().join("copy.db"));
    let store = Store::open(&path).await.unwrap();
    store.promise(&intent("1", 100_000)).await.unwrap();
    let asked = cliphound_store::NewIntent { in_review: true, ..intent("1", 300_000) };
    store.promise(&asked).await.unwrap();
    store.decide(&key("1", 300_000), cliphound_store::Verdict::Kept, "ann", 1).await.unwrap();
    store.promise(&intent("1", 500_000)).await.unwrap();
    for lost in [
        StateChange::Requested { called_ms: 507_000, called_by: None },
        StateChange::Unknown { reason: "no answer".into() },
    ] {
        store.set_state(&key("1", 500_000), &lost, 508_000).await.unwrap();
    }
    let dry = NewIntent { dry: Some("dry run".into()), ..intent("1", 700_000) };
    store.promise(&dry).await.unwrap();
    cliphound_store::copy(&path, &to).await.unwrap();
    assert!(cliphound_store::copy(&path, &to).await.is_err(), "it is there already");
    cliphound_store::verify(&to).await.unwrap();
    let copied = Store::open(&to).await.unwrap();
    let one = copied.intent(&key("1", 100_000)).await.unwrap().unwrap();
    assert_eq!(one.state, cliphound_store::IntentState::Unknown);
    assert_eq!((one.from_vod, one.called_ms), (true, Some(107_000)));
    let other = copied.intent(&key("1", 300_000)).await.unwrap().unwrap();
    assert_eq!(other.review, cliphound_store::Review::Asked);
    let lost = copied.intent(&key("1", 500_000)).await.unwrap().unwrap();
    assert_eq!((lost.state, lost.from_vod), (cliphound_store::IntentState::Unknown, true));
    let dry = copied.intent(&key("1", 700_000)).await.unwrap().unwrap();
    assert_eq!((dry.state, dry.dry), (cliphound_store::IntentState::Waiting, true));
    let here = store.intent(&key("1", 100_000)).await.unwrap().unwrap();
    assert_eq!(here.state, cliphound_store::IntentState::Waiting);
    store.close().await;
    let mut bytes = fs::read(&path).unwrap();
    bytes[5_000..].fill(0xA5);
    fs::write(&path, bytes).unwrap();
    assert!(cliphound_store::verify(&path).await.is_err());
}

/// Whatever became of them before, next to nothing of somebody who was forgotten is in the file's
/// bytes, also of one that is too large to be written anew; and nothing in one that was.
#[tokio::test]
async fn nothing_of_before_is_left_in_unused_places() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("cliphound.db");
    let store = Store::open(&path).await.unwrap();
    for n in 0..400 {
        let cause = "manual:zoe_whom_nobody_knows".to_owned();
        let row = MomentRow { cause, automatic: false, ..moment("1", n * 1_000) };
        store.record_moment(&row).await.unwrap();
        let title = format!("a title by zoe_whom_nobody_knows, {n}");
        let promised = NewIntent { title, automatic: false, ..intent("1", n * 1_000) };
        store.promise(&promised).await.unwrap();
        let gone = StateChange::Refused { reason: "no".into() };
        store.set_state(&key("1", n * 1_000), &gone, n * 1_000).await.unwrap();
        store.judge(&key("1", n * 1_000), Verdict::Kept, "zoe_whom_nobody_knows", n).await.unwrap();
        store.entitle(&key("1", n * 1_000), &format!("{n}"), "ann", n).await.unwrap();
    }
    // The old ones go by themselves, and leave their pages unused.
    assert_eq!(store.prune_moments(300_000, 1_000).await.unwrap(), 300);
    store.forget_user("zoe_whom_nobody_knows").await.unwrap();
    store.close().await;
    let bytes = fs::read(&path).unwrap();
    let left = || bytes.windows(7).filter(|part| part == b"zoe_who").count();
    // SQLite zeroes what it deletes, but not the gap of a page that it has split: of some 1,800
    // copies without that, one or two.
    assert!(left() < 5, "{} in a file of {} bytes", left(), bytes.len());
    let store = Store::open(&path).await.unwrap();
    store.wipe(true).await.unwrap();
    store.close().await;
    assert!(!fs::read(&path).unwrap().windows(7).any(|part| part == b"zoe_who"));
}

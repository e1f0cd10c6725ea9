//! What memory answers while the disk fails, and that it stays within its bounds.

use super::*;

fn key(trigger_ms: i64) -> IntentKey {
    IntentKey { broadcaster_id: "7".into(), trigger_ms }
}

fn new(trigger_ms: i64) -> NewIntent {
    NewIntent {
        key: key(trigger_ms),
        login: "ninja".into(),
        start_ms: trigger_ms - 30_000,
        end_ms: trigger_ms,
        automatic: true,
        due_ms: trigger_ms + 7_000,
        title: String::new(),
        words: Words::default(),
        duration_s: 60.0,
        in_review: false,
        dry: None,
        now_ms: trigger_ms,
    }
}

fn full() -> StoreError {
    StoreError::Disk { path: "a.db".into(), detail: "full".into() }
}

fn keep(memory: &mut Memory, write: &Write<'_>) -> Result<Written, StoreError> {
    memory.keep(write, OnDisk::default(), full())
}

fn to_promise(intent: &NewIntent) -> Write<'_> {
    Write::Promise { moment: None, intent }
}

fn promise(memory: &mut Memory, trigger_ms: i64) -> Promise {
    match keep(memory, &to_promise(&new(trigger_ms))).unwrap() {
        Written::Promise(promise) => promise,
        Written::Done => panic!("a promise is answered"),
    }
}

fn step(memory: &mut Memory, trigger_ms: i64, change: &StateChange) -> Result<(), StoreError> {
    let write = Write::Step { key: &key(trigger_ms), change, line: None, now_ms: trigger_ms };
    keep(memory, &write).map(drop)
}

const REQUESTED: StateChange = StateChange::Requested { called_ms: 5, called_by: None };

fn created(id: &str) -> StateChange {
    StateChange::Created { clip_id: id.into(), edit_url: None }
}

#[test]
fn a_promise_is_made_once_and_overlaps_none() {
    let mut memory = Memory::default();
    memory.learn(promised(&new(500_000)));
    assert_eq!(promise(&mut memory, 100_000), Promise::Made);
    assert_eq!(promise(&mut memory, 100_000), Promise::Repeated);
    assert_eq!(promise(&mut memory, 120_000), Promise::Overlaps(key(100_000)));
    assert_eq!(promise(&mut memory, 500_000), Promise::Repeated, "the disk has it");
    assert_eq!(promise(&mut memory, 510_000), Promise::Overlaps(key(500_000)));
    let missed = StateChange::Missed { reason: String::new() };
    step(&mut memory, 100_000, &missed).unwrap();
    assert_eq!(promise(&mut memory, 120_000), Promise::Made, "a missed one holds nothing");
    let disk = OnDisk { answer: Some(Promise::Repeated), ..OnDisk::default() };
    let known = memory.keep(&to_promise(&new(900_000)), disk, full()).unwrap();
    assert_eq!(known, Written::Promise(Promise::Repeated), "an ended one that the disk has");
}

#[test]
fn a_call_is_only_begun_where_a_crash_can_not_repeat_it() {
    let mut memory = Memory::default();
    memory.learn(promised(&new(100_000)));
    let refused = step(&mut memory, 100_000, &REQUESTED);
    assert!(matches!(refused, Err(StoreError::Disk { .. })), "the disk says waiting");
    assert!(memory.is_saved(), "nothing of it stays");
    promise(&mut memory, 200_000);
    step(&mut memory, 200_000, &REQUESTED).unwrap();
    step(&mut memory, 200_000, &created("A")).unwrap();
    let batch = memory.batch();
    memory.saved(batch);
    assert!(memory.is_saved());
    let again = step(&mut memory, 200_000, &REQUESTED);
    assert!(again.is_err(), "the disk has it now");
}

#[test]
fn a_file_that_is_gone_makes_all_of_it_unsaved() {
    let mut memory = Memory::default();
    memory.learn(promised(&new(100_000)));
    memory.all_is_unsaved();
    assert_eq!(memory.intent(&key(100_000)).unwrap().state, IntentState::Waiting);
    step(&mut memory, 100_000, &REQUESTED).unwrap();
}

#[test]
fn a_clip_has_one_owner() {
    let mut memory = Memory::default();
    for trigger_ms in [100_000, 200_000] {
        promise(&mut memory, trigger_ms);
        step(&mut memory, trigger_ms, &REQUESTED).unwrap();
    }
    step(&mut memory, 100_000, &created("A")).unwrap();
    let taken = step(&mut memory, 200_000, &created("A"));
    assert!(matches!(taken, Err(StoreError::ClipTaken { .. })), "{taken:?}");
    assert!(memory.knows_clip("A") && !memory.knows_clip("B"));
    let impossible = step(&mut memory, 100_000, &REQUESTED);
    assert!(matches!(impossible, Err(StoreError::Impossible { .. })), "{impossible:?}");
    let nobody = step(&mut memory, 300_000, &REQUESTED);
    assert!(matches!(nobody, Err(StoreError::NoIntent(_))), "{nobody:?}");
}

#[test]
fn it_is_bounded_and_counts_what_it_leaves_out() {
    let mut memory = Memory::default();
    let window = |end_ms| WindowRow {
        broadcaster_id: "7".into(),
        login: "ninja".into(),
        end_ms,
        messages: 1,
        chatters: 1,
        score: 0.0,
        threshold: 0.0,
        sentiment: 0.0,
        viewers: None,
    };
    let rows: Vec<_> = (0..MAX_WINDOWS as i64 + 3).map(window).collect();
    keep(&mut memory, &Write::Windows(&rows)).unwrap();
    assert_eq!((memory.windows.len(), memory.left_out), (MAX_WINDOWS, 3));
    assert_eq!(memory.windows.front().map(|row| row.end_ms), Some(3), "the oldest goes");
    for n in 0..MAX_INTENTS as i64 {
        assert_eq!(promise(&mut memory, n * 100_000), Promise::Made);
    }
    let one_more = keep(&mut memory, &to_promise(&new(-100_000)));
    assert!(matches!(one_more, Err(StoreError::Disk { .. })), "{one_more:?}");
}

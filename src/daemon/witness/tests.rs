//! What a witness hands on, and what is kept and erased of it.

use std::sync::Arc;

use cliphound_engine::{EventTime, Moment};
use cliphound_store::{FullDisks, NewIntent, Store, Words};
use cliphound_twitch::chat::ChatMessage;

use super::*;
use crate::{
    board::Board,
    clips::{OfflineFlag, Said, row},
    config::title::neutral_title,
    records::{MomentState, Records},
    time::TwitchTime,
};

fn said(n: i64) -> ChatEvent {
    ChatEvent::Message(ChatMessage {
        id: format!("m{n}"),
        login: if n % 2 == 0 { "ann".to_owned() } else { "bob".to_owned() },
        text: format!("line\u{202e} {n}"),
        ..ChatMessage::default()
    })
}

fn key(trigger_ms: i64) -> IntentKey {
    IntentKey { broadcaster_id: "7".to_owned(), trigger_ms }
}

fn witness(room: usize) -> (Witness, mpsc::Receiver<Testimony>) {
    let (out, queue) = mpsc::channel(room);
    (Witness::new(ChannelLogin::parse("ninja").unwrap(), Some(out), true, Arc::default()), queue)
}

/// A moment between these, asked for by somebody or not.
fn moment(start_ms: i64, trigger_ms: i64, cause: Cause) -> ClipOrder {
    ClipOrder {
        login: ChannelLogin::parse("ninja").unwrap(),
        broadcaster_id: Some("7".to_owned()),
        moment: Moment {
            trigger: EventTime(trigger_ms),
            start: EventTime(start_ms),
            end: EventTime(trigger_ms),
            score: 1.0,
            threshold: 0.5,
            cause,
            reasons: Vec::new(),
            learning: false,
            title: None,
        },
        title: "their words".to_owned(),
        said: Said::default(),
        duration_s: 30.0,
        offline: OfflineFlag::default(),
        publish: crate::config::Publish::Auto,
    }
}

fn hype(start_ms: i64, trigger_ms: i64) -> ClipOrder {
    moment(start_ms, trigger_ms, Cause::Hype)
}

/// Times of the lines that were handed on.
fn times(queue: &mut mpsc::Receiver<Testimony>) -> Vec<i64> {
    let mut times = Vec::new();
    while let Ok(testimony) = queue.try_recv() {
        match testimony {
            Testimony::Lines(around) => times.extend(around.lines.iter().map(|l| l.sent_ms)),
            other => panic!("{other:?}"),
        }
    }
    times
}

#[test]
fn the_lines_around_a_moment_are_handed_on_and_no_others() {
    let (mut witness, mut queue) = witness(QUEUE);
    for s in 0..100 {
        witness.hear(&said(s), s * 1_000, s * 1_000);
    }
    witness.moment(&hype(90_000, 99_000));
    assert_eq!(times(&mut queue), (80..100).map(|s| s * 1_000).collect::<Vec<_>>());
    for s in 100..200 {
        witness.hear(&said(s), s * 1_000, s * 1_000);
    }
    assert_eq!(times(&mut queue), (100..=114).map(|s| s * 1_000).collect::<Vec<_>>());
    // A flood is thinned, and ends in time.
    for n in 0..1_000 {
        witness.hear(&said(n), 300_000 + n, 300_000 + n);
    }
    witness.moment(&hype(300_000, 301_000));
    let flood = times(&mut queue);
    assert_eq!((flood.len(), flood.last()), (BEFORE, Some(&300_999)));
    for n in 0..100 {
        witness.hear(&said(n), 301_000 + n, 301_000 + n);
    }
    assert_eq!(times(&mut queue).len(), AFTER);
}

/// The machine is so slow that each line is taken half a minute after it was sent.
#[test]
fn lines_that_come_late_are_around_the_moment_that_they_make() {
    const LATE_MS: i64 = 30_000;
    let (mut witness, mut queue) = witness(QUEUE);
    for s in 0..100 {
        witness.hear(&said(s), s * 1_000, s * 1_000 + LATE_MS);
    }
    witness.moment(&hype(90_000 + LATE_MS, 99_000 + LATE_MS));
    assert_eq!(times(&mut queue), (80..100).map(|s| s * 1_000).collect::<Vec<_>>());
    for s in 100..200 {
        witness.hear(&said(s), s * 1_000, s * 1_000 + LATE_MS);
    }
    assert_eq!(times(&mut queue), (100..=114).map(|s| s * 1_000).collect::<Vec<_>>());
}

#[test]
fn lines_without_room_are_counted() {
    let (out, mut queue) = mpsc::channel(1);
    let stats = Arc::new(Stats::default());
    let login = ChannelLogin::parse("ninja").unwrap();
    let mut witness = Witness::new(login, Some(out), true, Arc::clone(&stats));
    (0..10).for_each(|n| witness.hear(&said(n), n, n));
    witness.moment(&hype(0, 9));
    assert_eq!(stats.chat_lost.load(Relaxed), 0);
    witness.moment(&hype(1, 10));
    (10..13).for_each(|n| witness.hear(&said(n), n, n));
    assert_eq!(stats.chat_lost.load(Relaxed), 10 + 2 * 3);
    assert_eq!(times(&mut queue).len(), 10);
}

/// Nothing can be written any more.
#[tokio::test]
async fn lines_that_can_not_be_stored_are_counted() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&dir.path().join("cliphound.db")).await.unwrap();
    let stats = Arc::new(Stats::default());
    let (mut witness, mut queue) = witness(QUEUE);
    (0..10).for_each(|n| witness.hear(&said(n), n, n));
    for n in 10..12 {
        witness.moment(&hype(0, n));
        witness.hear(&said(n), n, n);
    }
    drop(witness);
    let archive = archive(dir.path(), &store);
    store.close().await;
    keep(archive, &mut queue, Clock::system(), Arc::clone(&stats)).await;
    assert_eq!(stats.chat_lost.load(Relaxed), 10 + 1 + 11 + 2);
}

#[test]
fn what_is_deleted_is_remembered_no_more() {
    for (deletion, left) in [
        (ChatEvent::MessageDeleted { id: "m4".to_owned() }, vec![0, 1, 2, 3, 5]),
        (ChatEvent::ChatCleared { user: Some("ann".to_owned()) }, vec![1, 3, 5]),
        (ChatEvent::ChatCleared { user: None }, vec![]),
    ] {
        let (mut witness, mut queue) = witness(QUEUE);
        (0..6).for_each(|n| witness.hear(&said(n), n, n));
        witness.hear(&deletion, 6, 6);
        assert!(matches!(queue.try_recv(), Ok(Testimony::Erase(_))));
        witness.moment(&hype(0, 6));
        assert_eq!(times(&mut queue), left);
    }
}

#[test]
fn no_erasure_is_lost_when_there_is_no_room() {
    let (mut witness, mut queue) = witness(1);
    witness.know("7");
    let delete = |n: usize| ChatEvent::MessageDeleted { id: format!("{n:04}") };
    (0..4).for_each(|n| witness.hear(&delete(n), 0, 0));
    for n in 0..4 {
        let id = format!("{n:04}");
        assert_eq!(queue.try_recv(), Ok(Testimony::Erase(Erasure::Message { id })));
        witness.pay();
    }
    (0..2 * MAX_OWED).for_each(|n| witness.hear(&delete(n), 0, 0));
    assert!(queue.try_recv().is_ok());
    witness.pay();
    let mut erased = Vec::new();
    while let Ok(Testimony::Erase(erasure)) = queue.try_recv() {
        erased.push(erasure);
        witness.pay();
    }
    let channel = Erased { login: "ninja".to_owned(), broadcaster_id: Some("7".to_owned()) };
    assert!(erased.contains(&Erasure::Chat { channel }));
}

fn archive(dir: &std::path::Path, store: &Store) -> Archive {
    Archive {
        store: store.clone(),
        records: Arc::new(Records::open(&dir.join("recordings"), &FullDisks::default()).unwrap()),
        board: Board::new(TwitchTime::new(Clock::starting_at(0, 1.0))),
    }
}

/// A promise of a moment that somebody asked for.
async fn promise(store: &Store, order: &ClipOrder) {
    store.record_moment(&row::moment_row(order)).await.unwrap();
    let now_ms = order.moment.trigger.0;
    let intent = NewIntent {
        key: order.key(),
        login: order.login.to_string(),
        start_ms: order.moment.start.0,
        end_ms: now_ms,
        automatic: false,
        due_ms: now_ms,
        title: order.title.clone(),
        words: order.said.words.clone(),
        duration_s: order.duration_s,
        in_review: true,
        dry: None,
        now_ms,
    };
    store.promise(&intent).await.unwrap();
}

/// Which of four titles stay: one by ann at 10 and 20, by bob at 30, and one of a clip.
async fn titles_after(deletion: &ChatEvent, keeps: bool) -> Vec<bool> {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&dir.path().join("cliphound.db")).await.unwrap();
    let (out, mut queue) = mpsc::channel(QUEUE);
    let login = ChannelLogin::parse("ninja").unwrap();
    let mut witness = Witness::new(login, Some(out), keeps, Arc::default());
    let asked = |at_ms, by: &str| {
        let words = Words { said_by: Some(by.to_owned()), said_in: Some(format!("m{at_ms}")) };
        let order = moment(0, at_ms, Cause::Manual(by.to_owned()));
        ClipOrder { said: Said::new(words), ..order }
    };
    let orders = [asked(10, "ann"), asked(20, "ann"), asked(31, "bob"), hype(0, 40)];
    for (order, n) in orders.iter().zip([10, 20, 31, 40]) {
        promise(&store, order).await;
        witness.hear(&said(n), n, n);
        witness.moment(order);
    }
    witness.hear(deletion, 50, 50);
    drop(witness);
    let archive = archive(dir.path(), &store);
    keep(archive, &mut queue, Clock::system(), Arc::default()).await;
    let mut stay = Vec::new();
    for order in &orders {
        let title = store.intent(&order.key()).await.unwrap().unwrap().title;
        let neutral = neutral_title("ninja", order.moment.trigger.0);
        assert!(title == "their words" || title == neutral, "{title}");
        stay.push(title == "their words");
    }
    stay
}

#[tokio::test]
async fn a_deleted_title_is_a_title_no_more() {
    let user = |user: Option<&str>| ChatEvent::ChatCleared { user: user.map(str::to_owned) };
    let message = ChatEvent::MessageDeleted { id: "m20".to_owned() };
    for (deletion, keeps, expected) in [
        (&message, true, [true, false, true, true]),
        // Its line need not be kept.
        (&message, false, [true, false, true, true]),
        (&user(Some("ann")), false, [false, false, true, true]),
        (&user(None), false, [false, false, false, true]),
    ] {
        assert_eq!(titles_after(deletion, keeps).await, expected, "{deletion:?} {keeps}");
    }
}

/// The disk does not let moments.tsv be rewritten at first.
#[tokio::test]
async fn a_deleted_title_goes_from_the_records_once_they_can_be_written() {
    let dir = tempfile::tempdir().unwrap();
    let (folder, moved) = (dir.path().join("recordings"), dir.path().join("moved"));
    let store = Store::open(&dir.path().join("cliphound.db")).await.unwrap();
    let archive = archive(dir.path(), &store);
    let words = Words { said_by: Some("ann".to_owned()), said_in: Some("m10".to_owned()) };
    let order = moment(0, 10, Cause::Manual("ann".to_owned()));
    let order = ClipOrder { said: Said::new(words), ..order };
    promise(&store, &order).await;
    let line = row::record(&order, None, None);
    archive.records.moments.append(&line, MomentState::Refused).unwrap();
    std::fs::rename(&folder, &moved).unwrap();
    std::fs::write(&folder, "a file where the folder was").unwrap();
    let (out, mut queue) = mpsc::channel(QUEUE);
    out.send(Testimony::Erase(Erasure::Message { id: "m10".to_owned() })).await.unwrap();
    let lines = vec![ChatLine {
        sent_ms: 11,
        message_id: "m11".to_owned(),
        login: "bob".to_owned(),
        text: "after it".to_owned(),
    }];
    let (key, login) = (order.key(), "ninja".to_owned());
    out.send(Testimony::Lines(Around { key: key.clone(), login, lines })).await.unwrap();
    let keeping = keep(archive, &mut queue, Clock::starting_at(0, 1_000.0), Arc::default());
    let meanwhile = async {
        while store.chat_around(&key).await.unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
        assert_eq!(store.titled().await.unwrap().len(), 1, "it is still in the file");
        std::fs::remove_file(&folder).unwrap();
        std::fs::rename(&moved, &folder).unwrap();
        while !store.titled().await.unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
        drop(out);
    };
    let both = async { tokio::join!(keeping, meanwhile) };
    tokio::time::timeout(std::time::Duration::from_secs(20), both).await.unwrap();
    let text = std::fs::read_to_string(folder.join("moments.tsv")).unwrap();
    assert!(!text.contains("their words") && text.lines().count() == 2, "{text}");
}

/// A flood around it does not hide whose line asked for a moment.
#[test]
fn who_asked_is_among_the_lines() {
    let (mut witness, mut queue) = witness(QUEUE);
    (0..399).for_each(|n| witness.hear(&said(n), n, n));
    for asked_ms in [6, 7] {
        let by = if asked_ms % 2 == 0 { "ann" } else { "bob" };
        witness.moment(&moment(0, asked_ms, Cause::Manual(by.to_owned())));
        assert!(times(&mut queue).contains(&asked_ms));
    }
}

#[tokio::test]
async fn lines_are_kept_until_they_are_deleted_and_leave_no_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&dir.path().join("cliphound.db")).await.unwrap();
    let (mut witness, mut queue) = witness(QUEUE);
    (0..6).for_each(|n| witness.hear(&said(n), n, n));
    witness.moment(&hype(0, 6));
    witness.hear(&ChatEvent::ChatCleared { user: Some("ann".to_owned()) }, 7, 7);
    witness.hear(&ChatEvent::MessageDeleted { id: "m3".to_owned() }, 8, 8);
    drop(witness);
    keep(archive(dir.path(), &store), &mut queue, Clock::system(), Arc::default()).await;
    let lines = store.chat_around(&key(6)).await.unwrap();
    let texts: Vec<_> = lines.iter().map(|line| line.text.as_str()).collect();
    assert_eq!(texts, ["line  1", "line  5"]);
    let mut bytes = Vec::new();
    for name in ["cliphound.db", "cliphound.db-wal"] {
        bytes.extend(std::fs::read(dir.path().join(name)).unwrap());
    }
    let has = |words: &str| bytes.windows(words.len()).any(|part| part == words.as_bytes());
    assert!(has("line  5") && !has("line  2") && !has("line  3"));
}

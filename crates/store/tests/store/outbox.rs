//! What every outbox must do: in order, each once, bounded, forgotten when asked.

use crate::rows::{intent, key, moment};
use cliphound_store::{
    NewAlert, NewIntent, OutboxStep, StateChange, Store, Verdict, copy, look_at_alerts,
    outbox::{LASTING, MOST_WAITING, REVIEW},
};

fn alert(name: &str, key: &str, now_ms: i64) -> NewAlert {
    NewAlert {
        alert: name.into(),
        event: "clip".into(),
        key: key.into(),
        broadcaster_id: "1".into(),
        login: "ninja".into(),
        payload: r#"{"cause":"manual:Ann","title":"wow"}"#.into(),
        now_ms,
    }
}

async fn waiting(store: &Store, name: &str) -> Vec<String> {
    let mut keys = Vec::new();
    while let Some(row) = store.next_alert(name).await.unwrap() {
        keys.push(row.key);
        store.step_alert(row.id, &OutboxStep::Sent, 99).await.unwrap();
    }
    keys
}

#[tokio::test]
async fn alerts_wait_in_order_and_come_once() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("cliphound.db");
    let store = Store::open(&path).await.unwrap();
    let all = [alert("a", "2", 1), alert("a", "1", 2), alert("b", "1", 3)];
    assert_eq!(store.post_alerts(&all).await.unwrap(), 3);
    assert_eq!(store.post_alerts(&all).await.unwrap(), 0, "nothing twice");
    let first = store.next_alert("a").await.unwrap().unwrap();
    assert_eq!((first.key.as_str(), first.login.as_str(), first.tries), ("2", "ninja", 0));
    let again = OutboxStep::Again { due_ms: 50, error: "busy".into() };
    store.step_alert(first.id, &again, 10).await.unwrap();
    store.close().await;

    let store = Store::open(&path).await.unwrap();
    let first = store.next_alert("a").await.unwrap().unwrap();
    assert_eq!((first.key.as_str(), first.tries, first.due_ms), ("2", 1, 50));
    assert_eq!(first.error.as_deref(), Some("busy"));
    let sums = store.alert_sums().await.unwrap();
    assert_eq!((sums[0].waiting, sums[0].waiting_error.as_deref()), (2, Some("busy")));
    assert_eq!(waiting(&store, "a").await, ["2", "1"]);
    assert_eq!(store.post_alerts(&all).await.unwrap(), 0, "what was sent is known");
    store.post_alerts(&[alert("b", "2", 3)]).await.unwrap();
    let first = store.next_alert("b").await.unwrap().unwrap();
    let gone = OutboxStep::AllFailed("gone".into());
    assert_eq!(store.step_alert(first.id, &gone, 100).await.unwrap(), 2);
    assert_eq!(store.step_alert(first.id, &gone, 101).await.unwrap(), 0, "it ended");
    let sums = store.alert_sums().await.unwrap();
    assert_eq!((sums[0].sent, sums[0].sent_ms, sums[0].failed), (2, Some(99), 0));
    assert_eq!((sums[1].failed, sums[1].failed_error.as_deref()), (2, Some("gone")));
    assert_eq!(look_at_alerts(&path).await.unwrap(), sums);
    assert_eq!(store.last_alerts_of("clip").await.unwrap()["ninja"], 3);
    assert_eq!(store.newest_alerts(1).await.unwrap()[0].alert, "b");
    assert_eq!(store.prune_alerts(100, 9).await.unwrap(), 2);
    assert_eq!(store.prune_alerts(101, 9).await.unwrap(), 2);
}

#[tokio::test]
async fn that_a_moment_waits_is_not_told_once_somebody_has_decided() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&dir.path().join("cliphound.db")).await.unwrap();
    for trigger_ms in [100_000, 200_000] {
        store.record_moment(&moment("1", trigger_ms)).await.unwrap();
        let asked = NewIntent { in_review: true, ..intent("1", trigger_ms) };
        store.promise(&asked).await.unwrap();
        let told = alert("a", &key("1", trigger_ms).to_string(), 1);
        let waits = NewAlert { event: REVIEW.into(), ..told.clone() };
        store.post_alerts(&[waits, told]).await.unwrap();
    }
    store.judge(&key("1", 100_000), Verdict::Rejected, "ann", 5).await.unwrap();
    let kept = store.newest_alerts(9).await.unwrap();
    let kept: Vec<_> = kept.iter().map(|row| (row.event.as_str(), row.key.as_str())).collect();
    let expected = [("clip", "1@200000"), ("review", "1@200000"), ("clip", "1@100000")];
    assert_eq!(kept, expected);
    // Taken back, it waits again, and may be told.
    store.undo_verdict(&key("1", 100_000), None, "ann", 6).await.unwrap();
    let waits = NewAlert { event: REVIEW.into(), ..alert("a", "1@100000", 7) };
    assert_eq!(store.post_alerts(&[waits]).await.unwrap(), 1);
}

#[tokio::test]
async fn of_too_many_the_oldest_goes() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&dir.path().join("cliphound.db")).await.unwrap();
    let all: Vec<_> = (0..MOST_WAITING + 2).map(|n| alert("a", &n.to_string(), 1)).collect();
    store.post_alerts(&all).await.unwrap();
    let sum = store.alert_sums().await.unwrap().remove(0);
    assert_eq!((sum.waiting, sum.failed), (MOST_WAITING, 2));
    assert_eq!(store.next_alert("a").await.unwrap().unwrap().key, "2");
}

#[tokio::test]
async fn an_alert_counts_from_when_it_is_there() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&dir.path().join("cliphound.db")).await.unwrap();
    let of = |name: &&str| ((*name).to_owned(), "clip".to_owned());
    let names = |names: &[&str]| names.iter().map(of).collect::<Vec<_>>();
    store.know_alerts(&names(&["a", "b"]), "gone", 5).await.unwrap();
    store.post_alerts(&[alert("a", "1", 6), alert("b", "1", 6)]).await.unwrap();
    let since = store.know_alerts(&names(&["b", "c"]), "gone", 7).await.unwrap();
    assert_eq!(since.into_iter().collect::<Vec<_>>(), [("b".to_owned(), 5), ("c".to_owned(), 7)]);
    let other = [("b".to_owned(), "clip, failed".to_owned())];
    assert_eq!(store.know_alerts(&other, "gone", 9).await.unwrap()["b"], 9, "it wants more");
    assert!(waiting(&store, "a").await.is_empty());
    assert_eq!(waiting(&store, "b").await, ["1"]);
}

#[tokio::test]
async fn what_ended_since_is_found_in_order() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&dir.path().join("cliphound.db")).await.unwrap();
    for (trigger_ms, changed_ms) in [(100_000, 9), (300_000, 7), (500_000, 3)] {
        store.promise(&intent("1", trigger_ms)).await.unwrap();
        let refused = StateChange::Refused { reason: "no".into() };
        store.set_state(&key("1", trigger_ms), &refused, changed_ms).await.unwrap();
    }
    store.promise(&intent("1", 700_000)).await.unwrap();
    let found = store.intents_changed(5, None, 9).await.unwrap();
    let found: Vec<_> = found.iter().map(|intent| intent.key.trigger_ms).collect();
    assert_eq!(found, [300_000, 100_000]);
    // In parts, also where several changed in one instant.
    for (trigger_ms, id) in [(900_000, "1"), (900_000, "2"), (950_000, "2")] {
        store.promise(&intent(id, trigger_ms)).await.unwrap();
        let refused = StateChange::Refused { reason: "no".into() };
        store.set_state(&key(id, trigger_ms), &refused, 9).await.unwrap();
    }
    let (mut seen, mut after) = (Vec::new(), None);
    while let Some(one) = store.intents_changed(5, after.as_ref(), 1).await.unwrap().pop() {
        seen.push(one.key.clone());
        after = Some((one.updated_ms, one.key));
    }
    let expected = [("1", 300_000), ("1", 100_000), ("1", 900_000), ("2", 900_000), ("2", 950_000)];
    assert_eq!(seen, expected.map(|(id, trigger_ms)| key(id, trigger_ms)));
}

#[tokio::test]
async fn a_copy_sends_nothing_and_what_is_forgotten_is_gone() {
    let dir = tempfile::tempdir().unwrap();
    let (path, other) = (dir.path().join("cliphound.db"), dir.path().join("copy.db"));
    let store = Store::open(&path).await.unwrap();
    store.record_moment(&moment("1", 100_000)).await.unwrap();
    store.post_alerts(&[alert("a", "1", 1)]).await.unwrap();
    copy(&path, &other).await.unwrap();
    assert_eq!(look_at_alerts(&other).await.unwrap()[0].failed, 1);
    assert_eq!(look_at_alerts(&path).await.unwrap()[0].waiting, 1);
    assert_eq!(store.forget_user("bob").await.unwrap().alerts, 0);
    assert_eq!(store.forget_user("ann").await.unwrap().alerts, 1);
    assert_eq!(store.newest_alerts(1).await.unwrap()[0].payload, "{}");
    assert_eq!(store.next_alert("a").await.unwrap(), None);
    store.post_alerts(&[alert("a", "1", 1), alert("a", "2", 1)]).await.unwrap();
    let forgotten = store.forget_channel("ninja", None).await.unwrap();
    assert_eq!((forgotten.alerts, forgotten.channels), (2, 1));
    assert!(store.alert_sums().await.unwrap().is_empty());
}

#[tokio::test]
async fn what_is_about_no_channel_goes_the_same_way() {
    let dir = tempfile::tempdir().unwrap();
    let (path, other) = (dir.path().join("cliphound.db"), dir.path().join("copy.db"));
    let store = Store::open(&path).await.unwrap();
    let trouble = |key: &str| NewAlert {
        event: "trouble".into(),
        broadcaster_id: String::new(),
        login: String::new(),
        payload: "{}".into(),
        ..alert("a", key, 1)
    };
    let all = [alert("a", "1", 1), trouble("login@5"), trouble("login@5/over")];
    assert_eq!(store.post_alerts(&all).await.unwrap(), 3);
    assert_eq!(store.post_alerts(&all).await.unwrap(), 0, "nothing twice");
    let newest = store.newest_alerts(1).await.unwrap().remove(0);
    assert_eq!((newest.login.as_str(), newest.broadcaster_id.as_str()), ("", ""));
    assert_eq!(store.alert_keys_of("trouble").await.unwrap(), ["login@5", "login@5/over"]);
    assert!(!store.last_alerts_of("trouble").await.unwrap().contains_key(""));
    copy(&path, &other).await.unwrap();
    assert_eq!(look_at_alerts(&other).await.unwrap()[0].failed, 3, "a copy sends nothing");
    store.forget_channel("ninja", None).await.unwrap();
    assert_eq!(waiting(&store, "a").await, ["login@5", "login@5/over"]);
    assert_eq!(store.prune_alerts(100, 9).await.unwrap(), 1);
    assert_eq!(store.alert_keys_of("trouble").await.unwrap(), ["login@5/over"]);
}

/// What was told of trouble that goes on is known however long it goes on.
#[tokio::test]
async fn the_newest_that_was_told_of_each_trouble_stays() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&dir.path().join("cliphound.db")).await.unwrap();
    let trouble = |name: &str, key: &str| NewAlert { event: LASTING.into(), ..alert(name, key, 1) };
    let all = [
        trouble("a", "disk@1"),
        alert("a", "disk@1", 1),
        trouble("a", "login@2"),
        trouble("b", "login@2"),
        trouble("a", "disk@1/over"),
        trouble("a", "disk@7"),
    ];
    store.post_alerts(&all).await.unwrap();
    for name in ["a", "b"] {
        waiting(&store, name).await;
    }
    assert_eq!(store.prune_alerts(100, 9).await.unwrap(), 4);
    assert_eq!(store.alert_keys_of(LASTING).await.unwrap(), ["login@2", "disk@7"]);
    assert_eq!(store.prune_alerts(i64::MAX, 9).await.unwrap(), 0);
    store.post_alerts(&[trouble("b", "login@2/over")]).await.unwrap();
    waiting(&store, "b").await;
    assert_eq!(store.prune_alerts(100, 9).await.unwrap(), 1, "one stays of each");
}

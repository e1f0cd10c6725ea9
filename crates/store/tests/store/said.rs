//! Titles from chat that are deleted there: which moments have them, and what is left.

use crate::rows::{intent, key, moment};
use cliphound_store::{
    Asked, ChatLine, Erasure, MomentRow, NewAlert, NewIntent, StateChange, Store, look_at_reason,
};

/// A moment that somebody asked for, with its promise.
async fn ask(store: &Store, trigger_ms: i64, by: &str) {
    let cause = format!("manual:{by}");
    store
        .record_moment(&MomentRow { cause, automatic: false, ..moment("1", trigger_ms) })
        .await
        .unwrap();
    let asked = NewIntent {
        title: "their words".into(),
        automatic: false,
        in_review: true,
        ..intent("1", trigger_ms)
    };
    store.promise(&asked).await.unwrap();
}

async fn asked_with(store: &Store, erasure: &Erasure) -> Vec<i64> {
    let asked: Vec<Asked> = store.asked_with(erasure).await.unwrap();
    assert!(asked.iter().all(|asked| asked.login == "ninja"));
    asked.into_iter().map(|asked| asked.key.trigger_ms).collect()
}

#[tokio::test]
async fn deleted_words_are_a_title_no_more() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("cliphound.db");
    let store = Store::open(&path).await.unwrap();
    for (trigger_ms, by) in [(100_000, "ann"), (200_000, "ann"), (300_000, "bob"), (400_000, "ann")]
    {
        ask(&store, trigger_ms, by).await;
    }
    let line = |trigger_ms, login: &str| ChatLine {
        sent_ms: trigger_ms,
        message_id: format!("m{trigger_ms}"),
        login: login.into(),
        text: "!clip their words".into(),
    };
    // Another's line of the same instant asked for nothing.
    let lines = [line(200_000, "ann"), ChatLine { message_id: "x".into(), ..line(200_000, "bob") }];
    store.keep_chat(&key("1", 200_000), "ninja", &lines).await.unwrap();
    // An editor has named one: their words stay.
    store.entitle(&key("1", 400_000), "a better one", "editor", 5).await.unwrap();

    let message = |id: &str| Erasure::Message { id: id.into() };
    let user = |login: &str| Erasure::User { channel: "ninja".into(), login: login.into() };
    assert_eq!(asked_with(&store, &message("m200000")).await, [200_000]);
    assert!(asked_with(&store, &message("x")).await.is_empty());
    assert!(asked_with(&store, &message("")).await.is_empty());
    assert_eq!(asked_with(&store, &user("ann")).await, [100_000, 200_000]);
    assert!(asked_with(&store, &user("an")).await.is_empty());
    assert_eq!(asked_with(&store, &Erasure::Asked { key: key("1", 300_000) }).await, [300_000]);
    let all = Erasure::Chat { channel: "ninja".into() };
    assert_eq!(asked_with(&store, &all).await, [100_000, 200_000, 300_000]);

    let alert = NewAlert {
        alert: "a".into(),
        event: "review".into(),
        key: key("1", 100_000).to_string(),
        broadcaster_id: "1".into(),
        login: "ninja".into(),
        payload: r#"{"title":"their words"}"#.into(),
        now_ms: 1,
    };
    store.post_alerts(&[alert]).await.unwrap();
    for trigger_ms in [100_000, 200_000, 300_000] {
        store.untitle(&key("1", trigger_ms), "plain").await.unwrap();
        let kept = store.intent(&key("1", trigger_ms)).await.unwrap().unwrap();
        assert_eq!(kept.title, "plain");
    }
    let told = store.next_alert("a").await.unwrap().unwrap();
    assert_eq!(told.payload, r#"{"title":"plain"}"#);
    let better = store.intent(&key("1", 400_000)).await.unwrap().unwrap();
    assert_eq!(better.title, "a better one");
    assert_eq!(store.erase_chat(&[user("ann")]).await.unwrap(), 1);
    store.close().await;
}

/// What is public with its title keeps it.
#[tokio::test]
async fn a_clip_keeps_its_title_and_a_refusal_its_reason() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("cliphound.db");
    let store = Store::open(&path).await.unwrap();
    assert_eq!(look_at_reason(&dir.path().join("none.db"), "ninja", 1).await.unwrap(), None);
    for trigger_ms in [100_000, 200_000] {
        let cause = "manual:ann".to_owned();
        store
            .record_moment(&MomentRow { cause, automatic: false, ..moment("1", trigger_ms) })
            .await
            .unwrap();
        let asked = NewIntent { automatic: false, ..intent("1", trigger_ms) };
        store.promise(&asked).await.unwrap();
        let requested = StateChange::Requested { called_ms: trigger_ms };
        store.set_state(&asked.key, &requested, trigger_ms).await.unwrap();
    }
    let created = StateChange::Created { clip_id: "A".into(), edit_url: None };
    store.set_state(&key("1", 100_000), &created, 1).await.unwrap();
    let refused = StateChange::Refused { reason: "only followers".into() };
    store.set_state(&key("1", 200_000), &refused, 1).await.unwrap();
    let user = Erasure::User { channel: "ninja".into(), login: "ann".into() };
    assert_eq!(asked_with(&store, &user).await, [200_000]);
    let reason = async |login: &str, at_ms| look_at_reason(&path, login, at_ms).await.unwrap();
    assert_eq!(reason("ninja", 200_000).await.as_deref(), Some("only followers"));
    assert_eq!(reason("ninja", 100_000).await, None);
    assert_eq!(reason("other", 200_000).await, None);
    store.close().await;
}

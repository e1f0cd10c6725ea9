//! Whose VODs are wanted: those of channels with moments that nothing shows.

use cliphound_store::{NewIntent, StateChange, Store, VodRow};

use crate::rows::{intent, key};

const TRIGGER_MS: i64 = 1_000_000;

/// A promise of channel `id`, and what became of it.
async fn promised(store: &Store, id: &str, in_review: bool, steps: &[StateChange]) {
    let login = format!("login{id}");
    store.promise(&NewIntent { login, in_review, ..intent(id, TRIGGER_MS) }).await.unwrap();
    for step in steps {
        store.set_state(&key(id, TRIGGER_MS), step, 5).await.unwrap();
    }
}

#[tokio::test]
async fn vods_are_wanted_of_what_no_clip_shows_and_is_in_none() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&dir.path().join("cliphound.db")).await.unwrap();
    let requested = StateChange::Requested { called_ms: 5, called_by: None };
    let created = StateChange::Created { clip_id: "A".into(), edit_url: None };
    let missed = || StateChange::Missed { reason: "asleep".into() };
    let refused = StateChange::Refused { reason: "no".into() };
    promised(&store, "missed", false, &[missed()]).await;
    promised(&store, "refused", false, &[refused]).await;
    promised(&store, "asked", true, &[]).await;
    promised(&store, "waits", false, &[]).await;
    promised(&store, "made", false, &[requested, created]).await;
    promised(&store, "login:ninja", false, &[missed()]).await;
    promised(&store, "early", false, &[missed()]).await;
    promised(&store, "late", false, &[missed()]).await;
    promised(&store, "seen", false, &[missed()]).await;
    // The moment begins 30 s before its trigger.
    let start_ms = TRIGGER_MS - 30_000;
    for (id, started_ms, length_s) in
        [("early", start_ms - 9_000, 8), ("late", start_ms + 1, 99), ("seen", start_ms - 9_000, 9)]
    {
        let vod = VodRow {
            vod_id: format!("v{id}"),
            broadcaster_id: id.to_owned(),
            login: format!("login{id}"),
            started_ms,
            length_s,
        };
        store.keep_vods(&[vod]).await.unwrap();
    }
    let wanted = store.channels_without_vods(TRIGGER_MS).await.unwrap();
    let ids: Vec<&str> = wanted.keys().map(String::as_str).collect();
    assert_eq!(ids, ["asked", "early", "late", "missed", "refused"]);
    assert_eq!(wanted["asked"], "loginasked");
    assert!(store.channels_without_vods(TRIGGER_MS + 1).await.unwrap().is_empty());
}

//! Pages without a script: what they show can be read, and what they offer works.

use cliphound_store::Verdict;

use super::*;

/// A time as machines have it, as text of a page.
fn raw_time(page: &str) -> Option<&str> {
    let raw = |text: &&str| {
        let text = text.as_bytes();
        text.len() > 11 && text.starts_with(b"20") && text[4] == b'-' && text[10] == b'T'
    };
    page.split('>').skip(1).find(raw)
}

#[tokio::test]
async fn times_are_told_in_words() {
    let (rig, owner) = (evening().await, Viewer::owner("ann"));
    let store = &rig.app.store;
    store.judge(&key("7", 1_000), Verdict::Kept, "ann", NOW_MS).await.unwrap();
    store.undo_verdict(&key("7", 1_000), None, "ann", NOW_MS).await.unwrap();
    let (login, key_of, value) = ("ninja", "clips.title", Some("x"));
    let setting = NewSetting { login, key: key_of, value, by: "ann", at_ms: NOW_MS };
    store.change_settings(&[setting]).await.unwrap();
    for (path, told) in [
        (format!("/review/{}", key("7", 1_000)), "2026-11-21 12:00 UTC"),
        (format!("/streams/ninja/{START_MS}"), "2026-11-21 10:00 UTC"),
        ("/streams?zone=UTC".to_owned(), "2026-11-21 10:00 UTC"),
        ("/channels/ninja/settings".to_owned(), "2026-11-21 12:00 UTC"),
    ] {
        let page = rig.get(&owner, &path).await.text;
        assert!(page.contains(told), "{told} in {path}: {page}");
        assert_eq!(raw_time(&page), None, "{path}");
    }
}

#[tokio::test]
async fn who_sent_a_form_is_told_the_way_back() {
    let (rig, owner) = (evening().await, Viewer::owner("ann"));
    let path = format!("/review/{}/recut", key("7", 1_000));
    let answer = rig.post(&owner, &path, "start=0&end=1").await;
    assert_eq!(answer.status, 422);
    assert!(answer.text.contains("at least 5 s") && answer.text.contains("what you typed"));
    let answer = rig.get(&owner, "/review/nonsense").await;
    assert!(answer.status == 404 && !answer.text.contains("what you typed"));
}

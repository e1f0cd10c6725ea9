//! Moments with what became of them, page by page.

use cliphound_store::{IntentKey, Span, StateChange, Store};

use crate::rows::{intent, key, moment, viewer_clip};

async fn all(store: &Store, mut span: Span, limit: u32) -> Vec<(IntentKey, Option<&'static str>)> {
    let mut found = Vec::new();
    loop {
        let part = store.outcomes(&span, limit).await.unwrap();
        let Some(last) = part.last() else { return found };
        span.after = Some(last.moment.key.clone());
        found.extend(part.into_iter().map(|outcome| {
            (outcome.moment.key, outcome.intent.map(|intent| intent.state.as_str()))
        }));
    }
}

#[tokio::test]
async fn moments_come_with_their_intents_whatever_the_size_of_a_page() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&dir.path().join("cliphound.db")).await.unwrap();
    for (id, at_ms) in
        [("1", 10_000), ("2", 10_000), ("1", 200_000), ("1", 400_000), ("2", 500_000)]
    {
        store.record_moment(&moment(id, at_ms)).await.unwrap();
    }
    for (id, at_ms) in [("2", 10_000), ("1", 200_000), ("2", 500_000)] {
        store.promise(&intent(id, at_ms)).await.unwrap();
    }
    let refused = StateChange::Refused { reason: "not live".to_owned() };
    store.set_state(&key("1", 200_000), &refused, 1).await.unwrap();
    let expected = [
        (key("1", 10_000), None),
        (key("2", 10_000), Some("waiting")),
        (key("1", 200_000), Some("refused")),
        (key("1", 400_000), None),
    ];
    for limit in [1, 2, 3, 500] {
        assert_eq!(all(&store, Span::new(None, 10_000, 500_000), limit).await, expected, "{limit}");
    }
    let one = all(&store, Span::new(Some("2"), 0, i64::MAX), 1).await;
    assert_eq!(one, [(key("2", 10_000), Some("waiting")), (key("2", 500_000), Some("waiting"))]);
}

#[tokio::test]
async fn viewers_clips_of_a_time() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&dir.path().join("cliphound.db")).await.unwrap();
    let clips = [viewer_clip("a", 10), viewer_clip("b", 20), viewer_clip("c", 30)];
    store.add_viewer_clips(&clips).await.unwrap();
    let found = store.viewer_clips_in(&Span::new(None, 10, 30), 9).await.unwrap();
    let ids: Vec<&str> = found.iter().map(|clip| clip.clip_id.as_str()).collect();
    assert_eq!(ids, ["a", "b"]);
    let known = store.known_channels().await.unwrap();
    assert_eq!(known.len(), 1);
    let other = Span::new(Some("nobody"), 0, i64::MAX);
    assert_eq!(store.viewer_clips_in(&other, 9).await.unwrap(), []);
}

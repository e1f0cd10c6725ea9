//! What is deleted by age, and what somebody asks for.

use super::*;

pub async fn forgetting(database: &impl Database) {
    let store = database.open().await;
    store.record_moment(&moment("busy", 130_001)).await.unwrap();
    assert_eq!(store.prune_moments(i64::MAX, 100).await.unwrap(), 2);
    assert_eq!(store.moment(&key("1", 10_000)).await.unwrap(), None);
    assert_eq!(store.clip_owner("Slug").await.unwrap(), None);
    viewer_clips(&store).await;
    assert!(store.moment(&key("busy", 130_001)).await.unwrap().is_some(), "its intent is open");
    assert!(store.open_intents().await.unwrap().iter().any(|i| i.key == key("busy", 130_001)));

    let clone = store.clone();
    store.close().await;
    assert!(matches!(clone.open_intents().await, Err(StoreError::Closed)));
    assert!(matches!(clone.prune(0, 1).await, Err(StoreError::Closed)));
}

/// Those of a channel by age and by number; another channel's few stay.
async fn viewer_clips(store: &Store) {
    let left = async |id: &str| {
        let clips = store.viewer_clips(id, 0, 99).await.unwrap();
        clips.iter().map(|clip| clip.created_ms).collect::<Vec<_>>()
    };
    let known = left("1").await.len() as u64;
    assert_eq!(store.prune_viewer_clips(i64::MAX, 0, 9).await.unwrap(), known);
    let of = |id: &str, at_ms| cliphound_store::ViewerClip {
        broadcaster_id: id.into(),
        ..viewer_clip(&format!("{id}at{at_ms}"), at_ms)
    };
    let mut all: Vec<_> = (1..=9).map(|at_ms| of("1", at_ms)).collect();
    all.extend([of("2", 1), of("2", 5)]);
    store.add_viewer_clips(&all).await.unwrap();
    assert_eq!(store.prune_viewer_clips(2, 99, 9).await.unwrap(), 2);
    assert_eq!((left("1").await, left("2").await), ((2..=9).collect(), vec![5]));
    assert_eq!(store.prune_viewer_clips(3, 5, 3).await.unwrap(), 3, "at most so many at once");
    assert_eq!(store.prune_viewer_clips(3, 5, 3).await.unwrap(), 0);
    assert_eq!((left("1").await, left("2").await), ((5..=9).collect(), vec![5]));
    assert_eq!(store.prune_viewer_clips(i64::MAX, 0, 99).await.unwrap(), 6);
}

/// A channel and a user are deleted because somebody asked for it; others keep theirs.
pub async fn on_request(database: &impl Database) {
    let store = database.open().await;
    let asked = |login: &str, asked_ms| Forgetting {
        kind: "channel".into(),
        login: login.into(),
        by: "ann".into(),
        asked_ms,
        ids: String::new(),
    };
    for one in [asked("gone", 5), asked("other", 4), asked("gone", 6)] {
        store.ask_to_forget(&one).await.unwrap();
    }
    assert_eq!(store.forgettings().await.unwrap(), [asked("other", 4), asked("gone", 6)]);
    store.end_forgetting("channel", "other").await.unwrap();
    store.end_forgetting("user", "gone").await.unwrap();
    assert_eq!(store.forgettings().await.unwrap(), [asked("gone", 6)]);
    // Ids that were known once are known whoever asks next, and when: what has them may be gone.
    for (ids, known) in [("81", "81"), ("", "81"), ("82 83", "81 82 83")] {
        store.ask_to_forget(&Forgetting { ids: ids.into(), ..asked("gone", 7) }).await.unwrap();
        let rows = store.forgettings().await.unwrap();
        assert_eq!(rows, [Forgetting { ids: known.into(), ..asked("gone", 7) }]);
    }
    let of = |id: &str, login: &str, cause: &str| MomentRow {
        login: login.into(),
        cause: cause.into(),
        automatic: false,
        ..moment(id, 900_000)
    };
    // In the dashboard a name may have capitals.
    for (id, login, cause) in [("81", "gone", "manual:ann"), ("82", "kept", "manual:Ann")] {
        store.record_moment(&of(id, login, cause)).await.unwrap();
        let promised = cliphound_store::NewIntent {
            login: login.into(),
            automatic: false,
            ..intent(id, 900_000)
        };
        store.promise(&promised).await.unwrap();
        store
            .add_windows(&[WindowRow { login: login.into(), ..window(id, 900_000) }])
            .await
            .unwrap();
    }
    let run = Run { start_ms: 900_000, end_ms: 901_000, is_clean: false };
    let heard = Rewrite {
        broadcaster_id: "81".into(),
        login: "gone".into(),
        kind: Kind::Live,
        from_ms: 900_000,
        stretches: vec![stretch((900_000, 901_000, "live"))],
    };
    store.keep_watched(&run, &[heard]).await.unwrap();
    let vod = VodRow {
        vod_id: "gone's".into(),
        broadcaster_id: "81".into(),
        login: "gone".into(),
        started_ms: 900_000,
        length_s: 60,
    };
    store.keep_vods(&[vod]).await.unwrap();
    assert_eq!(store.ids_of("gone").await.unwrap(), ["81"]);
    let known = store.known_of_channel("gone").await.unwrap();
    let forgotten = store.forget_channel("gone", None).await.unwrap();
    assert_eq!(forgotten, known, "what was counted is what went");
    assert_eq!((forgotten.stretches, forgotten.vods), (1, 1));
    assert_eq!((forgotten.channels, forgotten.moments, forgotten.windows), (1, 1, 1));
    assert_eq!(store.moment(&key("81", 900_000)).await.unwrap(), None);
    assert_eq!(store.intent(&key("81", 900_000)).await.unwrap(), None);
    assert!(store.forget_channel("gone", None).await.unwrap().is_nothing());
    let known = store.known_of_user("ann").await.unwrap();
    let forgotten = store.forget_user("ann").await.unwrap();
    assert_eq!((forgotten, forgotten.moments, forgotten.intents), (known, 1, 1));
    let kept = store.moment(&key("82", 900_000)).await.unwrap().unwrap();
    assert_eq!(kept.cause, "manual:deleted");
    assert_eq!(store.intent(&key("82", 900_000)).await.unwrap().unwrap().title, "");
    let of = |id: &str| cliphound_store::ViewerClip { creator: "Zed".into(), ..viewer_clip(id, 5) };
    store.add_viewer_clips(&[of("ByZed")]).await.unwrap();
    assert_eq!(store.forget_user("zed").await.unwrap().viewer_clips, 1);
    assert!(!store.knows_clip("ByZed").await.unwrap());
    // Twitch tells of them again, and of new ones.
    let bob = cliphound_store::ViewerClip { creator: "Bob".into(), ..viewer_clip("ByBob", 6) };
    store.add_viewer_clips(&[of("ByZed"), of("New"), bob]).await.unwrap();
    for (id, is_known) in [("ByZed", false), ("New", false), ("ByBob", true)] {
        assert_eq!(store.knows_clip(id).await.unwrap(), is_known, "{id}");
    }
    let (zed, other) = (store.is_forgotten("ZED").await, store.is_forgotten("Bob").await);
    assert_eq!((zed.unwrap(), other.unwrap()), (true, false));
    store.close().await;
}

//! What every database must do, told once; each adapter lives through it.

mod forgetting;

use crate::rows::{intent, key, moment, viewer_clip, window};
use cliphound_store::{
    Forgetting, IntentState, Kind, LastRun, MomentRow, NewIntent, Page, Promise, Review, Rewrite,
    Run, StateChange, Store, StoreError, Stretch, Verdict, VodRow, WaitingLine, WindowRow,
};

/// An adapter under test: opening it a second time must show what the first left.
trait Database {
    async fn open(&self) -> Store;
}

struct Sqlite(tempfile::TempDir);

impl Database for Sqlite {
    async fn open(&self) -> Store {
        Store::open(&self.0.path().join("data/cliphound.db")).await.unwrap()
    }
}

#[tokio::test]
async fn sqlite() {
    let database = Sqlite(tempfile::tempdir().unwrap());
    moments(&database).await;
    a_clip(&database).await;
    a_lost_answer(&database).await;
    overlaps(&database).await;
    extensions(&database).await;
    windows(&database).await;
    from_the_vod(&database).await;
    review(&database).await;
    downloads(&database).await;
    viewer_clips(&database).await;
    watching(&database).await;
    forgetting::forgetting(&database).await;
    forgetting::on_request(&database).await;
    moments_with_their_promises(&database).await;
}

async fn moments(database: &impl Database) {
    let store = database.open().await;
    store.record_moment(&moment("1", 10_000)).await.unwrap();
    store.record_moment(&moment("2", 20_000)).await.unwrap();
    let extended = MomentRow { end_ms: 99_000, score: 0.75, ..moment("1", 10_000) };
    store.record_moment(&extended).await.unwrap();
    store.close().await;

    let store = database.open().await;
    assert_eq!(store.moment(&key("1", 10_000)).await.unwrap(), Some(extended.clone()));
    assert_eq!(store.moment(&key("1", 1)).await.unwrap(), None);
    let newest = store.moments(&Page::newest(1)).await.unwrap();
    assert_eq!(newest, [moment("2", 20_000)]);
    let before = Some(newest[0].key.clone());
    let rest = store.moments(&Page { before, ..Page::newest(9) }).await.unwrap();
    assert_eq!(rest, [extended]);
    let only = Page { broadcaster_id: Some("2".into()), ..Page::newest(9) };
    assert_eq!(store.moments(&only).await.unwrap(), [moment("2", 20_000)]);

    let no_json = MomentRow { reasons: "31 people".into(), ..moment("1", 5) };
    assert!(store.record_moment(&no_json).await.is_err());
    store.close().await;
}

async fn a_clip(database: &impl Database) {
    let store = database.open().await;
    let key = key("clip", 100_000);
    let promised = intent("clip", 100_000);
    assert_eq!(store.promise(&promised).await.unwrap(), Promise::Made);
    assert_eq!(store.promise(&promised).await.unwrap(), Promise::Repeated);
    assert_eq!(store.open_intents().await.unwrap().len(), 1);

    store
        .set_state(&key, &StateChange::Requested { called_ms: 107_000, called_by: None }, 107_000)
        .await
        .unwrap();
    let twice = store
        .set_state(&key, &StateChange::Requested { called_ms: 107_001, called_by: None }, 107_001)
        .await;
    assert!(matches!(twice, Err(StoreError::Impossible { .. })), "{twice:?}");
    let again = StateChange::Again { due_ms: 109_000, reason: "never left".into() };
    store.set_state(&key, &again, 107_500).await.unwrap();
    store
        .set_state(&key, &StateChange::Requested { called_ms: 109_000, called_by: None }, 109_000)
        .await
        .unwrap();
    let created =
        StateChange::Created { clip_id: "Slug".into(), edit_url: Some("https://e/Slug".into()) };
    store.set_state(&key, &created, 109_400).await.unwrap();
    store.close().await;

    let store = database.open().await;
    let open = store.open_intents().await.unwrap();
    assert_eq!(open.len(), 1);
    assert_eq!((open[0].state, open[0].attempts), (IntentState::Created, 2));
    assert_eq!((open[0].called_ms, open[0].due_ms), (Some(109_000), 109_000));
    let seen = StateChange::Confirmed { clip_id: "Slug".into(), clip_url: "https://c/Slug".into() };
    store.set_state(&key, &seen, 111_000).await.unwrap();
    assert_eq!(store.open_intents().await.unwrap(), []);
    let done = store.intent(&key).await.unwrap().unwrap();
    assert_eq!(done.clip_url.as_deref(), Some("https://c/Slug"));
    assert_eq!(done.edit_url.as_deref(), Some("https://e/Slug"));
    assert_eq!((done.title.as_str(), done.duration_s), ("Was für ein Zug! 🎉", 60.0));
    let listed = store.intents_since(100_000, &Page::newest(9)).await.unwrap();
    assert_eq!(listed, [done]);
    assert_eq!(store.intents_since(100_001, &Page::newest(9)).await.unwrap(), []);
    store.close().await;
}

async fn a_lost_answer(database: &impl Database) {
    let store = database.open().await;
    let key = key("lost", 100_000);
    store.promise(&intent("lost", 100_000)).await.unwrap();
    store
        .set_state(&key, &StateChange::Requested { called_ms: 1, called_by: None }, 1)
        .await
        .unwrap();
    store.set_state(&key, &StateChange::Unknown { reason: "cut".into() }, 2).await.unwrap();

    let taken =
        StateChange::Confirmed { clip_id: "Slug".into(), clip_url: "https://c/Slug".into() };
    let refused = store.set_state(&key, &taken, 3).await;
    assert!(matches!(refused, Err(StoreError::ClipTaken { .. })), "{refused:?}");
    assert_eq!(store.clip_owner("Slug").await.unwrap().unwrap().broadcaster_id, "clip");
    assert_eq!(store.clip_owner("Other").await.unwrap(), None);
    let still = store.intent(&key).await.unwrap().unwrap();
    assert_eq!((still.state, still.clip_id), (IntentState::Unknown, None));

    let found = StateChange::Created { clip_id: "Other".into(), edit_url: None };
    store.set_state(&key, &found, 4).await.unwrap();
    let gone = StateChange::Unconfirmed { reason: "never appeared".into() };
    store.set_state(&key, &gone, 5).await.unwrap();
    assert_eq!(store.clip_owner("Other").await.unwrap(), Some(key.clone()));
    let nobody = store.set_state(&crate::rows::key("lost", 1), &gone, 5).await;
    assert!(matches!(nobody, Err(StoreError::NoIntent(_))), "{nobody:?}");
    store.close().await;
}

async fn overlaps(database: &impl Database) {
    let store = database.open().await;
    // `intent` covers the 30 s before the trigger.
    let first = key("busy", 100_000);
    assert_eq!(store.promise(&intent("busy", 100_000)).await.unwrap(), Promise::Made);
    let touching = intent("busy", 130_000);
    assert_eq!(store.promise(&touching).await.unwrap(), Promise::Overlaps(first.clone()));
    assert_eq!(store.intent(&touching.key).await.unwrap(), None);
    assert_eq!(store.promise(&intent("busy", 130_001)).await.unwrap(), Promise::Made);
    assert_eq!(store.promise(&intent("next door", 130_000)).await.unwrap(), Promise::Made);

    let mut manual = intent("busy", 101_000);
    manual.automatic = false;
    assert_eq!(store.promise(&manual).await.unwrap(), Promise::Made);
    store.set_state(&first, &StateChange::Missed { reason: "late".into() }, 1).await.unwrap();
    assert_eq!(store.promise(&intent("busy", 99_000)).await.unwrap(), Promise::Made);
    store.close().await;
}

/// A moment and its promise come together; one without the other only where it says so.
async fn moments_with_their_promises(database: &impl Database) {
    let store = database.open().await;
    let kept = async |at_ms| store.moment(&key("both", at_ms)).await.unwrap();
    let both =
        async |at_ms| store.promise_moment(&moment("both", at_ms), &intent("both", at_ms)).await;
    assert_eq!(both(100_000).await.unwrap(), Promise::Made);
    assert_eq!(kept(100_000).await, Some(moment("both", 100_000)));
    assert_eq!(both(100_000).await.unwrap(), Promise::Repeated);
    let first = key("both", 100_000);
    assert_eq!(both(110_000).await.unwrap(), Promise::Overlaps(first));
    assert!(kept(110_000).await.is_some(), "it has no clip of its own and is known all the same");
    assert!(store.intent(&key("both", 110_000)).await.unwrap().is_none());

    let bad = NewIntent { end_ms: 0, ..intent("both", 500_000) };
    assert!(store.promise_moment(&moment("both", 500_000), &bad).await.is_err());
    assert!(kept(500_000).await.is_none(), "one transaction: both or neither");
    let no_json = MomentRow { reasons: "no".into(), ..moment("both", 600_000) };
    let made = store.promise_moment(&no_json, &intent("both", 600_000)).await.unwrap();
    assert_eq!((made, kept(600_000).await), (Promise::Made, None));
    store.close().await;
}

/// What a moment has grown by while its clip waits belongs to its stretch, too.
async fn extensions(database: &impl Database) {
    let store = database.open().await;
    let first = key("long", 100_000);
    store.record_moment(&moment("long", 100_000)).await.unwrap();
    store.promise(&intent("long", 100_000)).await.unwrap();
    let longer = |end_ms| MomentRow { end_ms, ..moment("long", 100_000) };
    store.record_moment(&longer(105_000)).await.unwrap();
    assert_eq!(store.intent(&first).await.unwrap().unwrap().end_ms, 105_000);
    let next = intent("long", 135_000);
    assert_eq!(store.promise(&next).await.unwrap(), Promise::Overlaps(first.clone()));

    // Somebody asked for a clip in the very same millisecond.
    let manual = MomentRow { automatic: false, cause: "manual:mod".into(), ..longer(90_000) };
    store.record_moment(&manual).await.unwrap();
    assert_eq!(store.moment(&first).await.unwrap(), Some(longer(105_000)));
    assert_eq!(store.intent(&first).await.unwrap().unwrap().end_ms, 105_000);

    store
        .set_state(&first, &StateChange::Requested { called_ms: 1, called_by: None }, 2)
        .await
        .unwrap();
    store.record_moment(&longer(109_000)).await.unwrap();
    let called = store.intent(&first).await.unwrap().unwrap();
    assert_eq!((called.end_ms, called.called_ms, called.updated_ms), (105_000, Some(1), 2));
    let missed = StateChange::Unknown { reason: "cut".into() };
    store.set_state(&first, &missed, 3).await.unwrap();
    store.close().await;
}

async fn windows(database: &impl Database) {
    let store = database.open().await;
    let rows: Vec<WindowRow> = (1..=20).map(|i| window("1", i * 5_000)).collect();
    store.add_windows(&rows).await.unwrap();
    let changed = WindowRow { messages: 7, ..window("1", 5_000) };
    store.add_windows(&[changed, window("2", 5_000)]).await.unwrap();
    store.add_windows(&[]).await.unwrap();
    assert_eq!(store.windows("1", 0, 100_000, 99).await.unwrap(), rows);
    assert_eq!(store.windows("1", 5_000, 15_000, 99).await.unwrap(), rows[1..3]);
    assert_eq!(store.windows("1", 0, 100_000, 3).await.unwrap(), rows[..3]);

    assert_eq!(store.prune(20_000, 3).await.unwrap(), 3);
    assert_eq!(store.prune(20_000, 3).await.unwrap(), 1);
    assert_eq!(store.prune(20_000, 3).await.unwrap(), 0);
    assert_eq!(store.windows("1", 0, 100_000, 99).await.unwrap(), rows[3..]);
    store.close().await;
}

async fn from_the_vod(database: &impl Database) {
    let store = database.open().await;
    let key = key("vod", 100_000);
    store.promise(&intent("vod", 100_000)).await.unwrap();
    store
        .set_state(&key, &StateChange::Requested { called_ms: 1, called_by: None }, 1)
        .await
        .unwrap();
    store.set_state(&key, &StateChange::Unknown { reason: "cut".into() }, 2).await.unwrap();
    let vod = StateChange::Vod { due_ms: 9, reason: "not there".into() };
    store.set_state(&key, &vod, 3).await.unwrap();
    store.retitle(&key, "plain").await.unwrap();
    store.close().await;

    let store = database.open().await;
    let open = store.open_intents().await.unwrap();
    let ours = open.iter().find(|intent| intent.key == key).unwrap();
    assert_eq!((ours.state, ours.from_vod, ours.due_ms), (IntentState::Vod, true, 9));
    assert_eq!((ours.title.as_str(), ours.reason.as_deref()), ("plain", Some("not there")));
    assert_eq!(
        store.promise(&intent("vod", 110_000)).await.unwrap(),
        Promise::Overlaps(key.clone())
    );
    store
        .set_state(&key, &StateChange::Requested { called_ms: 5, called_by: None }, 5)
        .await
        .unwrap();
    store.set_state(&key, &StateChange::Unknown { reason: "cut".into() }, 6).await.unwrap();
    assert!(store.set_state(&key, &vod, 7).await.is_err(), "a second lost answer is the last");
    let missed = StateChange::Missed { reason: "not there".into() };
    store.set_state(&key, &missed, 8).await.unwrap();
    store.close().await;
}

async fn review(database: &impl Database) {
    let store = database.open().await;
    for trigger_ms in [100_000, 200_000, 300_000] {
        let asked = cliphound_store::NewIntent { in_review: true, ..intent("rev", trigger_ms) };
        store.promise(&asked).await.unwrap();
    }
    assert_eq!(store.in_review(9).await.unwrap().len(), 3);
    assert_eq!(store.decided(0, true, 9).await.unwrap(), []);
    let (yes, no, old) = (key("rev", 200_000), key("rev", 300_000), key("rev", 100_000));
    store.decide(&yes, Verdict::Rejected, "ann", 1).await.unwrap();
    store.decide(&yes, Verdict::Kept, "ann", 1).await.unwrap();
    store.decide(&no, Verdict::Rejected, "ann", 1).await.unwrap();
    store.close().await;

    let store = database.open().await;
    // What can't be made now takes no place of what is turned down.
    let turned_down = store.decided(0, false, 1).await.unwrap();
    assert_eq!(turned_down[0].key, no);
    assert_eq!(store.accepted(0).await.unwrap(), 1);
    assert_eq!(store.accepted(200_001).await.unwrap(), 0);
    let decided = store.decided(100_001, true, 9).await.unwrap();
    let said: Vec<_> = decided.iter().map(|intent| (intent.key.clone(), intent.review)).collect();
    assert_eq!(
        said,
        [
            (old.clone(), Review::Asked),
            (yes.clone(), Review::Accepted),
            (no.clone(), Review::Rejected)
        ]
    );
    let vod = StateChange::Vod { due_ms: 9, reason: "accepted".into() };
    store.set_state(&yes, &vod, 3).await.unwrap();
    let late = store.decide(&yes, Verdict::Rejected, "ann", 1).await;
    assert!(matches!(late, Err(StoreError::NotInReview { .. })), "{late:?}");
    let never = store.decide(&key("clip", 100_000), Verdict::Kept, "ann", 1).await;
    assert!(matches!(never, Err(StoreError::NotInReview { .. })), "{never:?}");
    let nobody = store.decide(&key("rev", 1), Verdict::Kept, "ann", 1).await;
    assert!(matches!(nobody, Err(StoreError::NoIntent(_))), "{nobody:?}");
    let rejected = StateChange::Rejected { reason: "no".into() };
    let line = WaitingLine { record: "moments.tsv".into(), text: "no".into(), clip_url: None };
    let never = store.set_state_with_line(&yes, &rejected, &line, 3).await;
    assert!(matches!(never, Err(StoreError::Impossible { .. })), "{never:?}");
    assert_eq!(store.waiting_lines().await.unwrap(), [], "no line without its step");
    store.set_state_with_line(&no, &rejected, &line, 3).await.unwrap();
    assert_eq!(store.waiting_lines().await.unwrap(), [line]);
    store.remove_lines("clip_urls.txt").await.unwrap();
    assert_eq!(store.waiting_lines().await.unwrap().len(), 1, "of another record");
    store.remove_lines("moments.tsv").await.unwrap();
    store.set_state(&old, &StateChange::Missed { reason: "old".into() }, 3).await.unwrap();
    store.set_state(&yes, &StateChange::Missed { reason: "no VOD".into() }, 3).await.unwrap();
    assert_eq!(store.in_review(9).await.unwrap(), []);
    store.close().await;
}

async fn downloads(database: &impl Database) {
    let store = database.open().await;
    store.want_download("Slug").await.unwrap();
    store.want_download("no clip of ours").await.unwrap();
    let wanted = store.wanted_downloads().await.unwrap();
    assert_eq!(wanted.len(), 1);
    assert_eq!((wanted[0].clip_id.as_str(), wanted[0].called_ms), ("Slug", 109_000));
    assert_eq!((wanted[0].broadcaster_id.as_str(), wanted[0].login.as_str()), ("clip", "ninja"));
    store.end_download("Slug", true).await.unwrap();
    assert_eq!(store.wanted_downloads().await.unwrap(), []);
    store.close().await;
}

async fn viewer_clips(database: &impl Database) {
    let store = database.open().await;
    let placed = cliphound_store::ViewerClip {
        vod_offset: Some(7),
        start_ms: Some(1_700),
        ..viewer_clip("V2", 2_000)
    };
    let mut clips = [viewer_clip("V1", 1_000), placed];
    store.add_viewer_clips(&clips).await.unwrap();
    // Found again: it was watched more often, and where it lies stays known.
    clips[1].views = 99;
    let again = cliphound_store::ViewerClip { title: "new".into(), ..clips[1].clone() };
    let less = cliphound_store::ViewerClip { views: 1, start_ms: None, ..clips[1].clone() };
    store.add_viewer_clips(&[again, less]).await.unwrap();
    assert_eq!(store.viewer_clips("1", 1_000, 9).await.unwrap(), clips);
    assert_eq!(store.viewer_clips("1", 1_001, 9).await.unwrap(), clips[1..]);
    assert_eq!(store.viewer_clips("2", 0, 9).await.unwrap(), []);
    for (id, known) in [("V1", true), ("Slug", true), ("other", false)] {
        assert_eq!(store.knows_clip(id).await.unwrap(), known, "{id}");
    }
    store.close().await;
}

/// What was watched is told by the run's newest sign of life, and put right when more is known.
async fn watching(database: &impl Database) {
    let store = database.open().await;
    assert_eq!(store.last_run().await.unwrap(), LastRun::default());
    let rewrite = |id: &str, kind, from_ms, stretches: &[(i64, i64, &str)]| Rewrite {
        broadcaster_id: id.to_owned(),
        login: format!("login{id}"),
        kind,
        from_ms,
        stretches: stretches.iter().map(|s| stretch(*s)).collect(),
    };
    let run = |end_ms, is_clean| Run { start_ms: 1_000, end_ms, is_clean };
    let first = [
        rewrite("1", Kind::Live, 0, &[(1_000, 2_000, "unknown")]),
        rewrite("2", Kind::Live, 0, &[(1_000, 2_000, "offline")]),
    ];
    store.keep_watched(&run(2_000, false), &first).await.unwrap();
    // The second one is left; of the first one it becomes known that it was live.
    let then = [
        rewrite("1", Kind::Live, 1_000, &[(1_000, 3_000, "online")]),
        rewrite("1", Kind::Gap, 1_000, &[(1_000, 1_500, "joining"), (2_500, 3_000, "left")]),
    ];
    store.keep_watched(&run(3_000, true), &then).await.unwrap();
    let last = store.last_run().await.unwrap();
    assert_eq!(last.run, Some(run(3_000, true)));
    assert_eq!(last.followed, [("login1".to_owned(), 3_000)].into());
    let empty = [rewrite("1", Kind::Gap, 1_000, &[(5, 5, "empty")])];
    store.keep_watched(&run(9_000, false), &empty).await.unwrap_err();
    let told = store.watched_since(1_500).await.unwrap();
    assert_eq!(told.runs, [run(3_000, true)]);
    let words: Vec<_> = told.stretches.iter().map(|row| (&*row.login, &*row.word)).collect();
    assert_eq!(words, [("login1", "left"), ("login1", "online"), ("login2", "offline")]);
    let of_streams = store.streams_between(2_999, 9_000).await.unwrap();
    let words: Vec<_> = of_streams.iter().map(|row| (row.start_ms, &*row.word)).collect();
    assert_eq!(words, [(1_000, "online")], "what was off line tells of none");
    for (from_ms, to_ms) in [(3_000, 9_000), (0, 1_000)] {
        assert_eq!(store.streams_between(from_ms, to_ms).await.unwrap(), []);
    }
    let gaps = store.gaps_between("1", 1_500, 2_501).await.unwrap();
    assert_eq!(gaps.iter().map(|row| &*row.word).collect::<Vec<_>>(), ["left"]);
    assert_eq!(store.known_since("login1").await.unwrap(), Some(1_000));
    assert_eq!(store.prune_watched(2_001, 0, 9).await.unwrap(), 2);
    assert_eq!(store.watched_since(0).await.unwrap().stretches.len(), 2);
    // What tells of streams stays longer than gaps do.
    assert_eq!(store.prune_watched(9_000, 3_000, 9).await.unwrap(), 1);
    assert_eq!(store.prune_watched(i64::MAX, 3_001, 9).await.unwrap(), 1);
    assert!(store.last_run().await.unwrap().run.is_some(), "the next start measures from it");

    let vod = |length_s| VodRow {
        vod_id: "v1".to_owned(),
        broadcaster_id: "1".to_owned(),
        login: "login1".to_owned(),
        started_ms: 1_000,
        length_s,
    };
    store.keep_vods(&[vod(5)]).await.unwrap();
    store.keep_vods(&[vod(9)]).await.unwrap();
    assert_eq!(store.vods_since(10_000).await.unwrap(), [vod(9)]);
    assert!(store.vods_since(10_001).await.unwrap().is_empty());
    assert_eq!(store.vods_of("1", 10_000, 10_001).await.unwrap(), [vod(9)]);
    for (id, from_ms, to_ms) in [("1", 10_001, 20_000), ("1", 0, 1_000), ("2", 0, 20_000)] {
        assert_eq!(store.vods_of(id, from_ms, to_ms).await.unwrap(), []);
    }
    store.prune_watched(i64::MAX, 10_000, 9).await.unwrap();
    assert_eq!(store.vods_since(0).await.unwrap(), [vod(9)], "it is of a stream that is kept");
    store.close().await;
}

fn stretch((start_ms, end_ms, word): (i64, i64, &str)) -> Stretch {
    Stretch { start_ms, end_ms, word: word.to_owned() }
}

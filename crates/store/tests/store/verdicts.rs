//! Verdicts, the queue, titles and clips cut anew, as an editor lives through them.

use cliphound_store::{
    ClipIs, IntentState, JudgedAs, Listed, MomentRow, NewIntent, NewRecut, Queue, RecutAsked,
    Review, StateChange, Store, StoreError, Verdict,
};

use crate::rows::{intent, key, moment};

async fn store() -> (tempfile::TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&dir.path().join("cliphound.db")).await.unwrap();
    (dir, store)
}

async fn standing(store: &Store, trigger_ms: i64) -> Option<Verdict> {
    store.listed(&key("1", trigger_ms)).await.unwrap().unwrap().verdict
}

#[tokio::test]
async fn a_verdict_is_given_changed_and_taken_back() {
    let (_dir, store) = store().await;
    store.record_moment(&moment("1", 100_000)).await.unwrap();
    let one = key("1", 100_000);
    let nothing = store.judge(&key("1", 5), Verdict::Kept, "ann", 1).await;
    assert!(matches!(nothing, Err(StoreError::NoMoment(_))), "{nothing:?}");
    assert_eq!(store.undo_verdict(&one, None, "ann", 1).await.unwrap(), None);
    assert!(store.judge(&one, Verdict::Kept, "ann", 10).await.unwrap().is_new);
    assert!(!store.judge(&one, Verdict::Kept, "bob", 11).await.unwrap().is_new);
    assert!(!store.judge(&one, Verdict::Rejected, "bob", 12).await.unwrap().decides);
    assert_eq!(standing(&store, 100_000).await, Some(Verdict::Rejected));
    let last = store.last_verdict_of("bob", 12).await.unwrap().unwrap();
    assert_eq!((&last.key, last.verdict), (&one, Verdict::Rejected));
    assert_eq!(last.id, store.verdicts(&one).await.unwrap()[0].id);
    assert_eq!(store.last_verdict_of("bob", 13).await.unwrap(), None);
    assert_eq!(store.last_verdict_of("ann", 0).await.unwrap(), None, "bob's lies on top of it");

    let undone = store.undo_verdict(&one, None, "bob", 13).await.unwrap().unwrap();
    assert_eq!((undone.verdict, undone.now), (Verdict::Rejected, Some(Verdict::Kept)));
    let last = store.last_verdict_of("ann", 0).await.unwrap().unwrap();
    assert_eq!((last.key, last.verdict), (one.clone(), Verdict::Kept));
    let undone = store.undo_verdict(&one, None, "bob", 14).await.unwrap().unwrap();
    assert_eq!((undone.verdict, undone.now), (Verdict::Kept, None));
    assert_eq!(standing(&store, 100_000).await, None);
    let said = store.verdicts(&one).await.unwrap();
    let told: Vec<_> = said.iter().map(|v| (v.verdict, v.by.as_str(), v.undone_ms)).collect();
    assert_eq!(told, [(Verdict::Rejected, "bob", Some(13)), (Verdict::Kept, "ann", Some(14))]);
    for n in 0..50 {
        let verdict = if n % 2 == 0 { Verdict::Kept } else { Verdict::Rejected };
        store.judge(&one, verdict, "ann", 20 + n).await.unwrap();
    }
    assert_eq!(store.verdicts(&one).await.unwrap().len(), 20, "the oldest went");
}

/// Whoever looks at an older page takes back what they see, and not what somebody said since.
#[tokio::test]
async fn a_verdict_that_is_not_the_last_one_is_not_taken_back() {
    let (_dir, store) = store().await;
    store.record_moment(&moment("1", 100_000)).await.unwrap();
    let one = key("1", 100_000);
    store.judge(&one, Verdict::Kept, "ann", 1).await.unwrap();
    let anns = store.last_verdict_of("ann", 0).await.unwrap().unwrap().id;
    store.judge(&one, Verdict::Rejected, "bob", 2).await.unwrap();
    let bobs = store.last_verdict_of("bob", 0).await.unwrap().unwrap().id;
    let (before, change) =
        (store.verdicts(&one).await.unwrap(), store.newest_verdict().await.unwrap());
    for other in [anns, bobs + 1] {
        assert_eq!(store.undo_verdict(&one, Some(other), "ann", 3).await.unwrap(), None);
    }
    assert_eq!(store.verdicts(&one).await.unwrap(), before);
    assert_eq!(store.newest_verdict().await.unwrap(), change, "nobody hears of a change");
    let undone = store.undo_verdict(&one, Some(bobs), "bob", 4).await.unwrap().unwrap();
    assert_eq!(undone.now, Some(Verdict::Kept));
    assert_eq!(store.undo_verdict(&one, Some(bobs), "bob", 5).await.unwrap(), None, "once");
    assert_eq!(standing(&store, 100_000).await, Some(Verdict::Kept));
}

#[tokio::test]
async fn the_opposite_that_somebody_has_not_seen_is_not_overwritten() {
    let (_dir, store) = store().await;
    store.record_moment(&moment("1", 100_000)).await.unwrap();
    store.record_moment(&moment("1", 200_000)).await.unwrap();
    let one = key("1", 100_000);
    let listed = async || store.listed(&one).await.unwrap().unwrap();
    let judge = async |verdict, by: &str, seen| {
        store.judge_unless_crossed(&one, verdict, by, seen, 1).await.unwrap().is_crossed
    };
    assert_eq!((listed().await.change, listed().await.by), (0, None));
    assert!(!judge(Verdict::Kept, "ann", 0).await);
    let first = listed().await.change;
    assert!(judge(Verdict::Rejected, "bob", 0).await, "bob has not seen ann's");
    assert_eq!((listed().await.by.as_deref(), listed().await.change), (Some("ann"), first));
    assert!(!judge(Verdict::Kept, "bob", 0).await, "he agrees");
    assert!(!judge(Verdict::Rejected, "ann", 0).await, "hers in another tab");
    assert!(judge(Verdict::Kept, "bob", first).await, "she changed it since");
    assert!(!judge(Verdict::Kept, "bob", listed().await.change).await, "he has seen it");
    assert_eq!(listed().await.by.as_deref(), Some("bob"));
    store.undo_verdict(&one, None, "bob", 2).await.unwrap();
    store.undo_verdict(&one, None, "bob", 3).await.unwrap();
    store.undo_verdict(&one, None, "bob", 4).await.unwrap();
    assert!(
        !judge(Verdict::Rejected, "carl", 0).await,
        "what was taken back stands in nobody's way"
    );

    let after = listed().await.change;
    store.judge(&key("1", 200_000), Verdict::Kept, "ann", 5).await.unwrap();
    let changed = store.judged_after(after, 9).await.unwrap();
    let told: Vec<_> = changed.iter().map(|row| (row.moment.key.trigger_ms, row.verdict)).collect();
    assert_eq!(told, [(200_000, Some(Verdict::Kept))]);
    let all = store.judged_after(0, 9).await.unwrap();
    assert_eq!(all.iter().map(|row| row.change).collect::<Vec<_>>(), [after, after + 1]);
    assert_eq!(store.judged_after(0, 1).await.unwrap().len(), 1);
}

#[tokio::test]
async fn who_follows_the_verdicts_sees_each_change_once() {
    let (_dir, store) = store().await;
    for trigger_ms in [100_000, 200_000] {
        store.record_moment(&moment("1", trigger_ms)).await.unwrap();
    }
    let seen = async |after: i64| -> Vec<(i64, Option<Verdict>)> {
        let changes = store.verdicts_after(after, 9).await.unwrap();
        changes.iter().map(|c| (c.moment.key.trigger_ms, c.verdict)).collect()
    };
    assert_eq!(store.newest_verdict().await.unwrap(), 0);
    store.judge(&key("1", 100_000), Verdict::Kept, "ann", 1).await.unwrap();
    store.judge(&key("1", 200_000), Verdict::Rejected, "ann", 2).await.unwrap();
    assert_eq!(seen(0).await, [(100_000, Some(Verdict::Kept)), (200_000, Some(Verdict::Rejected))]);
    let last = store.newest_verdict().await.unwrap();
    assert_eq!(seen(last).await, []);
    store.undo_verdict(&key("1", 100_000), None, "ann", 3).await.unwrap();
    assert_eq!(seen(last).await, [(100_000, None)]);
    let all = store.verdicts_in("1", "ninja", 9).await.unwrap();
    assert_eq!(all.iter().map(|c| c.moment.key.trigger_ms).collect::<Vec<_>>(), [200_000]);
    assert_eq!(store.verdicts_in("2", "nobody", 9).await.unwrap(), []);
}

/// A name changes hands: what was said of the one who had it goes with them.
#[tokio::test]
async fn verdicts_belong_to_the_channel_and_not_to_its_name() {
    let (_dir, store) = store().await;
    let early = moment("login:ninja", 50_000);
    for row in [&early, &moment("1", 100_000)] {
        store.record_moment(row).await.unwrap();
        store.judge(&row.key, Verdict::Kept, "ann", 1).await.unwrap();
    }
    let count = async |id: &str, login: &str| store.verdicts_in(id, login, 9).await.unwrap().len();
    assert_eq!(count("1", "ninja").await, 2, "also of before the id was known");
    assert_eq!(count("1", "renamed").await, 1, "before any row has the new name");
    assert_eq!(count("2", "other").await, 0);
    store.record_moment(&moment("2", 300_000)).await.unwrap();
    assert_eq!(count("2", "ninja").await, 1, "of those, only what may be its own");
}

#[tokio::test]
async fn a_yes_in_review_can_be_taken_back_until_it_is_acted_upon() {
    let (_dir, store) = store().await;
    let one = key("1", 100_000);
    store.record_moment(&moment("1", 100_000)).await.unwrap();
    store.promise(&NewIntent { in_review: true, ..intent("1", 100_000) }).await.unwrap();
    let review = async || store.intent(&one).await.unwrap().unwrap().review;
    assert!(store.judge(&one, Verdict::Kept, "ann", 1).await.unwrap().decides);
    assert_eq!(review().await, Review::Accepted);
    let after_ms = store.intent(&one).await.unwrap().unwrap().updated_ms + 1;
    let told_again = async || store.intents_changed(after_ms, None, 9).await.unwrap().len();
    assert_eq!(told_again().await, 0);
    assert!(store.undo_verdict(&one, None, "ann", after_ms).await.unwrap().unwrap().waits_again);
    assert_eq!((review().await, told_again().await), (Review::Asked, 1));
    store.decide(&one, Verdict::Kept, "terminal", 3).await.unwrap();
    assert_eq!(standing(&store, 100_000).await, Some(Verdict::Kept), "one truth");
    let vod = StateChange::Vod { due_ms: 9, reason: "accepted".into() };
    store.set_state(&one, &vod, 4).await.unwrap();
    assert!(!store.undo_verdict(&one, None, "ann", 5).await.unwrap().unwrap().waits_again);
    assert_eq!(review().await, Review::Accepted);
}

/// A clip that is promised and that Twitch was not asked for is let go of by a no.
#[tokio::test]
async fn a_no_that_holds_keeps_a_promise_from_its_call() {
    let (_dir, store) = store().await;
    for (at_ms, on_the_way) in [(100_000, false), (200_000, true)] {
        let one = key("1", at_ms);
        store.promise_moment(&moment("1", at_ms), &intent("1", at_ms)).await.unwrap();
        let why = || "why".to_owned();
        if on_the_way {
            let vod = StateChange::Vod { due_ms: 9, reason: why() };
            store.set_state(&one, &vod, 1).await.unwrap();
        }
        let (called, rejected) = (
            StateChange::Requested { called_ms: 5, called_by: None },
            StateChange::Rejected { reason: why() },
        );
        let early = store.set_state(&one, &rejected, 2).await;
        assert!(matches!(early, Err(StoreError::Impossible { .. })), "nobody said no: {early:?}");
        assert!(!store.judge(&one, Verdict::Kept, "ann", 3).await.unwrap().decides);
        assert!(store.judge(&one, Verdict::Rejected, "bob", 4).await.unwrap().decides);
        let call = store.set_state(&one, &called, 5).await;
        assert!(matches!(call, Err(StoreError::TurnedDown(_))), "{call:?}");
        assert_eq!(store.turned_down(9).await.unwrap(), std::slice::from_ref(&one));

        // Taken back, the promise goes on, and what was meant to be done is not.
        assert!(store.undo_verdict(&one, None, "bob", 6).await.unwrap().unwrap().waits_again);
        assert_eq!(store.turned_down(9).await.unwrap(), []);
        assert!(store.set_state(&one, &rejected, 7).await.is_err());

        store.judge(&one, Verdict::Rejected, "bob", 8).await.unwrap();
        store.set_state(&one, &rejected, 9).await.unwrap();
        assert!(store.set_state(&one, &called, 10).await.is_err());
        assert!(!store.undo_verdict(&one, None, "bob", 11).await.unwrap().unwrap().waits_again);
        assert_eq!(store.intent(&one).await.unwrap().unwrap().state, IntentState::Rejected);
    }
}

#[tokio::test]
async fn a_no_after_the_call_is_a_verdict_only() {
    let (_dir, store) = store().await;
    let one = key("1", 100_000);
    store.promise_moment(&moment("1", 100_000), &intent("1", 100_000)).await.unwrap();
    store
        .set_state(&one, &StateChange::Requested { called_ms: 5, called_by: None }, 5)
        .await
        .unwrap();
    assert!(!store.judge(&one, Verdict::Rejected, "ann", 6).await.unwrap().decides);
    assert_eq!(store.turned_down(9).await.unwrap(), []);
    let made = StateChange::Created { clip_id: "A".into(), edit_url: None };
    store.set_state(&one, &made, 7).await.unwrap();
    assert_eq!(standing(&store, 100_000).await, Some(Verdict::Rejected));
}

/// A moment that went on has another title; one that an editor gave meanwhile stays.
#[tokio::test]
async fn a_title_is_replaced_only_where_nobody_gave_another() {
    let (_dir, store) = store().await;
    let one = key("1", 100_000);
    let new = NewIntent { in_review: true, title: "162 people".into(), ..intent("1", 100_000) };
    store.promise_moment(&moment("1", 100_000), &new).await.unwrap();
    let title = async || store.intent(&one).await.unwrap().unwrap().title;
    store.retitle_of(&one, "162 people", "603 people").await.unwrap();
    assert_eq!(title().await, "603 people");
    assert!(store.entitle(&one, "what a play", "ann", 1).await.unwrap());
    store.retitle_of(&one, "603 people", "700 people").await.unwrap();
    assert_eq!(title().await, "what a play");
}

async fn listed(store: &Store, queue: &Queue) -> Vec<i64> {
    let rows = store.queue(queue, 9).await.unwrap();
    rows.iter().map(|row: &Listed| row.moment.key.trigger_ms).collect()
}

#[tokio::test]
async fn the_queue_is_filtered_and_read_in_parts() {
    let (_dir, store) = store().await;
    for (n, cause) in ["hype", "emote:Kappa", "manual:ann", "hypercube:x"].into_iter().enumerate() {
        let trigger_ms = 100_000 * (n as i64 + 1);
        let score = [0.7, 0.9, 0.8, 0.7][n];
        let row = MomentRow { score, cause: cause.into(), ..moment("1", trigger_ms) };
        store.record_moment(&row).await.unwrap();
    }
    let other = MomentRow { login: "mossy".into(), score: 0.7, ..moment("2", 100_000) };
    store.record_moment(&other).await.unwrap();
    store.judge(&key("1", 200_000), Verdict::Kept, "ann", 1).await.unwrap();
    let check = async |queue: Queue, expected: &[i64]| {
        assert_eq!(listed(&store, &queue).await, expected, "{queue:?}");
        assert_eq!(store.queue_length(&queue, 9).await.unwrap() as usize, expected.len());
    };
    let all = || Queue { judged: JudgedAs::Any, ..Queue::default() };
    check(Queue::default(), &[400_000, 300_000, 100_000, 100_000]).await;
    check(all(), &[400_000, 300_000, 200_000, 100_000, 100_000]).await;
    check(Queue { judged: JudgedAs::As(Verdict::Kept), ..all() }, &[200_000]).await;
    check(Queue { channels: Some(vec!["mossy".into()]), ..all() }, &[100_000]).await;
    check(Queue { channels: Some(Vec::new()), ..all() }, &[]).await;
    check(Queue { cause: Some("hype".into()), ..all() }, &[100_000]).await;
    check(Queue { cause: Some("manual".into()), ..all() }, &[300_000]).await;
    let range = Queue { from_ms: Some(200_000), to_ms: Some(400_000), ..all() };
    check(range, &[300_000, 200_000]).await;
    check(Queue { clip: Some(ClipIs::Made), ..all() }, &[]).await;
    check(
        Queue { clip: Some(ClipIs::None), best_first: true, ..all() },
        &[200_000, 300_000, 400_000, 100_000, 100_000],
    )
    .await;

    for best_first in [false, true] {
        let (mut queue, mut seen) = (Queue { best_first, ..all() }, Vec::new());
        loop {
            let page = store.queue(&queue, 2).await.unwrap();
            let Some(last) = page.last() else { break };
            queue.after = Some(last.place().to_string().parse().unwrap());
            seen.extend(page.iter().map(|row| row.moment.key.clone()));
        }
        let whole = store.queue(&Queue { best_first, ..all() }, 9).await.unwrap();
        assert_eq!(seen, whole.iter().map(|row| row.moment.key.clone()).collect::<Vec<_>>());
        for (nth, row) in whole.iter().enumerate() {
            let before = Queue { best_first, before: Some(row.place()), ..all() };
            let near = store.queue(&before, 2).await.unwrap();
            let expected = whole[..nth].iter().rev().take(2).cloned().collect::<Vec<_>>();
            assert_eq!(near, expected, "the nearest first");
        }
    }
    assert_eq!(store.channels_with_moments().await.unwrap(), ["mossy", "ninja"]);
}

#[tokio::test]
async fn a_title_reaches_the_clip_only_while_it_waits() {
    let (_dir, store) = store().await;
    for (trigger_ms, in_review) in [(100_000, true), (200_000, false)] {
        store.record_moment(&moment("1", trigger_ms)).await.unwrap();
        store.promise(&NewIntent { in_review, ..intent("1", trigger_ms) }).await.unwrap();
        let will = store.entitle(&key("1", trigger_ms), "ours", "ann", 1).await.unwrap();
        assert_eq!(will, in_review);
        let row = store.listed(&key("1", trigger_ms)).await.unwrap().unwrap();
        assert_eq!(row.title.as_deref(), Some("ours"));
        let intent = store.intent(&key("1", trigger_ms)).await.unwrap().unwrap();
        assert_eq!(intent.title == "ours", in_review);
    }
    let nothing = store.entitle(&key("1", 5), "x", "ann", 1).await;
    assert!(matches!(nothing, Err(StoreError::NoMoment(_))), "{nothing:?}");
}

fn recut(start_ms: i64, end_ms: i64) -> NewRecut {
    let (title, by) = ("again".to_owned(), "ann".to_owned());
    NewRecut { of: key("1", 100_000), start_ms, end_ms, title, by, now_ms: 500_000 }
}

#[tokio::test]
async fn a_cut_anew_is_a_promise_of_its_own_and_never_doubled() {
    let (_dir, store) = store().await;
    for trigger_ms in [100_000, 100_001] {
        store.record_moment(&moment("1", trigger_ms)).await.unwrap();
    }
    assert!(store.ask_recut(&recut(9, 5)).await.is_err(), "it ends before it begins");
    let asked = store.ask_recut(&recut(80_000, 99_500)).await.unwrap();
    let own = key("1", 100_002);
    assert_eq!(asked, RecutAsked::Asked(own.clone()), "the next key that is free");
    let again = store.ask_recut(&recut(80_000, 99_500)).await.unwrap();
    assert_eq!(again, RecutAsked::Repeated(own.clone()));
    let promise = store.intent(&own).await.unwrap().unwrap();
    assert_eq!((promise.state, promise.review), (IntentState::Waiting, Review::Accepted));
    assert_eq!((promise.duration_s, promise.automatic), (19.5, false));
    assert_eq!(
        store.decided(0, true, 9).await.unwrap(),
        [promise],
        "the worker takes it from here"
    );
    let found = store.recut(&own).await.unwrap().unwrap();
    assert_eq!((found.of_ms, found.start_ms, found.end_ms), (100_000, 80_000, 99_500));
    assert_eq!(store.recuts_of(&key("1", 100_000)).await.unwrap(), [found]);
    assert_eq!(store.recut(&key("1", 100_001)).await.unwrap(), None);
    assert_eq!(listed(&store, &Queue::default()).await, [100_001, 100_000], "no moment to judge");

    // One that came to nothing may be asked for again; but not for ever.
    let missed = StateChange::Missed { reason: "no VOD".into() };
    store.set_state(&own, &missed, 9).await.unwrap();
    let mut answers = Vec::new();
    for _ in 0..30 {
        let asked = store.ask_recut(&recut(80_000, 99_500)).await.unwrap();
        if let RecutAsked::Asked(key) = &asked {
            store.set_state(key, &missed, 9).await.unwrap();
        }
        answers.push(asked);
    }
    assert_eq!(answers.iter().filter(|asked| **asked == RecutAsked::TooMany).count(), 11);
}

/// In a copy that is restored, nobody is asked about a cut anew: it may have been made since.
#[tokio::test]
async fn a_cut_anew_does_not_wait_in_a_copy() {
    let (dir, store) = store().await;
    for trigger_ms in [100_000, 200_000] {
        store.record_moment(&moment("1", trigger_ms)).await.unwrap();
    }
    store.promise(&NewIntent { in_review: true, ..intent("1", 200_000) }).await.unwrap();
    store.decide(&key("1", 200_000), Verdict::Kept, "ann", 1).await.unwrap();
    let asked = store.ask_recut(&recut(80_000, 99_500)).await.unwrap();
    let RecutAsked::Asked(own) = asked else { panic!("{asked:?}") };
    assert_eq!(store.decided(0, true, 9).await.unwrap().len(), 2);
    let other = dir.path().join("copy.db");
    cliphound_store::copy(&dir.path().join("cliphound.db"), &other).await.unwrap();
    let copy = Store::open(&other).await.unwrap();
    let decided = copy.decided(0, true, 9).await.unwrap();
    let decided: Vec<_> = decided.into_iter().map(|intent| (intent.key, intent.review)).collect();
    assert_eq!(decided, [(own, Review::Asked)], "the other one is asked about anew");
}

#[tokio::test]
async fn what_was_said_goes_with_its_moment_and_its_speaker() {
    let (_dir, store) = store().await;
    for trigger_ms in [100_000, 200_000] {
        store.record_moment(&moment("1", trigger_ms)).await.unwrap();
        store.judge(&key("1", trigger_ms), Verdict::Kept, "Ann", 1).await.unwrap();
        store.entitle(&key("1", trigger_ms), "ours", "Ann", 1).await.unwrap();
    }
    store.ask_recut(&recut(80_000, 99_500)).await.unwrap();
    store.forget_user("ann").await.unwrap();
    let said = store.verdicts(&key("1", 200_000)).await.unwrap();
    assert_eq!((said[0].by.as_str(), said[0].verdict), ("deleted", Verdict::Kept));
    let cut = store.recuts_of(&key("1", 100_000)).await.unwrap();
    assert_eq!(cut[0].by, "deleted");
    store.prune_moments(150_000, 9).await.unwrap();
    assert_eq!(store.verdicts(&key("1", 100_000)).await.unwrap(), []);
    assert_eq!(store.verdicts_in("1", "ninja", 9).await.unwrap().len(), 1);
    store.forget_channel("ninja", None).await.unwrap();
    assert_eq!(store.verdicts_in("1", "ninja", 9).await.unwrap(), []);
}

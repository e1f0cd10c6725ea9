//! A no to a clip that nobody is asked about, and that Twitch was not asked for yet.

use cliphound_store::Verdict;

use super::{
    vods::{asked_of_vods, context, fake, with_vod},
    *,
};
use crate::clips::{
    row, steps,
    task::{ClipTask, Update},
};

/// Waits until the promise is in this state.
async fn stands(store: &Store, key: &IntentKey, state: IntentState) {
    while store.intent(key).await.unwrap().is_none_or(|intent| intent.state != state) {
        tokio::task::yield_now().await;
    }
}

async fn say_no(store: &Store, key: &IntentKey) {
    let judged = store.judge(key, Verdict::Rejected, "ann", 1).await.unwrap();
    assert!(judged.decides);
}

/// It waits for a log-in, or for its seven seconds to pass.
#[tokio::test]
async fn a_no_before_the_call_lets_go_of_the_clip() {
    for (is_dead, state) in [(true, IntentState::Vod), (false, IntentState::Waiting)] {
        let (dir, fake) = (folder(), fake(created("never"), START_MS + 60_000));
        fake.0.lock().unwrap().dead_token = is_dead;
        // Slow where it has to be said within the seven seconds.
        let clock = Clock::starting_at(START_MS, if is_dead { SPEED } else { 5.0 });
        let mut run = Run::wishing(dir.path(), fake.clone(), with_vod(), clock).await;
        let order = order(START_MS, Cause::Hype);
        run.order(order.clone()).await;
        stands(&run.store, &order.key(), state).await;
        say_no(&run.store, &order.key()).await;
        fake.0.lock().unwrap().dead_token = false;
        assert_eq!(run.ended().await, ["rejected"]);
        let kept = run.store.intent(&order.key()).await.unwrap().unwrap();
        assert_eq!(kept.reason.as_deref(), Some("somebody said no before it was made"));
        run.stop().await;
        assert!(fake.asked().is_empty() && asked_of_vods(&fake).is_empty());
        assert_eq!(states(dir.path()), ["rejected"]);
    }
}

/// A clip on the way of the VOD that nobody leads, as a restart finds it.
async fn on_the_way(store: &Store) -> ClipOrder {
    let order = order(START_MS, Cause::Hype);
    let moment = row::moment_row(&order);
    let intent = NewIntent { title: order.title.clone(), ..crate::clips::sample::promise(&moment) };
    store.promise_moment(&moment, &intent).await.unwrap();
    let why = "Twitch no longer accepts the token".to_owned();
    let vod = StateChange::Vod { due_ms: START_MS, reason: why };
    store.set_state(&order.key(), &vod, START_MS).await.unwrap();
    order
}

/// A restart: no worker tells it of the no, the database takes no call. Taken back in time, the
/// clip is made.
#[tokio::test]
async fn a_call_is_not_stored_while_a_no_holds() {
    for is_undone in [false, true] {
        let (dir, fake) = (folder(), fake(created("never"), START_MS));
        let context = context(dir.path(), fake.clone(), FAST).await;
        let order = on_the_way(&context.store).await;
        let key = order.key();
        say_no(&context.store, &key).await;
        if is_undone {
            let undone = context.store.undo_verdict(&key, None, "ann", 2).await.unwrap();
            assert!(undone.unwrap().waits_again);
        }
        let intent = context.store.intent(&key).await.unwrap().unwrap();
        let life = steps::resume(&intent, START_MS).unwrap();
        let (_updates, heard) = watch::channel(Update::Order(Box::new(order.clone())));
        let task = ClipTask::new(Arc::clone(&context), order, heard, CancellationToken::new());
        task.go_on(life, steps::stored(&intent).unwrap()).await;
        let ended = context.store.intent(&key).await.unwrap().unwrap();
        let expected = if is_undone { IntentState::Confirmed } else { IntentState::Rejected };
        assert_eq!(ended.state, expected, "{ended:?}");
        assert_eq!(asked_of_vods(&fake).len(), usize::from(is_undone));
        assert_eq!(states(dir.path()), [expected.as_str()]);
    }
}

/// It was taken back just before the clip would have been let go of: that is not done.
#[tokio::test]
async fn a_no_that_was_taken_back_lets_nothing_go() {
    let (dir, fake) = (folder(), fake(created("never"), START_MS));
    let context = context(dir.path(), fake.clone(), FAST).await;
    let order = on_the_way(&context.store).await;
    let intent = context.store.intent(&order.key()).await.unwrap().unwrap();
    let life = steps::resume(&intent, START_MS).unwrap();
    let (updates, heard) = watch::channel(Update::Order(Box::new(order.clone())));
    updates.send_replace(Update::TurnedDown);
    fake.0.lock().unwrap().vod_answers.push_front(Err(HelixError::NotSent(String::new())));
    let key = order.key();
    let task = ClipTask::new(Arc::clone(&context), order, heard, CancellationToken::new());
    task.go_on(life, steps::stored(&intent).unwrap()).await;
    let ended = context.store.intent(&key).await.unwrap().unwrap();
    assert_eq!(ended.state, IntentState::Confirmed, "{ended:?}");
    assert_eq!(asked_of_vods(&fake).len(), 2);
}

//! Moments that fall into the time of a token that Twitch takes no more.

use super::{
    vods::{asked_of_vods, fake, with_vod},
    *,
};

fn set_dead(fake: &Fake, is_dead: bool) {
    fake.0.lock().unwrap().dead_token = is_dead;
}

/// Waits until the clip is on the way of the VOD.
async fn waits_for_the_vod(run: &Run, key: &IntentKey) {
    while run.store.intent(key).await.unwrap().is_none_or(|i| i.state != IntentState::Vod) {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_moment_without_a_valid_token_is_made_after_the_next_log_in() {
    let dir = folder();
    let fake = fake(created("never"), START_MS + 60_000);
    set_dead(&fake, true);
    let clock = Clock::starting_at(START_MS, SPEED);
    let mut run = Run::wishing(dir.path(), fake.clone(), with_vod(), clock).await;
    let order = order(START_MS, Cause::Hype);
    run.order(order.clone()).await;
    waits_for_the_vod(&run, &order.key()).await;
    let stored = run.store.intent(&order.key()).await.unwrap().unwrap();
    assert_eq!(stored.reason.as_deref(), Some("the token is dead"));
    assert!(states(dir.path()).is_empty() && fake.asked().is_empty());
    set_dead(&fake, false);
    let news = run.news.recv().await.unwrap();
    assert_eq!(news.state.word(), "created", "{news:?}");
    run.stop().await;
    assert_eq!((fake.asked().len(), asked_of_vods(&fake).len()), (0, 1));
    assert_eq!(asked_of_vods(&fake)[0].end_s, 1_012);
}

#[tokio::test]
async fn a_call_that_finds_the_token_dead_is_made_from_the_vod_later() {
    for error in [HelixError::Unauthorized("401".into()), HelixError::NoToken("none".into())] {
        let dir = folder();
        let fake = fake(Err(error), START_MS + 60_000);
        fake.0.lock().unwrap().dies = true;
        let clock = Clock::starting_at(START_MS, SPEED);
        let mut run = Run::wishing(dir.path(), fake.clone(), with_vod(), clock).await;
        let order = order(START_MS, Cause::Hype);
        run.order(order.clone()).await;
        waits_for_the_vod(&run, &order.key()).await;
        set_dead(&fake, false);
        assert_eq!(run.news.recv().await.unwrap().state.word(), "created");
        run.stop().await;
        assert_eq!((fake.asked().len(), asked_of_vods(&fake).len()), (1, 1));
    }
}

#[tokio::test]
async fn a_dead_token_is_waited_for_across_a_restart() {
    let dir = folder();
    let fake = fake(created("never"), START_MS + 60_000);
    set_dead(&fake, true);
    let clock = Clock::starting_at(START_MS, SPEED);
    let run = Run::wishing(dir.path(), fake.clone(), with_vod(), clock).await;
    let first = order(START_MS, Cause::Hype);
    run.order(first.clone()).await;
    waits_for_the_vod(&run, &first.key()).await;
    run.stop().await;

    set_dead(&fake, false);
    let later = Clock::starting_at(START_MS + 600_000, SPEED);
    let mut run = Run::wishing(dir.path(), fake.clone(), with_vod(), later).await;
    assert_eq!(run.news.recv().await.unwrap().state.word(), "created");
    run.stop().await;
}

#[tokio::test]
async fn without_the_vod_a_moment_of_a_dead_token_is_recorded_only() {
    let (dir, fake) = (folder(), Fake::default());
    set_dead(&fake, true);
    let mut run = Run::start(dir.path(), fake.clone(), false).await;
    run.order(order(START_MS, Cause::Hype)).await;
    assert_eq!(run.ended().await, ["dry_run"]);
    run.stop().await;
    assert!(fake.asked().is_empty());
}

#[tokio::test]
async fn in_review_a_dead_token_changes_nothing() {
    let dir = folder();
    let fake = fake(created("never"), START_MS + 60_000);
    set_dead(&fake, true);
    let clock = Clock::starting_at(START_MS, SPEED);
    let mut run = Run::wishing(dir.path(), fake.clone(), with_vod(), clock).await;
    run.order(asking(START_MS, Cause::Hype)).await;
    assert_eq!(run.news.recv().await.unwrap().state, State::InReview);
    run.stop().await;
}

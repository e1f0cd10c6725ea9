//! What is wanted of clips changes while some are open.

use super::{
    vods::{fake, with_vod},
    *,
};

/// What is changed between a promise and its call has some two seconds of real time for it,
/// and a call may be late by six, however busy the machine is.
const SLOW: f64 = 3.0;

#[tokio::test]
async fn a_promise_keeps_whether_somebody_has_to_say_yes() {
    let dir = folder();
    let fake = fake(created("A"), START_MS);
    fake.make("A", START_MS + 7_000);
    let clock = Clock::starting_at(START_MS, SLOW);
    let mut run = Run::wishing(dir.path(), fake.clone(), with_vod(), clock).await;
    let (first, second) = (order(START_MS, Cause::Hype), order(START_MS + 60_000, Cause::Hype));
    run.order(first.clone()).await;
    while run.store.intent(&first.key()).await.unwrap().is_none() {
        tokio::task::yield_now().await;
    }
    run.wishes.send_replace(Wishes { review: true, ..with_vod() });
    run.order(second.clone()).await;
    let (mut first_is_made, mut second_waits) = (false, false);
    while !(first_is_made && second_waits) {
        let news = run.news.recv().await.unwrap();
        first_is_made |= news.state.word() == "confirmed";
        second_waits |= news.state == State::InReview;
    }
    run.wishes.send_replace(with_vod());
    let kept = run.store.intent(&second.key()).await.unwrap().unwrap();
    assert_eq!((kept.state, kept.review), (IntentState::Waiting, cliphound_store::Review::Asked));
    run.stop().await;
    assert_eq!(fake.asked().len(), 1);
}

#[tokio::test]
async fn a_dry_run_holds_for_what_is_not_called_yet() {
    let dir = folder();
    let fake = Fake::answering(created("A"));
    let clock = Clock::starting_at(START_MS, SLOW);
    let mut run = Run::wishing(dir.path(), fake.clone(), with_vod(), clock).await;
    let first = order(START_MS, Cause::Hype);
    run.order(first.clone()).await;
    while run.store.intent(&first.key()).await.unwrap().is_none() {
        tokio::task::yield_now().await;
    }
    let dry = Wishes { dry_run: Some("dry run".to_owned()), ..with_vod() };
    run.wishes.send_replace(dry);
    assert_eq!(run.ended().await, ["dry_run"]);
    run.wishes.send_replace(with_vod());
    run.order(order(run.time.clock().now_ms(), Cause::Manual("mod".to_owned()))).await;
    assert_eq!(run.news.recv().await.unwrap().state.word(), "created");
    run.stop().await;
    assert_eq!(fake.asked().len(), 1);
}

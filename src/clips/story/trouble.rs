//! The worker when things fail: restarts that come late, a database that is gone, a Twitch
//! that does not answer.

use std::time::Duration;

use tokio::time::timeout;

use super::*;
use crate::{
    clips::lookup::{Call, Sighting},
    records::MomentState,
};

/// So long nothing here may take, in real time.
const HANGS: Duration = Duration::from_secs(20);

#[tokio::test]
async fn a_promise_that_could_not_be_kept_is_recorded() {
    let dir = folder();
    promised(dir.path()).await;

    let later = Clock::starting_at(START_MS + 60_000, SPEED);
    let mut run = Run::start_at(dir.path(), Fake::default(), false, later).await;
    assert_eq!(run.ended().await, ["missed"]);
    let key = order(START_MS, Cause::Hype).key();
    run.stop().await;
    let store = Store::open(&dir.path().join("cliphound.db")).await.unwrap();
    assert_eq!(store.intent(&key).await.unwrap().unwrap().state, IntentState::Missed);
    store.close().await;
    assert_eq!(states(dir.path()), ["missed"]);
}

/// A crash during the wait finds an open promise, which the next start records.
#[tokio::test]
async fn a_dry_run_promises_too() {
    let dir = folder();
    let slow = Clock::starting_at(START_MS, 1.0);
    let run = Run::start_at(dir.path(), Fake::default(), true, slow).await;
    run.order(order(START_MS, Cause::Hype)).await;
    while run.store.open_intents().await.unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    run.stop().await;
    assert_eq!(states(dir.path()), ["dry_run"], "a stop is no crash");
}

/// A busy machine ends late, and its channel decides on something then.
#[tokio::test]
async fn what_is_ordered_after_the_stop_is_promised() {
    let dir = folder();
    let run = Run::start(dir.path(), Fake::default(), false).await;
    run.stop.cancel();
    let closed = timeout(Duration::from_millis(100), run.orders.closed()).await;
    assert!(closed.is_err(), "a channel may still order");
    let order = order(START_MS, Cause::Hype);
    let key = order.key();
    run.order(order).await;
    run.stop().await;
    let store = Store::open(&dir.path().join("cliphound.db")).await.unwrap();
    let intent = store.intent(&key).await.unwrap().unwrap();
    assert_eq!(intent.state, IntentState::Waiting);
    store.close().await;
}

/// The stream is marked instead, but not by a dry run, which writes nothing to Twitch.
#[tokio::test]
async fn a_moment_without_room_is_recorded() {
    for (dry_run, markers) in [(false, 1), (true, 0)] {
        let (dir, fake) = (folder(), Fake::default());
        let mut run = Run::start(dir.path(), fake.clone(), dry_run).await;
        run.orders.send(ToClips::Missed(order(START_MS, Cause::Hype))).await.unwrap();
        assert_eq!(run.ended().await, ["missed"]);
        let page = cliphound_store::Page::newest(10);
        assert_eq!(run.store.moments(&page).await.unwrap().len(), 1);
        run.stop().await;
        assert_eq!(states(dir.path()), ["missed"]);
        assert_eq!(fake.0.lock().unwrap().markers.len(), markers, "dry run: {dry_run}");
    }
}

/// Where Twitch makes no clips of what is streamed, or none for us, the stream is marked; one
/// that is off line can't be, and with a bad token nothing can.
#[tokio::test]
async fn a_refused_moment_is_marked() {
    for (error, markers) in [
        (HelixError::BadRequest("The category is not clippable".into()), 1),
        (HelixError::Forbidden("Clips are disabled".into()), 1),
        (HelixError::Forbidden("restricted to subscribers".into()), 1),
        (HelixError::Unauthorized("401".into()), 0),
        (HelixError::NotFound("offline".into()), 0),
    ] {
        let (dir, fake) = (folder(), Fake::answering(Err(error.clone())));
        let mut run = Run::start(dir.path(), fake.clone(), false).await;
        run.order(order(START_MS, Cause::Manual("mod".to_owned()))).await;
        assert_eq!(run.ended().await, ["refused"], "{error}");
        run.stop().await;
        assert_eq!(fake.0.lock().unwrap().markers.len(), markers, "{error}");
    }
}

#[tokio::test]
async fn a_moment_that_can_not_be_promised_is_recorded() {
    let dir = folder();
    let mut run = Run::start(dir.path(), Fake::default(), false).await;
    run.store.clone().close().await;
    run.order(order(START_MS, Cause::Hype)).await;
    assert_eq!(run.ended().await, ["missed"]);
    run.stop().await;
    assert_eq!(states(dir.path()), ["missed"]);
}

#[tokio::test]
async fn a_clip_whose_states_can_not_be_stored_is_recorded_once() {
    let dir = folder();
    let fake = Fake::answering(created("A"));
    fake.make("A", START_MS + 8_000);
    let mut run = Run::start(dir.path(), fake.clone(), false).await;
    {
        let mut told = fake.0.lock().unwrap();
        (told.store, told.closes) = (Some(run.store.clone()), true);
    }
    run.order(order(START_MS, Cause::Hype)).await;
    assert_eq!(run.ended().await, ["created", "confirmed"]);
    run.stop().await;

    let later = Clock::starting_at(START_MS + 60_000, SPEED);
    let mut run = Run::start_at(dir.path(), fake.clone(), false, later).await;
    assert_eq!(run.ended().await, ["created", "confirmed"]);
    run.stop().await;
    assert_eq!(lines(dir.path(), "clip_urls.txt").len(), 1);
    assert_eq!(states(dir.path()), ["confirmed"]);
    assert_eq!(fake.asked().len(), 1);
}

#[tokio::test]
async fn looks_that_fail_are_made_up_for() {
    let dir = folder();
    crashed(dir.path()).await;
    let fake = Fake::default();
    fake.make("C", START_MS - 22_000);
    // More than there are looks.
    fake.0.lock().unwrap().failing = 9;
    let fast = Clock::starting_at(START_MS, FAST);
    let mut run = Run::start_at(dir.path(), fake.clone(), false, fast).await;
    assert_eq!(run.ended().await, ["created", "confirmed"]);
    run.stop().await;
    assert_eq!(states(dir.path()), ["confirmed"]);
}

#[tokio::test]
async fn a_twitch_that_does_not_answer_does_not_hold_up_the_end() {
    let dir = folder();
    let fake = Fake::answering(created("A"));
    fake.0.lock().unwrap().hangs = true;
    let mut run = Run::start(dir.path(), fake.clone(), false).await;
    run.order(order(START_MS, Cause::Manual("mod".to_owned()))).await;
    assert_eq!(run.news.recv().await.unwrap().state.word(), "created");
    let looking = async {
        while fake.0.lock().unwrap().questions == 0 {
            tokio::task::yield_now().await;
        }
    };
    timeout(HANGS, looking).await.unwrap();
    timeout(HANGS, run.stop()).await.unwrap();

    let store = Store::open(&dir.path().join("cliphound.db")).await.unwrap();
    assert_eq!(store.open_intents().await.unwrap()[0].state, IntentState::Created);
    store.close().await;
}

#[tokio::test]
async fn who_asks_in_the_millisecond_of_a_trigger_gets_an_answer() {
    let dir = folder();
    let fake = Fake::answering(created("A"));
    fake.make("A", START_MS + 7_000);
    // The second order has most of a second to overtake the clip of the first.
    let clock = Clock::starting_at(START_MS, 10.0);
    let mut run = Run::start_at(dir.path(), fake.clone(), false, clock).await;
    let automatic = order(START_MS, Cause::Hype);
    run.order(automatic.clone()).await;
    while run.store.open_intents().await.unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    run.order(order(START_MS, Cause::Manual("mod".to_owned()))).await;
    let news = run.news.recv().await.unwrap();
    assert!(news.is_first && news.state.reason().is_some(), "{news:?}");
    assert_eq!(run.ended().await, ["created", "confirmed"]);
    let kept = run.store.moment(&automatic.key()).await.unwrap().unwrap();
    assert_eq!((kept.cause.as_str(), kept.automatic), ("hype", true));
    run.stop().await;
    assert_eq!(states(dir.path()), ["overlaps", "confirmed"]);
    assert_eq!(fake.asked().len(), 1);
}

#[tokio::test]
async fn a_moment_whose_stretch_another_clip_has_says_so() {
    let dir = folder();
    let fake = Fake::answering(created("A"));
    fake.make("A", START_MS + 7_000);
    let mut run = Run::start(dir.path(), fake.clone(), false).await;
    run.order(order(START_MS, Cause::Hype)).await;
    while run.store.intent(&order(START_MS, Cause::Hype).key()).await.unwrap().is_none() {
        tokio::task::yield_now().await;
    }
    run.order(order(START_MS + 1_000, Cause::Hype)).await;
    let mut told = Vec::new();
    while told.len() < 3 {
        let news = run.news.recv().await.unwrap();
        let is_first = news.key.trigger_ms == START_MS;
        assert_eq!(
            is_first,
            news.state.reason().is_none_or(|why| !why.starts_with("its stretch is that of"))
        );
        told.push((is_first, news.state.word()));
    }
    told.sort_unstable();
    assert_eq!(told, [(false, "overlaps"), (true, "confirmed"), (true, "created")]);
    run.stop().await;
    assert_eq!(fake.asked().len(), 1);
}

#[tokio::test]
async fn the_clip_of_another_call_under_way_is_left_alone() {
    let dir = folder();
    let store = Store::open(&dir.path().join("cliphound.db")).await.unwrap();
    let records =
        Arc::new(Records::open(&dir.path().join("recordings"), &FullDisks::default()).unwrap());
    let time = TwitchTime::new(Clock::starting_at(START_MS, SPEED));
    let (news, _heard) = mpsc::channel(1);
    let fake = Fake::default();
    fake.make("A", START_MS + 9_000);
    let clips = fake.0.lock().unwrap().made.clone();
    let context =
        Context::new(fake, store.clone(), records, time, watch::channel(Wishes::default()).1, news);
    let key = |trigger_ms| IntentKey { broadcaster_id: "7".to_owned(), trigger_ms };
    let (ours, other) = (key(START_MS), key(START_MS + 1));
    let call = |called_ms| Call {
        called_ms,
        ended_ms: called_ms,
        title: String::new(),
        is_renamed: false,
    };
    context.call(&other, call(START_MS + 8_000));
    let call = call(START_MS + 7_000);
    context.call(&ours, call.clone());
    let found = context.ours("1", &ours, &call, &clips).await.unwrap();
    assert_eq!(found, Sighting::Perhaps);
    context.settle(&other);
    let found = context.ours("1", &ours, &call, &clips).await.unwrap();
    assert_eq!(found, Sighting::Ours(clips[0].clone()));
    store.close().await;
    let unsure = context.ours("1", &ours, &call, &clips).await;
    assert!(unsure.is_err(), "better none than another's");
}

/// A crash came between the line of a refusal and the end in the database: the line holds,
/// whatever Twitch would say now.
#[tokio::test]
async fn an_end_that_was_told_holds_after_a_crash() {
    let dir = folder();
    let key = crashed(dir.path()).await;
    let records = Records::open(&dir.path().join("recordings"), &FullDisks::default()).unwrap();
    let ended = crate::clips::row::record(&order(key.trigger_ms, Cause::Hype), None, None);
    records.moments.append(&ended, MomentState::Refused).unwrap();
    let fake = Fake::default();
    fake.make("B", START_MS - 22_000);
    let mut run = Run::start(dir.path(), fake, false).await;
    assert_eq!(run.ended().await, ["refused"]);
    run.stop().await;
    let store = Store::open(&dir.path().join("cliphound.db")).await.unwrap();
    let intent = store.intent(&key).await.unwrap().unwrap();
    assert_eq!((intent.state, intent.clip_id), (IntentState::Refused, None));
    assert!(intent.reason.is_some());
    store.close().await;
    assert_eq!(states(dir.path()), ["refused"]);
}

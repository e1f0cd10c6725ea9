//! The worker when the machine sleeps, its clock is set, or a task meets a bug.

use std::time::Duration;

use cliphound_clock::Stopwatch;
use futures_util::future::join3;

use super::*;

const HOURS: Duration = Duration::from_secs(3 * 3_600);
const HOURS_MS: i64 = 3 * 3_600_000;

/// Until the promise is on the disk.
async fn ordered(run: &Run) {
    run.order(order(START_MS, Cause::Hype)).await;
    while run.store.open_intents().await.unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
}

/// Somebody sets the clock while a clip waits: it comes when it would have, and once.
async fn set_by(by_ms: i64) {
    let dir = folder();
    let fake = Fake::answering(created("A"));
    fake.make("A", START_MS + 7_000);
    let (clock, machine) = Clock::steered(START_MS);
    let mut run = Run::start_at(dir.path(), fake.clone(), false, clock).await;
    let stopwatch = Stopwatch::start();
    ordered(&run).await;
    machine.set(by_ms);
    assert_eq!(run.news.recv().await.unwrap().state.word(), "created");
    let waited = stopwatch.elapsed();
    assert!(waited >= Duration::from_secs(6), "{waited:?}");
    run.stop().await;
    assert_eq!(fake.asked().len(), 1);
    assert_eq!(lines(dir.path(), "clip_urls.txt").len(), 1);
}

/// The machine sleeps while a clip waits: a live clip would show another moment.
async fn suspended() {
    let (dir, fake) = (folder(), Fake::answering(created("A")));
    fake.0.lock().unwrap().no_vods = true;
    let (clock, machine) = Clock::steered(START_MS);
    let mut run = Run::start_at(dir.path(), fake.clone(), false, clock).await;
    ordered(&run).await;
    machine.suspend(HOURS);
    assert_eq!(run.ended().await, ["missed"]);
    run.stop().await;
    assert!(fake.asked().is_empty());
    assert_eq!(states(dir.path()), ["missed"]);
}

#[tokio::test]
async fn a_jump_of_the_clock_costs_no_clip_and_makes_none_twice() {
    join3(set_by(HOURS_MS), set_by(-HOURS_MS), suspended()).await;
}

/// The clock went back while Cliphound did not run: how late a promise is nobody knows, and it
/// neither waits for hours nor makes a clip of another moment.
#[tokio::test]
async fn a_clock_that_went_back_between_two_runs_keeps_nothing_waiting() {
    let (dir, fake) = (folder(), Fake::answering(created("A")));
    fake.0.lock().unwrap().no_vods = true;
    let run = Run::start_at(dir.path(), fake.clone(), false, Clock::steered(START_MS).0).await;
    ordered(&run).await;
    run.stop().await;
    let earlier = Clock::steered(START_MS - HOURS_MS).0;
    let mut run = Run::start_at(dir.path(), fake.clone(), false, earlier).await;
    assert_eq!(run.ended().await, ["missed"]);
    run.stop().await;
    assert!(fake.asked().is_empty());
}

/// A call that met a bug may have worked: it is looked up, as after a crash, and not repeated.
#[tokio::test]
async fn a_clip_whose_task_panics_goes_on_from_the_database() {
    let (dir, fake) = (folder(), Fake::answering(created("never asked for")));
    fake.0.lock().unwrap().bugs = 1;
    fake.0.lock().unwrap().makes = Some("A");
    let mut run = Run::start(dir.path(), fake.clone(), false).await;
    run.order(order(START_MS, Cause::Hype)).await;
    assert_eq!(run.ended().await, ["created", "confirmed"]);
    let (panics, crew) = (run.crew.panics(), run.crew.clone());
    run.stop().await;
    assert_eq!((panics, crew.alarm.is_cancelled()), (1, false));
    assert_eq!(fake.asked().len(), 1);
    assert_eq!(states(dir.path()), ["confirmed"]);
    assert_eq!(lines(dir.path(), "clip_urls.txt").len(), 1);
}

/// A clip whose every look meets a bug takes nobody along: it is left alone until the next start.
#[tokio::test]
async fn a_clip_whose_task_panics_each_time_waits_for_the_next_start() {
    let dir = folder();
    let fake = Fake::answering(Err(HelixError::AnswerLost("cut off".to_owned())));
    fake.0.lock().unwrap().makes = Some("A");
    fake.0.lock().unwrap().bad_looks = true;
    let run = Run::start(dir.path(), fake.clone(), false).await;
    run.order(order(START_MS, Cause::Hype)).await;
    while run.crew.panics() < 3 {
        tokio::task::yield_now().await;
    }
    run.stop().await;
    assert_eq!(fake.0.lock().unwrap().questions, 3);
    fake.0.lock().unwrap().bad_looks = false;
    let mut run = Run::start(dir.path(), fake.clone(), false).await;
    assert_eq!(run.ended().await, ["created", "confirmed"]);
    run.stop().await;
    assert_eq!((fake.asked().len(), states(dir.path())), (1, vec!["confirmed".to_owned()]));
}

/// The answer is lost, Cliphound is stopped, and another account is logged in when it starts again:
/// the clip is still that of who called, and none is made from the VOD.
#[tokio::test]
async fn a_clip_is_that_of_who_called_though_another_account_is_logged_in_after_a_restart() {
    let dir = folder();
    let fake = Fake::answering(Err(HelixError::AnswerLost("cut off".to_owned())));
    {
        let mut told = fake.0.lock().unwrap();
        (told.makes, told.shown_after) = (Some("A"), usize::MAX);
    }
    let wishes = Wishes { vod: true, ..Wishes::default() };
    let clock = Clock::starting_at(START_MS, SPEED);
    let run = Run::wishing(dir.path(), fake.clone(), wishes.clone(), clock.clone()).await;
    run.order(order(START_MS, Cause::Hype)).await;
    while fake.0.lock().unwrap().questions == 0 {
        tokio::task::yield_now().await;
    }
    run.stop().await;
    {
        let mut told = fake.0.lock().unwrap();
        (told.creator, told.shown_after) = (Some("2".to_owned()), 0);
    }
    let mut run = Run::wishing(dir.path(), fake.clone(), wishes, clock).await;
    assert_eq!(run.ended().await, ["created", "confirmed"]);
    run.stop().await;
    assert_eq!(lines(dir.path(), "clip_urls.txt")[0][2], "https://clips.twitch.tv/A");
    assert_eq!((fake.asked().len(), fake.0.lock().unwrap().asked_of_vods.len()), (1, 0));
}

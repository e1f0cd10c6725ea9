//! Moments that the VOD shows better than a live clip.

use super::{
    vods::{asked_of_vods, fake, with_vod},
    *,
};

/// A moment that began so long before its trigger that no live clip shows its beginning.
fn long_ago(trigger_ms: i64) -> ClipOrder {
    let mut order = order(trigger_ms, Cause::Hype);
    order.moment.start = EventTime(trigger_ms - 65_000);
    order.moment.end = EventTime(trigger_ms - 15_000);
    order
}

async fn run(dir: &Path, fake: &Fake) -> Run {
    let clock = Clock::starting_at(START_MS, SPEED);
    Run::wishing(dir, fake.clone(), with_vod(), clock).await
}

#[tokio::test]
async fn what_a_live_clip_does_not_reach_is_made_from_the_own_channels_vod() {
    let dir = folder();
    let fake = fake(created("never"), START_MS + 7_000);
    fake.0.lock().unwrap().creator = Some("7".to_owned());
    let mut run = run(dir.path(), &fake).await;
    run.order(long_ago(START_MS)).await;
    assert_eq!(run.news.recv().await.unwrap().state.word(), "created");
    run.stop().await;
    assert!(fake.asked().is_empty());
    // Two seconds before the moment's beginning, and 60 s from there.
    assert_eq!(asked_of_vods(&fake)[0].end_s, 1_000 - 65 - 2 + 60);
}

#[tokio::test]
async fn without_a_vod_or_the_certainty_to_be_an_editor_it_is_made_live() {
    for (is_own, has_vod) in [(true, false), (false, true)] {
        let dir = folder();
        let fake = fake(created("A"), START_MS);
        {
            let mut told = fake.0.lock().unwrap();
            told.creator = is_own.then(|| "7".to_owned());
            if !has_vod {
                told.vods.clear();
            }
        }
        let mut run = run(dir.path(), &fake).await;
        run.order(long_ago(START_MS)).await;
        assert_eq!(run.news.recv().await.unwrap().state.word(), "created");
        run.stop().await;
        assert_eq!((fake.asked().len(), asked_of_vods(&fake).len()), (1, 0));
    }
}

#[tokio::test]
async fn who_has_made_a_clip_of_a_channels_vods_is_its_editor() {
    let dir = folder();
    let fake = fake(created("never"), START_MS);
    fake.0.lock().unwrap().vod_answers.push_back(created("W"));
    let mut run = run(dir.path(), &fake).await;
    // Off line: made from the VOD.
    let first = order(START_MS, Cause::Hype);
    first.offline.set(true);
    run.order(first).await;
    assert_eq!(run.news.recv().await.unwrap().state.word(), "created");
    run.order(long_ago(START_MS + 100_000)).await;
    loop {
        let news = run.news.recv().await.unwrap();
        if news.state.clip().is_some_and(|clip| clip.id == "W") {
            break;
        }
    }
    run.stop().await;
    assert_eq!((fake.asked().len(), asked_of_vods(&fake).len()), (0, 2));
}

/// The first moment of a channel already, and by whoever is logged in then.
#[tokio::test]
async fn whom_twitch_shows_to_be_an_editor_is_asked_about_once_for_each_account() {
    let dir = folder();
    let fake = fake(created("L"), START_MS);
    {
        let mut told = fake.0.lock().unwrap();
        told.vod_answers.push_back(created("W"));
        told.edits = [("1", true), ("2", false)].into();
    }
    let mut run = run(dir.path(), &fake).await;
    let asked = || (fake.asked().len(), asked_of_vods(&fake).len());
    for n in 0..2_i64 {
        run.order(long_ago(START_MS + n * 100_000)).await;
        while asked() == (0, usize::try_from(n).unwrap()) {
            run.news.recv().await.unwrap();
        }
    }
    assert_eq!((asked(), fake.0.lock().unwrap().edit_questions), ((0, 2), 1));
    fake.0.lock().unwrap().creator = Some("2".to_owned());
    run.order(long_ago(START_MS + 200_000)).await;
    while asked().0 == 0 {
        run.news.recv().await.unwrap();
    }
    run.stop().await;
    assert_eq!((asked(), fake.0.lock().unwrap().edit_questions), ((1, 2), 2));
}

#[tokio::test]
async fn a_look_for_the_vod_that_takes_long_ends_with_a_live_clip() {
    let dir = folder();
    let fake = fake(created("A"), START_MS);
    {
        let mut told = fake.0.lock().unwrap();
        told.creator = Some("7".to_owned());
        told.vods_hang = true;
    }
    let mut run = run(dir.path(), &fake).await;
    run.order(long_ago(START_MS)).await;
    assert_eq!(run.news.recv().await.unwrap().state.word(), "created");
    run.stop().await;
    assert_eq!((fake.asked().len(), asked_of_vods(&fake).len()), (1, 0));
}

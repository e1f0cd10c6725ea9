//! What follows from a review: a no that is taken back, one that a crash cuts short, and cuts by
//! hand that came to nothing.

use cliphound_store::{NewRecut, RecutAsked, Review, Verdict};

use super::{
    vods::{accepted, asked_of_vods, fake, with_vod},
    *,
};
use crate::{
    clips::{life::Event, row},
    records::{MomentState, kept_lines},
};

/// A yes, or nothing any more, that comes just before a no is stored: nothing is told, and what
/// was said last is done.
#[tokio::test]
async fn a_no_that_was_taken_back_tells_nothing() {
    let (dir, fake) = (folder(), fake(created("never"), START_MS));
    let (task, context) = accepted(dir.path(), fake.clone(), Verdict::Kept).await;
    task.decided(Event::Rejected).await;
    let key = order(START_MS, Cause::Hype).key();
    let kept = context.store.intent(&key).await.unwrap().unwrap();
    assert_eq!((kept.state, kept.review), (IntentState::Waiting, Review::Accepted));
    assert!(states(dir.path()).is_empty());
    assert_eq!(context.store.waiting_lines().await.unwrap(), []);
}

/// An earlier version told a no before it was stored, and was killed in between; then somebody
/// said yes.
#[tokio::test]
async fn a_yes_outweighs_the_line_of_an_earlier_no() {
    let (dir, fake) = (folder(), fake(created("never"), START_MS + 100_000));
    let clock = Clock::starting_at(START_MS, SPEED);
    let (_, context) = accepted(dir.path(), Fake::default(), Verdict::Kept).await;
    let told = row::record(&order(START_MS, Cause::Hype), None, None);
    context.records.moments.append(&told, MomentState::Rejected).unwrap();
    context.store.clone().close().await;
    let mut run = Run::wishing(dir.path(), fake.clone(), with_vod(), clock).await;
    assert_eq!(run.news.recv().await.unwrap().state.word(), "created");
    run.stop().await;
    assert_eq!(asked_of_vods(&fake).len(), 1);
}

/// Killed when a no was stored and its line not written yet: the next start writes it.
#[tokio::test]
async fn a_no_whose_line_a_crash_cost_is_told_at_the_next_start() {
    let (dir, fake) = (folder(), Fake::default());
    let (task, context) = accepted(dir.path(), fake, Verdict::Rejected).await;
    task.decided(Event::Rejected).await;
    assert!(context.store.in_review(9).await.unwrap().is_empty());
    let recordings = dir.path().join("recordings");
    std::fs::remove_file(recordings.join("moments.tsv")).unwrap();
    for _ in 0..2 {
        let records = Arc::new(Records::open(&recordings, &FullDisks::default()).unwrap());
        kept_lines::put_back(&records, &context.store).await;
        assert_eq!(states(dir.path()), ["rejected"]);
        kept_lines::tidy(&records, &context.store).await;
        assert_eq!(context.store.waiting_lines().await.unwrap(), []);
    }
}

/// A cut by hand of a moment that the database has.
async fn cut(store: &Store) -> NewRecut {
    let of = order(START_MS, Cause::Hype);
    store.record_moment(&row::moment_row(&of)).await.unwrap();
    NewRecut {
        of: of.key(),
        start_ms: START_MS - 50_000,
        end_ms: START_MS - 29_500,
        title: "again".to_owned(),
        by: "ann".to_owned(),
        now_ms: START_MS,
    }
}

/// Refused once, because the account was no editor: asked for again, the very same stretch is
/// asked of Twitch again, whatever the line of the first says.
#[tokio::test]
async fn a_cut_by_hand_that_failed_can_be_made_again() {
    let dir = folder();
    let clock = Clock::starting_at(START_MS, FAST);
    let fake = fake(created("never"), START_MS);
    let refused = Err(HelixError::Forbidden("not an editor".to_owned()));
    fake.0.lock().unwrap().vod_answers = [refused, created("V")].into();
    let mut run = Run::wishing(dir.path(), fake.clone(), with_vod(), clock).await;
    let cut = cut(&run.store).await;
    run.store.ask_recut(&cut).await.unwrap();
    assert_eq!(run.ended().await, ["refused"]);
    let asked = run.store.ask_recut(&cut).await.unwrap();
    assert!(matches!(asked, RecutAsked::Asked(_)), "{asked:?}");
    assert_eq!(run.news.recv().await.unwrap().state.word(), "created");
    run.stop().await;
    assert_eq!(asked_of_vods(&fake).len(), 2);
}

/// A backup is put back: a cut by hand that was open in it ends, and says so.
#[tokio::test]
async fn a_cut_by_hand_does_not_wait_in_a_restored_database() {
    let (dir, fake) = (folder(), fake(created("never"), START_MS));
    let (path, copy) = (dir.path().join("old.db"), dir.path().join("cliphound.db"));
    let store = Store::open(&path).await.unwrap();
    let cut = cut(&store).await;
    store.ask_recut(&cut).await.unwrap();
    store.close().await;
    cliphound_store::copy(&path, &copy).await.unwrap();
    let clock = Clock::starting_at(START_MS, SPEED);
    let mut run = Run::wishing(dir.path(), fake.clone(), with_vod(), clock).await;
    let news = run.news.recv().await.unwrap();
    assert!(news.state.reason().unwrap().contains("ask for it once more"), "{news:?}");
    run.stop().await;
    assert_eq!(states(dir.path()), ["missed"]);
    assert!(asked_of_vods(&fake).is_empty());
}

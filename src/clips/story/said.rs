//! Titles that are words of chat, and that are deleted there before anybody sees them.

use cliphound_store::{NewRecut, Page, RecutAsked, Words};
use futures_util::{FutureExt, future::BoxFuture, poll};

use super::{
    vods::{asked_of_vods, context, fake, vod, with_vod},
    *,
};
use crate::{
    clips::{
        row,
        task::{ClipTask, Update},
    },
    config::Dir,
    forget::{Found, Kind, Whom},
};

/// Somebody asks for a moment in chat, with words of their own.
fn asked() -> ClipOrder {
    let words = Words { said_by: Some("ann".to_owned()), said_in: Some("m1".to_owned()) };
    let title = "their words".to_owned();
    let order = order(START_MS, Cause::Manual("ann".to_owned()));
    ClipOrder { title, said: Said::new(words), ..order }
}

/// They are deleted while the promise waits for the disk: the database had nothing to change.
#[tokio::test]
async fn words_that_are_deleted_at_once_are_never_public() {
    for is_deleted in [true, false] {
        let dir = folder();
        let fake = Fake::answering(created("A"));
        fake.make("A", START_MS);
        let mut run = Run::start(dir.path(), fake.clone(), false).await;
        let order = asked();
        let title = if is_deleted { order.neutral_title() } else { order.title.clone() };
        run.order(order.clone()).await;
        if is_deleted {
            order.said.delete();
        }
        assert_eq!(run.ended().await, ["created", "confirmed"]);
        assert_eq!(fake.asked()[0].title, title);
        let kept = run.store.intent(&order.key()).await.unwrap().unwrap();
        assert_eq!(kept.title, title);
        run.stop().await;
        assert_eq!(lines(dir.path(), "clip_urls.txt")[0][8], title);
    }
}

/// A restart knows whose words a title is, and finds it deleted.
#[tokio::test]
async fn words_that_are_deleted_while_nobody_runs_are_no_title_any_more() {
    let dir = folder();
    let order = ClipOrder { publish: Publish::Review, ..asked() };
    let mut run = Run::start(dir.path(), Fake::default(), false).await;
    run.order(order.clone()).await;
    assert_eq!(run.news.recv().await.unwrap().state.word(), "waiting");
    let mut titles = run.store.titled().await.unwrap();
    assert_eq!(titles.len(), 1);
    titles[0].title = order.neutral_title();
    run.store.untitle(&titles).await.unwrap();
    run.stop().await;
    let store = Store::open(&dir.path().join("cliphound.db")).await.unwrap();
    store.judge(&order.key(), cliphound_store::Verdict::Rejected, "bob", START_MS).await.unwrap();
    store.close().await;
    let mut run = Run::start(dir.path(), Fake::default(), false).await;
    assert_eq!(run.ended().await, ["rejected"]);
    run.stop().await;
    assert_eq!(lines(dir.path(), "moments.tsv")[0][8], order.neutral_title());
}

/// No promise stands for it, by which its title could be found once it is deleted.
#[tokio::test]
async fn a_moment_without_a_promise_has_no_words_of_chat() {
    let dir = folder();
    let mut run = Run::start(dir.path(), Fake::default(), false).await;
    run.orders.send(ToClips::Missed(asked())).await.unwrap();
    assert_eq!(run.ended().await, ["missed"]);
    run.stop().await;
    assert_eq!(lines(dir.path(), "moments.tsv")[0][8], asked().neutral_title());
}

/// A read that has begun: as long as it is not gone on with, every other waits for it.
async fn reading(store: &Store) -> BoxFuture<'_, usize> {
    loop {
        let read = async { store.moments(&Page::newest(10)).await.unwrap().len() };
        let mut reading = read.boxed();
        if poll!(&mut reading).is_pending() {
            return reading;
        }
    }
}

/// Pages and exports read for long, and every other read waits for them. A clip does not; words
/// that may have been deleted meanwhile are no title of it.
#[tokio::test]
async fn no_clip_waits_for_whoever_reads_the_database() {
    let hype = order(START_MS, Cause::Hype);
    for (order, title) in [(hype.clone(), hype.title.clone()), (asked(), asked().neutral_title())] {
        let (dir, fake) = (folder(), Fake::answering(created("A")));
        fake.make("A", START_MS);
        let context = context(dir.path(), fake.clone(), 10.0).await;
        let reading = reading(&context.store).await;
        let (key, stop) = (order.key(), CancellationToken::new());
        let (_, updates) = watch::channel(Update::Order(Box::new(order.clone())));
        ClipTask::new(Arc::clone(&context), order, updates, stop).begin().await;
        reading.await;
        assert_eq!(fake.asked()[0].title, title);
        assert_eq!(context.store.intent(&key).await.unwrap().unwrap().title, title);
    }
}

/// An editor cuts what somebody asked for anew, under its title; gives back the cut's key.
async fn cut_by_an_editor(store: &Store) -> IntentKey {
    let of = asked();
    let intent = NewIntent {
        key: of.key(),
        login: "ninja".to_owned(),
        start_ms: of.moment.start.0,
        end_ms: of.moment.end.0,
        automatic: false,
        due_ms: START_MS,
        title: of.title.clone(),
        words: of.said.words.clone(),
        duration_s: of.duration_s,
        in_review: true,
        dry: None,
        now_ms: START_MS,
    };
    store.promise_moment(&row::moment_row(&of), &intent).await.unwrap();
    let cut = NewRecut {
        of: of.key(),
        start_ms: START_MS - 50_000,
        end_ms: START_MS - 29_500,
        title: of.title.clone(),
        by: "editor".to_owned(),
        now_ms: START_MS,
    };
    let RecutAsked::Asked(key) = store.ask_recut(&cut).await.unwrap() else { panic!() };
    key
}

/// An editor cuts a moment anew under its title; whose words that is, is forgotten while the VOD
/// is looked for.
#[tokio::test]
async fn who_is_forgotten_says_nothing_in_a_cut_by_somebody_else() {
    let (dir, fake) = (folder(), fake(created("never"), START_MS));
    fake.0.lock().unwrap().vods.clear();
    let clock = Clock::starting_at(START_MS, FAST);
    let mut run = Run::wishing(dir.path(), fake.clone(), with_vod(), clock).await;
    let key = cut_by_an_editor(&run.store).await;
    while fake.0.lock().unwrap().vod_questions == 0 {
        tokio::task::yield_now().await;
    }
    run.store.forget_user("ann").await.unwrap();
    fake.0.lock().unwrap().vods.push(vod());
    assert_eq!(run.news.recv().await.unwrap().state.word(), "created");
    run.stop().await;
    let neutral = order(key.trigger_ms, Cause::Hype).neutral_title();
    assert_eq!(asked_of_vods(&fake)[0].title, neutral);
}

/// It was made before: the records have it, and what follows is written without the words, too.
#[tokio::test]
async fn who_is_forgotten_is_in_no_record_of_a_cut_by_somebody_else() {
    let ann = Whom { kind: Kind::User, login: ChannelLogin::parse("ann").unwrap() };
    for is_over in [true, false] {
        let (dir, fake) = (folder(), fake(created("never"), START_MS));
        // Slow enough that the clip is not given up while it is looked what there is.
        let clock = Clock::starting_at(START_MS, FAST / 10.0);
        let mut run = Run::wishing(dir.path(), fake.clone(), with_vod(), clock).await;
        let key = cut_by_an_editor(&run.store).await;
        assert_eq!(run.news.recv().await.unwrap().state.word(), "created");
        let id = run.store.intent(&key).await.unwrap().unwrap().clip_id.unwrap();
        if is_over {
            fake.make(&id, START_MS);
            assert_eq!(run.ended().await, ["confirmed"]);
        }
        let folder = Dir::new(dir.path());
        let mut found = Found::look(&folder, Some(&run.store), &ann, &[]).await.unwrap();
        let lines_of = |found: &Found| found.lines.iter().map(|(_, lines)| *lines).sum::<usize>();
        assert_eq!(lines_of(&found), if is_over { 2 } else { 1 });
        let (gone, told) = tokio::sync::oneshot::channel();
        run.orders.send(ToClips::LetGo(ann.clone(), gone)).await.unwrap();
        let let_gone = told.await.unwrap();
        found.carry_out(&folder, Some(&run.store), None, &ann, None).await.unwrap();
        drop(let_gone);
        if !is_over {
            fake.make(&id, START_MS);
            assert_eq!(run.ended().await, ["confirmed"]);
        }
        run.stop().await;
        for file in ["clip_urls.txt", "moments.tsv"] {
            let line = &lines(dir.path(), file)[0];
            assert_eq!((line[7].as_str(), line[8].as_str()), ("manual:editor", "-"), "{file}");
        }
    }
}

/// Nor does the worker, which looks every few seconds what was decided in review.
#[tokio::test]
async fn no_order_waits_for_whoever_reads_the_database() {
    let (dir, fake) = (folder(), Fake::answering(created("A")));
    fake.0.lock().unwrap().answers.push_back(created("B"));
    let mut run = Run::start(dir.path(), fake.clone(), false).await;
    run.order(order(START_MS, Cause::Hype)).await;
    assert_eq!(run.news.recv().await.unwrap().state.word(), "created");
    let store = run.store.clone();
    let reading = reading(&store).await;
    run.time.clock().sleep(std::time::Duration::from_secs(60)).await;
    run.order(order(run.time.clock().now_ms(), Cause::Hype)).await;
    while fake.asked().len() < 2 {
        tokio::task::yield_now().await;
    }
    drop(reading);
    run.stop().await;
}

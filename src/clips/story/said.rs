//! Titles that are words of chat, and that are deleted there before anybody sees them.

use cliphound_store::Words;

use super::*;

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
        assert_eq!((&kept.title, kept.words.said_by.is_some()), (&title, !is_deleted));
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

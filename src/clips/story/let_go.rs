//! Clips that are let go of, because their channel or who asked for them is to be forgotten.

use tokio::sync::oneshot;

use super::*;
use crate::{
    clips::LetGone,
    forget::{Kind, Whom},
};

fn whom(kind: Kind, login: &str) -> Whom {
    Whom { kind, login: ChannelLogin::parse(login).unwrap() }
}

impl Run {
    async fn let_go(&self, whom: Whom) -> LetGone {
        let (gone, told) = oneshot::channel();
        self.orders.send(ToClips::LetGo(whom, gone)).await.unwrap();
        told.await.unwrap()
    }
}

#[tokio::test]
async fn a_channel_that_is_forgotten_writes_nothing_more() {
    let dir = folder();
    // Twitch shows no clip: it is looked for, for minutes.
    let fake = Fake::answering(created("A"));
    let mut run = Run::start(dir.path(), fake.clone(), false).await;
    let order = order(START_MS, Cause::Hype);
    run.order(order.clone()).await;
    assert_eq!(run.news.recv().await.unwrap().state.word(), "created");
    assert_eq!(run.let_go(whom(Kind::Channel, "other")).await.keys, []);
    let let_gone = run.let_go(whom(Kind::Channel, "ninja")).await;
    assert_eq!(let_gone.keys, [order.key()]);
    run.store.forget_channel("ninja", None).await.unwrap();
    drop(let_gone);
    fake.make("A", START_MS + 7_000);
    run.time.clock().sleep(std::time::Duration::from_secs(400)).await;
    assert!(run.news.try_recv().is_err() && states(dir.path()).is_empty());
    let store = run.store.clone();
    assert!(store.known_of_channel("ninja").await.unwrap().is_nothing());
    run.stop().await;
}

#[tokio::test]
async fn what_a_user_asked_for_goes_on_without_their_name() {
    let dir = folder();
    let fake = Fake::answering(created("A"));
    let mut run = Run::start(dir.path(), fake.clone(), false).await;
    // In the dashboard a name may have capitals.
    let order = order(START_MS, Cause::Manual("Ann".to_owned()));
    run.order(order.clone()).await;
    assert_eq!(run.news.recv().await.unwrap().state.word(), "created");
    let open = run.let_go(whom(Kind::User, "ann")).await;
    assert_eq!(open.keys, [order.key()]);
    assert_eq!(run.store.forget_user("ann").await.unwrap().moments, 1);
    drop(open);
    fake.make("A", START_MS);
    assert_eq!(run.ended().await, ["confirmed"]);
    run.stop().await;
    let line = &lines(dir.path(), "moments.tsv")[0];
    assert_eq!((line[7].as_str(), line[8].as_str()), ("manual:deleted", "-"));
    assert_eq!(fake.asked().len(), 1);
}

/// Whoever let go of them may give up, or panic: their clips are made all the same.
#[tokio::test]
async fn what_nobody_takes_up_again_goes_on_by_itself() {
    let dir = folder();
    let fake = Fake::answering(created("A"));
    let mut run = Run::start(dir.path(), fake.clone(), false).await;
    run.order(order(START_MS, Cause::Manual("ann".to_owned()))).await;
    assert_eq!(run.news.recv().await.unwrap().state.word(), "created");
    let (gone, told) = oneshot::channel();
    drop(told);
    run.orders.send(ToClips::LetGo(whom(Kind::User, "ann"), gone)).await.unwrap();
    fake.make("A", START_MS);
    assert_eq!(run.ended().await, ["confirmed"]);
    run.stop().await;
    assert_eq!(states(dir.path()), ["confirmed"]);
}

/// The database can't be read when they are given back: they go on once it can.
#[tokio::test]
async fn what_can_not_be_taken_up_at_once_is_taken_up_later() {
    let dir = folder();
    let fake = Fake::answering(created("A"));
    let mut run = Run::start(dir.path(), fake.clone(), false).await;
    run.order(order(START_MS, Cause::Manual("ann".to_owned()))).await;
    assert_eq!(run.news.recv().await.unwrap().state.word(), "created");
    let open = run.let_go(whom(Kind::User, "ann")).await;
    let options =
        sqlx::sqlite::SqliteConnectOptions::new().filename(dir.path().join("cliphound.db"));
    let mut conn = sqlx::ConnectOptions::connect(&options).await.unwrap();
    let hide = "ALTER TABLE intents RENAME TO hidden";
    sqlx::raw_sql(hide).execute(&mut conn).await.unwrap();
    drop(open);
    // What is given back is surely heard among so much.
    for _ in 0..30 {
        assert_eq!(run.let_go(whom(Kind::Channel, "other")).await.keys, []);
    }
    let show = "ALTER TABLE hidden RENAME TO intents";
    sqlx::raw_sql(show).execute(&mut conn).await.unwrap();
    fake.make("A", START_MS);
    assert_eq!(run.ended().await, ["confirmed"]);
    run.stop().await;
    assert_eq!(states(dir.path()), ["confirmed"]);
}

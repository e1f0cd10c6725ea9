//! Stories of subscriptions that Twitch ends, and of a log-in that brings them back.

use super::*;

const RIGHTS: &str = "authorization_revoked";

/// Time for what is asked of Twitch, and for what it answers.
pub(super) async fn a_moment() {
    timeout(Duration::from_secs(1), std::future::pending::<()>()).await.unwrap_err();
}

/// So many seconds, in which Twitch gives its signs of life.
pub(super) async fn pass(peer: &mut Peer, seconds: u64) {
    for _ in 0..seconds / 9 {
        peer.send("k", "session_keepalive", json!({})).await;
        timeout(Duration::from_secs(9), std::future::pending::<()>()).await.unwrap_err();
    }
}

/// Everything of both channels is ended, as when a user takes our rights back.
async fn end_all(scene: &mut Scene, peer: &mut Peer) {
    for channel in ["ann", "bob"] {
        for kind in Kind::CHAT.into_iter().chain(Kind::OPEN) {
            peer.revoke(kind, channel, RIGHTS).await;
        }
        scene.loses(channel).await;
    }
    a_moment().await;
}

fn asked(calls: &[String], session: &str) -> usize {
    calls.iter().filter(|call| call.starts_with(session)).count()
}

#[tokio::test(start_paused = true)]
async fn rights_that_are_gone_bring_the_token_in_doubt_once_and_a_log_in_brings_all_back() {
    let mut scene = scene(false, all);
    let mut peer = scene.heard("s1").await;
    a_moment().await;
    scene.api.take();
    end_all(&mut scene, &mut peer).await;
    assert_eq!(scene.api.take(), ["doubt the token"], "nothing is asked for yet");
    assert_eq!((scene.handle.stats().channels_heard, scene.handle.stats().revoked), (0, 18));
    assert_eq!(scene.handle.stats().connected, 0, "no session is kept for what rests");
    scene.handle.retry_now();
    let _peer = scene.heard("s2").await;
    a_moment().await;
    let calls = scene.api.take();
    assert_eq!(asked(&calls, "s2 "), 2 * 5 + 8, "{calls:?}");
    assert_eq!(scene.handle.stats().lost, 0);
}

#[tokio::test(start_paused = true)]
async fn without_a_log_in_all_of_it_is_tried_again_after_ten_minutes() {
    let mut scene = scene(false, all);
    let mut peer = scene.heard("s1").await;
    a_moment().await;
    end_all(&mut scene, &mut peer).await;
    scene.api.take();
    let early = timeout(Duration::from_secs(590), scene.accept()).await;
    assert!(early.is_err() && scene.api.take().is_empty());
    let _peer = timeout(Duration::from_secs(20), scene.heard("s2")).await.unwrap();
    a_moment().await;
    let calls = scene.api.take();
    assert_eq!(asked(&calls, "s2 "), 2 * 5 + 8, "{calls:?}");
}

#[tokio::test(start_paused = true)]
async fn what_is_left_to_irc_is_not_taken_back_by_a_log_in_and_the_rest_comes() {
    let mut scene = scene(true, all);
    let mut peer = scene.heard("s1").await;
    a_moment().await;
    end_all(&mut scene, &mut peer).await;
    for channel in ["ann", "bob"] {
        assert_eq!(scene.refused.recv().await.unwrap().channel.as_str(), channel);
    }
    scene.api.take();
    scene.handle.retry_now();
    let _peer = scene.welcome("s2").await;
    a_moment().await;
    let calls = scene.api.take();
    assert_eq!(asked(&calls, "s2 "), 8, "what the streams tell: {calls:?}");
    // Chat comes when it is asked for.
    assert_eq!(scene.handle.listen_to(&[watched("ann")]), []);
    assert_eq!(scene.event().await, ("ann".to_owned(), ChatEvent::Joined));
}

#[tokio::test(start_paused = true)]
async fn a_connection_with_nothing_left_is_woken_by_a_log_in() {
    static GIVES: AtomicBool = AtomicBool::new(false);
    let mut scene = scene(true, |_| match GIVES.load(Relaxed) {
        true => Ok(()),
        false => Err(SubscribeError::Refused("not now".to_owned())),
    });
    let _peer = scene.welcome("s1").await;
    while scene.handle.stats().idle == 0 {
        a_moment().await;
    }
    assert_eq!(scene.handle.stats().connected, 0);
    GIVES.store(true, Relaxed);
    scene.api.take();
    scene.handle.retry_now();
    let _peer = scene.welcome("s2").await;
    a_moment().await;
    assert_eq!(asked(&scene.api.take(), "s2 "), 8, "chat is left to IRC");
    assert_eq!(scene.handle.stats().idle, 0);
}

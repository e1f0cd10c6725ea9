//! Stories of subscriptions that a limit keeps from us for a while.

use super::*;

/// Time for what is asked of Twitch, and for what it answers.
async fn a_moment() {
    timeout(Duration::from_secs(1), std::future::pending::<()>()).await.unwrap_err();
}

#[tokio::test(start_paused = true)]
async fn what_a_limit_kept_from_us_comes_ten_minutes_later_and_no_session_waits_for_it() {
    static GIVES: AtomicBool = AtomicBool::new(false);
    let mut scene = scene(true, |_| match GIVES.load(Relaxed) {
        true => Ok(()),
        false => Err(SubscribeError::Full("the cost is used up".to_owned())),
    });
    let mut peer = scene.welcome("s1").await;
    // Half a minute of tries, in which Twitch gives its signs of life.
    for _ in 0..3 {
        peer.send("k", "session_keepalive", json!({})).await;
        timeout(Duration::from_secs(9), std::future::pending::<()>()).await.unwrap_err();
    }
    for channel in ["ann", "bob"] {
        assert_eq!(scene.refused.recv().await.unwrap().channel.as_str(), channel);
    }
    while scene.handle.stats().idle == 0 {
        a_moment().await;
    }
    assert_eq!(scene.handle.stats().connected, 0);
    scene.api.take();
    GIVES.store(true, Relaxed);
    let _peer = scene.welcome("s2").await;
    a_moment().await;
    let calls = scene.api.take();
    let asked = calls.iter().filter(|call| call.starts_with("s2 ")).count();
    assert_eq!(asked, 8, "chat is left to IRC: {calls:?}");
    assert_eq!(scene.handle.stats().idle, 0);
}

/// All else is lost just before it is to be asked for: it is due once the connection has paused.
#[tokio::test(start_paused = true)]
async fn what_was_kept_from_us_is_asked_for_though_it_came_due_while_nobody_waited() {
    static GIVES: AtomicBool = AtomicBool::new(false);
    let mut scene = scene(true, |want| match want.kind.is_chat() || GIVES.load(Relaxed) {
        true => Ok(()),
        false => Err(SubscribeError::Full("the cost is used up".to_owned())),
    });
    let mut peer = scene.heard("s1").await;
    // 14 s of tries, then ten minutes of rest but for half a second.
    for _ in 0..68 {
        timeout(Duration::from_secs(9), std::future::pending::<()>()).await.unwrap_err();
        peer.send("k", "session_keepalive", json!({})).await;
    }
    timeout(Duration::from_millis(1_500), std::future::pending::<()>()).await.unwrap_err();
    GIVES.store(true, Relaxed);
    for channel in ["ann", "bob"] {
        peer.revoke(Kind::ChatMessage, channel, "chat_user_banned").await;
        scene.loses(channel).await;
    }
    let coming = timeout(Duration::from_secs(60), scene.welcome("s2")).await;
    let _peer = coming.expect("nothing is asked for any more");
    a_moment().await;
    let calls = scene.api.take();
    assert_eq!(calls.iter().filter(|call| call.starts_with("s2 ")).count(), 8, "{calls:?}");
}

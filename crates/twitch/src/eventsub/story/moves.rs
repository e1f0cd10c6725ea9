//! Stories of moves to another address, which Twitch asks for.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_move_loses_nothing_and_doubles_nothing() {
    let mut scene = scene(true, all);
    let mut old = scene.heard("s1").await;
    timeout(Duration::from_secs(1), std::future::pending::<()>()).await.unwrap_err();
    scene.api.take();
    old.say("1", "before").await;
    old.reconnect("ws://127.0.0.1/ws?challenge=x&id=1").await;
    let mut new = scene.accept().await;
    assert_eq!(new.url.as_str(), "ws://127.0.0.1/ws?challenge=x&id=1", "as it stands");
    old.say("2", "while it dials").await;
    assert_eq!([scene.text().await, scene.text().await], ["before", "while it dials"]);
    new.welcome("s2").await;
    old.say("3", "after the welcome").await;
    new.say("3", "after the welcome").await;
    new.say("4", "new").await;
    assert_eq!([scene.text().await, scene.text().await], ["after the welcome", "new"]);
    old.reconnect("ws://127.0.0.1/astray").await;
    old.close(4004).await;
    new.say("5", "last").await;
    assert_eq!(scene.text().await, "last");
    assert!(scene.incoming.try_recv().is_err(), "who was left can't send us elsewhere");
    assert_eq!(scene.api.take(), Vec::<String>::new(), "subscriptions carry over");
    let stats = scene.handle.stats();
    assert_eq!((stats.moved, stats.lost, stats.repeats, stats.channels_heard), (1, 0, 1, 2));
}

#[tokio::test(start_paused = true)]
async fn the_old_connection_may_close_while_we_move() {
    let mut scene = scene(true, all);
    let mut old = scene.heard("s1").await;
    old.reconnect("ws://127.0.0.1/next").await;
    let mut new = scene.accept().await;
    old.say("1", "last words").await;
    old.close(1000).await;
    assert_eq!(scene.text().await, "last words");
    new.welcome("s2").await;
    new.say("2", "goes on").await;
    assert_eq!(scene.text().await, "goes on");
    assert_eq!(scene.handle.stats().lost, 0);
}

#[tokio::test(start_paused = true)]
async fn when_the_new_address_refuses_the_old_one_is_used_to_its_end() {
    let mut scene = scene(true, all);
    let mut old = scene.heard("s1").await;
    old.reconnect("ws://127.0.0.1/next").await;
    for _ in 0..3 {
        scene.accept().await.close(4007).await;
    }
    old.say("1", "still here").await;
    assert_eq!(scene.text().await, "still here");
    old.close(4004).await;
    scene.loses("ann").await;
    scene.loses("bob").await;
    scene.heard("s2").await;
}

/// Two channels, of which none is answered about yet: four calls are under way.
async fn unanswered(scene: &mut Scene) -> Peer {
    scene.api.answers.send_replace(false);
    let mut old = scene.welcome("s1").await;
    old.reconnect("ws://127.0.0.1/next").await;
    timeout(Duration::from_secs(4), scene.accept()).await.err().expect("the calls come first");
    assert_eq!(scene.api.take().len(), 4);
    old
}

#[tokio::test(start_paused = true)]
async fn a_move_waits_for_the_subscriptions_that_are_being_made() {
    let mut scene = scene(true, all);
    let _old = unanswered(&mut scene).await;
    scene.api.answers.send_replace(true);
    let mut new = scene.accept().await;
    let mut heard = [scene.event().await, scene.event().await];
    heard.sort_by_key(|(channel, _)| channel.clone());
    assert_eq!(heard, [("ann".into(), ChatEvent::Joined), ("bob".into(), ChatEvent::Joined)]);
    assert_eq!(scene.api.take(), Vec::<String>::new(), "nothing more before the new welcome");
    new.welcome("s2").await;
    timeout(Duration::from_secs(1), std::future::pending::<()>()).await.unwrap_err();
    let calls = scene.api.take();
    assert_eq!(calls.len(), 2 * 5 + 8 - 4, "{calls:?}");
    assert!(calls.iter().all(|call| call.starts_with("s2 ")), "{calls:?}");
}

#[tokio::test(start_paused = true)]
async fn what_was_answered_after_a_move_is_asked_for_anew() {
    let mut scene = scene(true, all);
    let _old = unanswered(&mut scene).await;
    // Twitch gives it half a minute.
    let _new = scene.welcome("s2").await;
    scene.handle.leave(&[watched("bob").login]);
    timeout(Duration::from_secs(1), std::future::pending::<()>()).await.unwrap_err();
    assert_eq!(scene.handle.stats().channels_heard, 0, "where they are is not known");
    scene.api.answers.send_replace(true);
    assert_eq!(scene.event().await, ("ann".to_owned(), ChatEvent::Joined));
    timeout(Duration::from_secs(1), std::future::pending::<()>()).await.unwrap_err();
    assert_eq!(scene.handle.stats().channels_heard, 1);
    let calls = scene.api.take();
    assert!(calls.contains(&"s2 channel.chat.message ann".to_owned()), "{calls:?}");
    assert!(calls.contains(&"forget channel.chat.message/id-of-bob".to_owned()), "{calls:?}");
    assert!(!calls.iter().any(|call| call.starts_with("s2 ") && call.ends_with(" bob")));
    assert!(scene.events.try_recv().is_err(), "heard once");
}

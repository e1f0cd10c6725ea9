//! Stories of subscriptions that end without our being told, or before we know that they are there.

use super::{
    revoked::{a_moment, pass},
    *,
};
use crate::chat::Loss;

const CHAT_OF_ANN: &str = "channel.chat.message/id-of-ann";

/// Twitch has it no more, and says nothing.
fn lose(scene: &Scene) {
    assert!(scene.api.has.lock().unwrap().remove(CHAT_OF_ANN));
}

/// It is asked for again, and there.
async fn comes_back(scene: &mut Scene) {
    let calls = scene.api.take();
    assert_eq!(calls, ["s1 channel.chat.message ann"], "what belongs to it is there");
    scene.loses("ann").await;
    assert_eq!(scene.event().await, ("ann".to_owned(), ChatEvent::Joined));
    assert_eq!((scene.handle.stats().channels_heard, scene.handle.stats().lost), (2, 0));
}

#[tokio::test(start_paused = true)]
async fn what_ended_unheard_is_missed_at_the_second_look_that_does_not_see_it() {
    let mut scene = scene(true, all);
    let mut peer = scene.heard("s1").await;
    pass(&mut peer, 630).await;
    scene.api.take();
    lose(&scene);
    pass(&mut peer, 540).await;
    assert_eq!(scene.api.take(), Vec::<String>::new());
    pass(&mut peer, 63).await;
    assert_eq!(scene.api.take(), Vec::<String>::new(), "it may be listed late");
    pass(&mut peer, 63).await;
    comes_back(&mut scene).await;
}

/// Twitch lists late what it has, once and again.
#[tokio::test(start_paused = true)]
async fn what_one_look_does_not_see_is_not_missed() {
    let mut scene = scene(true, all);
    let mut peer = scene.heard("s1").await;
    a_moment().await;
    scene.api.take();
    for _ in 0..2 {
        pass(&mut peer, 540).await;
        lose(&scene);
        pass(&mut peer, 72).await;
        scene.api.has.lock().unwrap().insert(CHAT_OF_ANN.to_owned());
        pass(&mut peer, 63).await;
    }
    assert_eq!(scene.api.take(), Vec::<String>::new());
    assert_eq!((scene.handle.stats().channels_heard, scene.handle.stats().lost), (2, 0));
    // Nothing came but signs of life.
    assert!(timeout(Duration::from_secs(1), scene.event()).await.is_err());
}

/// What can't be read may have been the end of a subscription.
#[tokio::test(start_paused = true)]
async fn something_unreadable_is_looked_after_within_two_minutes() {
    let mut scene = scene(true, all);
    let mut peer = scene.heard("s1").await;
    a_moment().await;
    scene.api.take();
    lose(&scene);
    peer.socket.send(Message::text("{\"metadata\": {\"message_ty")).await.unwrap();
    pass(&mut peer, 45).await;
    assert_eq!(scene.api.take(), Vec::<String>::new());
    pass(&mut peer, 27).await;
    assert_eq!(scene.api.take(), Vec::<String>::new(), "it may be listed late");
    pass(&mut peer, 63).await;
    comes_back(&mut scene).await;
}

/// The end overtakes the answer that says that there is something to end.
#[tokio::test(start_paused = true)]
async fn an_end_before_the_answer_is_not_missed() {
    let mut scene = scene(true, all);
    scene.api.answers.send_replace(false);
    let mut peer = scene.welcome("s1").await;
    a_moment().await;
    peer.revoke(Kind::ChatMessage, "ann", "user_removed").await;
    a_moment().await;
    scene.api.answers.send_replace(true);
    // The two answers come in either order.
    let mut events = [scene.event().await, scene.event().await, scene.event().await];
    events.sort_by(|one, other| one.0.cmp(&other.0));
    let [joined, lost, other] = events;
    assert_eq!(joined, ("ann".to_owned(), ChatEvent::Joined));
    assert_eq!(lost, ("ann".to_owned(), ChatEvent::Lost(Loss::PUT_OUT)));
    assert_eq!(other, ("bob".to_owned(), ChatEvent::Joined));
    assert_eq!(scene.refused.recv().await.unwrap().channel.as_str(), "ann");
    assert_eq!(scene.handle.stats().channels_heard, 1);
}

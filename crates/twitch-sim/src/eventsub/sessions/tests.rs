//! Sessions by example: limits, moves, what ends.

use serde_json::json;

use super::*;
use crate::eventsub::Type;

fn named(name: &str) -> Type {
    Type::named(name).unwrap()
}

fn connect(sessions: &mut Sessions) -> Client {
    sessions.connect(None, CancellationToken::new()).unwrap()
}

/// User 1 subscribes to a type for a broadcaster.
fn ask(sessions: &mut Sessions, session: &str, kind: &str, of: u64) -> Result<(), Refusal> {
    let condition = json!({"broadcaster_user_id": of.to_string(), "user_id": "1"});
    let (kind, condition) = (named(kind), &condition);
    let wish = Wish { client_id: "app", user_id: 1, kind, condition, session_id: session };
    sessions.subscribe(&wish, 0).map(drop)
}

#[test]
fn cost_duplicates_and_owners_are_checked() {
    let mut sessions = Sessions::new(1);
    let client = connect(&mut sessions);
    let id = client.session_id.as_str();
    for of in 2..12 {
        assert_eq!(ask(&mut sessions, id, "stream.online", of), Ok(()));
    }
    assert_eq!(ask(&mut sessions, id, "stream.online", 12), Err(Refusal::TooDear));
    assert_eq!(ask(&mut sessions, id, "stream.online", 1), Ok(()), "the own one is free");
    assert_eq!(ask(&mut sessions, id, "stream.online", 2), Err(Refusal::Exists));
    assert_eq!(ask(&mut sessions, id, "channel.chat.message", 12), Ok(()), "chat is free");
    assert_eq!(ask(&mut sessions, id, "channel.cheer", 2), Err(Refusal::NotYours));
    assert_eq!(ask(&mut sessions, "x", "channel.cheer", 1), Err(Refusal::NoSession));
    sessions.disconnect(id, 0);
    let next = connect(&mut sessions);
    let id = next.session_id.as_str();
    assert_eq!(ask(&mut sessions, id, "stream.online", 2), Err(Refusal::TooDear), "lingers");
    sessions.forget_old(LINGER_MS);
    assert_eq!(ask(&mut sessions, id, "stream.online", 2), Ok(()));
}

#[test]
fn three_sessions_of_three_hundred() {
    let mut sessions = Sessions::new(1);
    let clients: Vec<Client> = (0..4).map(|_| connect(&mut sessions)).collect();
    for client in &clients[..3] {
        assert_eq!(ask(&mut sessions, &client.session_id, "channel.chat.clear", 5), Ok(()));
    }
    let fourth = ask(&mut sessions, &clients[3].session_id, "channel.chat.clear", 5);
    assert_eq!(fourth, Err(Refusal::TooManySessions));
    let id = &clients[0].session_id;
    // The three of each, and one was there.
    let kinds = ["channel.chat.message", "channel.chat.notification", "channel.chat.clear"];
    for of in 100..200 {
        for kind in &kinds[..3 - usize::from(of == 199)] {
            assert_eq!(ask(&mut sessions, id, kind, if of == 199 { 5 } else { of }), Ok(()));
        }
    }
    assert_eq!(ask(&mut sessions, id, "channel.chat.message", 199), Err(Refusal::TooMany));
}

#[test]
fn a_user_reads_the_chat_of_a_hundred_rooms_beside_the_own_one() {
    let mut sessions = Sessions::new(1);
    let (first, second) = (connect(&mut sessions), connect(&mut sessions));
    let [first, second] = [&first, &second].map(|client| client.session_id.clone());
    for of in 1..=101 {
        assert_eq!(ask(&mut sessions, &first, "channel.chat.message", of), Ok(()), "{of}");
    }
    // Over another session and with another type it is the same room.
    for session in [&first, &second] {
        let one_more = ask(&mut sessions, session, "channel.chat.message", 102);
        assert_eq!(one_more, Err(Refusal::TooManyRooms));
    }
    assert_eq!(ask(&mut sessions, &second, "channel.chat.clear", 101), Ok(()));
    assert_eq!(ask(&mut sessions, &second, "stream.online", 102), Ok(()), "that takes no room");
    sessions.disconnect(&first, 0);
    assert_eq!(ask(&mut sessions, &second, "channel.chat.message", 102), Ok(()));
}

#[test]
fn a_move_takes_the_subscriptions_along() {
    let mut sessions = Sessions::new(1);
    let mut old = connect(&mut sessions);
    assert_eq!(ask(&mut sessions, &old.session_id, "channel.chat.message", 7), Ok(()));
    sessions.reconnect(Some(8), 0);
    assert!(old.queue.try_recv().is_err(), "that channel is not heard here");
    sessions.reconnect(Some(7), 0);
    let Ok(Out::Move(message)) = old.queue.try_recv() else { panic!("not asked to move") };
    let token = message.split("move=").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    let room = Room { login: "a".to_owned(), id: 7, shared: false };
    assert!(sessions.connect(Some("x"), CancellationToken::new()).is_none());
    let mut new = sessions.connect(Some(token), CancellationToken::new()).unwrap();
    assert_eq!(sessions.signal("channel.chat.message", &room, 0, &json!({})), 1);
    sessions.reconnect(None, 0);
    assert!(old.queue.try_recv().is_err(), "it has moved already");
    assert!(new.queue.try_recv().is_ok() && new.queue.try_recv().is_ok());
    sessions.disconnect(&old.session_id, 0);
    assert_eq!(sessions.signal("channel.chat.message", &room, 0, &json!({})), 1);
    assert!(old.queue.try_recv().is_err());
    assert!(new.queue.try_recv().is_ok());
    sessions.revoke(&Revocation::Banned(None), 0);
    assert!(matches!(new.queue.try_recv(), Ok(Out::Text(t)) if t.contains("chat_user_banned")));
    assert_eq!(sessions.signal("channel.chat.message", &room, 0, &json!({})), 0);
}

#[test]
fn a_revocation_ends_what_it_is_about_and_says_why() {
    let all = ["channel.chat.message", "stream.online", "channel.cheer"];
    for (why, expected) in [
        (Revocation::Banned(Some(1)), vec![("channel.chat.message", "chat_user_banned")]),
        (Revocation::Banned(Some(2)), vec![]),
        (Revocation::UserRemoved(Some(1)), all.map(|kind| (kind, "user_removed")).into()),
        (Revocation::UserRemoved(Some(2)), vec![]),
        (Revocation::Rights(Some(1)), all.map(|kind| (kind, "authorization_revoked")).into()),
        (Revocation::Rights(Some(2)), vec![]),
        (Revocation::Rights(None), all.map(|kind| (kind, "authorization_revoked")).into()),
    ] {
        let mut sessions = Sessions::new(1);
        let mut client = connect(&mut sessions);
        for kind in all {
            assert_eq!(ask(&mut sessions, &client.session_id, kind, 1), Ok(()));
        }
        sessions.revoke(&why, 0);
        let mut told = Vec::new();
        while let Ok(Out::Text(text)) = client.queue.try_recv() {
            let message: Value = serde_json::from_str(&text).unwrap();
            assert_eq!(message["metadata"]["message_type"], "revocation");
            let about = &message["payload"]["subscription"];
            let text = |key: &str| about[key].as_str().unwrap().to_owned();
            told.push((text("type"), text("status")));
        }
        let expected: Vec<_> =
            expected.into_iter().map(|(k, s)| (k.to_owned(), s.to_owned())).collect();
        assert_eq!(told, expected, "{why:?}");
        assert_eq!(sessions.of("app", 1).count(), 3 - told.len(), "{why:?}");
    }
}

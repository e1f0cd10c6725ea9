//! Signals, sessions and revocations.

use cliphound_twitch::{
    chat::{
        event::ChatEvent,
        signal::{Signal, Stage},
    },
    eventsub::envelope::{self, Body},
};
use serde_json::{Value, json};

use super::messages::event;

fn signal(kind: &str, fields: Value) -> Signal {
    match event(kind, fields) {
        ChatEvent::Signal(signal) => signal,
        other => panic!("{kind}: {other:?}"),
    }
}

#[test]
fn signals() {
    let user = |more: Value| {
        let mut fields = json!({
            "broadcaster_user_id": "1337", "broadcaster_user_login": "dallas",
            "user_id": "4242", "user_login": "Ronni", "is_anonymous": false,
        });
        fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        fields
    };
    let ronni = || Some("ronni".to_owned());
    let title = || "Heads?".to_owned();
    for (kind, fields, expected) in [
        ("stream.online", json!({"type": "live"}), Signal::Online),
        ("stream.offline", json!({}), Signal::Offline),
        (
            "channel.update",
            json!({"title": "Heads?", "category_name": "Chess"}),
            Signal::Updated { title: title(), category: "Chess".to_owned() },
        ),
        (
            "channel.hype_train.progress",
            json!({"level": 2, "total": 700, "type": "regular", "is_shared_train": false}),
            Signal::HypeTrain { stage: Stage::Progress, level: 2, total: 700 },
        ),
        ("channel.cheer", json!({"bits": 100}), Signal::Cheer { login: ronni(), bits: 100 }),
        (
            "channel.cheer",
            json!({"bits": 1, "is_anonymous": true, "user_login": null}),
            Signal::Cheer { login: None, bits: 1 },
        ),
        (
            "channel.bits.use",
            json!({"bits": 30, "type": "power_up"}),
            Signal::BitsUsed { login: ronni(), bits: 30, what_for: "power_up".to_owned() },
        ),
        (
            "channel.subscribe",
            json!({"tier": "1000", "is_gift": true}),
            Signal::Subscribed { login: "ronni".to_owned(), is_gift: true },
        ),
        (
            "channel.subscription.gift",
            json!({"total": 5, "tier": "1000"}),
            Signal::Gifted { login: ronni(), count: 5 },
        ),
        (
            "channel.channel_points_custom_reward_redemption.add",
            json!({"user_input": "pogchamp", "status": "unfulfilled",
                   "reward": {"id": "r1", "title": "Hydrate", "cost": 500, "prompt": ""}}),
            Signal::Redemption {
                login: "ronni".to_owned(),
                reward_id: "r1".to_owned(),
                reward: "Hydrate".to_owned(),
                cost: 500,
                input: "pogchamp".to_owned(),
            },
        ),
        (
            "channel.poll.begin",
            json!({"title": "Heads?", "started_at": "2026-07-15T17:16:03.17106713Z",
                   "ends_at": "2026-07-15T17:17:03.17106713Z"}),
            Signal::Poll { stage: Stage::Begin, title: title(), seconds: Some(60) },
        ),
        (
            "channel.prediction.begin",
            json!({"title": "Heads?", "started_at": "2026-07-15T17:16:03Z",
                   "locks_at": "2026-07-15T17:21:03.5Z"}),
            Signal::Prediction { stage: Stage::Begin, title: title(), seconds: Some(301) },
        ),
        (
            "channel.prediction.end",
            json!({"title": "Heads?", "started_at": "yesterday"}),
            Signal::Prediction { stage: Stage::End, title: title(), seconds: None },
        ),
        // Twitch's own example has the number and the flag in quotes.
        (
            "channel.ad_break.begin",
            json!({"duration_seconds": "60", "is_automatic": "true"}),
            Signal::AdBreak { seconds: 60, automatic: true },
        ),
        (
            "channel.ad_break.begin",
            json!({"duration_seconds": 90, "is_automatic": false}),
            Signal::AdBreak { seconds: 90, automatic: false },
        ),
    ] {
        assert_eq!(signal(kind, user(fields)), expected, "{kind}");
    }
}

#[test]
fn a_raid_names_where_it_arrives() {
    let fields = json!({
        "from_broadcaster_user_login": "Ronni", "from_broadcaster_user_id": "4242",
        "to_broadcaster_user_id": "1337", "viewers": 9,
    });
    let expected = Signal::Raid { login: "ronni".to_owned(), viewers: 9 };
    assert_eq!(signal("channel.raid", fields), expected);
}

#[test]
fn sessions_and_revocations() {
    let read = |kind: &str, payload: Value| {
        let message = json!({"metadata": {"message_type": kind}, "payload": payload});
        envelope::read(&message.to_string()).expect("a message").body
    };
    let session = json!({"session": {
        "id": "s", "status": "connected", "keepalive_timeout_seconds": 10, "reconnect_url": null,
    }});
    let expected = Body::Welcome { session_id: "s".to_owned(), keepalive_s: Some(10) };
    assert_eq!(read("session_welcome", session), expected);
    let session = json!({"session": {"reconnect_url": "wss://x?a"}});
    assert_eq!(read("session_reconnect", session), Body::Reconnect { url: "wss://x?a".to_owned() });
    let Body::Revocation(told) = read(
        "revocation",
        json!({"subscription": {
            "id": "7", "status": "authorization_revoked", "type": "channel.raid",
            "condition": {"to_broadcaster_user_id": "1337"},
        }}),
    ) else {
        panic!("no revocation")
    };
    assert_eq!(
        (told.broadcaster_id.as_str(), told.status.as_str()),
        ("1337", "authorization_revoked")
    );
    assert_eq!(read("session_party", Value::Null), Body::Unknown("session_party".to_owned()));
    for nonsense in ["", "[]", "{}", "null", "{\"metadata\":[]}", &"[".repeat(10_000)] {
        assert_eq!(envelope::read(nonsense), None);
    }
}

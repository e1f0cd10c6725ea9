//! Messages of EventSub as Twitch documents them, and what they mean: the same as IRC's lines.

#![expect(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may")]

use cliphound_twitch::{
    chat::{
        event::{ChatEvent, ChatMessage, NoticeKind, UserNotice},
        signal::{Signal, Stage},
    },
    eventsub::{
        envelope::{self, Body, Envelope},
        read::{self, Told},
    },
    irc::{Line, parse_line},
};
use proptest::prelude::*;
use serde_json::{Value, json};

fn notification(kind: &str, event: Value) -> Value {
    json!({
        "metadata": {
            "message_id": "befa7b53-d79d-478f-86b9-120f112b044e",
            "message_type": "notification",
            "message_timestamp": "2026-11-16T10:11:12.464757833Z",
            "subscription_type": kind,
            "subscription_version": "1",
        },
        "payload": {
            "subscription": {
                "id": "f1c2a387-161a-49f9-a165-0f21d7a4e1c4",
                "status": "enabled",
                "type": kind,
                "version": "1",
                "cost": 0,
                "condition": {"broadcaster_user_id": "1337", "user_id": "9001"},
                "transport": {"method": "websocket", "session_id": "AQoQexAWVYKSTIu4ec_2VAxyuhAB"},
                "created_at": "2026-11-16T10:11:12.464757833Z",
            },
            "event": event,
        },
    })
}

fn told(message: &Value) -> Told {
    match envelope::read(&message.to_string()) {
        Some(Envelope { body: Body::Notification { subscription, event }, .. }) => {
            read::notification(&subscription, &event)
        }
        other => panic!("{other:?}"),
    }
}

fn event(kind: &str, event: Value) -> ChatEvent {
    match told(&notification(kind, event)) {
        Told::Event { broadcaster_id, event } => {
            assert_eq!(broadcaster_id, "1337");
            event
        }
        other => panic!("{kind}: {other:?}"),
    }
}

fn signal(kind: &str, fields: Value) -> Signal {
    match event(kind, fields) {
        ChatEvent::Signal(signal) => signal,
        other => panic!("{kind}: {other:?}"),
    }
}

/// What IRC's line in #dallas means.
fn by_irc(line: &str) -> ChatEvent {
    match parse_line(line, "justinfan1") {
        Line::Event { event, .. } => event,
        other => panic!("{line}: {other:?}"),
    }
}

/// A whole `channel.chat.message`: a moderator cheers.
fn chat_message() -> Value {
    json!({
        "broadcaster_user_id": "1337",
        "broadcaster_user_login": "dallas",
        "broadcaster_user_name": "Dallas",
        "source_broadcaster_user_id": null,
        "source_broadcaster_user_login": null,
        "source_broadcaster_user_name": null,
        "chatter_user_id": "4242",
        "chatter_user_login": "ronni",
        "chatter_user_name": "Ronni",
        "message_id": "b34ccfc7-4977-403a-8a94-33c6bac34fb8",
        "source_message_id": null,
        "is_source_only": null,
        "message": {
            "text": "Kappa Keepo Kappa cheer250",
            "fragments": [
                {"type": "emote", "text": "Kappa", "cheermote": null, "mention": null,
                 "emote": {"id": "25", "emote_set_id": "0", "owner_id": "0", "format": ["static"]}},
                {"type": "text", "text": " ", "cheermote": null, "emote": null, "mention": null},
                {"type": "emote", "text": "Keepo", "cheermote": null, "mention": null,
                 "emote": {"id": "1902", "emote_set_id": "0", "owner_id": "0", "format": ["static"]}},
                {"type": "text", "text": " ", "cheermote": null, "emote": null, "mention": null},
                {"type": "emote", "text": "Kappa", "cheermote": null, "mention": null,
                 "emote": {"id": "25", "emote_set_id": "0", "owner_id": "0", "format": ["static"]}},
                {"type": "text", "text": " ", "cheermote": null, "emote": null, "mention": null},
                {"type": "cheermote", "text": "cheer250", "emote": null, "mention": null,
                 "cheermote": {"prefix": "cheer", "bits": 250, "tier": 100}},
            ],
        },
        "color": "#0D4200",
        "badges": [
            {"set_id": "moderator", "id": "1", "info": ""},
            {"set_id": "subscriber", "id": "12", "info": "16"},
        ],
        "source_badges": null,
        "message_type": "text",
        "cheer": {"bits": 250},
        "reply": null,
        "channel_points_custom_reward_id": null,
        "channel_points_animation_id": null,
    })
}

fn message_with(key: &str, value: Value) -> ChatMessage {
    let mut message = chat_message();
    message[key] = value;
    match event("channel.chat.message", message) {
        ChatEvent::Message(message) => message,
        other => panic!("{key}: {other:?}"),
    }
}

#[test]
fn a_whole_message_is_what_irc_would_have_told() {
    let line = "@badge-info=subscriber/16;badges=moderator/1,subscriber/12;bits=250;emotes=25:0-4,12-16/1902:6-10;id=b34ccfc7-4977-403a-8a94-33c6bac34fb8;mod=1;room-id=1337;tmi-sent-ts=1507246572675;user-id=4242 :ronni!ronni@ronni.tmi.twitch.tv PRIVMSG #dallas :Kappa Keepo Kappa cheer250";
    assert_eq!(event("channel.chat.message", chat_message()), by_irc(line));
}

#[test]
fn an_action_is_taken_out_of_its_frame() {
    let framed = json!({
        "text": "\u{1}ACTION waves Kappa\u{1}",
        "fragments": [{"type": "text", "text": "waves "}, {"type": "emote", "text": "Kappa"}],
    });
    let message = message_with("message", framed);
    assert_eq!(
        (message.text.as_str(), &message.emotes[..]),
        ("waves Kappa", &["Kappa".to_owned()][..])
    );
    let message = message_with("message", json!({"fragments": [{"text": "a"}, {"text": "b"}]}));
    assert_eq!(message.text, "ab");
}

#[test]
fn roles_come_from_badges() {
    let badges = |names: &[&str]| {
        Value::from(names.iter().map(|name| json!({"set_id": name})).collect::<Vec<_>>())
    };
    for (names, expected) in [
        (&["broadcaster"][..], (true, false)),
        (&["lead_moderator", "subscriber"], (false, true)),
        (&["vip"], (false, false)),
        (&[], (false, false)),
    ] {
        let message = message_with("badges", badges(names));
        assert_eq!((message.broadcaster, message.moderator), expected, "{names:?}");
    }
    assert!(message_with("chatter_user_id", json!("1337")).broadcaster);
}

#[test]
fn what_shared_chat_brings_from_elsewhere_is_foreign() {
    let mut message = chat_message();
    message["source_broadcaster_user_id"] = json!("99");
    assert_eq!(told(&notification("channel.chat.message", message.clone())), Told::Foreign);
    message["source_broadcaster_user_id"] = json!("1337");
    let told_here = told(&notification("channel.chat.message", message));
    assert!(matches!(told_here, Told::Event { .. }));
    let raid = json!({"broadcaster_user_id": "1337", "notice_type": "shared_chat_raid"});
    assert_eq!(told(&notification("channel.chat.notification", raid)), Told::Foreign);
}

#[test]
fn notices_are_what_irc_would_have_told() {
    let notice = |kind: &str, details: Value| {
        let mut fields = json!({
            "broadcaster_user_id": "1337",
            "chatter_user_id": "4242",
            "chatter_user_login": "ronni",
            "chatter_is_anonymous": false,
            "message_id": "n1",
            "message": {"text": "", "fragments": []},
            "system_message": "words",
            "notice_type": kind,
        });
        fields[kind] = details;
        event("channel.chat.notification", fields)
    };
    let line = |tags: &str| {
        by_irc(&format!("@id=n1;login=ronni;room-id=1337;{tags} :tmi.twitch.tv USERNOTICE #dallas"))
    };
    for (kind, details, tags) in [
        ("raid", json!({"viewer_count": 9}), "msg-id=raid;msg-param-viewerCount=9"),
        ("sub", json!({"sub_tier": "1000"}), "msg-id=sub"),
        ("resub", json!({"cumulative_months": 7}), "msg-id=resub"),
        ("sub_gift", json!({"community_gift_id": null}), "msg-id=subgift"),
        (
            "sub_gift",
            json!({"community_gift_id": "7"}),
            "msg-id=subgift;msg-param-community-gift-id=7",
        ),
        (
            "community_sub_gift",
            json!({"id": "7", "total": 20}),
            "msg-id=submysterygift;msg-param-mass-gift-count=20",
        ),
        ("announcement", json!({"color": "PRIMARY"}), "msg-id=announcement"),
        ("gift_paid_upgrade", json!({}), "msg-id=giftpaidupgrade"),
        ("bits_badge_tier", json!({"tier": 1000}), "msg-id=bitsbadgetier"),
        ("something_new", json!({}), "msg-id=something_new"),
    ] {
        assert_eq!(notice(kind, details), line(tags), "{kind}");
    }
}

#[test]
fn an_anonymous_gift_has_irc_s_name_for_nobody() {
    let fields = json!({
        "broadcaster_user_id": "1337", "chatter_user_login": null, "chatter_is_anonymous": true,
        "notice_type": "community_sub_gift", "community_sub_gift": {"total": 5},
        "message": {"text": "wow"}, "message_id": "n1",
    });
    let expected = UserNotice {
        kind: NoticeKind::Gift { count: 5 },
        login: "ananonymousgifter".to_owned(),
        text: Some("wow".to_owned()),
        id: "n1".to_owned(),
    };
    assert_eq!(event("channel.chat.notification", fields), ChatEvent::UserNotice(expected));
}

#[test]
fn deletions_are_what_irc_would_have_told() {
    let fields = |more: Value| {
        let mut fields = json!({"broadcaster_user_id": "1337", "target_user_login": "Ronni"});
        fields["message_id"] = more;
        fields
    };
    assert_eq!(
        event("channel.chat.message_delete", fields(json!("m1"))),
        by_irc("@login=ronni;target-msg-id=m1 :tmi.twitch.tv CLEARMSG #dallas :text")
    );
    assert_eq!(
        event("channel.chat.clear_user_messages", fields(Value::Null)),
        by_irc("@room-id=1337 :tmi.twitch.tv CLEARCHAT #dallas :ronni")
    );
    assert_eq!(
        event("channel.chat.clear", json!({"broadcaster_user_id": "1337"})),
        by_irc("@room-id=1337 :tmi.twitch.tv CLEARCHAT #dallas")
    );
    // Without a name it must not clear the whole chat.
    let nobody = notification("channel.chat.clear_user_messages", json!({}));
    assert_eq!(told(&nobody), Told::Unknown);
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

/// Any JSON value, some levels deep.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z_]{1,8}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Paths to every value within a value.
fn paths(value: &Value, here: &str, found: &mut Vec<String>) {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(map) => map.iter().map(|(key, child)| (key.clone(), child)).collect(),
        Value::Array(list) => {
            list.iter().enumerate().map(|(n, child)| (n.to_string(), child)).collect()
        }
        _ => Vec::new(),
    };
    for (key, child) in children {
        let path = format!("{here}/{key}");
        paths(child, &path, found);
        found.push(path);
    }
}

/// What a chat message can't do without.
const NEEDED: [&str; 8] = [
    "/metadata",
    "/metadata/message_type",
    "/payload",
    "/payload/subscription",
    "/payload/subscription/type",
    "/payload/event",
    "/payload/event/message",
    "/payload/event/message/text",
];

proptest! {
    #[test]
    fn whatever_is_changed_nothing_panics(at in any::<prop::sample::Index>(), other in any_json()) {
        for kind in ["channel.chat.message", "channel.chat.notification", "channel.poll.begin"] {
            let mut message = notification(kind, chat_message());
            let mut found = Vec::new();
            paths(&message, "", &mut found);
            *message.pointer_mut(at.get(&found)).expect("a path") = other.clone();
            if let Some(Envelope { body: Body::Notification { subscription, event }, .. }) =
                envelope::read(&message.to_string())
            {
                let _ = read::notification(&subscription, &event);
            }
        }
    }

    #[test]
    fn a_message_survives_new_keys_and_missing_ones(
        gone in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
        new in prop::collection::vec((any::<prop::sample::Index>(), "[a-z_]{1,8}", any_json()), 0..6),
    ) {
        let mut message = notification("channel.chat.message", chat_message());
        for (at, key, value) in new {
            let mut found = Vec::new();
            paths(&message, "", &mut found);
            let place = message.pointer_mut(at.get(&found)).expect("a path");
            if let Value::Object(map) = place {
                map.insert(format!("new_{key}"), value);
            }
        }
        for at in gone {
            let mut found = Vec::new();
            paths(&message, "", &mut found);
            let path = at.get(&found).clone();
            let (parent, key) = path.rsplit_once('/').expect("a parent");
            if !NEEDED.contains(&path.as_str())
                && let Some(Value::Object(map)) = message.pointer_mut(parent)
            {
                map.remove(key);
            }
        }
        match told(&message) {
            Told::Event { broadcaster_id, event: ChatEvent::Message(said) } => {
                prop_assert_eq!(broadcaster_id, "1337");
                prop_assert_eq!(said.text, "Kappa Keepo Kappa cheer250");
            }
            // Both places that name the channel are gone.
            Told::Unknown => {
                prop_assert!(message.pointer("/payload/event/broadcaster_user_id").is_none());
                let condition = "/payload/subscription/condition/broadcaster_user_id";
                prop_assert!(message.pointer(condition).is_none());
            }
            other => prop_assert!(false, "{:?}", other),
        }
    }

    #[test]
    fn any_text_is_survived(text in ".{0,400}") {
        let _ = envelope::read(&text);
    }
}

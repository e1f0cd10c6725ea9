//! Chat's events are what IRC would have told.

use cliphound_twitch::{
    chat::event::{ChatEvent, ChatMessage, NoticeKind, UserNotice},
    eventsub::read::Told,
    irc::{Line, parse_line},
};
use serde_json::{Value, json};

use super::messages::{chat_message, event, notification, told};

/// What IRC's line in #dallas means.
fn by_irc(line: &str) -> ChatEvent {
    match parse_line(line, "justinfan1") {
        Line::Event { event, .. } => event,
        other => panic!("{line}: {other:?}"),
    }
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
    // Whose channel it is says the condition, too.
    let mut message = chat_message();
    message["source_broadcaster_user_id"] = json!("1337");
    message.as_object_mut().unwrap().remove("broadcaster_user_id");
    let told_here = told(&notification("channel.chat.message", message.clone()));
    assert!(matches!(told_here, Told::Event { .. }), "{told_here:?}");
    message["source_broadcaster_user_id"] = json!("99");
    assert_eq!(told(&notification("channel.chat.message", message)), Told::Foreign);
    for kind in ["raid", "sub", "resub", "sub_gift", "community_sub_gift", "gift_paid_upgrade"] {
        let notice = |kind: String, source: Value| {
            let fields = json!({
                "broadcaster_user_id": "1337", "source_broadcaster_user_id": source,
                "chatter_user_login": "ronni", "message_id": "n1", "notice_type": kind,
            });
            told(&notification("channel.chat.notification", fields))
        };
        let shared = format!("shared_chat_{kind}");
        for source in [json!("99"), Value::Null] {
            assert_eq!(notice(shared.clone(), source), Told::Foreign, "{kind}");
        }
        assert_eq!(notice(kind.to_owned(), json!("99")), Told::Foreign, "{kind}");
        // While chat is shared, what happens here names this channel as its source.
        for source in [json!("1337"), Value::Null] {
            let told_here = notice(kind.to_owned(), source);
            assert!(matches!(told_here, Told::Event { .. }), "{kind}: {told_here:?}");
        }
    }
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
    for (kind, details, count) in
        [("community_sub_gift", json!({"total": 5}), 5), ("sub_gift", json!({}), 1)]
    {
        let mut fields = json!({
            "broadcaster_user_id": "1337", "chatter_user_login": null,
            "chatter_is_anonymous": true, "notice_type": kind,
            "message": {"text": "wow"}, "message_id": "n1",
        });
        fields[kind] = details;
        let expected = UserNotice {
            kind: NoticeKind::Gift { count },
            login: "ananonymousgifter".to_owned(),
            text: Some("wow".to_owned()),
            id: "n1".to_owned(),
        };
        assert_eq!(event("channel.chat.notification", fields), ChatEvent::UserNotice(expected));
    }
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

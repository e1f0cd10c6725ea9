//! Chat, as IRC lines and as messages of EventSub, from the wire into an engine.

use std::fmt::Write as _;

use cliphound::feed;
use cliphound_engine::{Engine, EventTime, Settings};
use cliphound_twitch::{
    chat::{ChatEvent, ChatMessage},
    eventsub::{
        envelope::{self, Body, Envelope},
        read::{self, Told},
    },
    irc::{Line, parse_line},
};
use proptest::{collection::vec, prelude::*};
use serde_json::{Value, json};

use crate::{bytes::spoilt_text, hold::hold, json::spoilt_json_text};

/// Lines of every sort that matters, invented.
const LINES: [&str; 18] = [
    "@badge-info=subscriber/12;badges=moderator/1,subscriber/12,bits/100;bits=250;color=#0D4200;display-name=Ronni;emotes=25:0-4,12-16/1902:6-10;first-msg=0;flags=;id=b34ccfc7-4977-403a-8a94-33c6bac34fb8;mod=1;room-id=1337;subscriber=1;tmi-sent-ts=1507246572675;user-id=4242;user-type=mod :ronni!ronni@ronni.tmi.twitch.tv PRIVMSG #dallas :Kappa Keepo Kappa cheer250",
    "@emotes=;id=m1;room-id=1337;tmi-sent-ts=1507246573000;user-id=1 :ann!ann@ann.tmi.twitch.tv PRIVMSG #dallas :LETS GOOO \u{1F389}",
    "@id=m2;tmi-sent-ts=1507246574000 :bob!bob@bob PRIVMSG #dallas :\u{1}ACTION waves\u{1}",
    ":carl!carl@carl PRIVMSG #dallas :!testclip",
    "@badges=broadcaster/1;id=m3;tmi-sent-ts=1507246575000 :dallas!dallas@dallas PRIVMSG #dallas :!clip what a day",
    "@source-room-id=7;room-id=1337;id=m4 :eve!eve@eve PRIVMSG #dallas :from next door",
    "@badges=moderator/1;id=m5;tmi-sent-ts=1507246576000 :mod!mod@mod PRIVMSG #dallas :!cliphound mute 10m",
    "@id=n1;login=ronni;msg-id=raid;msg-param-viewerCount=152;room-id=1337;system-msg=152\\sraiders\\sfrom\\sRonni;tmi-sent-ts=1507246577000;user-id=4242 :tmi.twitch.tv USERNOTICE #dallas",
    "@id=n2;login=ann;msg-id=resub;msg-param-cumulative-months=6;room-id=1337;tmi-sent-ts=1507246577500 :tmi.twitch.tv USERNOTICE #dallas :Great stream",
    "@id=n3;login=ann;msg-id=submysterygift;msg-param-mass-gift-count=20;room-id=1337 :tmi.twitch.tv USERNOTICE #dallas",
    "@ban-duration=350;room-id=1337;target-user-id=4242;tmi-sent-ts=1507246578000 :tmi.twitch.tv CLEARCHAT #dallas :ronni",
    ":tmi.twitch.tv CLEARCHAT #dallas",
    "@login=ronni;room-id=;target-msg-id=b34ccfc7-4977-403a-8a94-33c6bac34fb8;tmi-sent-ts=1507246579000 :tmi.twitch.tv CLEARMSG #dallas :Kappa",
    "@emote-only=0;followers-only=-1;r9k=0;room-id=1337;slow=0;subs-only=0 :tmi.twitch.tv ROOMSTATE #dallas",
    "@msg-id=msg_channel_suspended :tmi.twitch.tv NOTICE #dallas :This channel does not exist",
    ":me!me@me.tmi.twitch.tv JOIN #dallas",
    "PING :tmi.twitch.tv",
    ":tmi.twitch.tv 001 me :Welcome, GLHF!",
];

/// What no reading may exceed.
fn is_part_of(message: &ChatMessage, line: &str) -> bool {
    message.text.len() <= 3 * line.len() && message.emotes.len() <= line.len()
}

#[test]
fn any_irc_line() {
    hold("IRC lines", 800, spoilt_text(&LINES, 8), |line| {
        if let Line::Event { event: ChatEvent::Message(message), .. } = parse_line(&line, "me") {
            prop_assert!(is_part_of(&message, &line));
            prop_assert!(message.emotes.iter().all(|name| message.text.contains(name.as_str())));
        }
        Ok(())
    });
}

/// A value of a tag as IRC writes it.
fn escape(value: &str) -> String {
    let pairs = [("\\", "\\\\"), (";", "\\:"), (" ", "\\s"), ("\r", "\\r"), ("\n", "\\n")];
    pairs.iter().fold(value.to_owned(), |text, (plain, escaped)| text.replace(plain, escaped))
}

#[test]
fn any_message_is_read_back_from_its_line() {
    let names = ("[a-z0-9_]{1,25}", "[a-z0-9]{1,25}", "[0-9]{1,12}");
    let said = ("[0-9a-f-]{1,36}", "[^\\r\\n\\x00\\x01]{1,60}", any::<u32>(), any::<[bool; 3]>());
    hold("IRC lines, there and back", 200, (names, said, ".{0,12}"), |(names, said, shown)| {
        let ((login, channel, user_id), (id, text, bits, [moderator, vip, subscriber])) =
            (names, said);
        let mut badges = Vec::new();
        for (has, badge) in
            [(moderator, "moderator/1"), (vip, "vip/1"), (subscriber, "subscriber/3")]
        {
            badges.extend(has.then_some(badge));
        }
        let mut line = format!("@badges={};bits={bits};id={id};", badges.join(","));
        write!(line, "display-name={};user-id={user_id};tmi-sent-ts=17", escape(&shown)).unwrap();
        write!(line, " :{login}!{login}@{login} PRIVMSG #{channel} :{text}").unwrap();
        let Line::Event { channel: read, sent_ms, event, .. } = parse_line(&line, "me") else {
            return Err(TestCaseError::fail(line));
        };
        prop_assert_eq!((read.as_str(), sent_ms), (channel.as_str(), Some(17)));
        let (emotes, broadcaster) = (Vec::new(), false);
        let expected = ChatMessage {
            id,
            user_id,
            login,
            text,
            emotes,
            broadcaster,
            moderator,
            vip,
            subscriber,
            bits,
        };
        prop_assert_eq!(event, ChatEvent::Message(expected));
        Ok(())
    });
}

/// Feeds an engine as the daemon does; its model must stay one that can be stored.
fn survives(events: Vec<(i64, ChatEvent)>) -> TestCaseResult {
    let mut engine = Engine::new(Settings::default(), 5);
    let mut now = EventTime(1_507_246_500_000);
    for (after_ms, event) in events {
        now = now + after_ms;
        while let Some(due) = engine.deadline().filter(|due| *due <= now) {
            engine.wake(due);
        }
        if let Some(input) = feed::input(event) {
            engine.handle(now, &input);
        }
    }
    prop_assert!(engine.model().is_sound());
    Ok(())
}

type TestCaseResult = Result<(), TestCaseError>;

#[test]
fn any_chat_through_an_engine() {
    let line = (0..3_000_i64, spoilt_text(&LINES, 3));
    hold("IRC lines through an engine", 10, vec(line, 0..80), |lines| {
        let events = lines.into_iter().filter_map(|(after, line)| match parse_line(&line, "me") {
            Line::Event { event, .. } => Some((after, event)),
            _ => None,
        });
        survives(events.collect())
    });
}

fn notification(kind: &str, event: Value) -> Value {
    json!({
        "metadata": {"message_id": "befa7b53", "message_type": "notification",
            "message_timestamp": "2026-11-16T10:11:12.464757833Z",
            "subscription_type": kind, "subscription_version": "1"},
        "payload": {
            "subscription": {"id": "f1c2a387", "status": "enabled", "type": kind, "version": "1",
                "condition": {"broadcaster_user_id": "1337", "user_id": "9001"},
                "transport": {"method": "websocket", "session_id": "AQoQ"}},
            "event": event,
        },
    })
}

fn control(kind: &str, payload: Value) -> Value {
    json!({"metadata": {"message_id": "96a3f3b5", "message_type": kind,
        "message_timestamp": "2026-11-16T10:11:12.634234626Z"}, "payload": payload})
}

/// Messages of every sort, invented.
fn messages() -> Vec<Value> {
    let whose = json!({"broadcaster_user_id": "1337", "broadcaster_user_login": "dallas",
        "chatter_user_id": "4242", "chatter_user_login": "Ronni", "message_id": "cc106a89",
        "user_id": "4242", "user_login": "Ronni", "is_anonymous": false});
    let with = |more: Value| {
        let mut event = whose.clone();
        event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        event
    };
    let text = json!({"text": "Kappa hi cheer250", "fragments": [
        {"type": "emote", "text": "Kappa", "emote": {"id": "25", "emote_set_id": "0"}},
        {"type": "text", "text": " hi "},
        {"type": "cheermote", "text": "cheer250", "cheermote": {"prefix": "cheer", "bits": 250}}]});
    let times = json!({"title": "Heads?", "started_at": "2026-07-15T17:16:03.17106713Z",
        "ends_at": "2026-07-15T17:17:03.17106713Z", "locks_at": "2026-07-15T17:21:03.5Z"});
    let mut all = vec![
        control(
            "session_welcome",
            json!({"session": {"id": "AQoQ", "status": "connected",
            "keepalive_timeout_seconds": 10, "reconnect_url": null}}),
        ),
        control("session_keepalive", json!({})),
        control(
            "session_reconnect",
            json!({"session": {"id": "AQoQ",
            "reconnect_url": "wss://eventsub.wss.twitch.tv?challenge=1"}}),
        ),
        control(
            "revocation",
            json!({"subscription": {"id": "f1c2a387", "type": "channel.raid",
            "status": "authorization_revoked", "condition": {"to_broadcaster_user_id": "1337"}}}),
        ),
    ];
    for (kind, event) in [
        (
            "channel.chat.message",
            json!({"message": text, "message_type": "text",
            "badges": [{"set_id": "moderator", "id": "1", "info": ""}], "cheer": {"bits": 250}}),
        ),
        (
            "channel.chat.notification",
            json!({"notice_type": "raid", "message": text,
            "raid": {"user_login": "ann", "viewer_count": 30}, "system_message": "30 raiders"}),
        ),
        (
            "channel.chat.notification",
            json!({"notice_type": "community_sub_gift", "message": text,
            "community_sub_gift": {"total": 5, "sub_tier": "1000"}}),
        ),
        ("channel.chat.message_delete", json!({"target_user_login": "ann", "message_id": "m"})),
        ("channel.chat.clear_user_messages", json!({"target_user_login": "ann"})),
        ("channel.chat.clear", json!({})),
        ("stream.online", json!({"type": "live", "started_at": "2026-07-15T17:16:03Z"})),
        ("stream.offline", json!({})),
        ("channel.update", json!({"title": "Heads?", "category_name": "Chess"})),
        ("channel.ad_break.begin", json!({"duration_seconds": "60", "is_automatic": "true"})),
        ("channel.hype_train.progress", json!({"level": 2, "total": 700})),
        ("channel.cheer", json!({"bits": 100, "message": "cheer100"})),
        ("channel.bits.use", json!({"bits": 30, "type": "power_up"})),
        ("channel.subscribe", json!({"tier": "1000", "is_gift": true})),
        ("channel.subscription.gift", json!({"total": 5, "tier": "1000"})),
        (
            "channel.channel_points_custom_reward_redemption.add",
            json!({"user_input": "pogchamp",
            "reward": {"id": "r1", "title": "Hydrate", "cost": 500}}),
        ),
        ("channel.poll.begin", times.clone()),
        ("channel.prediction.end", times),
        (
            "channel.raid",
            json!({"from_broadcaster_user_login": "Ronni",
            "to_broadcaster_user_id": "1337", "viewers": 9}),
        ),
    ] {
        all.push(notification(kind, with(event)));
    }
    all
}

fn heard(message: &str) -> Option<ChatEvent> {
    let Body::Notification { subscription, event } = envelope::read(message)?.body else {
        return None;
    };
    match read::notification(&subscription, &event) {
        Told::Event { event, .. } => Some(event),
        _ => None,
    }
}

#[test]
fn any_eventsub_message() {
    hold("EventSub messages", 700, spoilt_json_text(messages(), 6), |message| {
        match heard(&message) {
            Some(ChatEvent::Message(said)) => prop_assert!(is_part_of(&said, &message)),
            Some(_) => {}
            None => {
                if let Some(Envelope { id, .. }) = envelope::read(&message) {
                    prop_assert!(id.len() <= message.len());
                }
            }
        }
        Ok(())
    });
}

#[test]
fn any_eventsub_messages_through_an_engine() {
    let message = (0..3_000_i64, spoilt_json_text(messages(), 2));
    hold("EventSub messages through an engine", 5, vec(message, 0..60), |messages| {
        let events = messages.into_iter();
        survives(events.filter_map(|(after, text)| Some((after, heard(&text)?))).collect())
    });
}

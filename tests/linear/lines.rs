//! Single lines, from what Twitch sends to what the engine keeps of them.

use cliphound::{config::title::plain_title, feed};
use cliphound_engine::{EmoteSet, Engine, EventTime, Input, Settings};
use cliphound_twitch::{
    chat::ChatEvent,
    eventsub::{
        envelope::{self, Body},
        read::{self, Told},
    },
    irc::parse::{Line, parse_line},
};
use serde_json::{Value, json};

use super::{
    check, doubled, steps,
    typed::{TAGS, TEXTS, Typed, line},
};

/// Steps for each byte of a line. A character is read by the parser, for its kind and for each
/// question about its word; distinct ones of other scripts are compared with 63 before them.
const MOST_A_BYTE: u64 = 40;
/// Bytes of the shortest text; the longest has as many as the parser takes.
const SHORTEST: usize = 25;
const DOUBLED: usize = 11;

/// An engine whose channel has as many emotes as it may.
fn engine() -> Engine {
    let mut engine = Engine::new(Settings::default(), 1);
    let names = (0..5_000).map(|i| format!("emote{i}"));
    engine.handle(EventTime(0), &Input::Emotes(EmoteSet::new(names)));
    engine
}

fn hear(engine: &mut Engine, event: ChatEvent) {
    if let Some(input) = feed::input(event) {
        if let Input::Message(message) = &input {
            drop(plain_title(&message.text));
        }
        engine.handle(EventTime(1_700_000_000_000), &input);
    }
}

/// Steps of a line of IRC, and its bytes.
fn by_irc(line: &str) -> (u64, usize) {
    let mut engine = engine();
    let steps = steps(|| {
        if let Line::Event { event, .. } = parse_line(line, "justinfan1") {
            hear(&mut engine, event);
        }
    });
    (steps, line.len())
}

/// Steps of a message of EventSub, and its bytes.
fn by_eventsub(message: &Value) -> (u64, usize) {
    let (text, mut engine) = (message.to_string(), engine());
    let steps = steps(|| {
        let Some(Body::Notification { subscription, event }) =
            envelope::read(&text).map(|envelope| envelope.body)
        else {
            panic!("it is one: {text}");
        };
        match read::notification(&subscription, &event) {
            Told::Event { event, .. } => hear(&mut engine, event),
            other => panic!("{other:?}"),
        }
    });
    (steps, text.len())
}

fn chat_message(text: &str, fragments: Vec<Value>, badges: Vec<Value>) -> Value {
    json!({
        "metadata": {"message_id": "m", "message_type": "notification"},
        "payload": {
            "subscription": {"id": "s", "type": "channel.chat.message", "status": "enabled",
                "condition": {"broadcaster_user_id": "7"}},
            "event": {
                "broadcaster_user_id": "7", "chatter_user_id": "8", "chatter_user_login": "ann",
                "message_id": "1", "badges": badges,
                "message": {"text": text, "fragments": fragments},
            },
        },
    })
}

fn texts() -> impl Iterator<Item = (&'static str, Typed)> {
    TEXTS.iter().copied()
}

#[test]
fn a_text_in_a_line_of_irc() {
    for (name, typed) in texts() {
        for badges in ["badges=", "badges=moderator/1"] {
            let name = format!("{name}, {badges}");
            check(&name, doubled(SHORTEST, DOUBLED), MOST_A_BYTE, |n| {
                by_irc(&line(badges, &typed(n)))
            });
        }
    }
}

#[test]
fn the_tags_of_a_line_of_irc() {
    let text = "KEKW what a play ".repeat(30);
    for (name, typed) in TAGS {
        check(name, doubled(SHORTEST, DOUBLED), MOST_A_BYTE, |n| by_irc(&line(&typed(n), &text)));
    }
}

/// What grows in the text and in the tags at once.
#[test]
fn distinct_emotes_in_a_line_of_irc() {
    check("emotes", doubled(1, 9), MOST_A_BYTE, |count| {
        let text: String = (0..count).map(|i| format!("ann{i:04} ")).collect();
        let place = |i: usize| format!("{i}:{}-{}/", i * 8, i * 8 + 6);
        let tag: String = (0..count).map(place).collect();
        by_irc(&line(&format!("emotes={tag}"), &text))
    });
}

#[test]
fn a_text_by_eventsub() {
    for (name, typed) in texts() {
        check(name, doubled(SHORTEST, DOUBLED), MOST_A_BYTE, |n| {
            let text = typed(n);
            by_eventsub(&chat_message(&text, vec![json!({"type": "text", "text": text})], vec![]))
        });
    }
}

#[test]
fn the_pieces_of_a_text_by_eventsub() {
    let pieces = |kind: &'static str, name: fn(usize) -> String| {
        move |count: usize| {
            let names: Vec<String> = (0..count).map(name).collect();
            let fragments = names.iter().map(|name| json!({"type": kind, "text": name})).collect();
            by_eventsub(&chat_message(&names.join(" "), fragments, vec![]))
        }
    };
    let check = |name: &str, work: &dyn Fn(usize) -> (u64, usize)| {
        check(name, doubled(1, 12), MOST_A_BYTE, work);
    };
    check("distinct emotes", &pieces("emote", |i| format!("ann{i:04}")));
    check("one emote", &pieces("emote", |_| "annHype".to_owned()));
    check("long emotes", &pieces("emote", |i| format!("{i:0200}")));
    check("mentions", &pieces("mention", |i| format!("@ann{i}")));
    check("badges", &|count| {
        let badges = (0..count).map(|i| json!({"set_id": format!("badge{i}")})).collect();
        by_eventsub(&chat_message("wow", vec![], badges))
    });
}

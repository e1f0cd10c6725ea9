//! Whatever Twitch adds, leaves out or changes: nothing panics, and no message is lost.

use cliphound_twitch::{
    chat::event::ChatEvent,
    eventsub::{
        envelope::{self, Body, Envelope},
        read::{self, Told},
    },
};
use proptest::prelude::*;
use serde_json::Value;

use super::messages::{chat_message, notification, told};

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
            *message.pointer_mut(at.get::<String>(&found)).expect("a path") = other.clone();
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
            let place = message.pointer_mut(at.get::<String>(&found)).expect("a path");
            if let Value::Object(map) = place {
                map.insert(format!("new_{key}"), value);
            }
        }
        for at in gone {
            let mut found = Vec::new();
            paths(&message, "", &mut found);
            let path = at.get::<String>(&found).clone();
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

//! Messages with all their keys, and what is read from them.

use cliphound_twitch::{
    chat::event::ChatEvent,
    eventsub::{
        envelope::{self, Body, Envelope},
        read::{self, Told},
    },
};
use serde_json::{Value, json};

pub fn notification(kind: &str, event: Value) -> Value {
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

pub fn told(message: &Value) -> Told {
    match envelope::read(&message.to_string()) {
        Some(Envelope { body: Body::Notification { subscription, event }, .. }) => {
            read::notification(&subscription, &event)
        }
        other => panic!("{other:?}"),
    }
}

pub fn event(kind: &str, event: Value) -> ChatEvent {
    match told(&notification(kind, event)) {
        Told::Event { broadcaster_id, event } => {
            assert_eq!(broadcaster_id, "1337");
            event
        }
        other => panic!("{kind}: {other:?}"),
    }
}

/// A whole `channel.chat.message`: a moderator cheers.
pub fn chat_message() -> Value {
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

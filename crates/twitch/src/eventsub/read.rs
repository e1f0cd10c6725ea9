//! A notification to what it means for us. Pure; whatever it holds is survived.

use serde_json::Value;

use super::{chat, envelope::Subscription, json::some_text, kind::Kind, signals};
use crate::chat::event::ChatEvent;

/// What a notification means.
#[derive(Debug, Clone, PartialEq)]
pub enum Told {
    /// Something happened in the channel of this broadcaster.
    Event {
        /// The broadcaster's id.
        broadcaster_id: String,
        /// What happened.
        event: ChatEvent,
    },
    /// Shared chat: it happened in another channel.
    Foreign,
    /// Not understood.
    Unknown,
}

/// Reads a notification.
#[must_use]
pub fn notification(subscription: &Subscription, event: &Value) -> Told {
    let Some(kind) = Kind::of(&subscription.kind) else { return Told::Unknown };
    let broadcaster = broadcaster(subscription, event);
    if kind.is_chat() && chat::is_foreign(event, broadcaster.as_deref()) {
        return Told::Foreign;
    }
    let event_of = match kind {
        Kind::ChatMessage => chat::message(event),
        Kind::ChatNotification => Some(chat::notice(event)),
        Kind::MessageDelete => chat::deleted(event),
        Kind::ClearUserMessages => chat::user_cleared(event),
        Kind::ChatClear => Some(ChatEvent::ChatCleared { user: None }),
        other => signals::read(other, event).map(ChatEvent::Signal),
    };
    match (broadcaster, event_of) {
        (Some(broadcaster_id), Some(event)) => Told::Event { broadcaster_id, event },
        _ => Told::Unknown,
    }
}

/// Whose channel: the event says it, and so does the condition.
fn broadcaster(subscription: &Subscription, event: &Value) -> Option<String> {
    some_text(event, "broadcaster_user_id")
        .or_else(|| some_text(event, "to_broadcaster_user_id"))
        .or_else(|| Some(subscription.broadcaster_id.clone()).filter(|id| !id.is_empty()))
}

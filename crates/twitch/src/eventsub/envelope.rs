//! A message of EventSub's WebSocket, taken out of its envelope. Pure; any text is survived.

use cliphound_work::steps;
use serde_json::Value;

use super::json::{number, some_text, text, time_ms};

/// A message.
#[derive(Debug, Clone, PartialEq)]
pub struct Envelope {
    /// Twitch's id of the message; a repeat has the same. Empty when missing.
    pub id: String,
    /// When Twitch sent it, Unix milliseconds.
    pub sent_ms: Option<i64>,
    /// What it says.
    pub body: Body,
}

/// What a message says.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// The session begins.
    Welcome {
        /// The session, which subscriptions name.
        session_id: String,
        /// Something comes at least this often.
        keepalive_s: Option<u32>,
    },
    /// Nothing happened; the connection lives.
    Keepalive,
    /// We are to go on at another address.
    Reconnect {
        /// The address, to be used as it stands.
        url: String,
    },
    /// A subscription ended.
    Revocation(Subscription),
    /// Something happened.
    Notification {
        /// What it is about.
        subscription: Subscription,
        /// The event, as it came.
        event: Value,
    },
    /// A type that we do not know.
    Unknown(String),
}

/// What an event or a revocation says of its subscription.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Subscription {
    /// Its id.
    pub id: String,
    /// Twitch's name of its type.
    pub kind: String,
    /// The broadcaster it is about, by the condition.
    pub broadcaster_id: String,
    /// `enabled`, or why it ended.
    pub status: String,
}

impl Subscription {
    /// It ended because who subscribed took our rights back, or has another password: so will
    /// all others of theirs.
    #[must_use]
    pub fn lost_rights(&self) -> bool {
        self.status == "authorization_revoked"
    }

    /// The token may be dead: our rights are gone, or the user is.
    #[must_use]
    pub fn doubts_token(&self) -> bool {
        self.lost_rights() || self.status == "user_removed"
    }
}

/// Reads a message; `None` when it is none.
#[must_use]
pub fn read(json: &str) -> Option<Envelope> {
    steps(json.len());
    let mut message: Value = serde_json::from_str(json).ok()?;
    let metadata = message.get("metadata").filter(|metadata| metadata.is_object())?.clone();
    let payload = message.get_mut("payload").map(Value::take).unwrap_or_default();
    let kind = text(&metadata, "message_type");
    let session = payload.get("session").unwrap_or(&Value::Null);
    let body = match kind {
        "session_welcome" => Body::Welcome {
            session_id: text(session, "id").to_owned(),
            keepalive_s: number(session, "keepalive_timeout_seconds"),
        },
        "session_keepalive" => Body::Keepalive,
        "session_reconnect" => {
            Body::Reconnect { url: some_text(session, "reconnect_url").unwrap_or_default() }
        }
        "revocation" => Body::Revocation(subscription(&metadata, &payload)),
        "notification" => notification(&metadata, payload),
        other => Body::Unknown(other.to_owned()),
    };
    Some(Envelope {
        id: text(&metadata, "message_id").to_owned(),
        sent_ms: time_ms(&metadata, "message_timestamp"),
        body,
    })
}

fn notification(metadata: &Value, mut payload: Value) -> Body {
    let subscription = subscription(metadata, &payload);
    let event = payload.get_mut("event").map(Value::take).unwrap_or_default();
    Body::Notification { subscription, event }
}

/// The type stands in two places; either is enough.
fn subscription(metadata: &Value, payload: &Value) -> Subscription {
    let told = payload.get("subscription").unwrap_or(&Value::Null);
    let condition = told.get("condition").unwrap_or(&Value::Null);
    let kind = some_text(told, "type").or_else(|| some_text(metadata, "subscription_type"));
    let broadcaster = some_text(condition, "broadcaster_user_id")
        .or_else(|| some_text(condition, "to_broadcaster_user_id"));
    Subscription {
        id: text(told, "id").to_owned(),
        kind: kind.unwrap_or_default(),
        broadcaster_id: broadcaster.unwrap_or_default(),
        status: text(told, "status").to_owned(),
    }
}

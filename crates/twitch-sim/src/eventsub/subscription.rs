//! A subscription: asked for, made, refused. Pure.

use serde_json::{Value, json};

use super::messages::rfc3339;
use super::types::Type;

/// A subscription.
#[derive(Debug, Clone)]
pub(crate) struct Subscription {
    pub id: String,
    pub kind: Type,
    pub cost: u32,
    pub condition: Value,
    pub broadcaster_id: String,
    pub session_id: String,
    pub owner: (String, u64),
    pub status: &'static str,
    pub created_ms: i64,
    pub gone_ms: Option<i64>,
}

impl Subscription {
    /// As Helix and the messages show it.
    pub fn json(&self) -> Value {
        let created = rfc3339(self.created_ms);
        json!({
            "id": self.id,
            "status": self.status,
            "type": self.kind.name,
            "version": self.kind.version,
            "condition": self.condition,
            "transport": {"method": "websocket", "session_id": self.session_id, "connected_at": created},
            "created_at": created,
            "cost": self.cost,
        })
    }

    /// Whether it is of this application and user.
    pub fn is_of(&self, client_id: &str, user_id: u64) -> bool {
        self.owner.0 == client_id && self.owner.1 == user_id
    }
}

/// A subscription that is asked for.
pub(crate) struct Wish<'a> {
    pub client_id: &'a str,
    pub user_id: u64,
    pub kind: Type,
    pub condition: &'a Value,
    pub session_id: &'a str,
}

/// Why a subscription was not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    BadCondition,
    NoSession,
    /// Another user's session, or another user's channel.
    NotYours,
    Exists,
    TooManySessions,
    TooMany,
    TooDear,
}

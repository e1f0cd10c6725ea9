//! A subscription: asked for, made, refused. Pure.

use serde_json::{Value, json};

use super::messages::rfc3339;
use super::types::{Type, Whose};

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
    TooManyRooms,
}

/// Why Twitch ends subscriptions; ids are those of broadcasters and users, `None`: all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Revocation {
    /// Who reads a broadcaster's chat is banned there.
    Banned(Option<u64>),
    /// The broadcaster is gone.
    UserRemoved(Option<u64>),
    /// The user who subscribed took all rights back, or has another password.
    Rights(Option<u64>),
}

impl Revocation {
    /// What it is called.
    pub fn status(self) -> &'static str {
        match self {
            Self::Banned(_) => "chat_user_banned",
            Self::UserRemoved(_) => "user_removed",
            Self::Rights(_) => "authorization_revoked",
        }
    }

    /// Whether it ends a subscription.
    pub fn ends(self, subscription: &Subscription) -> bool {
        let is_about =
            |id: Option<u64>| id.is_none_or(|id| id.to_string() == subscription.broadcaster_id);
        match self {
            Self::Banned(about) => subscription.kind.whose == Whose::Chat && is_about(about),
            Self::UserRemoved(about) => is_about(about),
            Self::Rights(user) => user.is_none_or(|user| user == subscription.owner.1),
        }
    }
}

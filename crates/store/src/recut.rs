//! Clips that are cut anew by hand, from the VOD.

use serde::Serialize;
use sqlx::FromRow;

use crate::rows::IntentKey;

/// A clip to be cut anew.
#[derive(Debug, Clone, PartialEq)]
pub struct NewRecut {
    /// The moment that it is of.
    pub of: IntentKey,
    /// Where it begins, on Twitch's clock.
    pub start_ms: i64,
    /// Where it ends: 5 to 60 s later.
    pub end_ms: i64,
    /// Its title.
    pub title: String,
    /// Who asks.
    pub by: String,
    /// Now.
    pub now_ms: i64,
}

/// What became of asking for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecutAsked {
    /// It is on the disk, with this key of its own, and will be made.
    Asked(IntentKey),
    /// This very stretch was asked for before, and that one is made or on its way.
    Repeated(IntentKey),
    /// The moment has been cut anew too often.
    TooMany,
}

/// A clip that was cut anew under what somebody said in chat, perhaps by somebody else.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct SaidRecut {
    /// Its own key.
    #[sqlx(flatten)]
    pub key: IntentKey,
    /// `manual:` and who asked for it.
    pub cause: String,
    /// Twitch's id of it, once there is one.
    pub clip_id: Option<String>,
}

/// A clip that is or was cut anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, FromRow)]
pub struct Recut {
    /// Its own key.
    #[sqlx(flatten)]
    pub key: IntentKey,
    /// Trigger of the moment that it is of.
    pub of_ms: i64,
    /// Where it begins, on Twitch's clock.
    pub start_ms: i64,
    /// Where it ends.
    pub end_ms: i64,
    /// Who asked.
    pub by: String,
    /// When, on our clock.
    pub asked_ms: i64,
}

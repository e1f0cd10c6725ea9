//! The outbox: alerts to be sent, in order, each once. Times are Unix milliseconds.

use serde::{Deserialize, Serialize};
use sqlx::FromRow;

use crate::rows::IntentKey;

/// Alerts of one name that wait at most; then the oldest is given up.
pub const MOST_WAITING: u32 = 1_000;

/// What happens of this event goes on until something else of its kind is told: of each kind (what its
/// keys have before an `@`) the newest row is kept for as long as that takes.
pub const LASTING: &str = "trouble";

/// This event is told only until somebody has decided on its moment, whose key is its own.
pub const REVIEW: &str = "review";

/// Where an intent stands in the order in which they changed: when it did, and which it is.
pub type Changed = (i64, IntentKey);

/// Something to be told by one alert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewAlert {
    /// The alert's name.
    pub alert: String,
    /// What happened, in a word.
    pub event: String,
    /// Which clip, moment, stream or trouble it is about: with alert and event it is unique.
    pub key: String,
    /// The broadcaster's user id, or `login:LOGIN` while it is not known; empty like the login.
    pub broadcaster_id: String,
    /// The channel's login; empty where it is about no channel.
    pub login: String,
    /// What is to be told, as a JSON object.
    pub payload: String,
    /// Now.
    pub now_ms: i64,
}

/// A row of the outbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, FromRow)]
pub struct OutboxRow {
    /// Its place in the order.
    pub id: i64,
    /// The alert's name.
    pub alert: String,
    /// What happened, in a word.
    pub event: String,
    /// Which clip, moment, stream or trouble it is about.
    pub key: String,
    /// The broadcaster's user id, or `login:LOGIN`; empty like the login.
    pub broadcaster_id: String,
    /// The channel's login; empty where it is about no channel.
    pub login: String,
    /// What is to be told, as a JSON object.
    pub payload: String,
    /// `waiting`, `sent` or `failed`.
    pub state: String,
    /// How often it was tried.
    pub tries: u32,
    /// When it is to be tried next.
    pub due_ms: i64,
    /// When it was put in.
    pub created_ms: i64,
    /// When it was sent or given up.
    pub ended_ms: Option<i64>,
    /// What went wrong last, in words.
    pub error: Option<String>,
}

/// How the alerts of one name are.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, FromRow)]
pub struct OutboxSum {
    /// The alert's name.
    pub alert: String,
    /// How many wait.
    pub waiting: u32,
    /// How many of those that are still kept were sent …
    pub sent: u32,
    /// … and given up.
    pub failed: u32,
    /// When the last one was sent.
    pub sent_ms: Option<i64>,
    /// When the last one was given up …
    pub failed_ms: Option<i64>,
    /// … and why.
    pub failed_error: Option<String>,
    /// What went wrong last with the one that is tried now.
    pub waiting_error: Option<String>,
}

/// What became of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OutboxStep {
    /// It was sent.
    Sent,
    /// It is given up, for this reason.
    Failed(String),
    /// It is given up for this reason, and with it all that wait for the same alert.
    AllFailed(String),
    /// It is to be tried again.
    Again {
        /// When.
        due_ms: i64,
        /// Why it was not sent now.
        error: String,
    },
}

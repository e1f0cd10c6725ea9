//! The few lines of chat that are kept around a moment.

use serde::{Deserialize, Serialize};
use sqlx::FromRow;

use crate::rows::IntentKey;

/// Lines kept around one moment; what comes later is left out.
pub const LINES_OF_A_MOMENT: u32 = 60;

/// A line of chat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, FromRow)]
pub struct ChatLine {
    /// Twitch's own time.
    pub sent_ms: i64,
    /// Twitch's id of the message; empty where it has none.
    pub message_id: String,
    /// Who wrote it, lower case.
    pub login: String,
    /// What they wrote.
    pub text: String,
}

/// Lines around one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Around {
    /// Its key.
    pub key: IntentKey,
    /// The channel's login.
    pub login: String,
    /// The lines.
    pub lines: Vec<ChatLine>,
}

/// Chat that was deleted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Erasure {
    /// One message.
    Message {
        /// Twitch's id.
        id: String,
    },
    /// All that somebody wrote in a channel.
    User {
        /// Which one.
        channel: Erased,
        /// Their login.
        login: String,
    },
    /// A whole chat.
    Chat {
        /// Which one.
        channel: Erased,
    },
}

/// The channel that chat is deleted in. What is stored of one that was renamed a moment ago has its
/// old login still, and what was stored before its id was known has none: either one finds it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Erased {
    /// Its login.
    pub login: String,
    /// Twitch's id, where it is known.
    pub broadcaster_id: Option<String>,
}

/// Whose words in chat a title is; by default it is not from chat.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, FromRow)]
pub struct Words {
    /// Who said them, lower case.
    pub said_by: Option<String>,
    /// Twitch's id of the message, where it is known.
    pub said_in: Option<String>,
}

/// A promise without a clip whose title is somebody's words.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Titled {
    /// Its key.
    #[sqlx(flatten)]
    pub key: IntentKey,
    /// The channel's login.
    pub login: String,
    /// What set the moment off, as the records have it.
    pub cause: String,
    /// Its title.
    pub title: String,
}

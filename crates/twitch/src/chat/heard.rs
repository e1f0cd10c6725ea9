//! An event with its channel and Twitch's own time.

use super::event::ChatEvent;
use crate::ChannelLogin;

/// An event of a channel.
#[derive(Debug, Clone, PartialEq)]
pub struct Heard {
    /// The channel.
    pub channel: ChannelLogin,
    /// The channel's id, where it was told.
    pub room_id: Option<String>,
    /// Twitch's own time, Unix milliseconds, where it was told.
    pub sent_ms: Option<i64>,
    /// What happened.
    pub event: ChatEvent,
}

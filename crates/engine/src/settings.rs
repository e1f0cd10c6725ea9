//! What a user can set about one channel's engine.

use serde::{Deserialize, Serialize};

/// Settings of one channel. The defaults suit every channel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Clips an hour that the user wants.
    pub budget_per_hour: f32,
    /// Least time between two automatic triggers, in seconds.
    pub cooldown_s: u32,
    /// Length of a clip in seconds: manual moments are as long.
    pub clip_s: u32,
    /// Logins (lower case) that may use `!testclip` besides broadcaster and moderators.
    pub command_users: Vec<String>,
    /// Logins (lower case) whose messages never count, besides the known bots.
    pub ignored_users: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            budget_per_hour: 8.0,
            cooldown_s: 120,
            clip_s: 60,
            command_users: Vec::new(),
            ignored_users: Vec::new(),
        }
    }
}

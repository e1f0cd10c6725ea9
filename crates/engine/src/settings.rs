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
    /// What the score is made of: anything but the default is for measuring.
    #[serde(skip_serializing_if = "Scoring::is_hybrid")]
    pub scoring: Scoring,
}

/// What a score is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scoring {
    /// The rules, strengthened by the forest's vote.
    #[default]
    Hybrid,
    /// The rules alone.
    Rules,
    /// The forest's vote alone; nothing while it learns.
    Forest,
}

impl Scoring {
    fn is_hybrid(&self) -> bool {
        *self == Self::Hybrid
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            budget_per_hour: 8.0,
            cooldown_s: 120,
            clip_s: 60,
            command_users: Vec::new(),
            ignored_users: Vec::new(),
            scoring: Scoring::Hybrid,
        }
    }
}

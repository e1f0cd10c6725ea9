//! What a user can set about one channel's engine.

use serde::{Deserialize, Serialize};

use crate::command::CommandRules;

/// Settings of one channel. The defaults suit every channel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Clips an hour that the user wants.
    pub budget_per_hour: f32,
    /// Least time between two automatic triggers, in seconds.
    pub cooldown_s: u32,
    /// What somebody asks for who asks for a clip: so many seconds before the command.
    pub clip_s: u32,
    /// Who may use which command in chat.
    #[serde(skip_serializing_if = "CommandRules::is_default")]
    pub commands: CommandRules,
    /// Logins (lower case) that may use every command that is not switched off.
    pub command_users: Vec<String>,
    /// Logins (lower case) whose messages never count, besides the known bots.
    pub ignored_users: Vec<String>,
    /// Parts of the detector that are left out, to measure what each is worth.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub without: Vec<Part>,
}

/// A part of the detector that can be left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The forest's doubt: the rules decide alone.
    Forest,
    /// The rules: the forest's vote on the crowd decides alone.
    Rules,
    /// The weight of a line by its brevity: each person counts as one.
    Brevity,
    /// The distrust of a young baseline.
    Trust,
    /// The threshold's prior: the channel's own history decides alone.
    Prior,
    /// The channel's own history: the threshold's prior decides alone.
    History,
}

impl Settings {
    /// Whether `part` takes part.
    #[must_use]
    pub fn has(&self, part: Part) -> bool {
        !self.without.contains(&part)
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            budget_per_hour: 8.0,
            cooldown_s: 120,
            clip_s: 60,
            commands: CommandRules::default(),
            command_users: Vec::new(),
            ignored_users: Vec::new(),
            without: Vec::new(),
        }
    }
}

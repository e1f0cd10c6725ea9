//! What a user can set about one channel's engine.

use serde::{Deserialize, Serialize};

use crate::command::CommandRules;

/// Settings of one channel. The defaults suit every channel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Clips an hour that the user wants.
    pub budget_per_hour: f32,
    /// How easily a moment is found while the budget has room: the threshold aims at so many
    /// times the budget, [`SENSITIVITY`], while the budget stays the most there is. 0.5 asks for
    /// what is seen half as often, and leaves budget unspent; 2 for what is seen twice as often.
    #[serde(skip_serializing_if = "is_one")]
    pub sensitivity: f32,
    /// Least time between two automatic triggers, in seconds.
    pub cooldown_s: u32,
    /// No moments until this is taken back; learning goes on, and who asks for a clip gets one.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub paused: bool,
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

/// The range of [`Settings::sensitivity`]: a step of two to both sides twice. Beyond, the
/// threshold leaves what was measured on labelled streams, budgets of 4 to 12 clips an hour.
pub const SENSITIVITY: std::ops::RangeInclusive<f32> = 0.25..=4.0;

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_one(x: &f32) -> bool {
    *x == 1.0
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
    /// What editors taught the channel.
    Teaching,
}

impl Settings {
    /// Clips an hour that the threshold aims at; a sensitivity from elsewhere may be any number.
    #[must_use]
    pub fn aim_per_hour(&self) -> f32 {
        let sensitivity = if self.sensitivity.is_nan() { 1.0 } else { self.sensitivity };
        self.budget_per_hour * sensitivity.clamp(*SENSITIVITY.start(), *SENSITIVITY.end())
    }

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
            sensitivity: 1.0,
            cooldown_s: 120,
            paused: false,
            clip_s: 60,
            commands: CommandRules::default(),
            command_users: Vec::new(),
            ignored_users: Vec::new(),
            without: Vec::new(),
        }
    }
}

//! What people may do, each role all of the one before.

use serde::{Deserialize, Serialize};

/// A role, everywhere or in one channel.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Looks.
    Viewer,
    /// Judges moments, clips, pauses; changes what a channel's clips are like.
    Editor,
    /// Everything: channels, people, deletion.
    Owner,
}

impl Role {
    /// As it is stored and shown.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Editor => "editor",
            Self::Owner => "owner",
        }
    }

    /// The scope of a token that allows as much.
    #[must_use]
    pub fn scope(self) -> &'static str {
        match self {
            Self::Viewer => "read",
            Self::Editor => "edit",
            Self::Owner => "admin",
        }
    }
}

impl std::str::FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        [Self::Viewer, Self::Editor, Self::Owner]
            .into_iter()
            .find(|role| role.as_str() == text)
            .ok_or_else(|| format!("must be viewer, editor or owner, not “{text}”"))
    }
}

//! What editors think of moments.

use serde::{Deserialize, Serialize};
use sqlx::FromRow;

use crate::rows::{IntentKey, MomentRow};

/// What an editor thinks of a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Worth a clip.
    Kept,
    /// Not worth one.
    Rejected,
}

impl Verdict {
    /// The word in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Rejected => "rejected",
        }
    }
}

/// A word that is no verdict.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a verdict is kept or rejected, not “{0}”")]
pub struct BadVerdict(String);

impl TryFrom<String> for Verdict {
    type Error = BadVerdict;
    fn try_from(word: String) -> Result<Self, BadVerdict> {
        match word.as_str() {
            "kept" => Ok(Self::Kept),
            "rejected" => Ok(Self::Rejected),
            _ => Err(BadVerdict(word)),
        }
    }
}

impl std::str::FromStr for Verdict {
    type Err = BadVerdict;
    fn from_str(word: &str) -> Result<Self, BadVerdict> {
        Self::try_from(word.to_owned())
    }
}

/// A verdict as it was given, of the history of a moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, FromRow)]
pub struct VerdictRow {
    /// Its number: later verdicts have higher ones.
    pub id: i64,
    /// What was said.
    #[sqlx(try_from = "String")]
    pub verdict: Verdict,
    /// Who said it.
    pub by: String,
    /// When, on our clock.
    pub at_ms: i64,
    /// When it was taken back, if it was …
    pub undone_ms: Option<i64>,
    /// … and by whom.
    pub undone_by: Option<String>,
}

/// What somebody said last of anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastVerdict {
    /// Its number, as of [`VerdictRow`].
    pub id: i64,
    /// The moment.
    pub key: IntentKey,
    /// What was said.
    pub verdict: Verdict,
}

/// What came of a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Judged {
    /// Somebody else had said the opposite since: nothing was changed.
    pub is_crossed: bool,
    /// It was not what was said last.
    pub is_new: bool,
    /// A clip waits for it: a yes has it made, a no has it not. Without review only a no counts, to
    /// a clip that Twitch was not asked for yet.
    pub decides: bool,
}

/// What came of taking a verdict back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Undone {
    /// What was taken back.
    pub verdict: Verdict,
    /// What holds now.
    pub now: Option<Verdict>,
    /// What follows from it was not begun: the clip waits again.
    pub waits_again: bool,
}

/// A verdict that holds, or (`None`) does not any more, on a moment.
#[derive(Debug, Clone, PartialEq)]
pub struct VerdictChange {
    /// Its number: later changes have higher ones.
    pub change: i64,
    /// The moment.
    pub moment: MomentRow,
    /// What holds.
    pub verdict: Option<Verdict>,
}

//! What editors taught a channel by their verdicts.

use serde::Serialize;

/// What a channel was taught, for people.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Teaching {
    /// Moments kept, of those that count.
    pub kept: u32,
    /// Moments rejected, of those that count.
    pub rejected: u32,
    /// What is added to the threshold now, on the score's scale from 0 to 1.
    pub threshold_shift: f32,
    /// The threshold in a sentence; empty while there is no verdict.
    pub text: String,
    /// What each reason's verdicts changed, the strongest change first.
    pub reasons: Vec<Taught>,
}

/// What the verdicts on moments of one kind changed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Taught {
    /// The reason that led them: a name from the list of reasons.
    pub name: String,
    /// Moments of this kind kept.
    pub kept: u32,
    /// Moments of this kind rejected.
    pub rejected: u32,
    /// The share that is taken from (below 0) or added to the score's nats of such windows.
    pub weight: f32,
    /// "Moments led by emotes were kept 1 of 9 times: they now need a higher score."
    pub text: String,
}

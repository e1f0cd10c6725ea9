//! The detectors that are measured: the engine in its parts, and simple ones to beat.

pub mod engine;
pub mod log_ratio;
pub mod peaks;
pub mod random;
pub mod rate;
pub mod series;
pub mod zscore;

use super::metrics::{BUDGETS, Hit};

/// What one detector found in one stream.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Found {
    /// The ten best, 120 s apart, best first.
    pub peaks: Vec<Hit>,
    /// Triggers at each of [`BUDGETS`].
    pub live: [Vec<Hit>; BUDGETS.len()],
}

/// A row of the tables: a detector, or the engine on disturbed chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// The engine as it is.
    Hybrid,
    /// The engine without its forest.
    Rules,
    /// The engine without its rules.
    Forest,
    /// Log ratio of chatters to their weighted mean.
    LogRatio,
    /// Rolling z-score of messages over 300 s.
    ZScore,
    /// Messages against one threshold for all channels.
    Rate,
    /// Chance.
    Random,
    /// The engine, 75 % of the chatters removed.
    Without75,
    /// The engine, 95 % of the chatters removed.
    Without95,
    /// The engine, floods by bots injected.
    Bots,
    /// The engine, copypasta by a few injected.
    Copypasta,
}

impl Method {
    /// Every row, in the order of the tables.
    pub const ALL: [Self; 11] = [
        Self::Hybrid,
        Self::Rules,
        Self::Forest,
        Self::LogRatio,
        Self::ZScore,
        Self::Rate,
        Self::Random,
        Self::Without75,
        Self::Without95,
        Self::Bots,
        Self::Copypasta,
    ];

    /// Its name in tables and JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Hybrid => "hybrid",
            Self::Rules => "rules alone",
            Self::Forest => "forest alone",
            Self::LogRatio => "log ratio",
            Self::ZScore => "z-score 300 s",
            Self::Rate => "message rate",
            Self::Random => "random",
            Self::Without75 => "75 % removed",
            Self::Without95 => "95 % removed",
            Self::Bots => "bot floods",
            Self::Copypasta => "copypasta floods",
        }
    }
}

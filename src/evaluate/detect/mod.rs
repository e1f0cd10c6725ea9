//! The detectors that are measured: the engine in its parts, and simple ones to beat.

pub mod engine;
pub mod log_ratio;
pub mod peaks;
pub mod random;
pub mod rate;
pub mod series;
pub mod zscore;

use super::metrics::{BUDGETS, DEFAULT, Hit};

/// What one detector found in one stream.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Found {
    /// The ten best, 120 s apart, best first.
    pub peaks: Vec<Hit>,
    /// Triggers at each of [`BUDGETS`].
    pub live: [Vec<Hit>; BUDGETS.len()],
}

impl Found {
    /// What it decided at the default budget.
    #[must_use]
    pub fn at_default(&self) -> Decided {
        Decided { peaks: self.peaks.clone(), triggers: self.live[DEFAULT].clone() }
    }
}

/// What one detector decided in one stream at the default budget.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Decided {
    /// The ten best, 120 s apart, best first.
    pub peaks: Vec<Hit>,
    /// Triggers by time.
    pub triggers: Vec<Hit>,
}

/// A row of the main tables.
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
}

impl Method {
    /// Every row, in the order of the tables.
    pub const ALL: [Self; 7] = [
        Self::Hybrid,
        Self::Rules,
        Self::Forest,
        Self::LogRatio,
        Self::ZScore,
        Self::Rate,
        Self::Random,
    ];
    /// The simple detectors that the engine has to beat.
    pub const SIMPLE: [Self; 3] = [Self::LogRatio, Self::ZScore, Self::Rate];

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
        }
    }
}

//! The levels of a window, and how far each is above what is usual for the channel.

use crate::window::Counts;

/// Number of features.
pub const FEATURES: usize = 9;

/// Names of the features in their order, as stored models and reasons know them.
pub const NAMES: [&str; FEATURES] = [
    "reactions",
    "chatters",
    "messages",
    "emote",
    "repetition",
    "laughter",
    "excitement",
    "brevity",
    "sentiment",
];

/// One number a feature.
pub type Vector = [f32; FEATURES];

/// Index of each feature.
pub mod index {
    #![expect(missing_docs, reason = "the names are those of the features")]
    pub const REACTIONS: usize = 0;
    pub const CHATTERS: usize = 1;
    pub const MESSAGES: usize = 2;
    pub const EMOTE: usize = 3;
    pub const REPETITION: usize = 4;
    pub const LAUGHTER: usize = 5;
    pub const EXCITEMENT: usize = 6;
    pub const BREVITY: usize = 7;
    pub const SENTIMENT: usize = 8;
}

/// Added to both sides of a ratio of people, so that two against none is no sensation.
/// From 0.7 to 6 the precision on labelled streams is the same within its error.
pub const SOFTENING: f32 = 1.0;
/// The same for lengths in characters.
const LENGTH_SOFTENING: f32 = 5.0;
/// Lines below which a mean over lines is not trusted.
const LINES_FOR_A_MEAN: f32 = 5.0;

/// The levels of a window: people, lines, characters, valence.
#[must_use]
pub fn levels(counts: &Counts) -> Vector {
    [
        counts.reactions,
        counts.chatters as f32,
        counts.messages as f32,
        counts.top_emote as f32,
        counts.top_text as f32,
        counts.laughing as f32,
        counts.excited as f32,
        counts.length,
        counts.sentiment,
    ]
}

/// How far each level is above the usual one, 0 for less than usual: log ratios for
/// people and lines, log ratio downwards for the length, distance for the valence. All
/// shrunk by `trust`, 0 to 1, in the baseline.
#[must_use]
pub fn normalise(levels: &Vector, usual: &Vector, trust: f32) -> Vector {
    let mut out: Vector = std::array::from_fn(|i| log_ratio(levels[i], usual[i], SOFTENING));
    let lines = levels[index::MESSAGES];
    let sure = lines / (lines + LINES_FOR_A_MEAN);
    out[index::BREVITY] =
        sure * log_ratio(usual[index::BREVITY], levels[index::BREVITY], LENGTH_SOFTENING);
    out[index::SENTIMENT] = sure * (levels[index::SENTIMENT] - usual[index::SENTIMENT]).abs();
    out.map(|x| x.max(0.0) * trust)
}

/// How far so many people are above the usual, in nats; 0 for fewer. Cheap for those.
#[must_use]
pub fn people(level: f32, usual: f32) -> f32 {
    if level > usual { log_ratio(level, usual, SOFTENING) } else { 0.0 }
}

/// ln((x + k) / (usual + k)).
fn log_ratio(x: f32, usual: f32, k: f32) -> f32 {
    libm::logf((x.max(0.0) + k) / (usual.max(0.0) + k))
}

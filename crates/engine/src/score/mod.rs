//! From counts to a decision: levels, what is usual, how unusual, whether it is enough.

pub mod baseline;
pub mod bounds;
pub mod delay;
pub mod features;
pub mod hybrid;
pub mod mask;
pub mod reasons;
pub mod rules;
pub mod sound;
pub mod surroundings;
pub mod threshold;
pub mod trigger;

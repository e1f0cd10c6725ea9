//! What a chat line says about its sender's mood, without keeping the line.

pub mod bots;
pub mod emotes;
pub mod expression;
pub mod features;
pub mod laughter;
pub mod lexicon;
pub mod sentiment;

pub use features::{TextFeatures, read};

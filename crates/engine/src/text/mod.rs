//! What a chat line says about its sender's mood, without keeping the line.

pub mod bots;
pub mod channel_emotes;
pub(crate) mod character;
pub mod emotes;
pub mod features;
pub mod laughter;
pub mod lexicon;
pub mod prompts;
pub mod scan;
pub mod sentiment;
pub mod votes;

pub use channel_emotes::{ChannelEmotes, EmoteSet};
pub use features::{TextFeatures, read, read_in};

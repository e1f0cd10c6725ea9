//! Helix, Twitch's web API: what Cliphound calls, and what can come back.

pub mod error;
pub mod types;

pub use error::HelixError;
pub use types::{Clip, CreateClip, CreatedClip, SentChat, Stream, User};

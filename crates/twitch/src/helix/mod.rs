//! Helix, Twitch's web API: what Cliphound calls, and what can come back.

mod answer;
pub mod client;
mod convert;
mod emotes;
pub mod error;
pub mod eventsub;
pub mod limits;
mod transport;
pub mod types;

pub use crate::oauth::http_client;
pub use client::Helix;
pub use error::HelixError;
pub use eventsub::EventSubApi;
pub use limits::{Bucket, Limits};
pub use types::{Clip, CreateClip, CreatedClip, SentChat, Stream, User};

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
pub mod vod;

pub use crate::oauth::http_client;
pub use client::Helix;
pub use error::HelixError;
pub use eventsub::EventSubApi;
pub use limits::{Bucket, Limits, Priority};
pub use types::{
    Clip, ClipDownload, CreateClip, CreatedClip, SentChat, Stream, User, Vod, VodClip,
};

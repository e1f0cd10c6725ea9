//! EventSub by WebSocket, as Twitch speaks it.
//!
//! Pure: `types` (what can be subscribed to), `sessions` and
//! `subscription` (who hears what, and the limits),
//! `chat` and `signals` (events as Twitch's JSON), `messages` (their envelopes), `noise` (what can become of
//! them). `server` is
//! the WebSocket.

mod chat;
mod messages;
mod noise;
mod server;
mod sessions;
mod signals;
mod subscription;
mod types;

pub(crate) use noise::Noise;
pub(crate) use server::serve;
pub(crate) use sessions::{MAX_COST, Sessions};
pub(crate) use subscription::{Refusal, Revocation, Subscription, Wish};
pub(crate) use types::Type;

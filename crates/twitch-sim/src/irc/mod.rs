//! Chat over IRC, as Twitch speaks it: over TCP, and over WebSocket.

mod format;
mod noise;
mod server;
mod session;
mod wire;

pub(crate) use format::{Caps, Room, render};
pub(crate) use noise::Noise;
pub(crate) use server::{Transport, serve};
pub(crate) use session::Account;

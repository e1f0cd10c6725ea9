//! Chat by IRC: lines to events, one connection, many connections.
//!
//! Downhill: [`client`] starts the connections; `connection` is the life of one (get in,
//! listen, wait, again), `entry` how it gets in and as whom, `session` the time in which it
//! listens, `succession` how that goes on as somebody else (after a `former` connection);
//! `socket` is what the lines come through. The rest is pure: [`parse`] with `emotes` and
//! `usernotice`, `lines`, `joins`, `rooms`, `pace`. What it yields is in [`crate::chat`].

pub mod client;
pub mod login;
pub mod parse;
pub mod stats;

mod connection;
mod emotes;
mod entry;
mod former;
mod joins;
mod lines;
mod pace;
mod rooms;
mod session;
pub(crate) mod socket;
mod succession;
mod usernotice;

#[cfg(test)]
mod story;

pub use crate::{
    chat::{ChatEvent, ChatMessage, Heard, event},
    net::{Endpoint, EndpointError},
};
pub use client::{ChatConfig, ChatHandle, start};
pub use login::{ChatLogin, Credentials};
pub use parse::{Line, parse_line};
pub use stats::ChatStats;

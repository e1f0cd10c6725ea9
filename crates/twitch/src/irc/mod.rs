//! Chat by IRC: lines to events, one connection, many connections.
//!
//! Downhill: [`client`] starts the connections; `connection` is the life of one (dial, log
//! in, listen, wait, again), `session` the time in which it listens; `socket` is what the
//! lines come through. The rest is pure: [`parse`] with `emotes` and `usernotice`,
//! `lines`, `joins`, `pace`, `backoff`, [`endpoint`].

pub mod client;
pub mod endpoint;
pub mod event;
pub mod login;
pub mod parse;
pub mod stats;

pub(crate) mod backoff;
mod connection;
mod emotes;
mod joins;
mod lines;
mod pace;
mod session;
pub(crate) mod socket;
mod usernotice;

#[cfg(test)]
mod story;

pub use client::{ChatConfig, ChatHandle, Heard, start};
pub use endpoint::{Endpoint, EndpointError};
pub use event::{ChatEvent, ChatMessage};
pub use login::{ChatLogin, Credentials};
pub use parse::{Line, parse_line};
pub use stats::ChatStats;

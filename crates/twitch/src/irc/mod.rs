//! Chat by IRC: lines to events, one connection, many connections.

pub mod event;

pub use event::{ChatEvent, ChatMessage};

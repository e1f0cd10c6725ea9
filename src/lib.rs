//! Watches Twitch chat, finds the moments that matter, and clips them: the daemon.

pub mod cli;
pub mod clips;
pub mod config;
pub mod daemon;
pub mod evaluate;
pub mod records;
pub mod replay;

//! Watches Twitch chat, finds the moments that matter, and clips them: the daemon.

pub mod alerts;
pub mod analytics;
pub mod archive;
pub mod board;
pub mod cli;
pub mod clips;
pub mod config;
pub mod costs;
pub mod daemon;
pub mod evaluate;
pub mod feed;
pub mod forget;
pub mod mirror;
pub mod named_signals;
pub mod plain;
pub mod records;
pub mod replay;
pub mod sheet;
pub mod time;
pub mod trouble;
pub mod web;

pub use cliphound_crew as crew;

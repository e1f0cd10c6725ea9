//! The daemon: clock, channel tasks, supervision, shutdown.

pub mod core;
pub mod lateness;
pub mod offset;
pub mod sd;
pub mod signals;
pub mod stats;
pub mod twitch_time;

//! The daemon: clock, channel tasks, supervision, shutdown.

pub mod lateness;
pub mod offset;
pub mod twitch_time;

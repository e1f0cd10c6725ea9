//! The daemon: clock, channel tasks, supervision, shutdown.

pub mod map;

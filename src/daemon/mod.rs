//! The daemon: clock, channel tasks, supervision, shutdown.

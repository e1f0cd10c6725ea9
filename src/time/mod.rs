//! Twitch's clock as seen from here: how far it is from ours, and its time now.

pub mod offset;
pub mod twitch_time;

pub use twitch_time::TwitchTime;

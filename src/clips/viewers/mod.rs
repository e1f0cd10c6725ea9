//! Clips that viewers made: a list beside ours, and evidence for how late chat reacts.
//!
//! The pure [`plan`] says which span of which channel is to be asked for; [`collect`] asks.

pub mod collect;
pub mod plan;

pub use collect::Collector;
pub use plan::{LiveNow, LiveStream};

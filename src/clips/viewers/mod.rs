//! Clips that viewers made: a list beside ours, and evidence for how late chat reacts.
//!
//! The pure [`plan`] says which span of which channel is to be asked for, [`past`] which streams an
//! earlier run did not ask for to the end; [`collect`] asks.

pub mod collect;
pub mod past;
pub mod plan;

pub use collect::Collector;
pub use plan::{LiveNow, LiveStream};

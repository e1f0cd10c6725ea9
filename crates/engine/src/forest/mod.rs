//! The channel's own extended isolation forest: how easily a window is told from the usual ones.

mod build;
mod isolation;
mod random;
mod reservoir;
mod voter;

pub use isolation::{Forest, Shape};
pub use reservoir::Reservoir;
pub use voter::Voter;

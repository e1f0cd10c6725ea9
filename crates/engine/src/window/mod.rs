//! The trailing seconds of a chat, counted as they slide.

mod known;
mod spread;
mod trailing;

pub use known::{Known, slot};
pub use trailing::{Counts, Line, Trailing};

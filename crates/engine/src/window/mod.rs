//! The trailing seconds of a chat, counted as they slide.

mod spread;
mod trailing;

pub use trailing::{Counts, Line, Trailing};

//! The mirror: what Cliphound found in a stream, beside what its viewers clipped of it. Pure;
//! times in Unix milliseconds.
//!
//! [`mod@streams`] says which streams there were, [`highlight`] makes highlights of viewers' clips,
//! [`compare`] says which of them were caught, and [`advice`] why the others were not. What would
//! have caught them ([`remedy`]) is found by the engine's own threshold and trigger, which decide
//! once more on the stored windows.

pub mod advice;
pub mod compare;
pub mod highlight;
pub mod remedy;
mod seconds;
#[cfg(test)]
mod story;
pub mod streams;

pub use advice::{Advice, Known, Record};
pub use compare::{By, Compared, Mirror, Ours, mirror};
pub use highlight::{Highlight, MADE_LATER_MS, highlights};
pub use remedy::Remedy;
pub use streams::{Stream, streams};

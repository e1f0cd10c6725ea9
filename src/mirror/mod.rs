//! The mirror: what Cliphound found in a stream, beside what its viewers clipped of it. Pure;
//! times in Unix milliseconds.
//!
//! [`mod@streams`] says which streams there were, [`highlight`] makes highlights of viewers' clips,
//! [`compare`] says which of them were caught, and [`advice`] what would have caught the others.

pub mod advice;
mod budget;
pub mod compare;
pub mod highlight;
pub mod streams;

pub use advice::{Advice, Known, Remedy};
pub use compare::{By, Compared, Mirror, Ours, mirror};
pub use highlight::{Highlight, MADE_LATER_MS, highlights};
pub use streams::{Stream, streams};

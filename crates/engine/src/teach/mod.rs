//! What editors teach a channel by keeping and rejecting its moments.
//!
//! The newest verdicts are kept; everything else is worked out of them anew whenever one comes
//! or goes, so that one that is withdrawn leaves no trace.

mod kind;
mod lesson;
mod verdicts;
mod words;

pub use kind::Kind;
pub use lesson::Lesson;
pub use verdicts::{MOST_VERDICTS, Verdicts};
pub use words::{Taught, Teaching};

//! What chat tells, whichever way it came: by IRC or by EventSub.

pub mod event;
pub mod heard;
pub mod signal;

pub use event::{ChatEvent, ChatMessage, Loss, WhyLost};
pub use heard::Heard;
pub use signal::Signal;

//! The life of a clip: intent, wait, call, confirmation.

pub mod api;
pub mod life;
pub mod lookup;
pub mod order;
pub mod steps;
pub mod title;

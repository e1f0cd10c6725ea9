//! The trailing seconds of a chat, counted as they slide.

mod known;
mod lasting;
mod lines;
mod people;
mod popular;
mod trailing;
mod wording;

pub use known::{Known, slot};
pub use lasting::Lasting;
pub use popular::Popular;
pub use trailing::{Counts, Line, Trailing};
pub use wording::Wording;

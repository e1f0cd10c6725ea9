//! Finds the moments in one channel's chat: pure, no tokio, sockets, files, clock or randomness of its own.

pub mod command;
pub mod effect;
pub mod engine;
pub mod forest;
pub mod gist;
pub mod growth;
pub mod hash;
pub mod input;
mod learner;
pub mod model;
pub mod rehearsal;
pub mod score;
pub mod second;
pub mod settings;
mod tally;
pub mod teach;
pub mod text;
pub mod time;
pub mod window;

pub use command::{Command, CommandRules, Least};
pub use effect::{About, Answer, Cause, Effect, Moment, Reason, Status, Window};
pub use engine::{Engine, SMALL_CHAT};
pub use gist::Gist;
pub use input::{Erased, Input, Live, Message, Quieting, Role, Verdict, VerdictInput};
pub use model::Model;
pub use rehearsal::{Chat, Rehearsal};
pub use second::Second;
pub use settings::{Part, SENSITIVITY, Settings};
pub use teach::{Kind, Taught, Teaching};
pub use text::EmoteSet;
pub use time::EventTime;
pub use window::Popular;

//! Stored chat of any known format as engine inputs, and the engine run over it.

pub mod alias;
pub mod chains;
pub mod changes;
pub mod compare;
pub mod detect;
mod erased_line;
pub mod erasing;
pub mod event;
pub mod file;
pub mod formats;
pub mod lines;
pub mod name;
pub mod order;
pub mod reader;
pub mod recorded;
pub mod recording;
pub mod recording_writer;
pub mod report;
pub mod runner;
pub mod seed;
pub mod stamp;
pub mod streams;
pub mod timeline;
pub mod topk;
pub mod verify;
pub mod zero;

#[cfg(test)]
mod story;

pub use file::{FileResult, Options, StreamResult, replay_file};
pub use recording_writer::RecordingWriter;
pub use seed::seed;

//! Measures the detector on stored chat with labelled highlights, beside simple detectors.

pub mod bootstrap;
pub mod causal;
pub mod chance;
pub mod detect;
pub mod disturb;
pub mod folder;
pub mod html;
pub mod labels;
pub mod metrics;
pub mod oracle;
pub mod run;
pub mod stream;
pub mod summary;
pub mod table;

#[cfg(test)]
mod story;

pub use run::{Evaluation, evaluate};

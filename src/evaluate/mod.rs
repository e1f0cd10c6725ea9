//! Measures the detector on stored chat with labelled highlights, beside simple detectors.

pub mod ablation;
pub mod bootstrap;
pub mod causal;
pub mod chance;
pub mod chat;
pub mod decoys;
pub mod detect;
pub mod feedback;
pub mod floods;
pub mod folder;
pub mod hours;
pub mod html;
pub mod labels;
pub mod measure;
pub mod metrics;
pub mod oracle;
pub mod paired;
pub mod removed;
pub mod run;
pub mod seen;
pub mod stream;
pub mod summary;
pub mod table;

#[cfg(test)]
mod story;

pub use run::{Evaluation, Note, evaluate, evaluate_feedback};

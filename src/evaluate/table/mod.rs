//! The tables for people. Pure.

mod cell;
mod disturbed;
mod feedback;
mod live;
mod parts;
mod streams;

use super::{feedback::Feedback, metrics::BUDGETS, run::Evaluation};

// Writing into a String can't fail.
macro_rules! line {
    ($out:expr $(, $arg:expr)*) => { { use std::fmt::Write as _; let _ = writeln!($out $(, $arg)*); } };
}
use line;

/// All tables. `every_method`: the rows of each stream are those of all detectors, not of the
/// engine alone.
#[must_use]
pub fn write(evaluation: &Evaluation, every_method: bool) -> String {
    let mut out = String::new();
    streams::streams(&mut out, &evaluation.streams, every_method);
    live::start(&mut out, evaluation);
    for at in 0..BUDGETS.len() {
        live::live(&mut out, at, &evaluation.all);
    }
    for at in 0..BUDGETS.len() {
        live::kept(&mut out, at, &evaluation.all);
    }
    parts::ablation(&mut out, &evaluation.ablation);
    parts::removed(&mut out, &evaluation.removed);
    feedback::feedback(&mut out, &evaluation.feedback);
    disturbed::floods(&mut out, &evaluation.floods);
    disturbed::decoys(&mut out, &evaluation.decoys);
    causal(&mut out, evaluation);
    out
}

/// The table of what people teach alone.
#[must_use]
pub fn write_feedback(feedback: &Feedback) -> String {
    let mut out = String::new();
    feedback::feedback(&mut out, feedback);
    out
}

fn causal(out: &mut String, evaluation: &Evaluation) {
    match evaluation.not_causal.len() {
        0 => line!(
            out,
            "\nThe score never changes when the future is cut off ({} streams).",
            evaluation.streams.len()
        ),
        count => line!(
            out,
            "\nThe score CHANGES when the future is cut off in {count} streams: {}",
            evaluation.not_causal.join(", ")
        ),
    }
}

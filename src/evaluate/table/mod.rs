//! The tables for people, what is asked first before what explains it. Pure.

mod cell;
mod disturbed;
mod feedback;
mod live;
mod parts;
mod streams;

use super::{
    feedback::Feedback,
    metrics::{BUDGETS, DEFAULT},
    run::Evaluation,
};
use crate::{plain::plain, sheet::Sheet};

/// All tables, in lines of at most `width` characters. `every_method`: the rows of each stream
/// are those of all detectors, not of the engine alone.
#[must_use]
pub fn write(evaluation: &Evaluation, every_method: bool, width: usize) -> String {
    let mut sheet = Sheet::new(width);
    live::in_short(&mut sheet, evaluation);
    live::start(&mut sheet, evaluation);
    // The default budget is what most people run with.
    let others = (0..BUDGETS.len()).filter(|at| *at != DEFAULT);
    for at in std::iter::once(DEFAULT).chain(others) {
        live::live(&mut sheet, at, &evaluation.all);
        live::kept(&mut sheet, at, &evaluation.all);
    }
    parts::ablation(&mut sheet, &evaluation.ablation);
    parts::removed(&mut sheet, &evaluation.removed);
    disturbed::floods(&mut sheet, &evaluation.floods);
    disturbed::decoys(&mut sheet, &evaluation.decoys);
    feedback::feedback(&mut sheet, &evaluation.feedback);
    streams::streams(&mut sheet, &evaluation.streams, every_method);
    causal(&mut sheet, evaluation);
    sheet.finish()
}

/// The table of what people teach alone.
#[must_use]
pub fn write_feedback(feedback: &Feedback, width: usize) -> String {
    let mut sheet = Sheet::new(width);
    feedback::feedback(&mut sheet, feedback);
    sheet.finish()
}

fn causal(sheet: &mut Sheet, evaluation: &Evaluation) {
    sheet.caption(&match evaluation.not_causal.len() {
        0 => format!(
            "The score never changes when the future is cut off ({} streams).",
            evaluation.streams.len()
        ),
        count => format!(
            "The score CHANGES when the future is cut off in {count} streams: {}",
            plain(&evaluation.not_causal.join(", "))
        ),
    });
}

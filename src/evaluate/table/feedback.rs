//! The table of what channels learn from people. Pure.

use super::{
    cell::{difference, share},
    line,
    parts::{absolute, differences, head, in_words},
};
use crate::evaluate::{
    feedback::Feedback,
    metrics::{BUDGETS, DEFAULT},
};

/// Second halves with and without what people said of first halves.
pub fn feedback(out: &mut String, feedback: &Feedback) {
    if feedback.evidence == 0 {
        line!(
            out,
            "\nWhat people teach: no stream has highlights in both halves, so nothing can be said."
        );
        return;
    }
    let verdicts = feedback.kept + feedback.rejected;
    line!(
        out,
        "\nWhat people teach, live at {} clips an hour: second halves of the streams with highlights in \
         both.\nOf first halves, {} highlights were told as evidence of the delay, or {verdicts} moments judged: \
         {} kept, {} rejected",
        BUDGETS[DEFAULT],
        feedback.evidence,
        feedback.kept,
        feedback.rejected
    );
    head(out);
    absolute(out, "told nothing", &feedback.without);
    let rows = [&feedback.told, &feedback.taught];
    rows.iter().for_each(|row| differences(out, row));
    in_words(out, rows.into_iter());
    line!(
        out,
        "Editors with a taste, share of moments that they would keep (untaught; taught minus untaught):"
    );
    for taste in &feedback.tastes {
        let (without, taught) = (share(taste.without), difference(taste.taught));
        line!(out, "  rejects {:<11}  {without:<16}  {taught}", taste.rejects);
    }
}

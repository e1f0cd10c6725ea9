//! The table of what channels learn from people. Pure.

use super::{
    cell::{difference, share},
    parts::{Measures, in_words},
};
use crate::{
    evaluate::{
        feedback::Feedback,
        metrics::{BUDGETS, DEFAULT},
    },
    sheet::{Sheet, Table},
};

/// Second halves with and without what people said of first halves.
pub fn feedback(sheet: &mut Sheet, feedback: &Feedback) {
    if feedback.evidence == 0 {
        sheet.caption(
            "What people teach: no stream has highlights in both halves, so nothing can be said.",
        );
        return;
    }
    let verdicts = feedback.kept + feedback.rejected;
    sheet.caption(&format!(
        "What people teach, live at {} clips an hour: second halves of the streams with highlights in both. Of \
         first halves, {} highlights were told as evidence of the delay, or {verdicts} moments judged: {} kept, {} \
         rejected",
        BUDGETS[DEFAULT], feedback.evidence, feedback.kept, feedback.rejected
    ));
    let mut table = Measures::default();
    table.absolute("told nothing", &feedback.without);
    let rows = [&feedback.told, &feedback.taught];
    rows.iter().for_each(|row| table.differences(row));
    table.write(sheet);
    in_words(sheet, rows.into_iter());
    sheet.say("Editors with a taste, share of moments that they would keep:");
    let mut table = Table::new(["untaught", "taught minus untaught "]);
    for taste in &feedback.tastes {
        let cells = [share(taste.without), difference(taste.taught)];
        table.row(&format!("  rejects {}", taste.rejects), cells);
    }
    sheet.table(&table);
}

//! The tables of what must not trigger: floods and decoys. Pure.

use super::cell::{difference, share};
use crate::{
    evaluate::{
        decoys::Decoys,
        floods::Floods,
        measure::Measure,
        metrics::{BUDGETS, DEFAULT},
    },
    plain::plain,
    sheet::{Sheet, Table},
};

/// Floods injected.
pub fn floods(sheet: &mut Sheet, floods: &[Floods]) {
    sheet.caption(&format!(
        "Floods injected, live at {} clips an hour (share that trigger, by stream, with the forest and by the \
         rules alone; labels found without floods and missed with them; differences to the same streams \
         without floods)",
        BUDGETS[DEFAULT]
    ));
    let mut table = Table::new([
        "triggered",
        "share",
        "rules alone",
        "minus rules ",
        "labels missed",
        "precision ",
        "F1 ",
        "clips/h ",
    ]);
    for row in floods {
        let [precision, f1, per_hour] =
            [Measure::Precision, Measure::F1, Measure::PerHour].map(|measure| {
                difference(row.cost.as_ref().and_then(|cost| cost.differences.get(measure)))
            });
        table.row(
            row.kind,
            [
                format!("{}/{}", row.triggered, row.floods),
                share(row.share),
                format!("{}/{}", row.triggered_by_rules, row.floods),
                difference(row.minus_rules),
                format!("{} of {}", row.lost_labels, row.found_labels),
                precision,
                f1,
                per_hour,
            ],
        );
    }
    sheet.table(&table);
}

/// Marked decoys, where there are any.
pub fn decoys(sheet: &mut Sheet, decoys: &[Decoys]) {
    if decoys.is_empty() {
        return;
    }
    sheet.caption(&format!(
        "Decoys, live at {} clips an hour (share that trigger, by stream; by chance: if they were anywhere else \
         in it)",
        BUDGETS[DEFAULT]
    ));
    let mut table = Table::new(["triggered", "share", "by chance"]);
    for row in decoys {
        let count = format!("{}/{}", row.triggered, row.decoys);
        table.row(&plain(&row.kind), [count, share(row.share), share(row.by_chance)]);
    }
    sheet.table(&table);
}

//! The tables of what must not trigger: floods and decoys. Pure.

use super::{
    cell::{difference, share},
    line,
};
use crate::{
    evaluate::{
        decoys::Decoys,
        floods::Floods,
        measure::Measure,
        metrics::{BUDGETS, DEFAULT},
    },
    plain::plain,
};

/// Floods injected.
pub fn floods(out: &mut String, floods: &[Floods]) {
    line!(
        out,
        "\nFloods injected, live at {} clips an hour (share that trigger, by stream; labels found without \
         floods and missed with them; differences to the same streams without; minus rules: the \
         share with the forest less that of the rules alone)",
        BUDGETS[DEFAULT]
    );
    line!(
        out,
        "{:16}  {:>9}  {:<15}  {:>11}  {:<18}  {:>14}  {:<19} {:<19} clips/h",
        "",
        "triggered",
        "share",
        "rules alone",
        "minus rules",
        "labels missed",
        "precision",
        "F1"
    );
    for row in floods {
        let [precision, f1, per_hour] = [Measure::Precision, Measure::F1, Measure::PerHour]
            .map(|measure| difference(row.cost.differences.get(measure)));
        line!(
            out,
            "{:16}  {:>9}  {:<15}  {:>11}  {:<18}  {:>14}  {precision:<19} {f1:<19} {per_hour}",
            row.kind,
            format!("{}/{}", row.triggered, row.floods),
            share(row.share),
            format!("{}/{}", row.triggered_by_rules, row.floods),
            difference(row.minus_rules),
            format!("{} of {}", row.lost_labels, row.found_labels)
        );
    }
}

/// Marked decoys, where there are any.
pub fn decoys(out: &mut String, decoys: &[Decoys]) {
    if decoys.is_empty() {
        return;
    }
    let width = decoys.iter().map(|row| row.kind.chars().count()).max().unwrap_or(0).max(16);
    line!(
        out,
        "\nDecoys, live at {} clips an hour (share that trigger, by stream)",
        BUDGETS[DEFAULT]
    );
    line!(out, "{:width$}  {:>9}  share", "", "triggered");
    for row in decoys {
        let count = format!("{}/{}", row.triggered, row.decoys);
        line!(out, "{:width$}  {count:>9}  {}", plain(&row.kind), share(row.share));
    }
}

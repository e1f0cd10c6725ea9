//! The tables of paired differences: the engine's parts, and what they are worth when most
//! chatters are gone. Pure.

use super::{
    cell::{difference, share},
    line,
};
use crate::evaluate::{
    ablation::Ablation,
    measure::{Estimates, Measure},
    metrics::{BUDGETS, DEFAULT},
    paired::{LEAST_STREAMS, Paired},
    removed::Removed,
};

/// Width of a cell: a difference with its interval and mark.
const CELL: usize = 19;

/// The engine without each of its parts.
pub fn ablation(out: &mut String, ablation: &Ablation) {
    line!(
        out,
        "\nWhat each part is worth, live at {} clips an hour: differences to the whole engine, stream by \
         stream\n(mean, 95 % interval; * beyond chance; streams: labelled, with triggers on both sides, all)",
        BUDGETS[DEFAULT]
    );
    head(out);
    absolute(out, "hybrid", &ablation.whole);
    let rows = || ablation.parts.iter().chain(&ablation.simple);
    rows().for_each(|row| differences(out, row));
    in_words(out, rows());
}

/// Every detector with most chatters removed.
pub fn removed(out: &mut String, removed: &[Removed]) {
    for Removed { percent, draws, detectors, to_hybrid } in removed {
        line!(
            out,
            "\n{percent} % of the chatters removed, live at {} clips an hour (mean of {draws} draws in each \
             stream; differences in the same draws)",
            BUDGETS[DEFAULT]
        );
        head(out);
        detectors.iter().for_each(|row| absolute(out, row.method, &row.figures));
        line!(out, "minus the hybrid:");
        to_hybrid.iter().for_each(|row| differences(out, row));
        in_words(out, to_hybrid.iter());
    }
}

/// The names of the columns.
pub(super) fn head(out: &mut String) {
    let names: String = Measure::ALL.iter().map(|m| format!("{:<CELL$} ", m.name())).collect();
    line!(out, "{:16}  {names}streams", "");
}

/// A row of means.
pub(super) fn absolute(out: &mut String, name: &str, figures: &Estimates) {
    let cells: String =
        Measure::ALL.iter().map(|m| format!("{:<CELL$} ", share(figures.get(*m)))).collect();
    line!(out, "{name:16}  {cells}{}", streams(|m| figures.get(m).map(|e| e.streams)));
}

/// A row of differences.
pub(super) fn differences(out: &mut String, row: &Paired) {
    let cell = |m: &Measure| format!("{:<CELL$} ", difference(row.differences.get(*m)));
    let cells: String = Measure::ALL.iter().map(cell).collect();
    let counts = streams(|m| row.differences.get(m).map(|d| d.estimate.streams));
    line!(out, "{:16}  {cells}{counts}", row.name);
}

/// Streams that a row was taken over: those with labels, those with triggers too, all.
fn streams(of: impl Fn(Measure) -> Option<usize>) -> String {
    let [labelled, triggered, all] =
        [Measure::F1, Measure::Precision, Measure::PerHour].map(|m| of(m).unwrap_or(0));
    format!("{labelled}, {triggered}, {all}")
}

/// Which differences chance alone would hardly make.
pub(super) fn in_words<'a>(out: &mut String, rows: impl Iterator<Item = &'a Paired>) {
    let (mut count, mut beyond) = (0, Vec::new());
    for row in rows {
        count += Measure::ALL.iter().filter(|m| row.differences.get(**m).is_some()).count();
        let found = row.beyond_chance();
        if !found.is_empty() {
            beyond.push(format!("{}: {}", row.name, found.join(", ")));
        }
    }
    if beyond.is_empty() {
        line!(
            out,
            "Beyond chance (0 outside of the interval, {LEAST_STREAMS} streams or more): nothing."
        );
        return;
    }
    line!(
        out,
        "Beyond chance (of {count} differences about {:.0} would be so if nothing differed):",
        (count as f64 * 0.05).ceil()
    );
    beyond.iter().for_each(|row| line!(out, "  {row}"));
}

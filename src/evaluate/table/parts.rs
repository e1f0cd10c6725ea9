//! The tables of paired differences: the engine's parts, and what they are worth when most
//! chatters are gone. Pure.

use super::cell::{difference, share};
use crate::{
    evaluate::{
        ablation::Ablation,
        measure::{Estimates, Measure},
        metrics::{BUDGETS, DEFAULT},
        paired::{LEAST_STREAMS, Paired},
        removed::Removed,
    },
    sheet::{Sheet, Table},
};

/// The engine without each of its parts.
pub fn ablation(sheet: &mut Sheet, ablation: &Ablation) {
    sheet.caption(&format!(
        "What each part is worth, live at {} clips an hour: differences to the whole engine, stream by stream \
         (mean, 95 % interval; * beyond chance)",
        BUDGETS[DEFAULT]
    ));
    let rows = || ablation.parts.iter().chain(&ablation.simple);
    let mut table = Measures::default();
    table.absolute("hybrid", &ablation.whole);
    rows().for_each(|row| table.differences(row));
    table.write(sheet);
    in_words(sheet, rows());
}

/// Every detector with most chatters removed.
pub fn removed(sheet: &mut Sheet, removed: &[Removed]) {
    for Removed { percent, draws, detectors, to_hybrid } in removed {
        sheet.caption(&format!(
            "{percent} % of the chatters removed, live at {} clips an hour (mean of {draws} draws in each stream; \
             differences in the same draws)",
            BUDGETS[DEFAULT]
        ));
        let mut table = Measures::default();
        detectors.iter().for_each(|row| table.absolute(row.method, &row.figures));
        table.part("minus the hybrid:");
        to_hybrid.iter().for_each(|row| table.differences(row));
        table.write(sheet);
        in_words(sheet, to_hybrid.iter());
    }
}

/// A table with a column for each measure.
pub(super) struct Measures {
    table: Table,
    /// By row: how many streams it was taken over.
    streams: Vec<(String, String)>,
}

impl Default for Measures {
    fn default() -> Self {
        // The blank stands above the marks of what is beyond chance.
        let names = Measure::ALL.map(|measure| format!("{} ", measure.name()));
        Self { table: Table::new(names.iter().map(String::as_str)), streams: Vec::new() }
    }
}

impl Measures {
    /// A row of means.
    pub(super) fn absolute(&mut self, name: &str, figures: &Estimates) {
        let cells = Measure::ALL.iter().map(|m| format!("{} ", share(figures.get(*m))));
        self.table.row(name, cells);
        self.count(name, |m| figures.get(m).map(|e| e.streams));
    }

    /// A row of differences.
    pub(super) fn differences(&mut self, row: &Paired) {
        let cells = Measure::ALL.iter().map(|m| difference(row.differences.get(*m)));
        self.table.row(&row.name, cells);
        self.count(&row.name, |m| row.differences.get(m).map(|d| d.estimate.streams));
    }

    /// What the rows below are.
    fn part(&mut self, title: &str) {
        self.table.row(title, []);
    }

    /// The table, and below it how many streams its rows were taken over.
    pub(super) fn write(self, sheet: &mut Sheet) {
        sheet.table(&self.table);
        let Some((_, most)) = self.streams.first() else { return };
        let others = self.streams.iter().filter(|(_, count)| count != most);
        let others: String = others.map(|(name, count)| format!("; {name} {count}")).collect();
        sheet.say(&format!(
            "Streams (with labels, with triggers on both sides too, all): {most}{others}."
        ));
    }

    /// Streams that a row was taken over: those with labels, those with triggers too, all.
    fn count(&mut self, name: &str, of: impl Fn(Measure) -> Option<usize>) {
        let [labelled, triggered, all] =
            [Measure::F1, Measure::Precision, Measure::PerHour].map(|m| of(m).unwrap_or(0));
        self.streams.push((name.to_owned(), format!("{labelled}, {triggered}, {all}")));
    }
}

/// Which differences chance alone would hardly make.
pub(super) fn in_words<'a>(sheet: &mut Sheet, rows: impl Iterator<Item = &'a Paired>) {
    let (mut count, mut beyond) = (0, Vec::new());
    for row in rows {
        count += Measure::ALL.iter().filter(|m| row.differences.get(**m).is_some()).count();
        let found = row.beyond_chance();
        if !found.is_empty() {
            beyond.push(format!("{}: {}", row.name, found.join(", ")));
        }
    }
    if beyond.is_empty() {
        sheet.say(&format!(
            "Beyond chance (0 outside of the interval, {LEAST_STREAMS} streams or more): nothing."
        ));
        return;
    }
    sheet.say(&format!(
        "Beyond chance (of {count} differences about {:.0} would be so if nothing differed):",
        (count as f64 * 0.05).ceil()
    ));
    beyond.iter().for_each(|row| sheet.say(&format!("  {row}")));
}

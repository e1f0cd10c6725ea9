//! The table of single streams. Pure.

use super::cell::two;
use crate::{
    evaluate::{
        metrics::{BUDGETS, DEFAULT},
        run::{MethodRow, StreamRow},
    },
    plain::plain,
    sheet::{Sheet, Table},
};

/// A row for each stream, or one for each detector on it.
pub fn streams(sheet: &mut Sheet, streams: &[StreamRow], every_method: bool) {
    let who = if every_method { "Every detector" } else { "The engine" };
    sheet.caption(&format!(
        "{who} on each stream (P@10: of the 10 best starts; the rest live at {} clips an hour)",
        BUDGETS[DEFAULT]
    ));
    let columns = [
        "prec", "recall", "F1", "60 s", "clips/h", "P@10", "oracle", "labels", "hours", "messages",
    ];
    let mut table = Table::new(every_method.then_some("detector").into_iter().chain(columns));
    for stream in streams {
        let shown = if every_method { stream.methods.len() } else { 1 };
        for row in stream.methods.iter().take(shown) {
            let method = every_method.then(|| row.method.to_owned());
            table.row(&plain(&stream.name), method.into_iter().chain(cells(stream, row)));
        }
    }
    sheet.table(&table);
}

fn cells(stream: &StreamRow, row: &MethodRow) -> Vec<String> {
    let Some(live) = row.live.get(DEFAULT).map(|row| &row.live) else { return Vec::new() };
    vec![
        two(live.precision),
        two(live.recall),
        two(live.f1),
        two(live.holds[2]),
        format!("{:.1}", live.per_hour),
        two(row.start_precision.map(|start| start[3])),
        two(stream.oracle.map(|oracle| oracle[3])),
        stream.labels.to_string(),
        format!("{:.2}", stream.hours),
        stream.messages.to_string(),
    ]
}

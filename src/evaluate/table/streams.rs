//! The table of single streams. Pure.

use super::{cell::two, line};
use crate::{
    evaluate::{
        metrics::{BUDGETS, DEFAULT},
        run::{MethodRow, StreamRow},
    },
    plain::plain,
};

/// A row for each stream, or one for each detector on it.
pub fn streams(out: &mut String, streams: &[StreamRow], every_method: bool) {
    let names = streams.iter().map(|s| s.name.chars().count());
    let width = names.max().unwrap_or(0).max(6) + if every_method { 15 } else { 0 };
    let who = if every_method { "Every detector" } else { "The engine" };
    line!(
        out,
        "{who} on each stream (P@10: of the 10 best starts; the rest live at {} clips an hour)",
        BUDGETS[DEFAULT]
    );
    line!(
        out,
        "{:width$} {:>6} {:>8} {:>6} {:>5} {:>6} {:>5} {:>6} {:>5} {:>6} {:>7}",
        "stream",
        "hours",
        "messages",
        "labels",
        "P@10",
        "oracle",
        "prec",
        "recall",
        "F1",
        "60 s",
        "clips/h"
    );
    for stream in streams {
        let shown = if every_method { stream.methods.len() } else { 1 };
        for row in stream.methods.iter().take(shown) {
            let mut name = plain(&stream.name);
            if every_method {
                name = format!("{name:0$}  {1}", width - 15, row.method);
            }
            stream_row(out, &format!("{name:width$}"), stream, row);
        }
    }
}

fn stream_row(out: &mut String, name: &str, stream: &StreamRow, row: &MethodRow) {
    let Some(live) = row.live.get(DEFAULT).map(|row| &row.live) else { return };
    line!(
        out,
        "{name} {:>6.2} {:>8} {:>6} {:>5} {:>6} {:>5} {:>6} {:>5} {:>6} {:>7.1}",
        stream.hours,
        stream.messages,
        stream.labels,
        two(row.start_precision.map(|start| start[3])),
        two(stream.oracle.map(|oracle| oracle[3])),
        two(live.precision),
        two(live.recall),
        two(live.f1),
        two(live.holds[2]),
        live.per_hour
    );
}

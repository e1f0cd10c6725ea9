//! The tables for people. Pure.

use std::fmt::Write as _;

use super::{
    bootstrap::Estimate,
    metrics::BUDGETS,
    run::{Evaluation, StreamRow},
    summary::{LiveSummary, Summary},
};

/// Which of [`BUDGETS`] the table of streams shows: the default.
const SHOWN: usize = 1;

/// All tables.
#[must_use]
pub fn write(evaluation: &Evaluation) -> String {
    let mut out = String::new();
    per_stream(&mut out, &evaluation.streams);
    start(&mut out, evaluation);
    for at in 0..BUDGETS.len() {
        live(&mut out, at, &evaluation.all);
    }
    causal(&mut out, evaluation);
    out
}

// Writing into a String can't fail.
macro_rules! line {
    ($out:expr $(, $arg:expr)*) => { { let _ = writeln!($out $(, $arg)*); } };
}

fn per_stream(out: &mut String, streams: &[StreamRow]) {
    let width = streams.iter().map(|s| s.name.chars().count()).max().unwrap_or(0).max(6);
    line!(
        out,
        "The engine on each stream (P@10: of the 10 best starts; the rest live at {} clips an hour)",
        BUDGETS[SHOWN]
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
        let Some(row) = stream.methods.first() else { continue };
        let live = &row.live[SHOWN].live;
        let name: String =
            stream.name.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        line!(
            out,
            "{name:width$} {:>6.2} {:>8} {:>6} {:>5} {:>6} {:>5} {:>6} {:>5} {:>6} {:>7.1}",
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
}

fn start(out: &mut String, evaluation: &Evaluation) {
    let labelled = evaluation.streams.iter().filter(|stream| stream.labels > 0).count();
    line!(out, "\nStart precision over {labelled} labelled streams (mean, 95 % interval)");
    line!(out, "{:16}  {:<15}  {:<15}  {:<15}  {:<15}", "", "P@1", "P@3", "P@5", "P@10");
    let rows = evaluation.all.iter().map(|row| (row.method, &row.start_precision));
    for (name, values) in rows.chain([("oracle", &evaluation.oracle)]) {
        let [a, b, c, d] = values.map(share);
        line!(out, "{name:16}  {a:<15}  {b:<15}  {c:<15}  {d}");
    }
}

fn live(out: &mut String, at: usize, all: &[Summary]) {
    line!(
        out,
        "\nLive at {} clips an hour (mean, 95 % interval; clips an hour over all streams)",
        BUDGETS[at]
    );
    line!(
        out,
        "{:16}  {:<15}  {:<15}  {:<15}  {:<17}  {:<15}  {:<15}  {:<15}  {:>5} {:>4} {:>5} {:>5} {:>5}",
        "",
        "precision",
        "recall",
        "F1",
        "delay s",
        "30 s hold",
        "45 s hold",
        "60 s hold",
        "clips",
        "sd",
        "p10",
        "p90",
        "none"
    );
    for Summary { method, live, .. } in all {
        let LiveSummary {
            precision, recall, f1, delay_s, clips_hold, clips_per_hour: kept, ..
        } = &live[at];
        let [precision, recall, f1] = [precision, recall, f1].map(|value| share(*value));
        let [c30, c45, c60] = clips_hold.map(share);
        let delay = seconds(*delay_s);
        let none = format!("{:.0} %", kept.none * 100.0);
        line!(
            out,
            "{method:16}  {precision:<15}  {recall:<15}  {f1:<15}  {delay:<17}  {c30:<15}  {c45:<15}  {c60:<15}  \
             {:>5.1} {:>4.1} {:>5.1} {:>5.1} {none:>5}",
            kept.mean,
            kept.sd,
            kept.p10,
            kept.p90
        );
    }
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

fn two(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.2}"))
}

fn share(value: Option<Estimate>) -> String {
    value.map_or_else(|| "-".to_owned(), |e| format!("{:.2} {:.2}-{:.2}", e.mean, e.low, e.high))
}

fn seconds(value: Option<Estimate>) -> String {
    value.map_or_else(
        || "-".to_owned(),
        |e| format!("{:.0} ({:.0} to {:.0})", e.mean, e.low, e.high),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values() {
        let e = Estimate { mean: 0.5, low: 0.25, high: 0.755, streams: 3 };
        assert_eq!(share(Some(e)), "0.50 0.25-0.76");
        assert_eq!(seconds(Some(Estimate { low: -2.0, high: 5.0, ..e })), "0 (-2 to 5)");
        assert_eq!(
            (share(None), two(None), two(Some(1.0))),
            ("-".into(), "-".into(), "1.00".into())
        );
    }
}

//! The main tables: start precision, live decisions, delay and budget. Pure.

use super::{
    cell::{percent, seconds, share, whole},
    line,
};
use crate::evaluate::{
    metrics::BUDGETS,
    run::Evaluation,
    summary::{LiveSummary, Summary},
};

/// Start precision.
pub fn start(out: &mut String, evaluation: &Evaluation) {
    let labelled = evaluation.streams.iter().filter(|stream| stream.labels > 0).count();
    line!(out, "\nStart precision over {labelled} labelled streams (mean, 95 % interval)");
    line!(out, "{:16}  {:<15}  {:<15}  {:<15}  P@10", "", "P@1", "P@3", "P@5");
    let rows = evaluation.all.iter().map(|row| (row.method, &row.start_precision));
    for (name, values) in rows.chain([("oracle", &evaluation.oracle)]) {
        let [a, b, c, d] = values.map(share);
        line!(out, "{name:16}  {a:<15}  {b:<15}  {c:<15}  {d}");
    }
}

/// Whether what is found live is right, at one budget.
pub fn live(out: &mut String, at: usize, all: &[Summary]) {
    line!(out, "\nLive at {} clips an hour (mean, 95 % interval)", BUDGETS[at]);
    line!(
        out,
        "{:16}  {:<15}  {:<15}  {:<15}  {:<15}  {:<15}  60 s hold",
        "",
        "precision",
        "recall",
        "F1",
        "30 s hold",
        "45 s hold"
    );
    for Summary { method, live, .. } in all {
        let LiveSummary { precision, recall, f1, clips_hold, .. } = &live[at];
        let [precision, recall, f1] = [precision, recall, f1].map(|value| share(*value));
        let [c30, c45, c60] = clips_hold.map(share);
        line!(
            out,
            "{method:16}  {precision:<15}  {recall:<15}  {f1:<15}  {c30:<15}  {c45:<15}  {c60}"
        );
    }
}

/// How late it is found and how often, at one budget.
pub fn kept(out: &mut String, at: usize, all: &[Summary]) {
    line!(
        out,
        "\nDelay and budget at {} clips an hour (delay: seconds from a found highlight's end; clips \
         an hour over all streams; hours above 1.5 times the budget)",
        BUDGETS[at]
    );
    line!(
        out,
        "{:16}  {:<17}  {:>6} {:>14}  {:>5} {:>4} {:>5} {:>5} {:>6}  {:>6} {:>12}",
        "",
        "delay mean",
        "median",
        "quartiles",
        "clips",
        "sd",
        "p10",
        "p90",
        "silent",
        "hours",
        "first hours"
    );
    for Summary { method, live, .. } in all {
        let LiveSummary { delay_s, delay_quartiles_s, clips_per_hour: kept, .. } = &live[at];
        let (median, quartiles) = delay_quartiles_s.map_or_else(
            || ("-".to_owned(), "-".to_owned()),
            |[low, median, high]| (whole(median), format!("{} to {}", whole(low), whole(high))),
        );
        line!(
            out,
            "{method:16}  {:<17}  {median:>6} {quartiles:>14}  {:>5.1} {:>4.1} {:>5.1} {:>5.1} {:>6}  {:>6} {:>12}",
            seconds(*delay_s),
            kept.mean,
            kept.sd,
            kept.p10,
            kept.p90,
            percent(kept.none),
            percent(kept.hours_over),
            percent(kept.first_hours_over)
        );
    }
}

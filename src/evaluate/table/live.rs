//! The main tables: the engine in short, start precision, live decisions, delay and budget. Pure.

use super::cell::{NONE, clips, percent, seconds, share};
use crate::{
    evaluate::{
        bootstrap::Estimate,
        detect::Method,
        metrics::{BUDGETS, CLIPS_S, RANKS},
        run::Evaluation,
        summary::{LiveSummary, Summary},
    },
    sheet::{Sheet, Table},
};

/// How much there was, and what the engine reached live at each budget.
pub fn in_short(sheet: &mut Sheet, evaluation: &Evaluation) {
    let streams = &evaluation.streams;
    let hours: f64 = streams.iter().map(|stream| stream.hours).sum();
    let labelled = streams.iter().filter(|stream| stream.labels > 0).count();
    let labels: usize = streams.iter().map(|stream| stream.labels).sum();
    sheet.caption(&format!(
        "{} of {hours:.1} hours, {labelled} of them labelled, with {}. What the engine reaches live (mean \
         over streams, 95 % interval)",
        counted(streams.len(), "stream"),
        counted(labels, "highlight")
    ));
    let Some(engine) = evaluation.all.iter().find(|row| row.method == Method::Hybrid.name()) else {
        return;
    };
    let budgets = BUDGETS.map(|budget| format!("{budget} clips an hour"));
    let mut table = Table::new(budgets.iter().map(String::as_str));
    let mut row = |name: &str, cell: &dyn Fn(&LiveSummary) -> String| {
        table.row(name, engine.live.iter().map(cell));
    };
    row("triggers that are right (precision)", &|live| share(live.precision));
    row("highlights found (recall)", &|live| share(live.recall));
    row("F1", &|live| share(live.f1));
    row("clips of 60 s that hold one", &|live| share(live.clips_hold[CLIPS_S.len() - 1]));
    row("seconds from its end to the trigger", &|live| of_estimate(live.delay_s));
    row("clips an hour", &|live| {
        clips(live.clips_per_hour.of.mean, live.clips_per_hour.intervals.mean)
    });
    row("clips an hour, 90th percentile", &|live| {
        clips(live.clips_per_hour.of.p90, live.clips_per_hour.intervals.p90)
    });
    row("streams without a clip", &|live| {
        percent(live.clips_per_hour.of.none, live.clips_per_hour.intervals.none)
    });
    sheet.table(&table);
}

/// Start precision.
pub fn start(sheet: &mut Sheet, evaluation: &Evaluation) {
    let labelled = evaluation.streams.iter().filter(|stream| stream.labels > 0).count();
    sheet.caption(&format!(
        "Start precision of the best moments of {} (mean, 95 % interval; oracle: the best that is possible)",
        counted(labelled, "labelled stream")
    ));
    let ranks = RANKS.map(|rank| format!("P@{rank}"));
    let mut table = Table::new(ranks.iter().map(String::as_str));
    for row in &evaluation.all {
        table.row(row.method, row.start_precision.map(share));
    }
    table.row("oracle", evaluation.oracle.map(share));
    sheet.table(&table);
}

/// Whether what is found live is right, at one budget.
pub fn live(sheet: &mut Sheet, at: usize, all: &[Summary]) {
    sheet.caption(&format!("Live at {} clips an hour (mean, 95 % interval)", BUDGETS[at]));
    let holds = CLIPS_S.map(|clip_s| format!("{clip_s} s hold"));
    let columns =
        ["precision", "recall", "F1", holds[2].as_str(), holds[1].as_str(), holds[0].as_str()];
    let mut table = Table::new(columns);
    for Summary { method, live, .. } in all {
        let LiveSummary { precision, recall, f1, clips_hold: [c30, c45, c60], .. } = live[at];
        table.row(method, [precision, recall, f1, c60, c45, c30].map(share));
    }
    sheet.table(&table);
}

/// How often it triggers and how late, at one budget.
pub fn kept(sheet: &mut Sheet, at: usize, all: &[Summary]) {
    sheet.caption(&format!(
        "Budget and delay at {} clips an hour (clips an hour of all streams, and their standard deviation, 10th \
         and 90th percentile between streams; hours with more than 1.5 times the budget; seconds from a \
         found highlight's end to its trigger: mean of the streams' means, quartiles of all; 95 % intervals)",
        BUDGETS[at]
    ));
    let mut table = Table::new([
        "clips/h",
        "p90",
        "silent",
        "sd",
        "p10",
        "hours over",
        "first hours",
        "delay mean",
        "median",
        "25 %",
        "75 %",
    ]);
    for Summary { method, live, .. } in all {
        let LiveSummary { delay_s, delay_quartiles_s, delay_quartiles_95, clips_per_hour, .. } =
            live[at];
        let (kept, wide) = (clips_per_hour.of, clips_per_hour.intervals);
        let quartiles = delay_quartiles_s.zip(delay_quartiles_95);
        let [low, median, high] = [0, 1, 2].map(|quartile| {
            quartiles.map_or_else(
                || NONE.to_owned(),
                |(values, intervals)| seconds(values[quartile], intervals[quartile]),
            )
        });
        table.row(
            method,
            [
                clips(kept.mean, wide.mean),
                clips(kept.p90, wide.p90),
                percent(kept.none, wide.none),
                clips(kept.sd, wide.sd),
                clips(kept.p10, wide.p10),
                percent(kept.hours_over, wide.hours_over),
                percent(kept.first_hours_over, wide.first_hours_over),
                of_estimate(delay_s),
                median,
                low,
                high,
            ],
        );
    }
    sheet.table(&table);
}

fn of_estimate(value: Option<Estimate>) -> String {
    value.map_or_else(|| NONE.to_owned(), |e| seconds(e.mean, [e.low, e.high]))
}

fn counted(count: usize, what: &str) -> String {
    crate::replay::report::counted(count as u64, what)
}

//! All streams through all detectors, one stream's chat in memory at a time. The runs over a
//! stream share the processor's cores; their order reaches no result.

use std::path::Path;

use anyhow::Result;
use cliphound_engine::Part;
use indicatif::ProgressBar;
use serde::Serialize;

use super::{
    ablation::{self, Ablation},
    bootstrap::{Estimate, estimate},
    causal,
    decoys::{self, Decoys},
    detect::{
        Found, Method, engine, log_ratio, peaks, peaks::Values, random, rate, series::Series,
        zscore,
    },
    floods::{self, Floods},
    folder, html,
    labels::Label,
    measure::{self, Figures},
    metrics::{self, BUDGETS, DEFAULT, RANKS},
    oracle,
    removed::{self, Removed},
    stream::{self, Stream},
    summary::{Measured, Summary, summary},
};

/// Everything that was measured.
#[derive(Debug, Serialize)]
pub struct Evaluation {
    /// By name.
    pub streams: Vec<StreamRow>,
    /// The best possible start precision at 1, 3, 5, 10.
    pub oracle: [Option<Estimate>; RANKS.len()],
    /// Over all streams, a row for each [`Method`].
    pub all: Vec<Summary>,
    /// The engine with parts left out, and simple detectors, minus the whole engine.
    pub ablation: Ablation,
    /// Most chatters removed.
    pub removed: Vec<Removed>,
    /// Floods injected, a row a kind.
    pub floods: Vec<Floods>,
    /// Marked decoys, a row a kind; empty where none are marked.
    pub decoys: Vec<Decoys>,
    /// Streams whose scores change when the future is cut off: should be empty.
    pub not_causal: Vec<String>,
}

/// One stream, and what each detector reached on it.
#[derive(Debug, Serialize)]
pub struct StreamRow {
    /// Path from the folder, without the ending.
    pub name: String,
    /// Length.
    pub hours: f64,
    /// Chat lines.
    pub messages: usize,
    /// Highlights; 0: unlabelled.
    pub labels: usize,
    /// The best possible start precision; `None` for an unlabelled stream.
    pub oracle: Option<[f64; RANKS.len()]>,
    /// A row for each [`Method`].
    pub methods: Vec<MethodRow>,
}

/// What one detector reached on one stream.
#[derive(Debug, Serialize)]
pub struct MethodRow {
    /// The detector.
    pub method: &'static str,
    /// Start precision at 1, 3, 5, 10; `None` for an unlabelled stream.
    pub start_precision: Option<[f64; RANKS.len()]>,
    /// By budget.
    pub live: Vec<LiveRow>,
}

/// The causal measures of one stream at one budget.
#[derive(Debug, Serialize)]
pub struct LiveRow {
    /// Clips an hour asked for.
    pub budget: f32,
    /// See [`metrics::Live`].
    #[serde(flatten)]
    pub live: metrics::Live,
}

/// A stream after its chat is gone.
struct Seen {
    name: String,
    labels: Vec<Label>,
    length_s: f64,
    messages: usize,
    found: Vec<(Method, Found)>,
    rate: Values,
    zscore: Values,
    is_causal: bool,
    parts: Vec<Figures>,
    removed: removed::OfStream,
    floods: Vec<floods::OfStream>,
    decoys: decoys::OfStream,
}

/// Measures all streams below `dir`; `bar` follows the streams. With `pages` given, a picture
/// of each stream goes into it.
///
/// # Errors
/// When there are no streams, or one of them can't be read.
pub fn evaluate(
    dir: &Path,
    bar: &ProgressBar,
    mut pages: Option<&mut html::Pages>,
) -> Result<Evaluation> {
    let places = folder::find(dir)?;
    bar.set_length(places.len() as u64);
    let mut seen = Vec::new();
    for place in &places {
        seen.push(look(stream::read(place)?, pages.as_deref_mut()));
        bar.inc(1);
    }
    let hours = seen.iter().map(|seen| seen.length_s / 3600.0).sum();
    add_calibrated(Method::Rate, |seen| &seen.rate, hours, &mut seen);
    add_calibrated(Method::ZScore, |seen| &seen.zscore, hours, &mut seen);
    Ok(sum_up(&seen))
}

/// Everything about one stream that needs no other stream.
fn look(stream: Stream, pages: Option<&mut html::Pages>) -> Seen {
    let runs = engine::runs(&stream.chat, stream.seed, &[]);
    if let Some(pages) = pages {
        pages.add(&stream, &runs[DEFAULT]);
    }
    let hybrid = engine::found(&runs);
    let whole = hybrid.at_default();
    let is_causal = || causal::holds(&stream, &runs[DEFAULT].seconds, BUDGETS[DEFAULT]);
    let (((found, is_causal), parts), (removed, floods)) = rayon::join(
        || {
            let found = || rayon::join(|| found(&stream, hybrid), is_causal);
            rayon::join(found, || ablation::figures(&stream))
        },
        || rayon::join(|| removed::figures(&stream), || floods::figures(&stream, &whole)),
    );
    let series = Series::new(&stream.chat);
    Seen {
        rate: rate::values(&series),
        zscore: zscore::values(&series),
        decoys: decoys::count(&stream.decoys, &stream.labels, &whole.triggers),
        messages: stream.chat.iter().filter(|fed| fed.is_message()).count(),
        name: stream.name,
        labels: stream.labels,
        length_s: stream.length_s,
        found,
        is_causal,
        parts,
        removed,
        floods,
    }
}

/// What all detectors find that need no other stream.
fn found(stream: &Stream, hybrid: Found) -> Vec<(Method, Found)> {
    let Stream { chat, seed, length_s, .. } = stream;
    let without = |part: Part| engine::found(&engine::runs(chat, *seed, &[part]));
    let log_ratio = log_ratio::values(&Series::new(chat));
    let by_log_ratio = Found {
        peaks: log_ratio.peaks(10),
        live: BUDGETS.map(|budget| log_ratio.conformal(budget)),
    };
    vec![
        (Method::Hybrid, hybrid),
        (Method::Rules, without(Part::Forest)),
        (Method::Forest, without(Part::Rules)),
        (Method::LogRatio, by_log_ratio),
        (Method::Random, random::found(*length_s, *seed)),
    ]
}

/// Adds a detector with one threshold for all streams.
fn add_calibrated(method: Method, values: fn(&Seen) -> &Values, hours: f64, seen: &mut [Seen]) {
    let all: Vec<&Values> = seen.iter().map(values).collect();
    let thresholds = BUDGETS.map(|budget| peaks::calibrated(&all, hours, budget));
    for seen in seen {
        let values = values(seen);
        let live = thresholds.map(|threshold| values.fixed(threshold));
        let found = Found { peaks: values.peaks(10), live };
        seen.found.push((method, found));
    }
}

fn sum_up(seen: &[Seen]) -> Evaluation {
    let measured = |method: Method| -> Vec<Measured> {
        seen.iter().map(|seen| measure(seen, method)).collect()
    };
    let by_method: Vec<(Method, Vec<Measured>)> =
        Method::ALL.into_iter().map(|method| (method, measured(method))).collect();
    let streams = seen.iter().enumerate().map(|(at, seen)| StreamRow {
        name: seen.name.clone(),
        hours: seen.length_s / 3600.0,
        messages: seen.messages,
        labels: seen.labels.len(),
        oracle: best(seen),
        methods: by_method.iter().map(|(method, rows)| row(*method, &rows[at])).collect(),
    });
    let of = |method: Method| -> Vec<Figures> {
        seen.iter().map(|seen| figures(seen, method)).collect()
    };
    let whole = of(Method::Hybrid);
    let parts: Vec<&[Figures]> = seen.iter().map(|seen| seen.parts.as_slice()).collect();
    let floods: Vec<&[floods::OfStream]> = seen.iter().map(|seen| seen.floods.as_slice()).collect();
    let not_causal = seen.iter().filter(|seen| !seen.is_causal).map(|seen| seen.name.clone());
    Evaluation {
        streams: streams.collect(),
        oracle: std::array::from_fn(|rank| {
            estimate(seen.iter().map(|seen| best(seen).map(|best| best[rank])))
        }),
        all: by_method.iter().map(|(method, rows)| summary(method.name(), rows)).collect(),
        ablation: ablation::ablation(
            &whole,
            &parts,
            &Method::SIMPLE.map(|method| (method.name(), of(method))),
        ),
        removed: removed::sum_up(&seen.iter().map(|seen| &seen.removed).collect::<Vec<_>>()),
        floods: floods::sum_up(&floods, &whole),
        decoys: decoys::sum_up(&seen.iter().map(|seen| &seen.decoys).collect::<Vec<_>>()),
        not_causal: not_causal.collect(),
    }
}

fn best(seen: &Seen) -> Option<[f64; RANKS.len()]> {
    (!seen.labels.is_empty()).then(|| RANKS.map(|k| oracle::start_precision(&seen.labels, k)))
}

fn row(method: Method, measured: &Measured) -> MethodRow {
    let live = BUDGETS.into_iter().zip(measured.live.iter().cloned());
    MethodRow {
        method: method.name(),
        start_precision: measured.start,
        live: live.map(|(budget, live)| LiveRow { budget, live }).collect(),
    }
}

fn measure(seen: &Seen, method: Method) -> Measured {
    let found = found_by(seen, method);
    let labels = &seen.labels;
    let start = RANKS.map(|k| metrics::start_precision(&found.peaks, labels, k));
    Measured {
        start: (!labels.is_empty()).then_some(start),
        live: std::array::from_fn(|at| metrics::live(&found.live[at], labels, seen.length_s)),
    }
}

fn figures(seen: &Seen, method: Method) -> Figures {
    measure::figures(&found_by(seen, method).at_default(), &seen.labels, seen.length_s)
}

fn found_by(seen: &Seen, method: Method) -> Found {
    let found = seen.found.iter().find(|(of, _)| *of == method);
    found.map(|(_, found)| found.clone()).unwrap_or_default()
}

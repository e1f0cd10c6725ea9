//! All streams through all detectors, one stream's chat in memory at a time.

use std::path::Path;

use anyhow::Result;
use cliphound_engine::Part;
use indicatif::ProgressBar;
use serde::Serialize;

use super::{
    bootstrap::{Estimate, estimate},
    causal,
    detect::{
        Found, Method, engine, log_ratio, peaks, peaks::Values, random, rate, series::Series,
        zscore,
    },
    disturb, folder, html,
    labels::Label,
    metrics::{self, BUDGETS, RANKS},
    oracle,
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
    pub live: [LiveRow; BUDGETS.len()],
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
    let (mut seen, mut rates, mut zscores) = (Vec::new(), Vec::new(), Vec::new());
    let mut not_causal = Vec::new();
    for place in &places {
        let stream = stream::read(place)?;
        let runs = BUDGETS.map(|b| engine::run(&stream.chat, stream.seed, &[], b));
        if !causal::holds(&stream, &runs[1].seconds, BUDGETS[1]) {
            not_causal.push(stream.name.clone());
        }
        let series = Series::new(&stream.chat);
        rates.push(rate::values(&series));
        zscores.push(zscore::values(&series));
        let found = found(&stream, engine::from_runs(&runs), &log_ratio::values(&series));
        if let Some(pages) = pages.as_deref_mut() {
            pages.add(&stream, &runs[1]);
        }
        let Stream { name, labels, length_s, chat, .. } = stream;
        seen.push(Seen { name, labels, length_s, messages: chat.len(), found });
        bar.inc(1);
    }
    let hours = seen.iter().map(|seen| seen.length_s / 3600.0).sum();
    add_calibrated(Method::Rate, &rates, hours, &mut seen);
    add_calibrated(Method::ZScore, &zscores, hours, &mut seen);
    Ok(sum_up(&seen, not_causal))
}

/// What all detectors find that need no other stream.
fn found(stream: &Stream, hybrid: Found, log_ratio: &Values) -> Vec<(Method, Found)> {
    let Stream { chat, seed, length_s, .. } = stream;
    let of = |chat: &[_], without: &[Part]| engine::found(chat, *seed, without);
    let disturbed = |chat: Vec<_>| of(&chat, &[]);
    let by_log_ratio = Found {
        peaks: log_ratio.peaks(10),
        live: BUDGETS.map(|budget| log_ratio.conformal(budget)),
    };
    vec![
        (Method::Hybrid, hybrid),
        (Method::Rules, of(chat, &[Part::Forest])),
        (Method::Forest, of(chat, &[Part::Rules])),
        (Method::LogRatio, by_log_ratio),
        (Method::Random, random::found(*length_s, *seed)),
        (Method::Without75, disturbed(disturb::keep_chatters(chat, 25))),
        (Method::Without95, disturbed(disturb::keep_chatters(chat, 5))),
        (Method::Bots, disturbed(disturb::bot_floods(chat, *length_s, *seed))),
        (Method::Copypasta, disturbed(disturb::copypasta_floods(chat, *length_s, *seed))),
    ]
}

/// Adds a detector with one threshold for all streams.
fn add_calibrated(method: Method, values: &[Values], hours: f64, seen: &mut [Seen]) {
    let thresholds = BUDGETS.map(|budget| peaks::calibrated(values, hours, budget));
    for (seen, values) in seen.iter_mut().zip(values) {
        let live = thresholds.map(|threshold| values.fixed(threshold));
        seen.found.push((method, Found { peaks: values.peaks(10), live }));
    }
}

fn sum_up(seen: &[Seen], not_causal: Vec<String>) -> Evaluation {
    let measured = |method: Method| -> Vec<Measured> {
        seen.iter().map(|seen| measure(seen, method)).collect()
    };
    let by_method: Vec<(Method, Vec<Measured>)> =
        Method::ALL.into_iter().map(|method| (method, measured(method))).collect();
    let best = |seen: &Seen| {
        (!seen.labels.is_empty()).then(|| RANKS.map(|k| oracle::start_precision(&seen.labels, k)))
    };
    let streams = seen.iter().enumerate().map(|(at, seen)| StreamRow {
        name: seen.name.clone(),
        hours: seen.length_s / 3600.0,
        messages: seen.messages,
        labels: seen.labels.len(),
        oracle: best(seen),
        methods: by_method.iter().map(|(method, rows)| row(*method, &rows[at])).collect(),
    });
    Evaluation {
        streams: streams.collect(),
        oracle: std::array::from_fn(|rank| {
            estimate(seen.iter().map(|seen| best(seen).map(|best| best[rank])))
        }),
        all: by_method.iter().map(|(method, rows)| summary(method.name(), rows)).collect(),
        not_causal,
    }
}

fn row(method: Method, measured: &Measured) -> MethodRow {
    MethodRow {
        method: method.name(),
        start_precision: measured.start,
        live: std::array::from_fn(|at| LiveRow { budget: BUDGETS[at], live: measured.live[at] }),
    }
}

fn measure(seen: &Seen, method: Method) -> Measured {
    let nothing = Found::default();
    let found =
        seen.found.iter().find(|(of, _)| *of == method).map_or(&nothing, |(_, found)| found);
    let labels = &seen.labels;
    let start = RANKS.map(|k| metrics::start_precision(&found.peaks, labels, k));
    Measured {
        start: (!labels.is_empty()).then_some(start),
        live: std::array::from_fn(|at| metrics::live(&found.live[at], labels, seen.length_s)),
    }
}

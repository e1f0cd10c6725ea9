//! All streams, one's chat in memory at a time, and the figures over them.

use std::path::Path;

use anyhow::{Result, bail};
use indicatif::ProgressBar;
use serde::Serialize;

use super::{
    ablation::{self, Ablation},
    bootstrap::{Estimate, estimate},
    decoys::{self, Decoys},
    detect::{Found, Method, peaks, peaks::Values},
    feedback::{self, Feedback},
    floods::{self, Floods},
    folder, html,
    measure::Figures,
    metrics::{self, BUDGETS, RANKS},
    removed::{self, Removed},
    seen::Seen,
    stream::{self, Stream},
    summary::{Measured, Summary, summary},
};
use crate::plain::plain;

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
    /// Second halves, with the first half's highlights told.
    pub feedback: Feedback,
    /// Marked decoys, a row a kind; empty where none are marked.
    pub decoys: Vec<Decoys>,
    /// Streams whose scores change when the future is cut off: should be empty.
    pub not_causal: Vec<String>,
    /// What could not be used of the folder.
    pub notes: Vec<Note>,
}

/// Something in the folder that could not be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Note {
    /// The stream, or the file of labels.
    pub name: String,
    /// What is wrong with it, in one sentence.
    pub problem: String,
    /// The stream is in no figure at all.
    pub is_lost: bool,
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

/// Measures all streams below `dir` that can be read; `bar` follows their bytes. With `pages`
/// given, a picture of each stream goes into it.
///
/// # Errors
/// When there are no streams, or none of them can be read.
pub fn evaluate(
    dir: &Path,
    bar: &ProgressBar,
    mut pages: Option<&mut html::Pages>,
) -> Result<Evaluation> {
    let (mut seen, notes) =
        each_stream(dir, bar, |stream| Seen::new(stream, pages.as_deref_mut()))?;
    let hours = seen.iter().map(|seen| seen.length_s / 3600.0).sum();
    add_calibrated(Method::Rate, |seen| &seen.rate, hours, &mut seen);
    add_calibrated(Method::ZScore, |seen| &seen.zscore, hours, &mut seen);
    Ok(Evaluation { notes, ..sum_up(&seen) })
}

/// Measures only what people's verdicts and clips teach, on all streams below `dir`.
///
/// # Errors
/// As of [`evaluate`].
pub fn evaluate_feedback(dir: &Path, bar: &ProgressBar) -> Result<(Feedback, Vec<Note>)> {
    let (streams, notes) = each_stream(dir, bar, |stream| feedback::figures(&stream))?;
    Ok((feedback::sum_up(&streams.iter().collect::<Vec<_>>()), notes))
}

/// Reads one stream after the other. One that can't be read must not cost the others' figures.
fn each_stream<T>(
    dir: &Path,
    bar: &ProgressBar,
    mut measure: impl FnMut(Stream) -> T,
) -> Result<(Vec<T>, Vec<Note>)> {
    let places = folder::find(dir)?;
    bar.set_length(places.iter().map(|place| place.bytes).sum());
    let (mut measured, mut notes) = (Vec::new(), Vec::new());
    for place in &places {
        bar.set_message(plain(&place.name));
        match stream::read(place) {
            Ok(stream) => {
                if let Some(problem) = stream.left_out.clone() {
                    notes.push(Note { name: place.name.clone(), problem, is_lost: false });
                }
                measured.push(measure(stream));
            }
            Err(error) => {
                let problem = format!("{error:#}");
                notes.push(Note { name: place.name.clone(), problem, is_lost: true });
            }
        }
        bar.inc(place.bytes);
    }
    if let (true, Some(first)) = (measured.is_empty(), notes.first()) {
        match notes.len() - 1 {
            0 => bail!("{}", first.problem),
            more => bail!("{}; none of the {more} others can be read either", first.problem),
        }
    }
    for name in folder::lonely_labels(dir, &places)? {
        let problem = "there is no chat of the same name beside these labels".to_owned();
        notes.push(Note { name, problem, is_lost: false });
    }
    Ok((measured, notes))
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
        seen.iter().map(|seen| seen.measured(method)).collect()
    };
    let by_method: Vec<(Method, Vec<Measured>)> =
        Method::ALL.into_iter().map(|method| (method, measured(method))).collect();
    let streams = seen.iter().enumerate().map(|(at, seen)| StreamRow {
        name: seen.name.clone(),
        hours: seen.length_s / 3600.0,
        messages: seen.messages,
        labels: seen.labels.len(),
        oracle: seen.best(),
        methods: by_method.iter().map(|(method, rows)| row(*method, &rows[at])).collect(),
    });
    let of =
        |method: Method| -> Vec<Figures> { seen.iter().map(|seen| seen.figures(method)).collect() };
    let whole = of(Method::Hybrid);
    let parts: Vec<&[Figures]> = seen.iter().map(|seen| seen.parts.as_slice()).collect();
    let floods: Vec<&[floods::OfStream]> = seen.iter().map(|seen| seen.floods.as_slice()).collect();
    let not_causal = seen.iter().filter(|seen| !seen.is_causal).map(|seen| seen.name.clone());
    Evaluation {
        streams: streams.collect(),
        oracle: std::array::from_fn(|rank| {
            estimate(seen.iter().map(|seen| seen.best().map(|best| best[rank])))
        }),
        all: by_method.iter().map(|(method, rows)| summary(method.name(), rows)).collect(),
        ablation: ablation::ablation(
            &whole,
            &parts,
            &Method::SIMPLE.map(|method| (method.name(), of(method))),
        ),
        removed: removed::sum_up(&seen.iter().map(|seen| &seen.removed).collect::<Vec<_>>()),
        floods: floods::sum_up(&floods, &whole),
        feedback: feedback::sum_up(&seen.iter().map(|seen| &seen.feedback).collect::<Vec<_>>()),
        decoys: decoys::sum_up(&seen.iter().map(|seen| &seen.decoys).collect::<Vec<_>>()),
        not_causal: not_causal.collect(),
        notes: Vec::new(),
    }
}

fn row(method: Method, measured: &Measured) -> MethodRow {
    let live = BUDGETS.into_iter().zip(measured.live.iter().cloned());
    MethodRow {
        method: method.name(),
        start_precision: measured.start,
        live: live.map(|(budget, live)| LiveRow { budget, live }).collect(),
    }
}

//! One stream through all detectors. The runs over it share the processor's cores; their order
//! reaches no result.

use cliphound_engine::Part;

use super::{
    ablation, causal, decoys,
    detect::{
        Found, Method, engine, log_ratio, peaks::Values, random, rate, series::Series, zscore,
    },
    feedback, floods, html,
    labels::Label,
    measure::{self, Figures},
    metrics::{self, BUDGETS, DEFAULT, RANKS},
    oracle, removed,
    stream::Stream,
    summary::Measured,
};

/// A stream after its chat is gone.
pub struct Seen {
    /// Path from the folder, without the ending.
    pub name: String,
    /// Highlights; empty: unlabelled.
    pub labels: Vec<Label>,
    /// Length, seconds.
    pub length_s: f64,
    /// Chat lines.
    pub messages: usize,
    /// What each detector found that needs no other stream.
    pub found: Vec<(Method, Found)>,
    /// The simple detectors whose threshold all streams choose together: this one …
    pub rate: Values,
    /// … and this one.
    pub zscore: Values,
    /// The past stays the same when the future is cut off.
    pub is_causal: bool,
    /// The engine without each of [`ablation::PARTS`].
    pub parts: Vec<Figures>,
    /// Most chatters removed.
    pub removed: removed::OfStream,
    /// The second half after the first was told.
    pub feedback: feedback::OfStream,
    /// Floods injected, by kind.
    pub floods: Vec<floods::OfStream>,
    /// Decoys, by kind.
    pub decoys: decoys::OfStream,
}

impl Seen {
    /// Runs everything over one stream that needs no other. With `pages` given, its picture
    /// goes into it.
    #[must_use]
    pub fn new(stream: Stream, pages: Option<&mut html::Pages>) -> Self {
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
        Self {
            rate: rate::values(&series),
            zscore: zscore::values(&series),
            feedback: feedback::figures(&stream),
            decoys: decoys::count(&stream.decoys, &stream.labels, &whole.triggers, stream.length_s),
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

    /// The best possible start precision; `None` for an unlabelled stream.
    #[must_use]
    pub fn best(&self) -> Option<[f64; RANKS.len()]> {
        (!self.labels.is_empty()).then(|| RANKS.map(|k| oracle::start_precision(&self.labels, k)))
    }

    /// What a detector reached.
    #[must_use]
    pub fn measured(&self, method: Method) -> Measured {
        let (found, labels) = (self.found_by(method), &self.labels);
        let start = RANKS.map(|k| metrics::start_precision(&found.peaks, labels, k));
        Measured {
            start: (!labels.is_empty()).then_some(start),
            live: std::array::from_fn(|at| metrics::live(&found.live[at], labels, self.length_s)),
        }
    }

    /// The same at the default budget, to be paired with another detector's.
    #[must_use]
    pub fn figures(&self, method: Method) -> Figures {
        measure::figures(&self.found_by(method).at_default(), &self.labels, self.length_s)
    }

    fn found_by(&self, method: Method) -> Found {
        let found = self.found.iter().find(|(of, _)| *of == method);
        found.map(|(_, found)| found.clone()).unwrap_or_default()
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

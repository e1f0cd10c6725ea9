//! `/metrics` in Prometheus' text format.
//!
//! What the daemon counts is asked of it at each look ([`Live::samples`](super::Live)), so
//! that nobody has to push it; only times are measured in between, in [`Timing`]s.

pub mod catalogue;
mod timing;

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
    routing::get,
};
use cliphound_clock::Clock;
use metrics::{Key, KeyName, Label, Level, Metadata, Recorder, SharedString};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusRecorder};

pub use timing::Timing;

use super::App;
use crate::crew::rest;

/// How often what was measured is summed up.
const SUM_UP_EVERY: Duration = Duration::from_secs(10);
const FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";
const ABOUT: Metadata<'static> = Metadata::new("cliphound", Level::INFO, None);

/// Something that is measured.
#[derive(Debug)]
pub struct Metric {
    /// Its name for Prometheus.
    pub name: &'static str,
    /// What kind of figure it is.
    pub kind: Kind,
    /// For people.
    pub help: &'static str,
}

/// Kinds of figures.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// Only grows.
    Counter,
    /// Goes up and down.
    Gauge,
    /// How often a value was at most each of these.
    Histogram(&'static [f64]),
}

/// A metric's value now.
#[derive(Debug, Clone)]
pub struct Sample {
    /// Which.
    pub metric: &'static Metric,
    /// Which of several of that metric.
    pub label: Option<(&'static str, String)>,
    /// Its value; whole numbers for a counter.
    pub value: f64,
}

/// What is measured between two looks. Cheap to clone; clones are the same.
#[derive(Clone)]
pub struct Metrics(Arc<PrometheusRecorder>);

impl Metrics {
    /// Nothing has been measured.
    #[must_use]
    pub fn new() -> Self {
        let mut builder = PrometheusBuilder::new();
        for metric in catalogue::ALL {
            if let Kind::Histogram(buckets) = metric.kind {
                let name = Matcher::Full(metric.name.to_owned());
                // The one refusal is a list of no buckets; then it is shown as quantiles.
                builder = builder
                    .set_buckets_for_metric(name, buckets)
                    .unwrap_or_else(|_| PrometheusBuilder::new());
            }
        }
        Self(Arc::new(builder.build_recorder()))
    }

    /// Takes the times of one of the catalogue's histograms.
    #[must_use]
    pub fn timing(&self, metric: &'static Metric) -> Timing {
        describe(&*self.0, metric);
        Timing::new(self.0.register_histogram(&Key::from_static_name(metric.name), &ABOUT))
    }

    /// Sums up what was measured, for ever: else it piles up when nobody looks.
    pub async fn sum_up_regularly(self) {
        loop {
            rest(Clock::system().sleep(SUM_UP_EVERY)).await;
            self.sum_up();
        }
    }

    fn sum_up(&self) {
        self.0.handle().run_upkeep();
    }

    /// The page. What is counted comes anew each time, so that nothing is shown of a channel
    /// or a task that is gone.
    #[must_use]
    pub fn page(&self, samples: &[Sample]) -> String {
        let counted = PrometheusBuilder::new().build_recorder();
        for Sample { metric, label, value } in samples {
            describe(&counted, metric);
            let labels: Vec<Label> =
                label.iter().map(|(name, which)| Label::new(*name, which.clone())).collect();
            let key = Key::from_parts(metric.name, labels);
            match metric.kind {
                Kind::Counter => counted.register_counter(&key, &ABOUT).absolute(*value as u64),
                Kind::Gauge => counted.register_gauge(&key, &ABOUT).set(*value),
                Kind::Histogram(_) => {}
            }
        }
        counted.handle().render() + &self.0.handle().render()
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

pub(super) fn routes() -> Router<App> {
    Router::new().route("/metrics", get(page))
}

async fn page(State(app): State<App>) -> Response {
    let samples = app.live.samples().await;
    ([(header::CONTENT_TYPE, FORMAT)], app.metrics.page(&samples)).into_response()
}

fn describe(recorder: &impl Recorder, metric: &'static Metric) {
    let (name, help) = (KeyName::from_const_str(metric.name), SharedString::const_str(metric.help));
    match metric.kind {
        Kind::Counter => recorder.describe_counter(name, None, help),
        Kind::Gauge => recorder.describe_gauge(name, None, help),
        Kind::Histogram(_) => recorder.describe_histogram(name, None, help),
    }
}

#[cfg(test)]
mod tests;

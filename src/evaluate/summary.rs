//! Figures of all streams out of those of each. Pure.

use serde::Serialize;

use super::{
    bootstrap::{Estimate, estimate, intervals, mean, quantile},
    hours::share_over,
    metrics::{BUDGETS, CLIPS_S, Live, RANKS},
};

/// What one detector reached on one stream.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// Start precision by rank; `None` for an unlabelled stream.
    pub start: Option<[f64; RANKS.len()]>,
    /// The causal measures by budget.
    pub live: [Live; BUDGETS.len()],
}

/// What one detector reached over all streams.
#[derive(Debug, Clone, Serialize)]
pub struct Summary {
    /// The detector.
    pub method: &'static str,
    /// Start precision at 1, 3, 5, 10.
    pub start_precision: [Option<Estimate>; RANKS.len()],
    /// By budget.
    pub live: [LiveSummary; BUDGETS.len()],
}

/// The causal measures at one budget.
#[derive(Debug, Clone, Serialize)]
pub struct LiveSummary {
    /// Clips an hour asked for.
    pub budget: f32,
    /// See [`Live::precision`].
    pub precision: Option<Estimate>,
    /// See [`Live::recall`].
    pub recall: Option<Estimate>,
    /// See [`Live::f1`].
    pub f1: Option<Estimate>,
    /// See [`Live::delay_s`].
    pub delay_s: Option<Estimate>,
    /// Quartiles of the seconds from a highlight's end to its trigger, over all found
    /// highlights of all streams.
    pub delay_quartiles_s: Option<[f64; 3]>,
    /// Lower and upper end of the 95 % interval of each quartile.
    pub delay_quartiles_95: Option<[[f64; 2]; 3]>,
    /// Share of clips of 30, 45, 60 s that hold a highlight.
    pub clips_hold: [Option<Estimate>; CLIPS_S.len()],
    /// How well the budget was kept.
    pub clips_per_hour: Budget,
}

/// Clips an hour over streams, unlabelled ones with them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Budget {
    /// The figures.
    #[serde(flatten)]
    pub of: Kept<f64>,
    /// Lower and upper end of the 95 % interval of each.
    #[serde(rename = "interval_95")]
    pub intervals: Kept<[f64; 2]>,
}

/// How a budget was kept.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Kept<T> {
    /// Mean over streams.
    pub mean: T,
    /// Standard deviation between streams.
    pub sd: T,
    /// 10th percentile.
    pub p10: T,
    /// 90th percentile.
    pub p90: T,
    /// Share of streams without any.
    pub none: T,
    /// Share of hours with more than 1.5 times the budget, over the hours of all streams.
    pub hours_over: T,
    /// The same of first hours.
    pub first_hours_over: T,
}

/// Sums up one detector.
#[must_use]
pub fn summary(method: &'static str, streams: &[Measured]) -> Summary {
    let start = |rank: usize| estimate(streams.iter().map(|m| m.start.map(|start| start[rank])));
    Summary {
        method,
        start_precision: std::array::from_fn(start),
        live: std::array::from_fn(|budget| live(budget, streams)),
    }
}

fn live(at: usize, streams: &[Measured]) -> LiveSummary {
    let over =
        |value: &dyn Fn(&Live) -> Option<f64>| estimate(streams.iter().map(|m| value(&m.live[at])));
    let delays: Vec<&[f64]> = streams.iter().map(|m| m.live[at].delays_s.as_slice()).collect();
    let quartiles = quartiles(&delays);
    LiveSummary {
        budget: BUDGETS[at],
        precision: over(&|live| live.precision),
        recall: over(&|live| live.recall),
        f1: over(&|live| live.f1),
        delay_s: over(&|live| live.delay_s),
        delay_quartiles_s: quartiles.map(|(values, _)| values),
        delay_quartiles_95: quartiles.map(|(_, intervals)| intervals),
        clips_hold: std::array::from_fn(|clip| over(&|live| live.holds[clip])),
        clips_per_hour: budget(
            &streams.iter().map(|m| &m.live[at]).collect::<Vec<_>>(),
            BUDGETS[at],
        ),
    }
}

/// 25 %, 50 %, 75 % of all delays, and their intervals over streams.
fn quartiles(streams: &[&[f64]]) -> Option<([f64; 3], [[f64; 2]; 3])> {
    let found: Vec<&[f64]> = streams.iter().copied().filter(|delays| !delays.is_empty()).collect();
    let of = |drawn: &[&&[f64]]| {
        let mut all: Vec<f64> = drawn.iter().flat_map(|delays| delays.iter().copied()).collect();
        all.sort_by(f64::total_cmp);
        [0.25, 0.5, 0.75].map(|q| quantile(&all, q))
    };
    (!found.is_empty()).then(|| (of(&found.iter().collect::<Vec<_>>()), intervals(&found, of)))
}

fn budget(streams: &[&Live], budget: f32) -> Budget {
    let of = |drawn: &[&&Live]| kept(drawn, budget);
    let drawn = if streams.is_empty() { [[0.0; 2]; 7] } else { intervals(streams, of) };
    Budget { of: named(of(&streams.iter().collect::<Vec<_>>())), intervals: named(drawn) }
}

/// The figures of [`Kept`] in its order.
fn kept(streams: &[&&Live], budget: f32) -> [f64; 7] {
    let mut rates: Vec<f64> = streams.iter().map(|live| live.per_hour).collect();
    let hours = streams.iter().flat_map(|live| live.by_hour.iter().copied());
    let first_hours = streams.iter().filter_map(|live| live.by_hour.first().copied());
    rates.sort_by(f64::total_cmp);
    let mean = mean(&rates).unwrap_or(0.0);
    let squares: f64 = rates.iter().map(|rate| (rate - mean).powi(2)).sum();
    let silent = rates.iter().filter(|rate| **rate <= 0.0).count();
    let count = rates.len().max(1) as f64;
    [
        mean,
        (squares / (count - 1.0).max(1.0)).sqrt(),
        quantile(&rates, 0.1),
        quantile(&rates, 0.9),
        silent as f64 / count,
        share_over(hours, budget).unwrap_or(0.0),
        share_over(first_hours, budget).unwrap_or(0.0),
    ]
}

fn named<T>([mean, sd, p10, p90, none, hours_over, first_hours_over]: [T; 7]) -> Kept<T> {
    Kept { mean, sd, p10, p90, none, hours_over, first_hours_over }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn budgets() {
        let stream = |per_hour: f64, by_hour: &[usize]| Live {
            per_hour,
            by_hour: by_hour.to_vec(),
            ..Live::default()
        };
        let streams = [stream(4.0, &[4]), stream(0.0, &[0, 0]), stream(8.0, &[3, 13])];
        let both = budget(&streams.iter().collect::<Vec<_>>(), 8.0);
        let found = both.of;
        assert_eq!((found.mean, found.sd, found.none), (4.0, 4.0, 1.0 / 3.0));
        assert!((found.p10 - 0.8).abs() < 1e-9 && (found.p90 - 7.2).abs() < 1e-9);
        assert_eq!((found.hours_over, found.first_hours_over), (0.2, 0.0));
        // Three streams drawn from these may be three times the same one.
        assert_eq!(both.intervals.mean, [0.0, 8.0]);
        assert_eq!(both.intervals.none, [0.0, 1.0]);
        assert_eq!(budget(&[], 8.0).of.none, 0.0);
    }

    #[test]
    fn delays_have_quartiles_over_all_found_highlights() {
        let (values, intervals) = quartiles(&[&[5.0, -5.0], &[], &[20.0, 10.0, 0.0]]).unwrap();
        assert_eq!(values, [0.0, 5.0, 10.0]);
        // Two streams have delays: either may be drawn twice.
        assert_eq!(intervals[1], [0.0, 10.0]);
        assert_eq!(quartiles(&[&[], &[]]), None);
    }

    #[test]
    fn unlabelled_streams_count_for_the_budget_only() {
        let live = Live { precision: Some(0.5), per_hour: 8.0, ..Live::default() };
        let labelled =
            Measured { start: Some([1.0; 4]), live: std::array::from_fn(|_| live.clone()) };
        let unlabelled = Measured {
            start: None,
            live: std::array::from_fn(|_| Live { per_hour: 4.0, ..Live::default() }),
        };
        let summary = summary("x", &[labelled, unlabelled]);
        assert_eq!(summary.start_precision[0].map(|e| (e.mean, e.streams)), Some((1.0, 1)));
        let at_8 = &summary.live[1];
        assert_eq!(at_8.precision.map(|e| (e.mean, e.streams)), Some((0.5, 1)));
        assert_eq!(at_8.clips_per_hour.of.mean, 6.0);
    }
}

//! What a channel learns from people is worth: the first half of each stream is judged, its
//! second half is measured with and without. Pure.

mod editor;

use cliphound_engine::{EventTime, Input, Kind, Moment};
use rayon::prelude::*;
use serde::Serialize;

use self::editor::Editor;
use super::{
    bootstrap::{Estimate, estimate},
    detect::engine::{self, Run},
    labels::Label,
    measure::{self, Estimates, Figures, Measure, estimates},
    metrics::{BUDGETS, DEFAULT},
    paired::{Difference, Paired, difference, paired},
    stream::Stream,
};
use crate::replay::event::Fed;

/// Somebody's clip is known so long after the highlight's end, seconds.
const TOLD_AFTER_S: f64 = 60.0;
/// What editors with a taste reject: the two kinds that lead most moments of labelled streams.
const DISLIKED: [Kind; 2] = [Kind::Laughter, Kind::Excitement];

/// Second halves, over the streams with highlights in both halves.
#[derive(Debug, Serialize)]
pub struct Feedback {
    /// Highlights told as evidence of chat's delay.
    pub evidence: usize,
    /// Moments of first halves that hit a highlight: kept.
    pub kept: usize,
    /// Moments of first halves that did not: rejected.
    pub rejected: usize,
    /// The engine that was told nothing.
    pub without: Estimates,
    /// The engine that was told the highlights as evidence, minus the other.
    pub told: Paired,
    /// The engine that was told the verdicts, minus the other.
    pub taught: Paired,
    /// Editors who judge by something else than the highlights.
    pub tastes: Vec<Taste>,
}

/// What an editor who rejects one kind of moments gets, on the streams with two halves.
#[derive(Debug, Serialize)]
pub struct Taste {
    /// The reason that leads what is rejected.
    pub rejects: &'static str,
    /// Verdicts told.
    pub verdicts: usize,
    /// Share of the second halves' moments that the editor would keep, untaught.
    pub without: Option<Estimate>,
    /// The taught engine's share minus the other's, by stream.
    pub taught: Option<Difference>,
}

/// The second half of one stream.
#[derive(Debug, Clone, Default)]
pub struct OfStream {
    evidence: usize,
    kept: usize,
    rejected: usize,
    without: Figures,
    told: Figures,
    taught: Figures,
    tastes: [TasteOf; DISLIKED.len()],
}

/// Shares kept in the second half of one stream; undefined without moments there.
#[derive(Debug, Clone, Copy, Default)]
struct TasteOf {
    without: Option<f64>,
    taught: Option<f64>,
}

/// Measures the second half of `stream`. Undefined without highlights in both halves.
#[must_use]
pub fn figures(stream: &Stream) -> OfStream {
    let half_s = stream.length_s / 2.0;
    let evidence = evidence(&stream.labels, half_s);
    let second: Vec<Label> =
        stream.labels.iter().filter(|label| label.end_s >= half_s).copied().collect();
    if evidence.is_empty() || second.is_empty() {
        return OfStream::default();
    }
    let half = at(half_s);
    let run = |told: &[Fed]| {
        engine::run_from(half, &with(&stream.chat, told), stream.seed, &[], BUDGETS[DEFAULT])
    };
    let judged = engine::run(&stream.chat, stream.seed, &[], BUDGETS[DEFAULT]).moments;
    let first: Vec<Moment> = judged.into_iter().filter(|m| m.trigger < half).collect();
    let verdicts = |editor: Editor<'_>| editor.verdicts(&first, half);
    let labels = Editor::Labels(&stream.labels);
    let mut told = vec![Vec::new(), evidence, verdicts(labels)];
    let evidence = told[1].len();
    told.extend(DISLIKED.map(|kind| verdicts(Editor::Without(kind))));
    let runs: Vec<Run> = told.par_iter().map(|told| run(told)).collect();
    let figures = |at: usize| figures_of(&runs[at], &second, stream.length_s);
    let kept = labels.keeps(&first).into_iter().filter(|is_kept| *is_kept).count();
    OfStream {
        evidence,
        kept,
        rejected: first.len() - kept,
        without: figures(0),
        told: figures(1),
        taught: figures(2),
        tastes: std::array::from_fn(|taste| {
            let share = |at: usize| share_kept(Editor::Without(DISLIKED[taste]), &runs[at]);
            TasteOf { without: share(0), taught: share(3 + taste) }
        }),
    }
}

fn figures_of(run: &Run, second: &[Label], length_s: f64) -> Figures {
    let figures = measure::figures(&run.decided(), second, length_s);
    // Clips an hour of half the time.
    Figures::new(|measure| match measure {
        Measure::PerHour => figures.get(measure).map(|rate| rate * 2.0),
        _ => figures.get(measure),
    })
}

fn share_kept(editor: Editor<'_>, run: &Run) -> Option<f64> {
    let kept = editor.keeps(&run.moments);
    let count = kept.iter().filter(|is_kept| **is_kept).count();
    (!kept.is_empty()).then(|| count as f64 / kept.len() as f64)
}

/// What is known of highlights before `until_s`.
fn evidence(labels: &[Label], until_s: f64) -> Vec<Fed> {
    let known = labels.iter().filter(|label| label.end_s + TOLD_AFTER_S <= until_s);
    let told = known.map(|label| Fed {
        at: at(label.end_s + TOLD_AFTER_S),
        channel: None,
        input: Input::Evidence { start: at(label.start_s), end: at(label.end_s) },
    });
    told.collect()
}

fn at(seconds: f64) -> EventTime {
    EventTime((seconds * 1000.0) as i64)
}

fn with(chat: &[Fed], told: &[Fed]) -> Vec<Fed> {
    let mut all = [chat, told].concat();
    all.sort_by_key(|fed| fed.at);
    all
}

/// Sums up all streams.
#[must_use]
pub fn sum_up(streams: &[&OfStream]) -> Feedback {
    let of = |figures: fn(&OfStream) -> Figures| -> Vec<Figures> {
        streams.iter().map(|stream| figures(stream)).collect()
    };
    let sum = |count: fn(&OfStream) -> usize| streams.iter().map(|stream| count(stream)).sum();
    let without = of(|stream| stream.without);
    let verdicts = sum(|stream| stream.kept + stream.rejected);
    Feedback {
        evidence: sum(|stream| stream.evidence),
        kept: sum(|stream| stream.kept),
        rejected: sum(|stream| stream.rejected),
        without: estimates(without.iter()),
        told: paired("with evidence", &of(|stream| stream.told), &without),
        taught: paired("with verdicts", &of(|stream| stream.taught), &without),
        tastes: DISLIKED
            .iter()
            .enumerate()
            .map(|(at, kind)| {
                let of_streams: Vec<TasteOf> = streams.iter().map(|s| s.tastes[at]).collect();
                taste(*kind, verdicts, &of_streams)
            })
            .collect(),
    }
}

fn taste(kind: Kind, verdicts: usize, streams: &[TasteOf]) -> Taste {
    let differences = streams.iter().map(|taste| Some(taste.taught? - taste.without?));
    Taste {
        rejects: kind.name(),
        verdicts,
        without: estimate(streams.iter().map(|taste| taste.without)),
        taught: estimate(differences).map(difference),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::metrics::tests::labels;

    #[test]
    fn only_the_past_is_told_and_a_minute_late() {
        let labels = labels(&[(100.0, 130.0), (400.0, 440.0), (470.0, 480.0), (900.0, 930.0)]);
        let told: Vec<i64> = evidence(&labels, 500.0).iter().map(|fed| fed.at.0).collect();
        assert_eq!(told, [190_000, 500_000]);
        let said = |at| Fed::message(at, None, "hi".into());
        let all = with(&[said(0), said(300_000)], &evidence(&labels, 500.0));
        assert_eq!(
            all.iter().map(|fed| fed.at.0).collect::<Vec<_>>(),
            [0, 190_000, 300_000, 500_000]
        );
    }

    #[test]
    fn streams_without_highlights_in_both_halves_say_nothing() {
        let rows = [OfStream::default()];
        let found = sum_up(&rows.iter().collect::<Vec<_>>());
        assert_eq!((found.evidence, found.told.differences.get(Measure::F1)), (0, None));
        assert!(found.tastes.iter().all(|taste| taste.taught.is_none()));
    }

    #[test]
    fn tastes_are_paired_by_stream() {
        let of = |without: Option<f64>, taught: Option<f64>| TasteOf { without, taught };
        let streams = [
            of(Some(0.5), Some(0.75)),
            of(Some(1.0), None),
            of(None, None),
            of(Some(0.0), Some(0.25)),
        ];
        let found = taste(Kind::Laughter, 12, &streams);
        assert_eq!(found.without.map(|e| (e.mean, e.streams)), Some((0.5, 3)));
        let taught = found.taught.unwrap();
        assert_eq!((taught.estimate.mean, taught.estimate.streams), (0.25, 2));
        assert!(!taught.beyond_chance, "two streams prove nothing");
    }
}

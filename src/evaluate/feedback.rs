//! What a channel's own delay is worth: the highlights of each stream's first half are told to
//! the engine as evidence, and its second half is measured with and without. Pure.

use cliphound_engine::{EventTime, Input};
use serde::Serialize;

use super::{
    detect::engine,
    labels::Label,
    measure::{self, Estimates, Figures, Measure, estimates},
    metrics::{BUDGETS, DEFAULT},
    paired::{Paired, paired},
    stream::Stream,
};
use crate::replay::event::Fed;

/// Somebody's clip or verdict is known so long after the highlight's end, seconds.
const TOLD_AFTER_S: f64 = 60.0;

/// Second halves, over the streams with highlights in both halves.
#[derive(Debug, Serialize)]
pub struct Feedback {
    /// Highlights told.
    pub evidence: usize,
    /// The engine that was told nothing.
    pub without: Estimates,
    /// The engine that was told, minus the other.
    pub told: Paired,
}

/// The second half of one stream.
#[derive(Debug, Clone, Copy, Default)]
pub struct OfStream {
    evidence: usize,
    without: Figures,
    told: Figures,
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
    let (told, count) = (with_evidence(&stream.chat, &evidence), evidence.len());
    let measured = |chat: &[Fed]| {
        let from = EventTime((half_s * 1000.0) as i64);
        let run = engine::run_from(from, chat, stream.seed, &[], BUDGETS[DEFAULT]);
        let figures = measure::figures(&run.decided(), &second, stream.length_s);
        // Clips an hour of half the time.
        Figures::new(|measure| match measure {
            Measure::PerHour => figures.get(measure).map(|rate| rate * 2.0),
            _ => figures.get(measure),
        })
    };
    let (without, told) = rayon::join(|| measured(&stream.chat), || measured(&told));
    OfStream { evidence: count, without, told }
}

/// What is known of highlights before `until_s`.
fn evidence(labels: &[Label], until_s: f64) -> Vec<Fed> {
    let at = |seconds: f64| EventTime((seconds * 1000.0) as i64);
    let known = labels.iter().filter(|label| label.end_s + TOLD_AFTER_S <= until_s);
    let told = known.map(|label| Fed {
        at: at(label.end_s + TOLD_AFTER_S),
        channel: None,
        input: Input::Evidence { start: at(label.start_s), end: at(label.end_s) },
    });
    told.collect()
}

fn with_evidence(chat: &[Fed], evidence: &[Fed]) -> Vec<Fed> {
    let mut all = [chat, evidence].concat();
    all.sort_by_key(|fed| fed.at);
    all
}

/// Sums up all streams.
#[must_use]
pub fn sum_up(streams: &[&OfStream]) -> Feedback {
    let of = |figures: fn(&OfStream) -> Figures| -> Vec<Figures> {
        streams.iter().map(|stream| figures(stream)).collect()
    };
    let without = of(|stream| stream.without);
    Feedback {
        evidence: streams.iter().map(|stream| stream.evidence).sum(),
        without: estimates(without.iter()),
        told: paired("with evidence", &of(|stream| stream.told), &without),
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
        let all = with_evidence(&[said(0), said(300_000)], &evidence(&labels, 500.0));
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
    }
}

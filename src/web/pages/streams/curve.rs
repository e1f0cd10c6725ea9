//! The curve of a stream, and of a part of it. Pure.

use cliphound_store::{Outcome, StretchRow};

use crate::{
    mirror::Compared,
    web::{
        chart::{Chart, Line, Mark, Stretch},
        streams::{
            Whole, around as around_it,
            points::{Figures, points},
        },
    },
};

/// Marks of a kind at most, of moments, highlights and gaps.
const MARKS: usize = 100;

/// The whole stream, and the same as a table.
pub(super) fn chart(whole: &Whole) -> String {
    let (from_ms, to_ms) = (whole.stream.start_ms, whole.stream.end_ms);
    let label = format!("Chat of the stream of {}, with its moments", whole.stream.login);
    let chart = drawing(whole, from_ms, to_ms, label);
    chart.html() + &chart.table()
}

/// A highlight and what is around it, and the same as a table.
pub(super) fn around(whole: &Whole, start_ms: i64, end_ms: i64) -> String {
    let label = "Chat around this highlight".to_owned();
    let (from_ms, to_ms) = around_it(start_ms, end_ms);
    let chart = Chart { is_low: true, ..drawing(whole, from_ms, to_ms, label) };
    chart.html() + &chart.table()
}

fn drawing(whole: &Whole, from_ms: i64, to_ms: i64, label: String) -> Chart {
    let points = points(&whole.windows, from_ms, to_ms);
    let line = |name, unit, top, is_limit, value: fn(Figures) -> f32| Line {
        name,
        unit,
        top,
        is_limit,
        points: points.iter().map(|one| (one.at_ms, one.figures.map(value))).collect(),
        ..Line::default()
    };
    let outcomes = whole.outcomes.iter();
    let outcomes = outcomes.filter(|one| (from_ms..=to_ms).contains(&one.moment.key.trigger_ms));
    let by_score = |one: &&Outcome| (!one.has_clip(), (-1e6 * one.moment.score) as i64);
    let marks = first(outcomes.collect(), by_score).into_iter().map(|outcome| Mark {
        at_ms: outcome.moment.key.trigger_ms,
        class: if outcome.has_clip() { "good" } else { "" },
        text: format!("Moment ({}): score {:.2}", outcome.moment.cause, outcome.moment.score),
    });
    let is_near = |start_ms: i64, end_ms: i64| start_ms <= to_ms && end_ms >= from_ms;
    let highlights = whole.mirror.highlights.iter();
    let highlights = highlights.filter(|(one, _)| is_near(one.start_ms, one.end_ms)).collect();
    let highlights = first(highlights, |(one, _)| -one.views()).into_iter();
    let viewers = highlights.map(|(highlight, became)| Stretch {
        from_ms: highlight.start_ms,
        to_ms: highlight.end_ms,
        class: "other",
        text: format!(
            "Clipped by {} viewers: {}",
            highlight.clips.len(),
            match became {
                Compared::Caught { .. } => "caught",
                Compared::Found { .. } => "found, not clipped",
                Compared::Missed(_) => "missed",
            }
        ),
    });
    let gaps = whole.stretches.iter().filter(|row| is_near(row.start_ms, row.end_ms)).collect();
    let gaps = first(gaps, |row: &&StretchRow| row.start_ms - row.end_ms).into_iter();
    let gaps = gaps.map(|row| Stretch {
        from_ms: row.start_ms,
        to_ms: row.end_ms,
        class: "gap",
        text: if row.kind == "gap" {
            format!("Not heard: {}", row.word)
        } else {
            "Held back".to_owned()
        },
    });
    Chart {
        label,
        from_ms,
        to_ms,
        lines: vec![
            line("score", "", Some(1.0), false, |own| own.score),
            line("messages", " a second", None, false, |own| own.messages_per_second),
            line("threshold", "", Some(1.0), true, |own| own.threshold),
        ],
        marks: marks.collect(),
        stretches: gaps.chain(viewers).collect(),
        zone: whole.zone.clone(),
        ..Chart::default()
    }
}

/// The first ones by `rank` where there are more than can be told apart.
fn first<T, K: Ord>(mut all: Vec<T>, rank: impl FnMut(&T) -> K) -> Vec<T> {
    if all.len() > MARKS {
        all.sort_by_key(rank);
        all.truncate(MARKS);
    }
    all
}

//! The curve of a stream, and of a part of it. Pure.

use cliphound_store::{Outcome, StretchRow, WindowRow};

use crate::{
    mirror::Compared,
    web::{
        chart::{Chart, Line, Mark, Stretch},
        streams::Whole,
    },
};

/// Points of a line at most: more can't be told apart on a screen.
const POINTS: i64 = 300;
/// Marks of a kind at most, of moments, highlights and gaps.
const MARKS: usize = 100;
/// What is shown before and after a part.
const AROUND_MS: i64 = 120_000;
/// Without a window for so long, a line is broken.
const BREAK_MS: i64 = 30_000;

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
    let drawn = drawing(whole, start_ms - AROUND_MS, end_ms + AROUND_MS, label);
    let chart = Chart { is_low: true, ..drawn };
    chart.html() + &chart.table()
}

fn drawing(whole: &Whole, from_ms: i64, to_ms: i64, label: String) -> Chart {
    let windows: Vec<&WindowRow> =
        whole.windows.iter().filter(|row| (from_ms..=to_ms).contains(&row.end_ms)).collect();
    let step_ms = ((to_ms - from_ms) / POINTS).max(5_000);
    let line = |name, unit, top, is_limit, value: fn(&WindowRow) -> f32| Line {
        name,
        unit,
        top,
        is_limit,
        points: thinned(&windows, step_ms, value),
        ..Line::default()
    };
    let has_clip =
        |outcome: &Outcome| outcome.intent.as_ref().is_some_and(|own| own.clip_id.is_some());
    let outcomes = whole.outcomes.iter();
    let outcomes = outcomes.filter(|one| (from_ms..=to_ms).contains(&one.moment.key.trigger_ms));
    let by_score = |one: &&Outcome| (!has_clip(one), (-1e6 * one.moment.score) as i64);
    let marks = first(outcomes.collect(), by_score).into_iter().map(|outcome| Mark {
        at_ms: outcome.moment.key.trigger_ms,
        class: if has_clip(outcome) { "good" } else { "" },
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
            line("score", "", Some(1.0), false, |row| row.score),
            line("messages", " a second", None, false, |row| row.messages as f32 / 5.0),
            line("threshold", "", Some(1.0), true, |row| row.threshold),
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

/// The highest value of each step; breaks where nothing is known.
fn thinned(
    windows: &[&WindowRow],
    step_ms: i64,
    value: fn(&WindowRow) -> f32,
) -> Vec<(i64, Option<f32>)> {
    let mut points: Vec<(i64, Option<f32>)> = Vec::new();
    let mut before_ms: Option<i64> = None;
    for window in windows {
        let step = window.end_ms.div_euclid(step_ms) * step_ms;
        if before_ms.is_some_and(|before_ms| window.end_ms - before_ms > BREAK_MS.max(2 * step_ms))
        {
            points.push((step, None));
        }
        before_ms = Some(window.end_ms);
        let now = value(window);
        match points.last_mut() {
            Some((at, Some(highest))) if *at == step => *highest = highest.max(now),
            _ => points.push((step, Some(now))),
        }
    }
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(end_ms: i64, score: f32) -> WindowRow {
        WindowRow {
            broadcaster_id: "7".to_owned(),
            login: "ninja".to_owned(),
            end_ms,
            messages: 1,
            chatters: 1,
            score,
            threshold: 0.5,
            sentiment: 0.0,
            viewers: None,
        }
    }

    #[test]
    fn peaks_stay_and_gaps_show() {
        let rows = [
            window(5_000, 0.1),
            window(10_000, 0.9),
            window(15_000, 0.2),
            window(30_000, 0.3),
            window(900_000, 0.4),
        ];
        let rows: Vec<&WindowRow> = rows.iter().collect();
        assert_eq!(
            thinned(&rows, 20_000, |row| row.score),
            [(0, Some(0.9)), (20_000, Some(0.3)), (900_000, None), (900_000, Some(0.4))]
        );
    }
}

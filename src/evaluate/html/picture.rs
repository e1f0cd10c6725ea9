//! A stream as SVG: score, threshold, triggers and labels over time. Pure.

use std::fmt::Write as _;

use cliphound_engine::{Moment, Second};

use super::{
    escape::escape,
    tip::{self, clock},
};
use crate::{
    evaluate::{
        detect::engine::Run,
        metrics::{Hit, pairs},
        stream::Stream,
    },
    replay::report::counted,
};

/// Size of the picture, and of the part with the curve.
const WIDTH: f64 = 1200.0;
const HEIGHT: f64 = 150.0;
const CURVE: f64 = 130.0;
/// Points of a curve: each the highest of its seconds, so that no peak is lost.
const POINTS: usize = 1200;
/// Marks on the axis of time.
const MARKS: usize = 8;
/// Pieces of the picture that tell the chat around when they are pointed at.
const PIECES: usize = 200;

/// The picture.
#[must_use]
pub fn picture(stream: &Stream, run: &Run) -> String {
    let x = |seconds: f64| (seconds / stream.length_s).clamp(0.0, 1.0) * WIDTH;
    let name = escape(&stream.name);
    let mut svg = format!(
        "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"group\" aria-label=\"{name}: score over time\">\n"
    );
    svg += &pieces(stream, run);
    for label in &stream.labels {
        let (from, to) = (x(label.start_s), x(label.end_s));
        let (wide, tip) = ((to - from).max(1.5), escape(&tip::of_label(label, &stream.chat)));
        let _ = writeln!(
            svg,
            "<rect class=\"label\" x=\"{from:.1}\" y=\"0\" width=\"{wide:.1}\" height=\"{CURVE}\"><title>{tip}</title></rect>"
        );
    }
    for (class, value) in [("limit", threshold as fn(&Second) -> f32), ("score", score)] {
        let points = curve(&run.seconds, stream.length_s, value);
        let _ = writeln!(svg, "<polyline class=\"{class}\" points=\"{points}\"/>");
    }
    for (moment, class) in run.moments.iter().zip(classes(stream, &run.moments)) {
        let at = x(moment.trigger.as_secs_f64());
        let tip = escape(&tip::of_moment(moment, &stream.chat));
        let ends = format!("x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"0\" y2=\"{CURVE}\"");
        let _ = writeln!(
            svg,
            "<g class=\"trigger\" tabindex=\"0\" role=\"img\"><title>{tip}</title><line class=\"{class}\" {ends}/><line class=\"reach\" {ends}/></g>"
        );
    }
    for mark in 0..MARKS {
        let share = mark as f64 / MARKS as f64;
        let (at, time) = (share * WIDTH + 2.0, clock(share * stream.length_s));
        let _ = writeln!(
            svg,
            "<text class=\"axis\" x=\"{at:.0}\" y=\"{}\">{time}</text>",
            HEIGHT - 5.0
        );
    }
    svg + "</svg>\n"
}

/// The stream and what was found in it, in a few words.
#[must_use]
pub fn about(stream: &Stream, run: &Run) -> String {
    let hours = stream.hours();
    let triggers = counted(run.moments.len() as u64, "trigger");
    if stream.labels.is_empty() {
        return format!("{hours:.1} hours, no labels, {triggers}");
    }
    let labels = counted(stream.labels.len() as u64, "highlight");
    let right = classes(stream, &run.moments).into_iter().filter(|class| *class == "right").count();
    format!("{hours:.1} hours, {labels}, {triggers}, {right} of them right")
}

/// Transparent pieces below everything else: each tells of its highest second.
fn pieces(stream: &Stream, run: &Run) -> String {
    let mut highest: Vec<Option<&Second>> = vec![None; PIECES];
    for second in run.seconds.iter().filter(|second| second.end.0 >= 0 && second.chatters > 0) {
        let share = second.end.as_secs_f64() / stream.length_s;
        let at = &mut highest[((share * PIECES as f64) as usize).min(PIECES - 1)];
        if at.is_none_or(|known| second.score > known.score) {
            *at = Some(second);
        }
    }
    let wide = WIDTH / PIECES as f64;
    let mut out = String::new();
    for (at, second) in highest.into_iter().enumerate() {
        let Some(second) = second else { continue };
        let tip = escape(&tip::of_second(second, &stream.chat));
        let x = at as f64 * wide;
        let _ = writeln!(
            out,
            "<rect class=\"around\" x=\"{x:.1}\" y=\"0\" width=\"{wide:.1}\" height=\"{CURVE}\"><title>{tip}</title></rect>"
        );
    }
    out
}

fn score(second: &Second) -> f32 {
    second.score
}

fn threshold(second: &Second) -> f32 {
    second.threshold
}

fn classes(stream: &Stream, moments: &[Moment]) -> Vec<&'static str> {
    let hit =
        |m: &Moment| Hit { trigger_s: m.trigger.as_secs_f64(), start_s: m.start.as_secs_f64() };
    let hits: Vec<Hit> = moments.iter().map(hit).collect();
    let class = |pair: Option<usize>| match pair {
        _ if stream.labels.is_empty() => "plain",
        Some(_) => "right",
        None => "wrong",
    };
    pairs(&hits, &stream.labels).into_iter().map(class).collect()
}

/// Points `x,y` of a value from 0 to 1.
fn curve(seconds: &[Second], length_s: f64, value: fn(&Second) -> f32) -> String {
    let mut highest: Vec<Option<f32>> = vec![None; POINTS];
    for second in seconds.iter().filter(|second| second.end.0 >= 0) {
        let share = second.end.as_secs_f64() / length_s;
        let at = ((share * POINTS as f64) as usize).min(POINTS - 1);
        highest[at] = Some(highest[at].map_or(value(second), |known| known.max(value(second))));
    }
    let mut points = String::new();
    for (at, value) in highest.into_iter().enumerate() {
        let Some(value) = value else { continue };
        let (x, y) = (at as f64 / POINTS as f64 * WIDTH, CURVE * (1.0 - f64::from(value)));
        let _ = write!(points, "{x:.0},{y:.0} ");
    }
    points
}

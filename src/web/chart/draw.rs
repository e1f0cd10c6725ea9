//! Draws a chart by its template. Pure.

use askama::Template;

use super::{
    Chart, Line,
    scale::{HEIGHT, Times, WIDTH, y},
};

/// Times below the drawing.
const TICKS: u32 = 5;

#[derive(Template)]
#[template(path = "chart.html")]
struct Drawing<'a> {
    chart: &'a Chart,
    lines: Vec<Drawn<'a>>,
    marks: Vec<Placed<'a>>,
    stretches: Vec<Placed<'a>>,
    ticks: Vec<String>,
    width: f32,
    height: f32,
}

/// A line as it is drawn: one or more unbroken pieces.
struct Drawn<'a> {
    line: &'a Line,
    class: String,
    pieces: Vec<String>,
    top: String,
}

struct Placed<'a> {
    x: f32,
    width: f32,
    class: &'a str,
    text: &'a str,
}

pub(super) fn figure(chart: &Chart) -> String {
    let times = Times::new(chart.from_ms, chart.to_ms);
    let lines = chart.lines.iter().enumerate().map(|(nth, line)| drawn(nth, line, times)).collect();
    let marks = chart.marks.iter().filter(|mark| times.holds(mark.at_ms));
    let marks = marks
        .map(|mark| Placed {
            x: times.x(mark.at_ms),
            width: 0.0,
            class: mark.class,
            text: &mark.text,
        })
        .collect();
    let stretches = chart
        .stretches
        .iter()
        .filter(|own| own.to_ms >= chart.from_ms && own.from_ms <= chart.to_ms);
    let stretches = stretches
        .map(|own| {
            let x = times.x(own.from_ms);
            Placed { x, width: times.x(own.to_ms) - x, class: own.class, text: &own.text }
        })
        .collect();
    let ticks = (0..TICKS).map(|nth| rfc3339(times.at(f64::from(nth) / f64::from(TICKS - 1))));
    let drawing = Drawing {
        chart,
        lines,
        marks,
        stretches,
        ticks: ticks.collect(),
        width: WIDTH,
        height: HEIGHT,
    };
    drawing.render().unwrap_or_default()
}

fn drawn(nth: usize, line: &Line, times: Times) -> Drawn<'_> {
    let values = line.points.iter().filter_map(|(_, value)| *value);
    let highest = values.fold(0.0, f32::max);
    let top = line.top.unwrap_or(highest);
    let class = if line.is_limit { "limit".to_owned() } else { format!("c{}", nth % 4 + 1) };
    let mut pieces = vec![String::new()];
    for (at_ms, value) in &line.points {
        let Some(value) = value.filter(|_| times.holds(*at_ms)) else {
            pieces.push(String::new());
            continue;
        };
        if let Some(piece) = pieces.last_mut() {
            let blank = if piece.is_empty() { "" } else { " " };
            piece.push_str(&format!("{blank}{},{}", times.x(*at_ms), y(value, top)));
        }
    }
    pieces.retain(|piece| !piece.is_empty());
    let decimals = if highest < 10.0 { 2 } else { 0 };
    Drawn { line, class, pieces, top: format!("{highest:.decimals$}") }
}

/// What `datetime` of a `time` element wants.
fn rfc3339(at_ms: i64) -> String {
    jiff::Timestamp::from_millisecond(at_ms).map(|time| time.to_string()).unwrap_or_default()
}

//! Draws a chart by its template. Pure.

use askama::Template;

use super::{
    Chart, Line, Stretch,
    scale::{HEIGHT, Times, WIDTH, y},
};

/// Times below the drawing.
const TICKS: u32 = 5;
/// From two days on its ticks are days: a time of the day would not say which.
const DAYS_MS: i64 = 2 * 86_400_000;
/// Points of a polyline. Browsers draw a page by tiles, and each polyline whole for each tile that it
/// touches: of many short ones a tile takes only its own.
const POINTS: usize = 40;

#[derive(Template)]
#[template(path = "chart.html")]
struct Drawing<'a> {
    chart: &'a Chart,
    lines: Vec<Drawn<'a>>,
    marks: Vec<Placed<'a>>,
    stretches: Vec<Placed<'a>>,
    hovers: Vec<Placed<'a>>,
    /// For `datetime`, and for people.
    ticks: Vec<(String, String)>,
    /// The ticks are days, not times of a day.
    is_days: bool,
    width: f32,
    height: f32,
}

/// A line as it is drawn: what is filled below it, and the line in short pieces.
struct Drawn<'a> {
    line: &'a Line,
    class: String,
    areas: Vec<String>,
    pieces: Vec<String>,
    range: String,
    zero: Option<f32>,
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
    let [stretches, hovers] =
        [&chart.stretches, &chart.hovers].map(|stretches| placed(stretches, chart, times));
    let is_days = chart.to_ms.saturating_sub(chart.from_ms) > DAYS_MS;
    let tick = |at_ms: i64| {
        let words = if is_days { chart.zone.day(at_ms) } else { chart.zone.minute(at_ms) };
        (rfc3339(at_ms), words)
    };
    let ticks = (0..TICKS).map(|nth| tick(times.at(f64::from(nth) / f64::from(TICKS - 1))));
    let drawing = Drawing {
        chart,
        lines,
        marks,
        stretches,
        hovers,
        ticks: ticks.collect(),
        is_days,
        width: WIDTH,
        height: HEIGHT,
    };
    drawing.render().unwrap_or_default()
}

fn placed<'a>(stretches: &'a [Stretch], chart: &Chart, times: Times) -> Vec<Placed<'a>> {
    let within = |own: &&Stretch| own.to_ms >= chart.from_ms && own.from_ms <= chart.to_ms;
    let place = |own: &'a Stretch| {
        let x = times.x(own.from_ms);
        Placed { x, width: times.x(own.to_ms) - x, class: own.class, text: &own.text }
    };
    stretches.iter().filter(within).map(place).collect()
}

fn drawn(nth: usize, line: &Line, times: Times) -> Drawn<'_> {
    let values = || line.points.iter().filter_map(|(_, value)| *value);
    let (highest, lowest) = (values().fold(0.0, f32::max), values().fold(0.0, f32::min));
    let top = line.top.unwrap_or(highest);
    let class = match line.is_limit {
        true => "limit".to_owned(),
        false => format!("c{}", nth % 4 + 1),
    };
    let mut pieces = vec![Vec::new()];
    for (at_ms, value) in &line.points {
        match (value.filter(|_| times.holds(*at_ms)), pieces.last_mut()) {
            (Some(value), Some(piece)) => {
                piece.push((times.x(*at_ms), y(value, line.bottom, top)));
            }
            _ => pieces.push(Vec::new()),
        }
    }
    pieces.retain(|piece| !piece.is_empty());
    let unbroken: Vec<_> = pieces.into_iter().map(bent).collect();
    let areas = unbroken.iter().filter(|_| line.is_area).map(|piece| area(piece)).collect();
    let pieces = unbroken.iter().flat_map(|piece| short(piece)).map(points).collect();
    let decimals = if highest.max(-lowest) < 10.0 { 2 } else { 0 };
    let range = match lowest < 0.0 {
        true => format!("{lowest:.decimals$} to {highest:.decimals$}"),
        false => format!("up to {highest:.decimals$}"),
    };
    let zero = (line.bottom < 0.0).then(|| y(0.0, line.bottom, top));
    Drawn { line, class, areas, pieces, range, zero }
}

/// A piece without what does not bend it: of points at the same height the first and the last will do.
fn bent(piece: Vec<(f32, f32)>) -> Vec<(f32, f32)> {
    let mut kept: Vec<(f32, f32)> = Vec::with_capacity(piece.len());
    for at in piece {
        if let [.., (_, before), last] = kept.as_mut_slice()
            && *before == at.1
            && last.1 == at.1
        {
            *last = at;
        } else {
            kept.push(at);
        }
    }
    kept
}

/// What is below a piece, down to the bottom.
fn area(piece: &[(f32, f32)]) -> String {
    let [first, last] = [piece.first(), piece.last()].map(|end| end.map(|(x, _)| (*x, HEIGHT)));
    points(&[first.as_slice(), piece, last.as_slice()].concat())
}

/// Parts of a piece; each begins where the one before ends.
fn short(piece: &[(f32, f32)]) -> impl Iterator<Item = &[(f32, f32)]> {
    let last = piece.len().saturating_sub(1);
    let starts = (0..last.max(1)).step_by(POINTS - 1);
    starts.filter_map(move |start| piece.get(start..=last.min(start + POINTS - 1)))
}

/// For the attribute `points`.
fn points(piece: &[(f32, f32)]) -> String {
    let points: Vec<String> = piece.iter().map(|(x, y)| format!("{x},{y}")).collect();
    points.join(" ")
}

/// What `datetime` of a `time` element wants.
fn rfc3339(at_ms: i64) -> String {
    jiff::Timestamp::from_millisecond(at_ms).map(|time| time.to_string()).unwrap_or_default()
}

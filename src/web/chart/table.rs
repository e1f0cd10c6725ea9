//! A chart as a table, for those who would rather read it, or hear it read. Pure.

use askama::Template;

use super::{Chart, Line};

/// Rows at most: a table of more is no help, and makes pages long.
const ROWS: i64 = 40;
/// The same of a low chart, of which a page has many.
const LOW_ROWS: i64 = 12;
/// What a row may stand for, in seconds: lengths that people count in. Of very long times it is a
/// multiple of the last.
const STEPS_S: [i64; 11] = [5, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200];
/// From here on a time of the day would not say which.
const DAY_MS: i64 = 86_400_000;

#[derive(Template)]
#[template(path = "chart_table.html")]
struct Table<'a> {
    chart: &'a Chart,
    /// What a row stands for, in words.
    step: String,
    rows: Vec<Row<'a>>,
    /// Something is told in some row.
    has_told: bool,
}

/// A step of time of which something is known.
struct Row<'a> {
    at: String,
    /// The highest by line, in words.
    values: Vec<String>,
    /// What is marked in it.
    told: Vec<&'a str>,
}

pub(super) fn details(chart: &Chart) -> String {
    let most = if chart.is_low { LOW_ROWS } else { ROWS };
    let step_ms = step_ms(chart.to_ms.saturating_sub(chart.from_ms), most);
    let first = chart.from_ms.div_euclid(step_ms);
    let last = chart.to_ms.saturating_sub(1).max(chart.from_ms).div_euclid(step_ms);
    let rows: Vec<Row<'_>> =
        (first..=last).filter_map(|nth| row(chart, nth.saturating_mul(step_ms), step_ms)).collect();
    let has_told = rows.iter().any(|row| !row.told.is_empty());
    let table = Table { chart, step: words(step_ms), rows, has_told };
    table.render().unwrap_or_default()
}

fn step_ms(span_ms: i64, most: i64) -> i64 {
    let fits = |step_s: &&i64| **step_s * 1_000 * most >= span_ms;
    let longest = STEPS_S.last().copied().unwrap_or(1) * 1_000;
    match STEPS_S.iter().find(fits) {
        Some(step_s) => step_s * 1_000,
        None => (span_ms / most / longest + 1) * longest,
    }
}

fn words(step_ms: i64) -> String {
    match step_ms / 1_000 {
        seconds @ ..60 => format!("{seconds} s"),
        seconds @ ..3_600 => format!("{} min", seconds / 60),
        seconds => format!("{} h", seconds / 3_600),
    }
}

/// What begins at `from_ms`; `None` where nothing is known of it.
fn row(chart: &Chart, from_ms: i64, step_ms: i64) -> Option<Row<'_>> {
    let span = from_ms..from_ms.saturating_add(step_ms);
    let values: Vec<Option<f32>> = chart.lines.iter().map(|line| highest(line, &span)).collect();
    let marks = chart.marks.iter().map(|mark| (mark.at_ms, mark.text.as_str()));
    let stretches = chart.stretches.iter().map(|own| (own.from_ms, own.text.as_str()));
    let told = marks.chain(stretches).filter(|(at_ms, _)| span.contains(at_ms));
    let told: Vec<&str> = told.map(|(_, text)| text).collect();
    let is_known = !told.is_empty() || values.iter().any(Option::is_some);
    let zone = &chart.zone;
    let at = match (step_ms < 60_000, chart.to_ms.saturating_sub(chart.from_ms) > DAY_MS) {
        (true, _) => zone.clock(from_ms),
        (false, false) => zone.minute(from_ms),
        (false, true) => format!("{} {}", zone.day(from_ms), zone.minute(from_ms)),
    };
    is_known.then(|| Row { at, values: values.into_iter().map(number).collect(), told })
}

fn highest(line: &Line, span: &std::ops::Range<i64>) -> Option<f32> {
    let within = line.points.iter().filter(|(at_ms, _)| span.contains(at_ms));
    within.filter_map(|(_, value)| *value).reduce(f32::max)
}

fn number(value: Option<f32>) -> String {
    match value {
        None => "–".to_owned(),
        Some(value) if value.abs() < 10.0 => format!("{value:.2}"),
        Some(value) => format!("{value:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Mark, Stretch},
        *,
    };
    use crate::web::zone::Zone;

    fn chart(minutes: i64) -> Chart {
        let points = (0..minutes * 2).map(|nth| (nth * 30_000, Some(nth as f32 / 2.0))).collect();
        Chart {
            label: "the <evening>".to_owned(),
            to_ms: minutes * 60_000,
            lines: vec![Line { name: "messages", unit: " a second", points, ..Line::default() }],
            zone: Zone::named("Asia/Tokyo").unwrap(),
            ..Chart::default()
        }
    }

    #[test]
    fn a_row_has_the_highest_of_its_step_and_what_is_marked() {
        let mark = Mark { at_ms: 61_000, class: "", text: "Moment <b>".to_owned() };
        let gap =
            Stretch { from_ms: 59_999, to_ms: 90_000, class: "gap", text: "Not heard".to_owned() };
        let html = Chart { marks: vec![mark], stretches: vec![gap], ..chart(30) }.table();
        for part in [
            "<caption>the &#60;evening&#62;: the highest of every 1 min</caption>",
            "messages a second</th>",
            "<th scope=\"row\">09:00</th><td class=\"num\">0.50</td><td>Not heard</td>",
            "<th scope=\"row\">09:01</th><td class=\"num\">1.50</td><td>Moment &#60;b&#62;</td>",
            "<th scope=\"row\">09:29</th><td class=\"num\">30</td><td></td>",
        ] {
            assert!(html.contains(part), "{part} in {html}");
        }
        assert_eq!(html.matches("<tr>").count(), 31, "{html}");
    }

    #[test]
    fn it_stays_short_however_long_the_time_is() {
        let rows = |html: &str| html.matches("<th scope=\"row\">").count();
        for (minutes, expected, first) in
            [(3, 6, "09:00:00"), (720, 24, "09:00"), (20_160, 34, "1970-01-01 09:00")]
        {
            let html = chart(minutes).table();
            assert_eq!(rows(&html), expected, "{minutes}: {html}");
            assert!(html.contains(&format!("<th scope=\"row\">{first}</th>")), "{html}");
        }
        assert_eq!(rows(&Chart { is_low: true, ..chart(5) }.table()), 10);
        assert!(Chart::default().table().contains("<table"), "of nothing, too");
        for (from_ms, to_ms) in [(i64::MIN, i64::MIN + 99), (i64::MAX - 99, i64::MAX)] {
            let html = Chart { from_ms, to_ms, ..chart(1) }.table();
            assert!(html.contains("<table"), "and at the ends of time: {html}");
        }
    }

    #[test]
    fn what_nobody_knows_is_no_row() {
        let points = vec![(0, Some(1.0)), (60_000, None), (1_740_000, Some(2.0))];
        let line = Line { name: "score", points, ..Line::default() };
        let other = Line { name: "people", points: vec![(0, Some(3.0))], ..Line::default() };
        let html = Chart { lines: vec![line, other], ..chart(30) }.table();
        assert_eq!(html.matches("<th scope=\"row\">").count(), 2, "{html}");
        assert!(html.contains("<td class=\"num\">2.00</td><td class=\"num\">–</td>"), "{html}");
    }
}

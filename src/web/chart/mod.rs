//! Charts over time as SVG. The drawing fills the width of its place, whatever that is, and
//! words and numbers stand around it as text, so that it can be read on a phone and heard.
//! Pure.

mod draw;
mod scale;
mod spark;
mod table;

pub use spark::spark;

use super::zone::Zone;

/// Lines over time, with marks and stretches.
#[derive(Debug, Clone, Default)]
pub struct Chart {
    /// What it shows, for those who can't see it.
    pub label: String,
    /// Its left end, ms since 1970.
    pub from_ms: i64,
    /// Its right end, ms since 1970.
    pub to_ms: i64,
    /// The lines, at most four.
    pub lines: Vec<Line>,
    /// Instants.
    pub marks: Vec<Mark>,
    /// Stretches of time, behind the lines.
    pub stretches: Vec<Stretch>,
    /// What is told of each stretch of time when the mouse is there; their class is not looked at.
    pub hovers: Vec<Stretch>,
    /// Half as high as usual.
    pub is_low: bool,
    /// Whose times stand below it.
    pub zone: Zone,
}

/// A line, from 0 at the bottom unless it goes below.
#[derive(Debug, Clone, Default)]
pub struct Line {
    /// What it is, for the legend.
    pub name: &'static str,
    /// Unit of its values, such as ` messages/s`.
    pub unit: &'static str,
    /// Value at the top; `None` for the line's own highest value.
    pub top: Option<f32>,
    /// Value at the bottom; what is below 0 gets a line at 0.
    pub bottom: f32,
    /// What is below it is filled.
    pub is_area: bool,
    /// It is a limit for the others: dashed.
    pub is_limit: bool,
    /// Instants (ms since 1970, ascending) and values; `None` breaks the line.
    pub points: Vec<(i64, Option<f32>)>,
}

/// An instant.
#[derive(Debug, Clone)]
pub struct Mark {
    /// When, ms since 1970.
    pub at_ms: i64,
    /// Class of the style: nothing, `good`, `bad` or `other`.
    pub class: &'static str,
    /// What it is, shown by the mouse.
    pub text: String,
}

/// A stretch of time.
#[derive(Debug, Clone)]
pub struct Stretch {
    /// Its start, ms since 1970.
    pub from_ms: i64,
    /// Its end, ms since 1970.
    pub to_ms: i64,
    /// Class of the style: nothing, `other` or `gap`.
    pub class: &'static str,
    /// What it is, shown by the mouse.
    pub text: String,
}

impl Chart {
    /// The chart as HTML: a `figure` with its legend and the times below it.
    #[must_use]
    pub fn html(&self) -> String {
        draw::figure(self)
    }

    /// The same as a table that can be opened: the highest of each line by steps of time, and what
    /// is marked.
    #[must_use]
    pub fn table(&self) -> String {
        table::details(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart() -> Chart {
        let line = Line {
            name: "score",
            points: vec![(0, Some(0.25)), (500, None), (1000, Some(1.0))],
            top: Some(1.0),
            ..Line::default()
        };
        Chart {
            label: "the last <minute>".to_owned(),
            to_ms: 1000,
            zone: Zone::named("UTC").unwrap(),
            lines: vec![line],
            marks: vec![Mark { at_ms: 500, class: "good", text: "\"kept\" & <b>".to_owned() }],
            stretches: vec![Stretch {
                from_ms: -900,
                to_ms: 500,
                class: "gap",
                text: String::new(),
            }],
            ..Chart::default()
        }
    }

    #[test]
    fn weeks_have_days_below_and_evenings_times() {
        let evening = chart().html();
        assert!(evening.contains("data-as=\"time\">00:00<"), "{evening}");
        let tokyo = Chart { zone: Zone::named("Asia/Tokyo").unwrap(), ..chart() }.html();
        assert!(tokyo.contains("data-as=\"time\">09:00<"), "{tokyo}");
        let weeks = Chart { to_ms: 14 * 86_400_000, ..chart() }.html();
        assert!(weeks.contains("data-as=\"date\">1970-01-15<"), "{weeks}");
    }

    #[test]
    fn it_draws_what_is_within_and_escapes_text() {
        let html = chart().html();
        for part in [
            "aria-label=\"the last &#60;minute&#62;\"",
            "<polyline class=\"c c1\" points=\"0,75\"/>",
            "<polyline class=\"c c1\" points=\"1000,0\"/>",
            "<line class=\"mark good\" x1=\"500\" x2=\"500\"",
            "&#34;kept&#34; &#38; &#60;b&#62;",
            "<rect class=\"stretch gap\" x=\"0\" width=\"500\"",
        ] {
            assert!(html.contains(part), "{part} in {html}");
        }
    }

    #[test]
    fn a_long_line_is_drawn_in_short_parts_that_meet() {
        let points = (0..100).map(|at| (at * 10, Some((at % 2) as f32))).collect();
        let line = Line { name: "rate", points, is_area: true, ..Line::default() };
        let html = Chart { lines: vec![line], ..chart() }.html();
        let drawn = |class: &str| -> Vec<Vec<String>> {
            let start = format!("<polyline class=\"{class}\" points=\"");
            let all = html.split(&start).skip(1).filter_map(|rest| rest.split('"').next());
            all.map(|points| points.split(' ').map(str::to_owned).collect()).collect()
        };
        let [parts, areas] = ["c c1", "c1 area"].map(drawn);
        let lengths: Vec<usize> = parts.iter().map(Vec::len).collect();
        assert_eq!(lengths, [40, 40, 22], "{html}");
        assert!(parts.windows(2).all(|two| two[0].last() == two[1].first()), "{html}");
        // What is filled is one, from the bottom to the bottom.
        assert_eq!((areas.len(), areas[0].len()), (1, 102), "{html}");
        assert!(areas[0][0].ends_with(",100") && areas[0][101].ends_with(",100"), "{html}");
    }

    #[test]
    fn nothing_makes_it_divide_by_nothing() {
        for html in [Chart::default().html(), Chart { to_ms: 0, from_ms: 5, ..chart() }.html()] {
            assert!(!html.contains("NaN") && !html.contains("inf"), "{html}");
        }
    }
}

//! The lines of the records, read as somebody else's script would: by header and tabs.

use jiff::Timestamp;

/// Columns of clip_urls.txt.
pub const CLIPS: &[&str] = &[
    "time",
    "channel",
    "clip_url",
    "edit_url",
    "moment_start",
    "moment_end",
    "score",
    "trigger",
    "title",
];
/// Columns of moments.tsv.
pub const MOMENTS: &[&str] = &[
    "time",
    "channel",
    "clip_url",
    "edit_url",
    "moment_start",
    "moment_end",
    "score",
    "trigger",
    "title",
    "state",
];
const STATES: [&str; 7] =
    ["dry_run", "overlaps", "confirmed", "unconfirmed", "refused", "missed", "rejected"];

/// A whole line.
#[derive(Debug, Clone)]
pub struct Line(Vec<String>);

impl Line {
    pub fn channel(&self) -> &str {
        &self.0[1]
    }

    pub fn clip_url(&self) -> Option<&str> {
        Some(self.0[2].as_str()).filter(|url| *url != "-")
    }

    pub fn start_ms(&self) -> i64 {
        time_ms(&self.0[4]).unwrap_or(-1)
    }

    pub fn end_ms(&self) -> i64 {
        time_ms(&self.0[5]).unwrap_or(-1)
    }

    pub fn cause(&self) -> &str {
        &self.0[7]
    }

    pub fn state(&self) -> &str {
        self.0.get(9).map_or("", String::as_str)
    }
}

/// The lines below the header, and what is torn.
pub fn read(bytes: &[u8], columns: &[&str]) -> (Vec<Line>, Vec<String>) {
    let (mut lines, mut torn) = (Vec::new(), Vec::new());
    let Ok(text) = std::str::from_utf8(bytes) else {
        return (lines, vec!["it is no UTF-8".to_owned()]);
    };
    if !text.ends_with('\n') {
        torn.push("its last line has no end".to_owned());
    }
    let mut all = text.lines();
    if all.next() != Some(format!("# {}", columns.join("\t")).as_str()) {
        torn.push("its header is missing".to_owned());
    }
    for text in all {
        let line = Line(text.split('\t').map(str::to_owned).collect());
        match wrong(&line, columns) {
            Some(why) => torn.push(format!("{why}: {text:?}")),
            None => lines.push(line),
        }
    }
    (lines, torn)
}

/// What a kill left of a record: what is torn in its whole lines, and the last line, of which a
/// kill may have left half.
pub fn left<'a>(bytes: &'a [u8], columns: &[&str]) -> (Vec<String>, &'a [u8]) {
    let end = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let (whole, half) = bytes.split_at(end);
    (if whole.is_empty() { Vec::new() } else { read(whole, columns).1 }, half)
}

/// Whether a line of the record is what half a line was to become: the same as far as the half
/// goes, at most to the address of its clip. What is behind it a restart may know less of.
pub fn is_made_whole(record: &[u8], half: &[u8]) -> bool {
    let tabs = half.iter().enumerate().filter(|(_, byte)| **byte == b'\t');
    let known = tabs.map(|(at, _)| at).nth(2).map_or(half, |third| &half[..=third]);
    record.split_inclusive(|byte| *byte == b'\n').any(|line| line.starts_with(known))
}

fn wrong(Line(columns): &Line, names: &[&str]) -> Option<&'static str> {
    if columns.len() != names.len() {
        return Some("a line with too few or too many columns");
    }
    if [0, 4, 5].iter().any(|at| time_ms(&columns[*at]).is_none()) {
        return Some("a line with a time that is none");
    }
    if columns.iter().any(|column| column.is_empty() || column.chars().any(char::is_control)) {
        return Some("a line with an empty column or a control character");
    }
    if names.len() == MOMENTS.len() && !STATES.contains(&columns[9].as_str()) {
        return Some("a line with a state that is none");
    }
    None
}

/// Unix milliseconds of a column.
pub fn time_ms(column: &str) -> Option<i64> {
    column.parse::<Timestamp>().ok().map(Timestamp::as_millisecond)
}

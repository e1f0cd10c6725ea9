//! What people and scripts see of a replay. The same result gives the same bytes.

use std::io::{self, Write};

use cliphound_engine::{EventTime, Moment};
use serde::Serialize;

use super::{
    event::Tally,
    file::{FileResult, StreamResult},
};
use crate::{plain::plain, sheet::Sheet};

/// A number with at most three decimals.
#[must_use]
pub fn thousandths(value: f64) -> f64 {
    // Adding zero turns -0 into 0.
    (value * 1000.0).round() / 1000.0 + 0.0
}

#[derive(Serialize)]
struct JsonLine<'a> {
    file: &'a str,
    channel: &'a str,
    #[serde(flatten)]
    moment: JsonMoment<'a>,
}

/// A moment as scripts see it; times in seconds on the file's clock.
#[derive(Debug, Serialize)]
pub struct JsonMoment<'a> {
    trigger_s: f64,
    start_s: f64,
    end_s: f64,
    score: f64,
    reasons: Vec<JsonReason<'a>>,
}

#[derive(Debug, Serialize)]
struct JsonReason<'a> {
    name: &'a str,
    value: f64,
    usual: f64,
    text: &'a str,
}

/// Writes a JSON object a line for each moment.
///
/// # Errors
/// When writing fails.
pub fn write_json(out: &mut dyn Write, result: &FileResult) -> io::Result<()> {
    for stream in &result.streams {
        for moment in &stream.moments {
            let (file, channel) = (result.file.as_str(), stream.channel.as_str());
            let line = JsonLine { file, channel, moment: json_moment(result.zero, moment) };
            writeln!(out, "{}", serde_json::to_string(&line)?)?;
        }
    }
    Ok(())
}

/// `moment` for scripts, where the file's clock has its zero at `zero`.
#[must_use]
pub fn json_moment(zero: EventTime, moment: &Moment) -> JsonMoment<'_> {
    JsonMoment {
        trigger_s: seconds(zero, moment.trigger),
        start_s: seconds(zero, moment.start),
        end_s: seconds(zero, moment.end),
        score: thousandths(moment.score.into()),
        reasons: moment
            .reasons
            .iter()
            .map(|reason| JsonReason {
                name: &reason.name,
                value: thousandths(reason.value.into()),
                usual: thousandths(reason.usual.into()),
                text: &reason.text,
            })
            .collect(),
    }
}

/// `at` in seconds on a clock with its zero at `zero`.
#[must_use]
pub fn seconds(zero: EventTime, at: EventTime) -> f64 {
    thousandths(at.ms_since(zero) as f64 / 1000.0)
}

/// Writes a table for people for each channel; reasons keep within `width` characters a line.
///
/// # Errors
/// When writing fails.
pub fn write_table(out: &mut dyn Write, result: &FileResult, width: usize) -> io::Result<()> {
    for stream in &result.streams {
        let count = counted(stream.moments.len() as u64, "moment");
        writeln!(out, "{}, {count}", stream_line(result, stream))?;
        if !stream.moments.is_empty() {
            write!(out, "{}", moments(result.zero, &stream.moments, width))?;
        }
    }
    Ok(())
}

/// What was read of a stream, in words.
#[must_use]
pub fn stream_line(result: &FileResult, stream: &StreamResult) -> String {
    let length = clock(stream.last_message.ms_since(result.zero));
    let messages = counted(stream.messages, "message");
    let (file, channel) = (plain(&result.file), plain(&stream.channel));
    format!("{file}: channel {channel}, {}, {messages} in {length}", result.format.name())
}

fn moments(zero: EventTime, moments: &[Moment], width: usize) -> String {
    let times = |moment: &Moment| {
        [moment.trigger, moment.start, moment.end].map(|at| clock(at.ms_since(zero)))
    };
    let widest = moments.iter().flat_map(|m| times(m).map(|text| text.len())).max();
    let wide = widest.unwrap_or(0).max(7);
    let row = |[trigger, start, end]: [&str; 3], score: &str| {
        format!("  {trigger:>wide$}  {start:>wide$}  {end:>wide$}  {score}  ")
    };
    let head = row(["trigger", "start", "end"], "score");
    let mut sheet = Sheet::new(width);
    sheet.flow(&head, "why", head.len());
    for moment in moments {
        let times = times(moment);
        let first = row(times.each_ref().map(String::as_str), &format!("{:.3}", moment.score));
        sheet.flow(&first, &why(moment), head.len());
    }
    sheet.finish()
}

/// The reasons in words, or what set the moment off where there are none.
#[must_use]
pub fn why(moment: &Moment) -> String {
    let texts: Vec<_> = moment.reasons.iter().map(|reason| reason.text.as_str()).collect();
    plain(&if texts.is_empty() { moment.cause.to_string() } else { texts.join("; ") })
}

/// `H:MM:SS`, rounded down to the second.
#[must_use]
pub fn clock(ms: i64) -> String {
    let seconds = ms.div_euclid(1000);
    let (sign, seconds) = (if seconds < 0 { "-" } else { "" }, seconds.unsigned_abs());
    format!("{sign}{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// `1 moment`, `2 moments`.
#[must_use]
pub fn counted(count: u64, what: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {what}{s}")
}

/// One sentence about what was left out of a file; `None` when it was read whole.
#[must_use]
pub fn left_out(tally: &Tally) -> Option<String> {
    let parts: Vec<String> = [
        (tally.too_long, "line", "that was too long"),
        (tally.unreadable, "line", "that could not be read"),
        (tally.untimed, "message", "without a time"),
        (tally.misdated, "message", "far out of the order of time"),
        (tally.crowded_out, "message", "of more channels than fit in one run"),
    ]
    .into_iter()
    .filter(|(count, _, _)| *count > 0)
    .map(|(count, what, why)| {
        let why = if count == 1 { why.to_owned() } else { why.replace("that was", "that were") };
        format!("{} {why}", counted(count, what))
    })
    .collect();
    let first = tally.first_unreadable.as_deref().map(the_first).unwrap_or_default();
    (!parts.is_empty()).then(|| format!("left out: {}{first}", parts.join(", ")))
}

/// Characters of a line that could not be read that are shown.
const SHOWN: usize = 80;

/// The first line that could not be read, to look for in the file.
#[must_use]
pub fn the_first(line: &str) -> String {
    let shown: String = line.chars().take(SHOWN).collect();
    let more = if shown.len() < line.len() { "…" } else { "" };
    format!("; the first that can't be read: {shown}{more}")
}

#[cfg(test)]
mod tests {
    use cliphound_engine::Reason;

    use super::*;
    use crate::replay::{detect::Format, runner::tests::moment};

    fn result() -> FileResult {
        let mut found = moment(EventTime(1_000_000 + 3_725_400), 0.912_345);
        let (name, text) = ("chatters".to_owned(), "31 people in 15 s,\u{1b}usually 6".to_owned());
        found.reasons.push(Reason { name, value: 31.0, usual: 6.123_45, text });
        let channel = "ninja".to_owned();
        let moments = vec![found, moment(EventTime(1_010_000), 0.5)];
        let (messages, last_message) = (1, EventTime(1_005_000));
        FileResult {
            file: "a b.log".to_owned(),
            format: Format::Recording,
            zero: EventTime(1_000_000),
            streams: vec![StreamResult { channel, moments, messages, last_message }],
            tally: Tally::default(),
            problems: Vec::new(),
        }
    }

    fn written(write: fn(&mut dyn Write, &FileResult) -> io::Result<()>) -> String {
        let mut out = Vec::new();
        write(&mut out, &result()).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn json_has_the_keys_in_their_order() {
        let expected = concat!(
            r#"{"file":"a b.log","channel":"ninja","trigger_s":3725.4,"start_s":3705.4,"#,
            r#""end_s":3725.4,"score":0.912,"reasons":[{"name":"chatters","value":31.0,"#,
            r#""usual":6.123,"text":"31 people in 15 s,\u001busually 6"}]}"#,
            "\n",
            r#"{"file":"a b.log","channel":"ninja","trigger_s":10.0,"start_s":-10.0,"#,
            r#""end_s":10.0,"score":0.5,"reasons":[]}"#,
            "\n"
        );
        assert_eq!(written(write_json), expected);
    }

    #[test]
    fn the_table_is_aligned_and_keeps_within_its_width() {
        let expected = "\
a b.log: channel ninja, recording, 1 message in 0:00:05, 2 moments
  trigger     start      end  score  why
  1:02:05   1:01:45  1:02:05  0.912  31 people in 15 s, usually 6
  0:00:10  -0:00:10  0:00:10  0.500  hype
";
        let normal = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let table = written(|out, result| write_table(out, result, 100));
        assert_eq!(normal(&table), normal(expected));
        let scores: Vec<_> =
            table.lines().skip(1).filter_map(|l| l.find("0.").or(l.find("score"))).collect();
        assert_eq!(scores.iter().filter(|at| **at != scores[0]).count(), 0, "{table}");
        let narrow = written(|out, result| write_table(out, result, 60));
        assert_eq!(normal(&narrow), normal(expected), "nothing is left out");
        let why = table.lines().nth(1).unwrap().find("why").unwrap();
        let lines: Vec<_> = narrow.lines().skip(1).collect();
        assert!(lines.len() == 4 && lines.iter().all(|line| line.len() <= 60), "{narrow}");
        assert_eq!(lines[2].find("usually"), Some(why), "{narrow}");
    }

    #[test]
    fn what_was_left_out() {
        assert_eq!(left_out(&Tally::default()), None);
        let tally = Tally { too_long: 2, unreadable: 1, ..Tally::default() };
        let expected = "left out: 2 lines that were too long, 1 line that could not be read";
        assert_eq!(left_out(&tally).as_deref(), Some(expected));
        let mut tally = Tally::default();
        tally.cannot_read("{\"t\": 1}".to_owned());
        tally.cannot_read("x".repeat(100));
        let expected =
            "left out: 2 lines that could not be read; the first that can't be read: {\"t\": 1}";
        assert_eq!(left_out(&tally).as_deref(), Some(expected));
        assert_eq!(
            the_first(&"é".repeat(100)),
            format!("; the first that can't be read: {}…", "é".repeat(80))
        );
    }

    #[test]
    fn numbers() {
        for (value, expected) in
            [(0.12345, "0.123"), (-0.0001, "0"), (2.0, "2"), (1e9, "1000000000")]
        {
            assert_eq!(thousandths(value).to_string(), expected);
        }
    }
}

//! The difference for people: a line a moment that is not the same, and sums.

use std::io::{self, Write};

use clap::builder::styling::{AnsiColor, Style};
use cliphound_engine::{EventTime, Moment};

use super::Compared;
use crate::{
    plain::plain,
    replay::{
        changes::Changes,
        compare::{Change, Sum},
        report::{clock, counted, seconds, stream_line, why},
    },
};

/// Widest column of causes: a longer name moves only its own line.
const CAUSE_WIDTH: usize = 20;

/// A trigger less long ago holds others back: the usual cooldown.
const SHADOW_MS: i64 = 120_000;

/// Writes the difference, in colours or without.
pub(super) struct Text<'a> {
    pub(super) out: &'a mut dyn Write,
    pub(super) colours: bool,
}

/// One line about a moment, before it is aligned.
struct Row {
    sign: char,
    time: String,
    seconds: String,
    score: String,
    cause: String,
    why: String,
}

impl Text<'_> {
    /// Says what A and B are, and what the signs mean.
    pub(super) fn settings(&mut self, [a, b]: [&Changes; 2]) -> io::Result<()> {
        let [a, b] = [a, b].map(|changes| plain(&changes.to_string()));
        self.line('-', &format!("- only with A: {a}"))?;
        self.line('+', &format!("+ only with B: {b}"))?;
        self.line('~', "~ with both, but at another time, with another score or cause: as B has it")
    }

    /// Writes what differs in one stream.
    pub(super) fn stream(&mut self, compared: &Compared<'_>) -> io::Result<()> {
        writeln!(self.out, "\n{}", stream_line(compared.file, compared.stream))?;
        let news = compared.changes.iter().filter(|change| !change.is_none());
        let rows: Vec<_> = news.map(|change| row(compared, *change)).collect();
        let widest = |text: fn(&Row) -> &str| {
            rows.iter().map(|row| text(row).chars().count()).max().unwrap_or(0)
        };
        let (time, second) = (widest(|row| &row.time), widest(|row| &row.seconds));
        let cause = widest(|row| &row.cause).min(CAUSE_WIDTH);
        for Row { sign, time: at, seconds, score, cause: by, why } in &rows {
            let when = format!("{sign} {at:>time$} {seconds:>second$} s");
            self.line(*sign, &format!("  {when}  {score}  {by:<cause$}  {why}"))?;
        }
        writeln!(self.out, "  {}", in_words(&compared.sum))
    }

    /// Writes the sum over all streams.
    pub(super) fn total(&mut self, streams: usize, sum: &Sum) -> io::Result<()> {
        let length = clock(sum.length_ms);
        writeln!(self.out, "\nall {streams} streams, {length} in all\n  {}", in_words(sum))
    }

    fn line(&mut self, sign: char, text: &str) -> io::Result<()> {
        let style = if self.colours { style(sign) } else { Style::new() };
        writeln!(self.out, "{style}{text}{style:#}")
    }
}

fn style(sign: char) -> Style {
    match sign {
        '-' => AnsiColor::Red.on_default(),
        '+' => AnsiColor::Green.on_default(),
        _ => AnsiColor::Yellow.on_default(),
    }
}

fn row(Compared { file, changes, .. }: &Compared<'_>, change: Change<'_>) -> Row {
    let zero = file.zero;
    let (row, note) = match change {
        Change::Lost(a) => {
            let note = shadow("B", a, changes.iter().filter_map(|change| change.b()), zero);
            (moment_row('-', zero, a), note)
        }
        Change::Gained(b) => {
            let note = shadow("A", b, changes.iter().filter_map(|change| change.a()), zero);
            (moment_row('+', zero, b), note)
        }
        Change::Moved(a, b) | Change::Kept(a, b) => (moment_row('~', zero, b), Some(before(a, b))),
    };
    match note {
        Some(note) => Row { why: format!("[{note}] {}", row.why), ..row },
        None => row,
    }
}

/// Why the other run probably lacks `moment`: it had triggered shortly before.
fn shadow<'a>(
    side: &str,
    moment: &Moment,
    others: impl Iterator<Item = &'a Moment>,
    zero: EventTime,
) -> Option<String> {
    let before = |other: &Moment| moment.trigger.ms_since(other.trigger);
    let last =
        others.filter(|other| (0..SHADOW_MS).contains(&before(other))).min_by_key(|o| before(o))?;
    let (at, before_s) = (clock(last.trigger.ms_since(zero)), before(last) as f64 / 1000.0);
    Some(format!("{side}: {before_s} s after its moment of {at}"))
}

fn moment_row(sign: char, zero: EventTime, moment: &Moment) -> Row {
    Row {
        sign,
        time: clock(moment.trigger.ms_since(zero)),
        seconds: seconds(zero, moment.trigger).to_string(),
        score: score(moment),
        cause: plain(&moment.cause.to_string()),
        why: why(moment),
    }
}

/// The score held against its threshold; peaks may lie below.
fn score(Moment { score, threshold, .. }: &Moment) -> String {
    let sign = if score >= threshold { '≥' } else { '<' };
    format!("{score:.3} {sign} {threshold:.3}")
}

/// What A had of a moment that B has, too.
fn before(a: &Moment, b: &Moment) -> String {
    let late_ms = b.trigger.ms_since(a.trigger);
    let late_s = late_ms.abs() as f64 / 1000.0;
    let moved = match late_ms {
        0 => None,
        1.. => Some(format!("{late_s} s earlier")),
        _ => Some(format!("{late_s} s later")),
    };
    let cause = (a.cause != b.cause).then(|| plain(&a.cause.to_string()));
    let parts: Vec<_> = [moved, Some(score(a)), cause].into_iter().flatten().collect();
    format!("A: {}", parts.join(", "))
}

fn in_words(sum: &Sum) -> String {
    let Sum { kept, moved, altered, lost, gained, .. } = sum;
    let of_kept: Vec<_> = [(*moved, "moved"), (*altered, "with another score or cause")]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    let of_kept =
        if of_kept.is_empty() { String::new() } else { format!(" ({})", of_kept.join(", ")) };
    let [a, b] = sum.moments();
    let (rate_a, rate_b) = (rate(sum, a), rate(sum, b));
    format!(
        "{kept} kept{of_kept}, {lost} lost, {gained} gained: A {}{rate_a}, B {}{rate_b}",
        counted(a as u64, "clip"),
        counted(b as u64, "clip")
    )
}

fn rate(sum: &Sum, clips: usize) -> String {
    sum.an_hour(clips).map_or_else(String::new, |rate| format!(" ({rate:.1} an hour)"))
}

#[cfg(test)]
mod tests {
    use cliphound_engine::{Cause, Reason};

    use super::*;
    use crate::{
        cli::replay::compare::both_streams,
        replay::{
            detect::Format,
            event::Tally,
            file::{FileResult, StreamResult},
        },
    };

    fn moment(trigger_s: i64, score: f32) -> Moment {
        let trigger = EventTime(trigger_s * 1000);
        let reason = Reason {
            name: "chatters".to_owned(),
            value: 9.0,
            usual: 1.0,
            text: "9 people,\u{1b}usually 1".to_owned(),
        };
        let (start, end, threshold, cause) = (trigger - 20_000, trigger, 0.7, Cause::Hype);
        Moment {
            trigger,
            start,
            end,
            score,
            threshold,
            cause,
            reasons: vec![reason],
            learning: false,
            title: None,
        }
    }

    fn result(moments: Vec<Moment>) -> FileResult {
        let (channel, messages) = ("ann".to_owned(), 5);
        let last_message = EventTime(7_200_000);
        FileResult {
            file: "chat.log".to_owned(),
            format: Format::Jsonl,
            zero: EventTime(0),
            streams: vec![StreamResult { channel, moments, messages, last_message }],
            tally: Tally::default(),
            problems: Vec::new(),
        }
    }

    fn told(colours: bool) -> String {
        let emote = Moment { cause: Cause::Emote("KEKW".to_owned()), ..moment(900, 0.6) };
        let a = result(vec![moment(60, 0.8), moment(160, 0.9), moment(4000, 0.9)]);
        let b = result(vec![moment(60, 0.8), emote, moment(3995, 0.75)]);
        let mut out = Vec::new();
        let mut text = Text { out: &mut out, colours };
        for stream in both_streams(&a, &b) {
            text.stream(&stream).unwrap();
            text.total(2, &stream.sum).unwrap();
        }
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_difference_can_be_read() {
        let expected = "
chat.log: channel ann, JSON lines, 5 messages in 2:00:00
  - 0:02:40  160 s  0.900 ≥ 0.700  hype        [B: 100 s after its moment of 0:01:00] 9 people, usually 1
  + 0:15:00  900 s  0.600 < 0.700  emote:KEKW  9 people, usually 1
  ~ 1:06:35 3995 s  0.750 ≥ 0.700  hype        [A: 5 s later, 0.900 ≥ 0.700] 9 people, usually 1
  2 kept (1 moved), 1 lost, 1 gained: A 3 clips (1.5 an hour), B 3 clips (1.5 an hour)

all 2 streams, 2:00:00 in all
  2 kept (1 moved), 1 lost, 1 gained: A 3 clips (1.5 an hour), B 3 clips (1.5 an hour)
";
        assert_eq!(told(false), expected);
    }

    #[test]
    fn colours_change_nothing_else() {
        let coloured = told(true);
        let codes = ["\u{1b}[31m", "\u{1b}[32m", "\u{1b}[33m", "\u{1b}[0m"];
        let bare = codes.iter().fold(coloured.clone(), |text, code| {
            assert!(text.contains(code), "{text:?}");
            text.replace(code, "")
        });
        assert_eq!(bare, told(false));
    }
}

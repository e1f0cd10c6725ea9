//! The difference for people: a line a moment that is not the same, and sums.

use std::io::{self, Write};

use clap::builder::styling::{AnsiColor, Style};
use cliphound_engine::{EventTime, Moment};

use super::Compared;
use crate::replay::{
    changes::Changes,
    compare::{Change, Sum},
    report::{clock, counted, plain, seconds, stream_line, why},
};

/// Widest column of causes: a longer name moves only its own line.
const CAUSE_WIDTH: usize = 20;

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
        let rows: Vec<_> = news.map(|change| row(compared.file.zero, *change)).collect();
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

fn row(zero: EventTime, change: Change<'_>) -> Row {
    match change {
        Change::Lost(only) => moment_row('-', zero, only),
        Change::Gained(only) => moment_row('+', zero, only),
        Change::Moved(a, b) | Change::Kept(a, b) => {
            let row = moment_row('~', zero, b);
            Row { why: format!("[{}] {}", before(a, b), row.why), ..row }
        }
    }
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
    let parts = [Some("A:".to_owned()), moved, Some(score(a)), cause];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
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

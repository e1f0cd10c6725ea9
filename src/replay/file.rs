//! One FILE from opening to result.

use std::{io::BufRead, path::PathBuf};

use anyhow::{Result, anyhow, bail};
use cliphound_engine::{EventTime, Model, Moment, Settings};
use cliphound_twitch::login::ChannelLogin;
use indicatif::ProgressBar;

use super::{
    changes::Changes,
    detect::{self, Format},
    event::{Sink, Tally},
    formats::{self, vod_json},
    lines::Lines,
    name,
    order::{Order, why_no_order},
    reader::{self, Source},
    recorded, report,
    streams::{Finished, Streams},
    timeline::Timeline,
    zero::Zero,
};

/// What a user can ask of a replay.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Names the channel where the file does not, and picks it where there are several.
    pub channel: Option<ChannelLogin>,
    /// Viewers from the start on.
    pub viewers: Option<u32>,
    /// Clips an hour; `None`: the default, or what a recording ran with.
    pub budget: Option<f32>,
    /// What else differs from the settings that an engine would have; stronger than `budget`.
    pub changes: Changes,
    /// The highest peaks instead of triggers.
    pub top: Option<usize>,
    /// What was learned before, instead of a fresh engine.
    pub model: Option<Model>,
    /// Where the timeline goes.
    pub timeline: Option<PathBuf>,
}

impl Options {
    /// Whether a recording is replayed as it ran, so that the moments must be the same.
    #[must_use]
    pub fn changes_nothing(&self) -> bool {
        let settings = self.budget.is_none() && self.changes.is_empty();
        settings && self.viewers.is_none() && self.model.is_none()
    }

    /// `settings` with the budget and the changes that were asked for.
    #[must_use]
    pub fn over(&self, settings: Settings) -> Settings {
        let budget_per_hour = self.budget.unwrap_or(settings.budget_per_hour);
        self.changes.over(Settings { budget_per_hour, ..settings })
    }
}

/// What the replay of one file came to.
#[derive(Debug)]
pub struct FileResult {
    /// The file, as it was given.
    pub file: String,
    /// Its format.
    pub format: Format,
    /// Zero of the file's clock, in the times of the streams.
    pub zero: EventTime,
    /// One for each channel, in the order in which they appeared.
    pub streams: Vec<StreamResult>,
    /// What was left out.
    pub tally: Tally,
    /// What failed, a sentence each.
    pub problems: Vec<String>,
}

/// What the replay of one channel came to.
#[derive(Debug)]
pub struct StreamResult {
    /// The channel.
    pub channel: String,
    /// Moments by time, or the peaks, best first.
    pub moments: Vec<Moment>,
    /// Chat lines read.
    pub messages: u64,
    /// Time of the last of them.
    pub last_message: EventTime,
}

/// Replays one file; `bar` follows the bytes read.
///
/// # Errors
/// When there is nothing to replay: one sentence that says why, without the file's name.
pub fn replay_file(file: &str, options: &Options, bar: &ProgressBar) -> Result<FileResult> {
    let Source { head, reader } = reader::open(file, bar)?;
    if let Some(told) = detect::why_no_text(&head) {
        bail!(told);
    }
    if detect::is_document(&head) {
        return run(file, Format::VodJson, options, |tally, sink| {
            vod_json::read(reader, tally, sink)
        });
    }
    let mut lines = Lines::new(reader);
    let format = match detect::from_lines(lines.look_ahead(detect::LINES_LOOKED_AT)) {
        Some(format) => format,
        None => return Err(unknown(&lines)),
    };
    if format == Format::Recording {
        return run_recording(file, &mut lines, options);
    }
    run(file, format, options, |tally, sink| formats::read_lines(format, &mut lines, tally, sink))
}

fn unknown<R: BufRead>(lines: &Lines<R>) -> anyhow::Error {
    match (&lines.damage, lines.too_long) {
        (Some(damage), _) => anyhow!("nothing of this file can be read: {damage}"),
        (None, 0) => anyhow!(detect::UNKNOWN),
        (None, _) => anyhow!("this file has lines of over 1 MiB, and {}", detect::UNKNOWN),
    }
}

/// Reads chat of any format but a recording: in order, on the file's clock, by channel.
fn run(
    file: &str,
    format: Format,
    options: &Options,
    read: impl FnOnce(&mut Tally, &mut Sink<'_>),
) -> Result<FileResult> {
    let names_channels = format == Format::Irc;
    let picked = options.channel.clone().filter(|_| names_channels);
    let renamed = options.channel.clone().filter(|_| !names_channels);
    let default = renamed.as_ref().map_or_else(|| name::channel_of_file(file), ToString::to_string);
    let mut streams = Streams::new(options, default, picked, timeline(options));
    let (mut order, mut zero) = (Order::default(), Zero::default());
    let (mut tally, mut order_tally) = (Tally::default(), Tally::default());
    let mut feed = |mut fed: super::event::Fed| {
        if renamed.is_some() {
            fed.channel = None;
        }
        streams.feed(fed);
    };
    read(&mut tally, &mut |fed| {
        order.push(fed, &mut order_tally, &mut |fed| zero.push(fed, &mut feed));
    });
    let read = order.finish(&mut order_tally, &mut |fed| zero.push(fed, &mut feed));
    tally.misdated = order_tally.misdated;
    if let Some(why) = why_no_order(read, tally.misdated) {
        bail!(why);
    }
    result(file, format, options, tally, streams.finish())
}

fn result(
    file: &str,
    format: Format,
    options: &Options,
    mut tally: Tally,
    finished: Finished,
) -> Result<FileResult> {
    tally.crowded_out = finished.crowded_out;
    let Finished { streams, others, timeline, .. } = finished;
    if streams.is_empty() {
        return Err(nothing(format, options, &tally, &others));
    }
    let mut problems = one_timeline(options, &streams)?;
    problems.extend(timeline.err().map(|error| format!("{}: {error}", cannot_write(options))));
    Ok(FileResult { file: file.to_owned(), format, zero: EventTime(0), streams, tally, problems })
}

fn run_recording<R: BufRead>(
    file: &str,
    lines: &mut Lines<R>,
    options: &Options,
) -> Result<FileResult> {
    let mut tally = Tally::default();
    let recorded = recorded::replay(lines, options, timeline(options), &mut tally);
    let recorded::Recorded { streams, zero, mut problems, others } = recorded;
    if streams.is_empty() {
        if let Some(problem) = problems.into_iter().next() {
            bail!(problem);
        }
        return Err(nothing(Format::Recording, options, &tally, &others));
    }
    problems.extend(one_timeline(options, &streams)?);
    let (file, format) = (file.to_owned(), Format::Recording);
    Ok(FileResult { file, format, zero, streams, tally, problems })
}

fn timeline(options: &Options) -> Option<Timeline> {
    options.timeline.clone().map(Timeline::at)
}

fn cannot_write(options: &Options) -> String {
    let path = options.timeline.clone().unwrap_or_default();
    format!("the timeline {} can't be written", path.display())
}

/// A timeline has no column for the channel.
fn one_timeline(options: &Options, streams: &[StreamResult]) -> Result<Vec<String>> {
    if options.timeline.is_none() || streams.len() < 2 {
        return Ok(Vec::new());
    }
    let first = streams.first().map(|stream| stream.channel.as_str()).unwrap_or_default();
    Ok(vec![format!(
        "the timeline is that of {first} only, as this file holds {} streams; choose one with --channel",
        streams.len()
    )])
}

/// Why there is nothing to show.
fn nothing(format: Format, options: &Options, tally: &Tally, others: &[String]) -> anyhow::Error {
    if let (Some(channel), false) = (&options.channel, others.is_empty()) {
        return anyhow!("this file has nothing of {channel}; it has {}", others.join(", "));
    }
    if let Some(damage) = &tally.damage {
        return anyhow!("no message of this file ({}) can be read: {damage}", format.name());
    }
    if tally.untimed > 0 {
        return anyhow!(
            "the messages of this file ({}) carry no times; log them with tags or time stamps",
            format.name()
        );
    }
    if tally.unreadable > 0 {
        let first = tally.first_unreadable.as_deref().map(report::the_first).unwrap_or_default();
        return anyhow!(
            "no line of this file ({}) can be read as chat, and {} are there: compare one with what the format asks for{first}",
            format.name(),
            tally.unreadable
        );
    }
    anyhow!("this file ({}) holds no chat message", format.name())
}

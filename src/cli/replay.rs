//! `cliphound replay`: the engine over stored chat.

use std::{
    io::{self, IsTerminal, Write},
    path::PathBuf,
    process::ExitCode,
};

use anyhow::{Result, bail};
use clap::{ArgAction, Args};
use cliphound_twitch::login::ChannelLogin;
use indicatif::{ProgressBar, ProgressStyle};

use super::{output::may_write, whole, width};
use crate::{
    plain::plain_lines,
    records::model_file,
    replay::{
        changes::Changes,
        file::{FileResult, Options, replay_file},
        report, timeline,
    },
};

mod compare;

const EXAMPLES: &str = "\
What can be read, found out from the content, each also as .gz:
  raw IRC lines (with tags, or a time stamp before each line)
  JSON lines of {\"t_ms\", \"user\", \"text\"}, or a list of them
  VOD chat as JSON (comments[]) or as text ([0:00:30] user: text)
  Chatterino and Chatty logs
  recordings of `cliphound run --record FILE`: the moments must be those of
  the run, or the exit code is 1

Examples:
  cliphound replay chat.log                      what would have been clipped
  cliphound replay --top 10 vod.json             the ten highest peaks
  cliphound replay --json logs/*.gz > moments    one JSON object a line
  cliphound replay --budget 4 --viewers 900 chat.log
  cliphound replay --timeline score.csv chat.log to draw the score
  cliphound replay --compare \"budget_per_hour = 4\" \"budget_per_hour = 12\" logs/*.gz
  cliphound replay --compare \"\" \"cooldown_s = 300, clip_s = 30\" chat.log
                                                 what other settings would change

Times are seconds on the file's own clock; where it has only wall time, from
its first message. Exit code: 0 done, 1 a file failed or was cut off (what
could be read was used), 2 wrong usage.";

/// Finds the moments in stored chat
#[derive(Debug, Clone, Args)]
#[command(after_help = EXAMPLES)]
pub struct ReplayArgs {
    /// Files of chat, each a stream of its own; `-` reads standard input
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<String>,

    /// Name the channel of files that do not name it; pick it in files with several
    #[arg(long, value_name = "NAME", value_parser = ChannelLogin::typed)]
    pub channel: Option<ChannelLogin>,

    /// How many people watched; unknown: the rules scale by the channel's own chatters
    #[arg(long, value_name = "N", value_parser = whole(0..=u32::MAX))]
    pub viewers: Option<u32>,

    /// Clips an hour that you want [default: 8, or what a recording ran with]
    #[arg(long, value_name = "R", value_parser = budget, allow_negative_numbers = true)]
    pub budget: Option<f32>,

    /// The K highest peaks of the score, 120 s apart, best first, instead of the budget
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub top: Option<u16>,

    /// Begin with what was learned before (models/NAME.bin) instead of afresh
    #[arg(long, value_name = "FILE")]
    pub model: Option<PathBuf>,

    /// Print one JSON object a line: file, channel, trigger_s, start_s, end_s, score, reasons
    #[arg(long)]
    pub json: bool,

    /// Tell the moments lost (-) and gained (+) between two settings of the engine, such as
    /// "budget_per_hour = 4, cooldown_s = 60"; "" is the defaults
    #[arg(
        long,
        value_names = ["SETTINGS A", "SETTINGS B"],
        num_args = 2,
        action = ArgAction::Set,
        value_parser = Changes::parse,
        conflicts_with = "timeline"
    )]
    pub compare: Option<Vec<Changes>>,

    /// Write a row a second as CSV: t_s, messages, chatters, score, threshold, triggered (one FILE only)
    #[arg(long, value_name = "FILE.csv")]
    pub timeline: Option<PathBuf>,
}

fn budget(text: &str) -> Result<f32, String> {
    match text.parse::<f32>() {
        Ok(rate) if rate > 0.0 && rate <= 60.0 => Ok(rate),
        _ => Err("give clips an hour, more than 0 and at most 60".to_owned()),
    }
}

/// Exit code when everything was done.
pub const DONE: u8 = 0;
/// Exit code when something failed.
pub const FAILED: u8 = 1;
/// Exit code of a wrong call.
pub const USAGE: u8 = 2;

/// Runs the command on the process's own streams.
#[must_use]
pub fn run_on_terminal(args: &ReplayArgs) -> ExitCode {
    let colours = io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let screen = Screen { colours, width: width() };
    ExitCode::from(run(args, screen, &mut io::stdout().lock(), &mut io::stderr().lock()))
}

/// What results for people are written on.
#[derive(Debug, Clone, Copy)]
pub struct Screen {
    /// It is a terminal that shows colours.
    pub colours: bool,
    /// Characters a line.
    pub width: usize,
}

/// Runs the command: results go to `out`, sentences about what went wrong to `err`;
/// returns the exit code. A reader of `out` that went away ends it quietly.
pub fn run(args: &ReplayArgs, screen: Screen, out: &mut dyn Write, err: &mut dyn Write) -> u8 {
    let code = match options(args) {
        Ok(options) => match args.compare.as_deref() {
            Some([a, b]) => compare::run(args, &options, [a, b], screen.colours, out, err),
            _ => replay_all(args, &options, screen.width, out, err),
        },
        Err(error) => complain(err, &format!("{error:#}")).map(|()| USAGE),
    };
    match code.and_then(|code| out.flush().map(|()| code)) {
        Ok(code) => code,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => DONE,
        Err(error) => {
            // Nobody is left to tell when this fails, too.
            let _ = complain(err, &format!("the result can't be written: {error}"));
            FAILED
        }
    }
}

fn options(args: &ReplayArgs) -> Result<Options> {
    if args.timeline.is_some() && args.files.len() > 1 {
        bail!("--timeline takes one FILE; call replay once for each");
    }
    if let Some(file) = &args.timeline {
        may_write("--timeline", file, "timeline", timeline::HEADER.as_bytes())?;
    }
    if args.compare.is_some() && args.files.iter().any(|file| file == "-") {
        bail!("--compare reads each FILE twice, so it can't take standard input: store it first");
    }
    Ok(Options {
        channel: args.channel.clone(),
        viewers: args.viewers,
        budget: args.budget,
        changes: Changes::default(),
        top: args.top.map(usize::from),
        model: args.model.as_deref().map(model_file::load_any).transpose()?,
        timeline: args.timeline.clone(),
    })
}

fn replay_all(
    args: &ReplayArgs,
    options: &Options,
    width: usize,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> io::Result<u8> {
    let mut code = DONE;
    for file in &args.files {
        let bar = progress_bar(file);
        let replayed = replay_file(file, options, &bar);
        bar.finish_and_clear();
        let ok = match replayed {
            Ok(result) => tell(args, &result, width, out, err)?,
            Err(error) => {
                complain(err, &format!("{file}: {error:#}"))?;
                false
            }
        };
        code = if ok { code } else { FAILED };
    }
    Ok(code)
}

/// Writes a result and what is to be said about it; whether all went well.
fn tell(
    args: &ReplayArgs,
    result: &FileResult,
    width: usize,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> io::Result<bool> {
    if args.json {
        report::write_json(out, result)?;
    } else {
        report::write_table(out, result, width)?;
    }
    tell_trouble(result, err)
}

/// Says what was left out of a file and what went wrong; whether all went well.
fn tell_trouble(result: &FileResult, err: &mut dyn Write) -> io::Result<bool> {
    let file = &result.file;
    if let Some(sentence) = report::left_out(&result.tally) {
        complain(err, &format!("{file}: {sentence}"))?;
    }
    if let Some(damage) = &result.tally.damage {
        let messages: u64 = result.streams.iter().map(|stream| stream.messages).sum();
        let read = format!("only the first {messages} messages were read: {damage}");
        complain(err, &format!("{file}: {read}"))?;
    }
    for problem in &result.problems {
        complain(err, &format!("{file}: {problem}"))?;
    }
    Ok(result.tally.damage.is_none() && result.problems.is_empty())
}

fn complain(err: &mut dyn Write, sentence: &str) -> io::Result<()> {
    writeln!(err, "cliphound: {}", plain_lines(sentence))
}

/// A bar on stderr for people; nothing for scripts.
fn progress_bar(file: &str) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(0).with_message(file.to_owned());
    match ProgressStyle::with_template("{msg} {wide_bar} {bytes}/{total_bytes} {eta}") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

#[cfg(test)]
mod tests;

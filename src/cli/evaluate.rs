//! `cliphound evaluate`: how good the detector is, on stored chat with labelled highlights.

use std::{
    fs,
    io::{self, IsTerminal, Write},
    path::PathBuf,
    process::ExitCode,
    time::Duration,
};

use anyhow::{Context, Result};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use super::{output::may_write, width};
use crate::{
    config::GlobalArgs,
    evaluate::{Note, evaluate, evaluate_feedback, html, html::Pages, table},
    plain::plain_lines,
};

const EXAMPLES: &str = "\
DIR holds, at any depth, NAME.chat.jsonl.gz (a {\"t_ms\", \"user\", \"text\"} a line; other formats
that `replay` reads as NAME.chat.irc, .json, .log or .txt, each also with .gz) and beside it
NAME.labels.json ({\"labels\": [[start_s, end_s], …]}). A stream without labels counts for
the budget only. docs/evaluate.md explains every column.

Examples:
  cliphound evaluate streams                      the tables
  cliphound evaluate streams --streams            with every detector's row for each stream
  cliphound evaluate streams --json > figures     everything, as one JSON object
  cliphound evaluate streams --feedback           only what editors' verdicts teach (quick)
  cliphound evaluate streams --report page.html   a picture of each stream with it

Exit code: 0 done, 1 a stream can't be read (the others are measured), 2 there are
no streams.";

/// Measures the detector on stored chat with labelled highlights
#[derive(Debug, Clone, Args)]
#[command(after_help = EXAMPLES)]
pub struct EvaluateArgs {
    /// The folder with the streams
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,

    /// In the table of streams, show the rows of every detector, not only the engine's
    #[arg(long = "streams", conflicts_with = "json")]
    pub every_method: bool,

    /// Measure only what people's verdicts and clips teach: second halves with and without
    #[arg(long, conflicts_with_all = ["every_method", "report"])]
    pub feedback: bool,

    /// Print one JSON object with everything instead of the tables
    #[arg(long)]
    pub json: bool,

    /// Write a page with a picture of each stream; hovering shows the chat around
    #[arg(long, value_name = "FILE.html")]
    pub report: Option<PathBuf>,
}

/// Runs the command.
///
/// # Errors
/// When no stream can be read or a result can't be written.
pub fn run(_: &GlobalArgs, args: &EvaluateArgs) -> Result<ExitCode> {
    let notes = run_into(args, width(), &mut io::stdout().lock())?;
    for Note { name, problem, .. } in &notes {
        // A problem with a file names it already.
        let is_named =
            [".chat.", ".labels."].iter().any(|end| problem.contains(&format!("{name}{end}")));
        let named = if is_named { String::new() } else { format!("{name}: ") };
        let _ = writeln!(io::stderr(), "cliphound: {}", plain_lines(&format!("{named}{problem}")));
    }
    let lost = notes.iter().any(|note| note.is_lost);
    Ok(if lost { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn run_into(args: &EvaluateArgs, width: usize, out: &mut dyn Write) -> Result<Vec<Note>> {
    if let Some(file) = &args.report {
        may_write("--report", file, "report", html::HEAD.as_bytes())?;
    }
    let mut pages = args.report.is_some().then(Pages::default);
    let bar = progress_bar();
    if args.feedback {
        let measured = evaluate_feedback(&args.folder, &bar);
        bar.finish_and_clear();
        let (feedback, notes) = measured?;
        print(args, &feedback, out, |feedback| table::write_feedback(feedback, width))?;
        return Ok(notes);
    }
    let measured = evaluate(&args.folder, &bar, pages.as_mut());
    bar.finish_and_clear();
    let evaluation = measured?;
    let report = match (pages, &args.report) {
        (Some(pages), Some(file)) => fs::write(file, pages.finish(&evaluation))
            .with_context(|| format!("the report {} can't be written", file.display())),
        _ => Ok(()),
    };
    print(args, &evaluation, out, |all| table::write(all, args.every_method, width))?;
    report.map(|()| evaluation.notes)
}

fn print<T: Serialize>(
    args: &EvaluateArgs,
    measured: &T,
    out: &mut dyn Write,
    table: impl Fn(&T) -> String,
) -> Result<()> {
    let written = if args.json {
        let json = serde_json::to_string(measured)?;
        writeln!(out, "{json}")
    } else {
        write!(out, "{}", table(measured))
    };
    match written.and_then(|()| out.flush()) {
        // `| head` has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written.context("the figures can't be written"),
    }
}

/// A bar on stderr for people; nothing for scripts.
fn progress_bar() -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(0);
    // One long stream takes minutes: the time that is left must go on meanwhile.
    bar.enable_steady_tick(Duration::from_secs(1));
    match ProgressStyle::with_template("{wide_bar} {percent:>3} % {eta:>4} {msg}") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::UsageError;

    #[test]
    fn a_missing_folder_is_wrong_usage() {
        let dir = tempfile::tempdir().unwrap();
        let missing = dir.path().join("missing");
        let here = dir.path().to_path_buf();
        for (folder, report) in [
            (missing.clone(), None),
            (here.clone(), Some(missing.join("page.html"))),
            (here.clone(), Some(here)),
        ] {
            let args =
                EvaluateArgs { folder, every_method: false, feedback: false, json: false, report };
            let error = run_into(&args, crate::sheet::WIDTH, &mut Vec::new()).unwrap_err();
            assert!(error.is::<UsageError>(), "{error:#}");
        }
    }
}

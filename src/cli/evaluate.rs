//! `cliphound evaluate`: how good the detector is, on stored chat with labelled highlights.

use std::{
    fs,
    io::{self, IsTerminal, Write},
    path::PathBuf,
    process::ExitCode,
};

use anyhow::{Context, Result, bail};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use crate::{
    cli::UsageError,
    config::GlobalArgs,
    evaluate::{evaluate, evaluate_feedback, html::Pages, table},
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

Exit code: 0 done, 1 a stream can't be read, 2 there are no streams.";

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
/// When a stream can't be read or a result can't be written.
pub fn run(_: &GlobalArgs, args: &EvaluateArgs) -> Result<ExitCode> {
    run_into(args, &mut io::stdout().lock())?;
    Ok(ExitCode::SUCCESS)
}

fn run_into(args: &EvaluateArgs, out: &mut dyn Write) -> Result<()> {
    let mut pages = args.report.is_some().then(Pages::default);
    // Told now rather than after minutes of work.
    if let Some(folder) = args.report.as_deref().and_then(|file| file.parent())
        && !folder.as_os_str().is_empty()
        && !folder.is_dir()
    {
        bail!(UsageError(format!("--report: there is no folder {}", folder.display())));
    }
    let bar = progress_bar();
    if args.feedback {
        let measured = evaluate_feedback(&args.folder, &bar);
        bar.finish_and_clear();
        return print(args, &measured?, out, table::write_feedback);
    }
    let measured = evaluate(&args.folder, &bar, pages.as_mut());
    bar.finish_and_clear();
    let evaluation = measured?;
    if let (Some(pages), Some(file)) = (pages, &args.report) {
        fs::write(file, pages.finish(&evaluation))
            .with_context(|| format!("the report {} can't be written", file.display()))?;
    }
    print(args, &evaluation, out, |evaluation| table::write(evaluation, args.every_method))
}

fn print<T: Serialize>(
    args: &EvaluateArgs,
    measured: &T,
    out: &mut dyn Write,
    table: impl Fn(&T) -> String,
) -> Result<()> {
    if args.json {
        writeln!(out, "{}", serde_json::to_string(measured)?)?;
    } else {
        write!(out, "{}", table(measured))?;
    }
    out.flush()?;
    Ok(())
}

/// A bar on stderr for people; nothing for scripts.
fn progress_bar() -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(0);
    match ProgressStyle::with_template("{wide_bar} {pos}/{len} streams {eta}") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_folder_is_wrong_usage() {
        let dir = tempfile::tempdir().unwrap();
        let missing = dir.path().join("missing");
        for (folder, report) in
            [(missing.clone(), None), (dir.path().to_path_buf(), Some(missing.join("page.html")))]
        {
            let args =
                EvaluateArgs { folder, every_method: false, feedback: false, json: false, report };
            let error = run_into(&args, &mut Vec::new()).unwrap_err();
            assert!(error.is::<UsageError>(), "{error:#}");
        }
    }
}

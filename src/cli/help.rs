//! `cliphound help`: how a command is used, by the same words as its `--help`.

use std::process::ExitCode;

use clap::Parser as _;

use super::{Cli, UsageError, end_of_usage};

/// Options of `help`.
#[derive(clap::Args)]
#[command(disable_help_flag = true)]
pub struct HelpArgs {
    /// The command; without one, all of them are told
    #[arg(value_name = "COMMAND", allow_hyphen_values = true)]
    pub command: Vec<String>,
}

/// Prints it.
///
/// # Errors
/// When what was asked for is no command.
pub fn run(args: &HelpArgs) -> anyhow::Result<ExitCode> {
    // Whoever asks how to ask gets the list.
    let words = args.command.iter().map(String::as_str).filter(|word| *word != "help");
    let asked = ["cliphound"].into_iter().chain(words).chain(["--help"]);
    match Cli::try_parse_from(asked) {
        Err(help) => Ok(end_of_usage(&help)),
        Ok(_) => Err(UsageError("name a command, such as: cliphound help run".to_owned()).into()),
    }
}

//! The command line: one file a subcommand.
//!
//! A subcommand is a file with its `…Args` (clap) and
//! `run(&GlobalArgs, &…Args) -> anyhow::Result<ExitCode>`, a line in [`Command`] and
//! a line in `main.rs`.

pub mod alert;
pub mod backup;
pub mod check;
pub mod demo;
pub mod evaluate;
pub mod forget;
pub mod help;
pub mod logging;
pub mod login;
pub mod logout;
pub mod night;
pub mod output;
pub mod password;
pub mod replay;
pub mod restore;
pub mod review;
pub mod run;
pub mod sim;
pub mod umask;

use std::{
    fmt::Display,
    io::{self, Write},
    ops::RangeInclusive,
    process::ExitCode,
    str::FromStr,
};

use anyhow::Context as _;

use crate::{
    config::{ConfigErrors, Dir, GlobalArgs},
    plain::plain_lines,
    sheet::WIDTH,
};

/// Watches Twitch chat, finds the moments that matter in each channel, and clips them.
#[derive(clap::Parser)]
#[command(name = "cliphound", version, about, after_help = HELP, arg_required_else_help = true)]
#[command(disable_help_subcommand = true)]
pub struct Cli {
    /// Options of every command.
    #[command(flatten)]
    pub global: GlobalArgs,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The subcommands.
#[derive(clap::Subcommand)]
pub enum Command {
    /// Watch the channels and clip their moments, until stopped
    Run(run::RunArgs),
    /// Show it all on a simulated Twitch: no network, no account
    Demo(demo::DemoArgs),
    /// Let Cliphound act for an account at Twitch: make clips, answer in chat
    Login(login::LoginArgs),
    /// Forget an account, and end its token at Twitch
    Logout(logout::LogoutArgs),
    /// Set a password for the dashboard, when it was lost or the first one
    Password(password::PasswordArgs),
    /// Tell what is set, from where, and whether everything is ready to run
    Check(check::CheckArgs),
    /// Tell how the night went: what was watched, missed, refused
    Night(night::NightArgs),
    /// Say yes or no to moments that wait for it
    Review(review::ReviewArgs),
    /// List the alerts, or send a test by one
    Alert(alert::AlertArgs),
    /// Put all that Cliphound knows into one file
    Backup(backup::BackupArgs),
    /// Bring back what a backup holds
    Restore(restore::RestoreArgs),
    /// Delete everything about a channel or a user
    Forget(forget::ForgetArgs),
    /// Find the moments in stored chat
    Replay(replay::ReplayArgs),
    /// Measure the detector on stored chat with labelled highlights
    Evaluate(evaluate::EvaluateArgs),
    /// Serve a simulated Twitch on loopback, for tests and scripts
    Sim(sim::SimArgs),
    /// Tell how Cliphound, or one of these commands, is used
    Help(help::HelpArgs),
}

const HELP: &str = "\
First steps:
  cliphound demo             shows the whole job in a minute and a half
  cp .env.example .env       then name your channels in it: TWITCH_CHANNELS=name,other
  cliphound login            for clips: lets Cliphound make them in your name
  cliphound check            says what is ready and what is not

Settings, the strongest first: command line, environment, .env, cliphound.toml, defaults.
  TWITCH_CHANNELS, TWITCH_CLIENT_ID, TWITCH_CLIENT_SECRET,
  TWITCH_ACCESS_TOKEN, TWITCH_REFRESH_TOKEN
  CLIPHOUND_SECTION__KEY     every other setting, such as CLIPHOUND_CLIPS__DURATION_S=30
  CLIPHOUND_DIR              like --dir
  CLIPHOUND_SPEED            faster than real time; with a simulated Twitch only
Each is explained in .env.example.

Exit codes: 0 done, 1 failed, 2 wrong usage or settings.";

/// A use of the command line that can't work; ends with exit code 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct UsageError(pub String);

/// Refuses a folder that is not there: a slip in `--dir` must not look like a Cliphound that knows nothing.
///
/// # Errors
/// One sentence.
pub(crate) fn must_exist(dir: &Dir) -> Result<(), UsageError> {
    let path = dir.path();
    if path.is_dir() {
        return Ok(());
    }
    let words = format!("there is no folder {}: name that of Cliphound with --dir", path.display());
    Err(UsageError(words))
}

/// Reads a whole number of an option; clap's own words for one that is none are a programmer's.
pub(crate) fn whole<N>(
    range: RangeInclusive<N>,
) -> impl Fn(&str) -> Result<N, String> + Clone + Send + Sync + 'static
where
    N: FromStr + PartialOrd + Display + Clone + Send + Sync + 'static,
{
    move |text| {
        let number = text.parse().ok().filter(|number| range.contains(number));
        let (low, high) = (range.start(), range.end());
        number.ok_or_else(|| format!("give a whole number from {low} to {high}"))
    }
}

/// The threads that asynchronous commands run on.
pub(crate) fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the system gives no threads")
}

/// Narrower tables would stand in more pieces than they are worth.
const NARROWEST: usize = 60;

/// Characters a line of what is written for people: those of the terminal, where there is one.
pub(crate) fn width() -> usize {
    match console::Term::stdout().size_checked() {
        Some((_, columns)) => usize::from(columns).max(NARROWEST),
        None => WIDTH,
    }
}

/// Ends the program: says in one sentence what failed, and turns it into the exit code.
/// A reader that closed our output (`cliphound … | head`) is a good end.
#[must_use]
pub fn end(result: anyhow::Result<ExitCode>) -> ExitCode {
    let error = match result {
        Ok(code) => return code,
        Err(error) => error,
    };
    if is_closed_pipe(&error) {
        return ExitCode::SUCCESS;
    }
    // When stderr is closed too, there is nobody left to tell.
    let _ = writeln!(io::stderr(), "cliphound: {}", plain_lines(&format!("{error:#}")));
    let wrong_input = error.chain().any(|e| e.is::<ConfigErrors>() || e.is::<UsageError>());
    ExitCode::from(if wrong_input { 2 } else { 1 })
}

/// Ends the program with clap's help or complaint.
#[must_use]
pub fn end_of_usage(usage: &clap::Error) -> ExitCode {
    let _ = usage.print();
    ExitCode::from(u8::try_from(usage.exit_code()).unwrap_or(2))
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn check(error: anyhow::Error, expected: u8) {
        assert_eq!(format!("{:?}", end(Err(error))), format!("{:?}", ExitCode::from(expected)));
    }

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn an_option_that_is_no_number_says_which_it_takes() {
        use clap::Parser as _;
        let check = |line: &str, expected: &str| {
            let told = Cli::try_parse_from(line.split(' ')).err().unwrap().to_string();
            assert!(told.contains(expected) && !told.contains("digit"), "{told}");
        };
        let any = "give a whole number from 0 to 18446744073709551615";
        check("cliphound demo --seconds 1h", "give whole seconds, such as 600");
        check("cliphound demo --seconds=-1", "give whole seconds");
        check("cliphound demo --seed x", any);
        check("cliphound sim --seed x", any);
        check("cliphound sim --approve-at-poll x", "give a whole number from 0 to 4294967295");
        check("cliphound sim --write x --streams many", "give a whole number from 1 to 1000");
        check("cliphound sim --write x --minutes 601", "give a whole number from 5 to 600");
        let Command::Demo(demo) =
            Cli::try_parse_from(["cliphound", "demo", "--seconds", "60"]).unwrap().command
        else {
            panic!("another command");
        };
        assert_eq!((demo.seconds, demo.seed), (60, 1));
    }

    #[test]
    fn errors_become_exit_codes() {
        check(anyhow::anyhow!("no"), 1);
        check(anyhow::Error::new(UsageError("give a FILE".into())).context("replay"), 2);
        check(io::Error::from(io::ErrorKind::NotFound).into(), 1);
        let pipe: io::Result<()> = Err(io::ErrorKind::BrokenPipe.into());
        check(pipe.context("printing").unwrap_err(), 0);
    }
}

//! The `cliphound` command.

use std::process::ExitCode;

use clap::Parser;
use cliphound::cli::{self, Cli, Command};

fn main() -> ExitCode {
    match Cli::try_parse() {
        Ok(cli) => cli::end(dispatch(&cli)),
        Err(usage) => cli::end_of_usage(&usage),
    }
}

fn dispatch(Cli { global, command }: &Cli) -> anyhow::Result<ExitCode> {
    // What these write was asked for by name, and is for whoever the user's umask says.
    if !matches!(command, Command::Replay(_) | Command::Evaluate(_) | Command::Sim(_)) {
        cli::umask::close_to_others();
    }
    match command {
        Command::Run(args) => cli::run::run(global, args),
        Command::Demo(args) => cli::demo::run(global, args),
        Command::Login(args) => cli::login::run(global, args),
        Command::Logout(args) => cli::logout::run(global, args),
        Command::Password(args) => cli::password::run(global, args),
        Command::Check(args) => cli::check::run(global, args),
        Command::Night(args) => cli::night::run(global, args),
        Command::Review(args) => cli::review::run(global, args),
        Command::Alert(args) => cli::alert::run(global, args),
        Command::Backup(args) => cli::backup::run(global, args),
        Command::Restore(args) => cli::restore::run(global, args),
        Command::Forget(args) => cli::forget::run(global, args),
        Command::Replay(args) => Ok(cli::replay::run_on_terminal(args)),
        Command::Evaluate(args) => cli::evaluate::run(global, args),
        Command::Sim(args) => cli::sim::run(global, args),
        Command::Help(args) => cli::help::run(args),
    }
}

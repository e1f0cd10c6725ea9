//! `cliphound alert`: which alerts there are, and whether one works.

use std::{fmt::Write as _, io::Write as _, process::ExitCode};

use cliphound_store::look_at_alerts;

use super::{UsageError, must_exist, runtime};
use crate::{
    alerts::trial,
    config::{self, Alert, Config, GlobalArgs},
    plain::plain,
};

/// Options of `alert`.
#[derive(clap::Args)]
#[command(after_help = "\
Alerts are written as [[alerts]] in cliphound.toml: docs/alerts.md says how for Discord,
Slack, e-mail, SMS, ntfy and webhooks. `test` sends at once, past quiet hours and outbox.

Example:
  cliphound alert list
  cliphound alert test team")]
pub struct AlertArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// List the alerts, and how many were sent, failed and wait
    List,
    /// Send a test now, and say what came back
    Test {
        /// Name of the alert
        name: String,
    },
}

/// Lists or tests. Works beside a running daemon.
///
/// # Errors
/// When the settings have mistakes, there is no such alert, or the database can't be read.
pub fn run(global: &GlobalArgs, args: &AlertArgs) -> anyhow::Result<ExitCode> {
    let config = Config::load(global, &config::environment())?;
    must_exist(&config.dir)?;
    match &args.what {
        What::List => list(&config),
        What::Test { name } => test(&config, named(&config, name)?),
    }
}

fn named<'a>(config: &'a Config, name: &str) -> Result<&'a Alert, UsageError> {
    if let Some(alert) = config.alerts.iter().find(|alert| alert.name == name) {
        return Ok(alert);
    }
    let names: Vec<_> = config.alerts.iter().map(|alert| alert.name.as_str()).collect();
    let rest = match names.as_slice() {
        [] => "there is none: write [[alerts]] in cliphound.toml (docs/alerts.md)".to_owned(),
        names => format!("there are {}", names.join(", ")),
    };
    Err(UsageError(format!("there is no alert “{name}” that is turned on; {rest}")))
}

/// A line an alert, by tabs: name, kind, sent, failed, waiting, what it is, what went wrong last.
fn list(config: &Config) -> anyhow::Result<ExitCode> {
    let sums = runtime()?.block_on(look_at_alerts(&config.dir.database()))?;
    let mut out = String::new();
    for alert in &config.alerts {
        let sum = sums.iter().find(|sum| sum.alert == alert.name).cloned().unwrap_or_default();
        let is_failing = sum.failed_ms > sum.sent_ms;
        let failed = sum.failed_error.filter(|_| is_failing);
        let error = sum.waiting_error.or(failed).unwrap_or_else(|| "-".to_owned());
        let (kind, counts) = (alert.to.kind().as_str(), (sum.sent, sum.failed, sum.waiting));
        let what = plain(&alert.to_string());
        // Both have columns of their own.
        let own = format!("{}: {kind} ", alert.name);
        let what = what.strip_prefix(&own).unwrap_or(&what);
        writeln!(
            out,
            "{}\t{kind}\tsent {}\tfailed {}\twaiting {}\t{what}\t{}",
            alert.name,
            counts.0,
            counts.1,
            counts.2,
            plain(&error)
        )?;
    }
    std::io::stdout().write_all(out.as_bytes())?;
    if config.alerts.is_empty() {
        writeln!(
            std::io::stderr(),
            "There is no alert: write [[alerts]] in cliphound.toml (docs/alerts.md)."
        )?;
    }
    Ok(ExitCode::SUCCESS)
}

fn test(config: &Config, alert: &Alert) -> anyhow::Result<ExitCode> {
    let channel = config.twitch.channels.first().map(|login| login.as_str());
    let trial = runtime()?.block_on(trial::send(alert, channel, &config.clock()));
    writeln!(std::io::stdout(), "{}", trial.told)?;
    Ok(if trial.is_sent { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

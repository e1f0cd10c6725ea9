//! `cliphound alert`: which alerts there are, and whether one works.

use std::{fmt::Write as _, io::Write as _, process::ExitCode};

use cliphound_store::look_at_alerts;

use super::{UsageError, runtime};
use crate::{
    alerts::{News, post::Postman, verdict::Verdict},
    config::{self, Alert, AlertEvent, Config, GlobalArgs},
    plain::{plain, plain_lines},
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
    let clock = config.clock();
    let news = sample(config, clock.now_ms());
    let verdict = runtime()?.block_on(async {
        let postman = Postman::new(alert.clone()).await;
        postman.send(&news, &clock).await
    });
    let (name, to) = (&alert.name, &alert.to);
    let (told, code) = match verdict {
        Verdict::Sent(said) => (format!("{name}: {to} took it ({said})."), ExitCode::SUCCESS),
        Verdict::Later { after, why } => {
            let wish = after.map_or_else(String::new, |after| {
                format!("; it wants to be left alone for {} s", after.as_secs().max(1))
            });
            (format!("{name}: not sent, it may work later: {why}{wish}."), ExitCode::FAILURE)
        }
        Verdict::Never { why, .. } => (format!("{name}: not sent: {why}."), ExitCode::FAILURE),
    };
    writeln!(std::io::stdout(), "{}", plain_lines(&told))?;
    Ok(code)
}

/// What a clip would look like.
fn sample(config: &Config, now_ms: i64) -> News {
    let channel = config.twitch.channels.first().map_or("cliphound", |login| login.as_str());
    News {
        event: AlertEvent::Clip,
        key: format!("test@{now_ms}"),
        channel: channel.to_owned(),
        broadcaster_id: None,
        at_ms: now_ms,
        title: "a test of this alert, no clip was made".to_owned(),
        reason: "you asked for it: cliphound alert test".to_owned(),
        cause: "manual:test".to_owned(),
        score: None,
        url: Some(format!("https://www.twitch.tv/{channel}")),
        thumbnail: None,
        game: None,
    }
}

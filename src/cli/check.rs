//! `cliphound check`: what is set, from where, and whether everything is ready to run.

mod account;
mod alerts;
mod channels;
mod chat;
mod database;
mod finding;
mod folders;
mod kept;
mod listen;
mod online;
mod platform;
mod refused;
mod services;
mod signals;
mod skew;
mod token;

use std::{
    io::{self, Write},
    process::ExitCode,
};

use crate::{
    config::{self, Config, ConfigErrors, Dir, GlobalArgs, Origins, Setting},
    plain::plain,
};
use finding::{Finding, Level};

/// Options of `check`.
#[derive(clap::Args)]
#[command(after_help = "\
Every line says ok, warn or bad. A warning does not stop Cliphound; what is bad must be
mended first, and the exit code is 2. Trouble with the network is a warning.")]
pub struct CheckArgs {
    /// Ask nobody: settings, folders, rights, database, port, disk and clock only
    #[arg(long)]
    pub offline: bool,

    /// One JSON object on stdout, for programs
    #[arg(long)]
    pub json: bool,
}

/// Prints settings and findings on stdout.
///
/// # Errors
/// When stdout can't be written.
pub fn run(global: &GlobalArgs, args: &CheckArgs) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let origins = Origins::new(global.clone(), config::environment());
    runtime.block_on(origins.peek_overlay());
    let out = &mut io::stdout().lock();
    let config = match origins.load_any() {
        Ok(config) => config,
        Err(mistakes) => return mistaken(&origins.dir(), &mistakes, args.json, out),
    };
    if args.json {
        let mut findings = runtime.block_on(offline(&config));
        if !args.offline {
            findings.extend(runtime.block_on(online::check(&config)));
        }
        return print_json(&config.dir, settings_json(&config), &findings, out);
    }
    print_settings(&config, out)?;
    writeln!(out, "\nReady?")?;
    let mut findings = runtime.block_on(offline(&config));
    findings.iter().try_for_each(|finding| writeln!(out, "  {finding}"))?;
    if !args.offline {
        // What is known is not kept back while the network is asked.
        out.flush()?;
        let answers = runtime.block_on(online::check(&config));
        answers.iter().try_for_each(|finding| writeln!(out, "  {finding}"))?;
        findings.extend(answers);
    }
    let (verdict, code) = verdict(&findings);
    writeln!(out, "\n{verdict}")?;
    Ok(code)
}

/// Settings with mistakes: nothing holds yet, so that there is nothing else to look at.
fn mistaken(
    dir: &Dir,
    mistakes: &ConfigErrors,
    as_json: bool,
    out: &mut impl Write,
) -> anyhow::Result<ExitCode> {
    let mistakes = mistakes.mistakes().iter();
    let findings: Vec<_> =
        mistakes.map(|mistake| Finding::bad("settings", mistake.to_string())).collect();
    if as_json {
        return print_json(dir, Vec::new(), &findings, out);
    }
    writeln!(out, "Ready?")?;
    findings.iter().try_for_each(|finding| writeln!(out, "  {finding}"))?;
    let (verdict, code) = verdict(&findings);
    writeln!(out, "\n{verdict}")?;
    Ok(code)
}

fn settings_json(config: &Config) -> Vec<serde_json::Value> {
    let setting = |s: &Setting| serde_json::json!({"key": s.key, "value": s.value, "origin": s.origin.to_string()});
    let mut settings: Vec<_> = config.settings().iter().map(setting).collect();
    for (login, own) in config.own() {
        settings.extend(own.settings.iter().map(|own| {
            let mut own = setting(own);
            own["channel"] = login.as_str().into();
            own
        }));
    }
    settings
}

fn print_json(
    dir: &Dir,
    settings: Vec<serde_json::Value>,
    findings: &[Finding],
    out: &mut impl Write,
) -> anyhow::Result<ExitCode> {
    let all: Vec<_> = findings.iter().map(Finding::to_json).collect();
    let is_ready = findings.iter().all(|finding| finding.level != Level::Bad);
    let report = serde_json::json!({
        "dir": dir.path().display().to_string(),
        "ready": is_ready,
        "settings": settings,
        "findings": all,
    });
    writeln!(out, "{report}")?;
    Ok(verdict(findings).1)
}

fn print_settings(config: &Config, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "Settings of {}", config.dir.path().display())?;
    let width = |lengths: &mut dyn Iterator<Item = usize>| lengths.max().unwrap_or(0).min(48);
    let keys = width(&mut config.settings().iter().map(|s| s.key.len()));
    let values = width(&mut config.settings().iter().map(|s| s.value.chars().count()));
    let row = |out: &mut dyn Write, setting: &Setting| {
        let (key, value, origin) = (setting.key, plain(&setting.value), &setting.origin);
        writeln!(out, "  {key:keys$}  {value:values$}  {}", plain(&origin.to_string()))
    };
    config.settings().iter().try_for_each(|setting| row(out, setting))?;
    for (login, own) in config.own() {
        writeln!(out, "Settings of {login} alone")?;
        own.settings.iter().try_for_each(|setting| row(out, setting))?;
    }
    Ok(())
}

/// What can be told without asking anybody.
async fn offline(config: &Config) -> Vec<Finding> {
    let mut findings = vec![named(config)];
    findings.extend(left_out(config));
    findings.extend(config.own_mistakes().iter().map(|mistake| {
        Finding::warn("channel settings", format!("{mistake}: the channel's own settings do not hold until it is mended in the dashboard"))
    }));
    let slips = config.near_misses().iter();
    findings.extend(slips.map(|told| Finding::warn("environment", told.clone())));
    findings.extend(account::check(config));
    findings.extend(folders::check(config));
    findings.push(database::check(config).await);
    findings.extend(listen::check(config));
    findings.extend(refused::check(config).await);
    findings.extend(alerts::check(config).await);
    findings.push(clock(config));
    findings
}

fn named(config: &Config) -> Finding {
    match config.channels() {
        Err(why) => Finding::bad("channels", why.to_string()),
        Ok([_]) => Finding::ok("channels", "1 channel to watch"),
        Ok(several) => Finding::ok("channels", format!("{} channels to watch", several.len())),
    }
}

/// Who is listed and not watched all the same.
fn left_out(config: &Config) -> Option<Finding> {
    let names: Vec<_> = config.twitch.left_out.iter().map(ToString::to_string).collect();
    let text = format!("{} in twitch.never: not joined, not clipped", names.join(", "));
    (!names.is_empty()).then(|| Finding::ok("never", text))
}

/// Start of 2026, when this program was written: a clock before it is not set.
const WRITTEN_MS: i64 = 1_767_225_600_000;

fn clock(config: &Config) -> Finding {
    let clock = config.clock();
    let now = clock.now_ms();
    let shown =
        jiff::Timestamp::from_millisecond(now).map(|t| format!("{t:.0}")).unwrap_or_default();
    if now < WRITTEN_MS {
        return Finding::warn(
            "clock",
            format!(
                "says {shown}, which can't be: set it (timedatectl set-ntp true), or records get wrong times"
            ),
        );
    }
    let speed = clock.speed();
    if (speed - 1.0).abs() > f64::EPSILON {
        return Finding::warn(
            "clock",
            format!("runs {speed} times as fast as real time (CLIPHOUND_SPEED)"),
        );
    }
    Finding::ok("clock", shown)
}

fn verdict(findings: &[Finding]) -> (String, ExitCode) {
    let count = |level| findings.iter().filter(|finding| finding.level == level).count();
    match (count(Level::Bad), count(Level::Warn)) {
        (0, 0) => ("Ready: cliphound run".to_owned(), ExitCode::SUCCESS),
        (0, 1) => ("Ready, with 1 warning: cliphound run".to_owned(), ExitCode::SUCCESS),
        (0, n) => (format!("Ready, with {n} warnings: cliphound run"), ExitCode::SUCCESS),
        (1, _) => ("Not ready: mend what is bad above.".to_owned(), ExitCode::from(2)),
        (n, _) => {
            (format!("Not ready: mend the {n} things that are bad above."), ExitCode::from(2))
        }
    }
}

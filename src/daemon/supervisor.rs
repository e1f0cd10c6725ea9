//! Watches over the running daemon: systemd, the statistics line, its end.

use std::{path::PathBuf, sync::atomic::Ordering::Relaxed, time::Duration};

use cliphound_clock::Clock;
use tokio_util::sync::CancellationToken;

use super::{sd::Systemd, wiring::Daemon};
use crate::config::{Config, Origins};

/// How often the statistics line is logged, in milliseconds.
const STATISTICS_EVERY_MS: i64 = 300_000;

/// What a run does beyond the settings.
#[derive(Debug, Clone, Default)]
pub struct RunOptions {
    /// Where to record what the engines are fed.
    pub record: Option<PathBuf>,
    /// Where the settings came from, to follow what changes there; `None`: they stay as they
    /// are.
    pub origins: Option<Origins>,
}

/// Runs the daemon until `stop`; then ends within five seconds of real time, with
/// everything saved. It needs no network to start.
///
/// # Errors
/// When something it can't do without (folder, database, records, recording) can't be
/// opened, or a part of it failed while it ran: then it is to be started anew, and what
/// could be saved was saved.
pub async fn run(
    config: Config,
    options: RunOptions,
    clock: Clock,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let systemd = Systemd;
    let daemon = Daemon::start(&config, &options, &clock).await?;
    let status = daemon.status();
    tracing::info!("{status}");
    systemd.ready(&status);
    let outcome = watch(&daemon, systemd, &clock, &stop).await;
    systemd.stopping();
    daemon.parts.end().await;
    outcome
}

/// Watches until `stop` or until a part fails.
async fn watch(
    daemon: &Daemon,
    systemd: Systemd,
    clock: &Clock,
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    let mut beats = daemon.beats.load(Relaxed);
    let mut statistics_ms = clock.now_ms() + STATISTICS_EVERY_MS;
    loop {
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = daemon.parts.crew.alarm.cancelled() => {
                anyhow::bail!("a part of Cliphound failed; what could be saved is saved: start it again");
            }
            () = clock.sleep_until_ms(statistics_ms) => {
                statistics_ms = clock.now_ms() + STATISTICS_EVERY_MS;
                let status = daemon.status();
                tracing::info!("{status}");
                systemd.status(&status);
            }
            () = pause(systemd.alive_every()) => {
                // Alive means that chat is being handed on, not that this task is.
                let now = daemon.beats.load(Relaxed);
                if now != std::mem::replace(&mut beats, now) {
                    systemd.alive();
                }
            }
        }
    }
}

/// A pause in real time, whatever the clock: systemd lives in it. Without one, for ever.
async fn pause(pause: Option<Duration>) {
    match pause {
        Some(pause) => Clock::system().sleep(pause).await,
        None => std::future::pending().await,
    }
}

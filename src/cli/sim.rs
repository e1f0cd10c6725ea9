//! `cliphound sim`: a simulated Twitch on loopback.

use std::{
    io::Write as _,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    process::ExitCode,
};

use anyhow::Context as _;
use cliphound_clock::Clock;
use cliphound_twitch_sim::{SimConfig, SimError, SimInfo};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{UsageError, logging, runtime};
use crate::{
    config::{self, GlobalArgs},
    daemon::signals::Signals,
};

/// Options of `sim`.
#[derive(clap::Args)]
#[command(after_help = "\
Prints one line of JSON with every address, client id, secret and test tokens, then serves
until Ctrl-C. CLIPHOUND_SPEED=20 makes its time pass 20 times faster; give the daemon the
same speed. For tests and scripts:

  GET  CONTROL/truth    the true moments and the decoys so far
  GET  CONTROL/clips    the clips that were asked for, and what each shows
  GET  CONTROL/report   the two held against each other
  GET  CONTROL/stats    connections, JOINs, answers by status
  GET  CONTROL/sent     chat lines that came from outside
  POST CONTROL/say      {\"channel\", \"user\", \"text\", \"role\": \"viewer|moderator|broadcaster\"}
  POST CONTROL/live     {\"channel\", \"live\": true|false}
  POST CONTROL/signal   {\"channel\", \"type\", \"event\"}: an event of EventSub
  POST CONTROL/fault    {\"fault\", \"channel\", \"count\"}

Example:
  cliphound sim --channel tiny:30 --channel huge:40000 > sim.json")]
pub struct SimArgs {
    /// Seed of everything that is left to chance
    #[arg(long, default_value_t = 1)]
    pub seed: u64,

    /// Address of Helix, OAuth and control on loopback; the chat servers take free ports beside it
    #[arg(long, value_name = "ADDRESS", default_value_t = SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))]
    pub listen: SocketAddr,

    /// A channel, with its viewers if you like; can be given more than once [default: three of different size]
    #[arg(long = "channel", value_name = "NAME[:VIEWERS]")]
    pub channels: Vec<String>,

    /// Chat from this file (JSON lines or raw IRC, also .gz) instead of invented chat
    #[arg(long, value_name = "FILE")]
    pub recording: Option<PathBuf>,

    /// A fault that waits from the start; can be given more than once
    #[arg(long = "fault", value_name = "NAME[:COUNT]")]
    pub faults: Vec<String>,
}

/// Serves until a signal.
///
/// # Errors
/// When the arguments make no sense, or the address can't be listened on.
pub fn run(global: &GlobalArgs, args: &SimArgs) -> anyhow::Result<ExitCode> {
    let log = config::Log::from_args(global)?;
    let speed = config::speed::of_environment(&config::environment())?;
    let clock = speed.map_or_else(Clock::system, Clock::fast);
    logging::start(&log, clock.clone())?;
    let sim = SimConfig {
        listen: args.listen,
        seed: args.seed,
        channels: args.channels.clone(),
        recording: args.recording.clone(),
        faults: args.faults.clone(),
    };
    runtime()?.block_on(serve(sim, clock))?;
    Ok(ExitCode::SUCCESS)
}

async fn serve(config: SimConfig, clock: Clock) -> anyhow::Result<()> {
    let mut signals = Signals::listen().context("signals can't be heard")?;
    let (tracker, stop) = (TaskTracker::new(), CancellationToken::new());
    let started = cliphound_twitch_sim::start(config, clock, &tracker, stop.clone()).await;
    let sim = started.map_err(usage)?;
    announce(sim.info())?;
    signals.next().await;
    stop.cancel();
    tracker.close();
    tokio::select! {
        () = tracker.wait() => {}
        _ = signals.next() => {}
    }
    Ok(())
}

/// What the user asked for and can't be had is wrong usage; the rest is a failure.
pub(super) fn usage(error: SimError) -> anyhow::Error {
    match error {
        SimError::NotLoopback(_) | SimError::BadChannel(_) | SimError::BadFault(_) => {
            UsageError(error.to_string()).into()
        }
        SimError::Listen { .. } | SimError::Recording { .. } => error.into(),
    }
}

fn announce(info: &SimInfo) -> anyhow::Result<()> {
    let line = serde_json::to_string(info).context("the addresses can't be written")?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()?;
    Ok(())
}

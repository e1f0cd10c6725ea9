//! `cliphound run`: the daemon itself.

use std::{path::PathBuf, process::ExitCode, time::Duration};

use anyhow::{Context, bail};
use tokio_util::sync::CancellationToken;

use super::{logging, runtime};
use crate::{
    config::{self, Config, GlobalArgs, Origins},
    daemon::{self, RunOptions, signals::Signals},
};

/// Options of `run`.
#[derive(clap::Args)]
#[command(after_help = "\
Reads chat (without any account if there is none), learns what is usual in each channel,
and clips what is not, seven seconds after chat has reacted.

  recordings/clip_urls.txt   one line a clip
  recordings/moments.tsv     one line a moment, clipped or not, and why not
  models/NAME.bin            what was learned of each channel
  cliphound.db               everything for programs

In chat, the broadcaster, moderators and the names in chat.command_users may type
!testclip for a clip of what just happened. `cliphound check` says whether everything is
ready. Ctrl-C or SIGTERM ends it, usually within five seconds and always within twenty, with
everything saved; a second one ends it at once. Changed settings are taken over as it runs, on SIGHUP at once
(docs/channels.md).")]
pub struct RunArgs {
    /// Record moments, ask Twitch for no clip
    #[arg(long)]
    pub dry_run: bool,

    /// Store everything that decides into FILE; `cliphound replay FILE` then finds the same moments
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,

    /// Watch this channel instead of those in the settings; can be given more than once
    #[arg(long = "channel", value_name = "NAME")]
    pub channels: Vec<String>,

    /// Where the dashboard is: an address, port 0 for any free one, or `off` [default: 127.0.0.1:8787]
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<String>,
}

/// How long tasks that were given up may hold up the end of the process.
const GIVE_UP: Duration = Duration::from_millis(200);

/// Runs until a signal.
///
/// # Errors
/// When the settings have mistakes, a file can't be opened, or a part of the daemon failed.
pub fn run(global: &GlobalArgs, args: &RunArgs) -> anyhow::Result<ExitCode> {
    let mut global = global.clone();
    if args.dry_run {
        global.set("clips.dry_run", "--dry-run", "true");
    }
    if !args.channels.is_empty() {
        global.set("twitch.channels", "--channel", args.channels.join(","));
    }
    if let Some(listen) = &args.listen {
        global.set("web.listen", "--listen", listen.clone());
    }
    let origins = Origins::new(global, config::environment());
    let runtime = runtime()?;
    runtime.block_on(origins.peek_overlay());
    let config = origins.load()?;
    logging::start(&config.log, config.clock())?;
    config.near_misses().iter().for_each(|told| tracing::warn!("{told}"));
    let options = RunOptions { record: args.record.clone(), origins: Some(origins), web_at: None };
    let result = runtime.block_on(until_a_signal(config, options));
    runtime.shutdown_timeout(GIVE_UP);
    result.map(|()| ExitCode::SUCCESS)
}

/// The first signal ends the daemon softly, the second one at once.
async fn until_a_signal(config: Config, options: RunOptions) -> anyhow::Result<()> {
    let mut signals = Signals::listen().context("signals can't be heard")?;
    let (clock, stop) = (config.clock(), CancellationToken::new());
    let daemon = daemon::run(config, options, clock, stop.clone());
    tokio::pin!(daemon);
    tokio::select! {
        ended = &mut daemon => return ended,
        signal = signals.next() => tracing::info!("stopping ({signal})"),
    }
    stop.cancel();
    tokio::select! {
        ended = &mut daemon => ended,
        signal = signals.next() => bail!("ended at once by a second signal ({signal})"),
    }
}

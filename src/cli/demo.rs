//! `cliphound demo`: a simulated Twitch and the daemon, together and fast.

mod folder;
mod screen;

use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    process::ExitCode,
    time::Duration,
};

use anyhow::Context as _;
use cliphound_clock::{Clock, MAX_SPEED};
use cliphound_twitch_sim::{SimConfig, SimInfo};
use tokio::sync::watch;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use self::screen::{Screen, conclude, introduce};
use super::{logging, runtime, sim::usage, whole};
use crate::{
    config::{self, Dir, GlobalArgs, Origins},
    daemon::{self, RunOptions, signals::Signals},
};

/// Options of `demo`.
#[derive(clap::Args)]
#[command(after_help = "\
Three invented channels of 40, 800 and 12,000 viewers chat for half an hour, with moments
and with decoys (a raid, a giveaway, one person's flood …). Cliphound watches them as it
would watch Twitch, and clips. Each clip is printed as it is made; at the end stands how
many of the true moments were clipped, and how many decoys.

What it writes lies in a new folder, whose name is printed, or in --dir; with the same
--dir again it goes on with what it learned. The folder of a real Cliphound is refused, and
its settings have no part in it: only DIR/cliphound.toml has. The time of the demo begins in
the past, by as much as it lasts. Ctrl-C ends it early, with everything saved.

Examples:
  cliphound demo
  cliphound demo --seconds 3600 --speed 60
  cliphound demo --dir /tmp/cliphound-demo")]
pub struct DemoArgs {
    /// The demo's own folder [default: a new one]
    #[arg(long, display_order = 900, value_name = "DIR")]
    pub dir: Option<PathBuf>,

    /// Settings file; without it, DIR/cliphound.toml is read where there is one
    #[arg(long, display_order = 901, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// How many times faster than real time [default: CLIPHOUND_SPEED, or 20]
    #[arg(long, value_name = "X", value_parser = speed)]
    pub speed: Option<f64>,

    /// Simulated seconds until it ends
    #[arg(long, value_name = "N", default_value_t = 1800, value_parser = seconds)]
    pub seconds: u32,

    /// Seed of the invented chat
    #[arg(long, default_value_t = 1, value_parser = whole(0..=u64::MAX))]
    pub seed: u64,

    /// Where the dashboard is: an address, port 0 for any free one, or `off`
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    pub listen: String,
}

/// The speed that shows half an hour in a minute and a half.
const DEFAULT_SPEED: f64 = 20.0;
/// How often what is new is shown, in real time.
const SHOWN_EVERY: Duration = Duration::from_millis(250);

/// The longest time that a demo begins in the past: figures are kept for so long.
const LONGEST_AGO_MS: i64 = 30 * 86_400_000;
/// How long the daemon's start and end take at most, in real time.
const ENDING_S: f64 = 20.0;

/// Runs the demo.
///
/// # Errors
/// When the folder is a real Cliphound's or in use, a file or an address can't be opened, or a
/// part of the daemon failed.
pub fn run(global: &GlobalArgs, args: &DemoArgs) -> anyhow::Result<ExitCode> {
    let speed = match args.speed {
        Some(speed) => speed,
        None => config::speed::of_environment(&config::environment())?.unwrap_or(DEFAULT_SPEED),
    };
    let (dir, got_to) = folder::take(global.dir.as_deref())?;
    let lasts_ms = lasts_ms(args.seconds, speed);
    let begins_ms = begins_ms(Clock::system().now_ms(), lasts_ms, got_to);
    // Should it be killed, this is what it can have got to at most.
    folder::mark(&dir, begins_ms + lasts_ms)?;
    let mut global = global.clone();
    global.dir = Some(dir.path().to_owned());
    global.without_dotenv = true;
    if global.verbose == 0 && global.quiet == 0 {
        // The clips are shown; the log would only tell them again.
        global.quiet = 1;
    }
    let clock = Clock::starting_at(begins_ms, speed);
    let shown = runtime()?.block_on(show(global, args, &dir, clock.clone()));
    folder::mark(&dir, clock.now_ms())?;
    shown?;
    Ok(ExitCode::SUCCESS)
}

/// When a demo begins (Unix milliseconds), so that it ends shortly before now, for what it writes
/// is never of the future, and never before what it has got to already.
fn begins_ms(now_ms: i64, lasts_ms: i64, got_to: Option<i64>) -> i64 {
    (now_ms - lasts_ms.min(LONGEST_AGO_MS)).max(got_to.unwrap_or(i64::MIN))
}

/// How long it lasts at most, in its own time.
fn lasts_ms(seconds: u32, speed: f64) -> i64 {
    i64::from(seconds) * 1000 + (ENDING_S * 1000.0 * speed) as i64
}

async fn show(
    mut global: GlobalArgs,
    args: &DemoArgs,
    dir: &Dir,
    clock: Clock,
) -> anyhow::Result<()> {
    let mut signals = Signals::listen().context("signals can't be heard")?;
    let (tracker, stop_sim) = (TaskTracker::new(), CancellationToken::new());
    let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let sim = SimConfig { listen, seed: args.seed, ..SimConfig::default() };
    let started = cliphound_twitch_sim::start(sim, clock.clone(), &tracker, stop_sim.clone()).await;
    let sim = started.map_err(usage)?;
    point_at(&mut global, sim.info());
    global.set("web.listen", "--listen", args.listen.clone());
    // The user's environment has no part in it; what was set in this folder has.
    let origins = Origins::new(global, BTreeMap::new());
    origins.peek_overlay().await;
    let config = origins.load()?;
    logging::start(&config.log, clock.clone())?;
    introduce(dir, sim.info(), args.seconds, clock.speed())?;

    let mut screen = Screen::new(dir, args.seconds);
    let ends_ms = clock.now_ms() + i64::from(args.seconds) * 1000;
    let stop = CancellationToken::new();
    let (web_at, mut address) = watch::channel(None);
    let options =
        RunOptions { web_at: Some(web_at), origins: Some(origins), ..RunOptions::default() };
    let daemon = daemon::run(config, options, clock.clone(), stop.clone());
    tokio::pin!(daemon);
    let real_time = Clock::system();
    let ended = loop {
        tokio::select! {
            ended = &mut daemon => break ended,
            signal = signals.next() => {
                anyhow::ensure!(!stop.is_cancelled(), "ended at once by a second signal ({signal})");
                stop.cancel();
            }
            () = clock.sleep_until_ms(ends_ms), if !stop.is_cancelled() => stop.cancel(),
            () = real_time.sleep(SHOWN_EVERY) => screen.update(ends_ms - clock.now_ms()),
            Ok(()) = address.changed() => screen.tell_of(address.borrow_and_update().as_ref()),
        }
    };
    screen.finish();
    stop_sim.cancel();
    ended?;
    conclude(&sim, dir)
}

fn seconds(text: &str) -> Result<u32, String> {
    text.parse().map_err(|_| "give whole seconds, such as 600".to_owned())
}

fn speed(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(speed) if (0.1..=MAX_SPEED).contains(&speed) => Ok(speed),
        _ => Err(format!("give a number from 0.1 to {MAX_SPEED}")),
    }
}

/// Makes the simulated Twitch the daemon's.
fn point_at(global: &mut GlobalArgs, sim: &SimInfo) {
    let channels: Vec<&str> = sim.channels.iter().map(|channel| channel.login.as_str()).collect();
    for (key, value) in [
        ("endpoints.irc", sim.irc.clone()),
        ("endpoints.helix", sim.helix.clone()),
        ("endpoints.oauth", sim.oauth.clone()),
        ("endpoints.seventv", sim.seventv.clone()),
        ("endpoints.seventv_events", sim.seventv_events.clone()),
        ("endpoints.bttv", sim.bttv.clone()),
        ("endpoints.bttv_events", sim.bttv_events.clone()),
        ("endpoints.ffz", sim.ffz.clone()),
        ("endpoints.eventsub", sim.eventsub.clone()),
        ("twitch.client_id", sim.client_id.clone()),
        ("twitch.client_secret", sim.client_secret.clone()),
        ("twitch.access_token", sim.access_token.clone()),
        ("twitch.refresh_token", sim.refresh_token.clone()),
        ("twitch.channels", channels.join(",")),
    ] {
        global.set(key, "demo", value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_speed_is_a_number_in_range() {
        assert_eq!(speed("20"), Ok(20.0));
        for text in ["0", "-1", "NaN", "fast", "1001"] {
            assert!(speed(text).is_err(), "{text}");
        }
    }

    #[test]
    fn its_time_begins_in_the_past_and_does_not_go_back() {
        let now_ms = 1_800_000_000_000;
        let check = |seconds, got_to, expected| {
            let begins_ms = begins_ms(now_ms, lasts_ms(seconds, 20.0), got_to);
            assert_eq!(begins_ms, expected, "{seconds} {got_to:?}");
        };
        // Also the time that it takes to start and to end is past by then. Cut off by a kill, the
        // next one begins behind all that this one can have stored.
        let longest_ms = 1_800_000 + 400_000;
        check(1_800, None, now_ms - longest_ms);
        check(1_800, Some(5), now_ms - longest_ms);
        check(1_800, Some(now_ms - 7), now_ms - 7);
        check(1_800, Some(now_ms + 7), now_ms + 7);
        check(u32::MAX, None, now_ms - 30 * 86_400_000);
    }
}

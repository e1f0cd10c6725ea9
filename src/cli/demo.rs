//! `cliphound demo`: a simulated Twitch and the daemon, together and fast.

use std::{
    io::Write as _,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use anyhow::Context as _;
use cliphound_clock::{Clock, MAX_SPEED};
use cliphound_twitch_sim::{Report, SimConfig, SimHandle, SimInfo};
use indicatif::{ProgressBar, ProgressStyle};
use tokio::sync::watch;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{logging, runtime, sim::usage};
use crate::{
    config::{self, GlobalArgs, Origins},
    daemon::{self, RunOptions, signals::Signals},
    records::Record,
    web::At,
};

/// Options of `demo`.
#[derive(clap::Args)]
#[command(after_help = "\
Three invented channels of 40, 800 and 12,000 viewers chat for half an hour, with moments
and with decoys (a raid, a giveaway, one person's flood …). Cliphound watches them as it
would watch Twitch, and clips. Each clip is printed as it is made; at the end stands how
many of the true moments were clipped, and how many decoys.

What it writes lies in a new folder, whose name is printed, or in --dir; with the same
--dir again it goes on with what it learned. Ctrl-C ends it early, with everything saved.

Examples:
  cliphound demo
  cliphound demo --seconds 3600 --speed 60
  cliphound demo --dir /tmp/cliphound-demo")]
pub struct DemoArgs {
    /// How many times faster than real time [default: CLIPHOUND_SPEED, or 20]
    #[arg(long, value_name = "X", value_parser = speed)]
    pub speed: Option<f64>,

    /// Simulated seconds until it ends
    #[arg(long, value_name = "N", default_value_t = 1800)]
    pub seconds: u32,

    /// Seed of the invented chat
    #[arg(long, default_value_t = 1)]
    pub seed: u64,

    /// Where the dashboard is: an address, port 0 for any free one, or `off`
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    pub listen: String,
}

/// The speed that shows half an hour in a minute and a half.
const DEFAULT_SPEED: f64 = 20.0;
/// How often what is new is shown, in real time.
const SHOWN_EVERY: Duration = Duration::from_millis(250);

/// Runs the demo.
///
/// # Errors
/// When a file or an address can't be opened, or a part of the daemon failed.
pub fn run(global: &GlobalArgs, args: &DemoArgs) -> anyhow::Result<ExitCode> {
    let environment = config::environment();
    let speed = match args.speed {
        Some(speed) => speed,
        None => config::speed::of_environment(&environment)?.unwrap_or(DEFAULT_SPEED),
    };
    let mut global = global.clone();
    let dir = global.dir.clone().or_else(|| environment.get("CLIPHOUND_DIR").map(PathBuf::from));
    let dir = dir.map_or_else(fresh_folder, Ok)?;
    global.dir = Some(dir.clone());
    if global.verbose == 0 && global.quiet == 0 {
        // The clips are shown; the log would only tell them again.
        global.quiet = 1;
    }
    runtime()?.block_on(show(global, args, dir, Clock::fast(speed)))?;
    Ok(ExitCode::SUCCESS)
}

async fn show(
    mut global: GlobalArgs,
    args: &DemoArgs,
    dir: PathBuf,
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
    // The user's environment has no part in it; what lies in --dir has.
    let origins = Origins::new(global, std::collections::BTreeMap::new());
    origins.peek_overlay().await;
    let config = origins.load()?;
    logging::start(&config.log, clock.clone())?;
    introduce(&dir, sim.info(), args.seconds, clock.speed())?;

    let mut screen = Screen::new(config.dir.recordings().join("clip_urls.txt"), args.seconds);
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
    conclude(&sim, &dir)
}

fn speed(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(speed) if (0.1..=MAX_SPEED).contains(&speed) => Ok(speed),
        _ => Err(format!("give a number from 0.1 to {MAX_SPEED}")),
    }
}

fn fresh_folder() -> anyhow::Result<PathBuf> {
    let folder = tempfile::Builder::new().prefix("cliphound-demo-").tempdir();
    Ok(folder.context("no folder can be made for the demo; name one with --dir")?.keep())
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

fn introduce(dir: &Path, sim: &SimInfo, seconds: u32, speed: f64) -> anyhow::Result<()> {
    let channels: Vec<String> =
        sim.channels.iter().map(|c| format!("{} ({} viewers)", c.login, c.viewers)).collect();
    let mut out = std::io::stdout().lock();
    writeln!(out, "A simulated Twitch, {seconds} s of it, {speed} times faster than real time.")?;
    writeln!(out, "Channels: {}", channels.join(", "))?;
    writeln!(out, "Files:    {}", dir.display())?;
    writeln!(out, "Truth:    {}/truth", sim.control)?;
    writeln!(out)?;
    writeln!(out, "{:8}  {:18}{:>5}  why", "time", "channel", "score")?;
    Ok(out.flush()?)
}

/// What is shown while the demo runs: new lines of `clip_urls.txt`, and how far it is.
struct Screen {
    clip_urls: PathBuf,
    shown: usize,
    seconds: u32,
    bar: ProgressBar,
}

impl Screen {
    fn new(clip_urls: PathBuf, seconds: u32) -> Self {
        let style = ProgressStyle::with_template("{wide_bar} {pos} of {len} simulated seconds");
        let bar = ProgressBar::new(u64::from(seconds));
        if let Ok(style) = style {
            bar.set_style(style);
        }
        let shown = lines_of(&clip_urls).len();
        Self { clip_urls, shown, seconds, bar }
    }

    fn update(&mut self, left_ms: i64) {
        let passed = i64::from(self.seconds) - left_ms.max(0) / 1000;
        self.bar.set_position(u64::try_from(passed).unwrap_or(0));
        let lines = lines_of(&self.clip_urls);
        for line in lines.get(self.shown..).unwrap_or_default() {
            if let Some(record) = Record::parse(line) {
                self.bar.suspend(|| print(&record));
            }
        }
        self.shown = self.shown.max(lines.len());
    }

    /// Where the daemon can be looked at.
    fn tell_of(&self, at: Option<&At>) {
        let Some(at) = at else { return };
        self.bar.suspend(|| {
            let mut out = std::io::stdout();
            // A reader that went away does not end the demo.
            let _ = match &at.link {
                Some(link) => writeln!(out, "Look:     {link} (sets a password, once)"),
                None => writeln!(out, "Look:     {}", at.page()),
            };
        });
    }

    fn finish(&mut self) {
        self.update(0);
        self.bar.finish_and_clear();
    }
}

/// The complete lines of a file; none while there is no file.
fn lines_of(path: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let complete = text.rsplit_once('\n').map_or("", |(lines, _)| lines);
    complete.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect()
}

fn print(record: &Record) {
    let time = jiff::Timestamp::from_millisecond(record.time_ms)
        .map_or_else(|_| "-".to_owned(), |time| time.strftime("%H:%M:%S").to_string());
    let score = record.score.map_or_else(|| "-".to_owned(), |score| format!("{score:.3}"));
    // A reader that went away does not end the demo.
    let _ = writeln!(
        std::io::stdout(),
        "{time}  {:18}{score:>5}  {} [{}]",
        record.channel,
        record.title,
        record.trigger
    );
}

fn conclude(sim: &SimHandle, dir: &Path) -> anyhow::Result<()> {
    let Report {
        moments,
        moments_clipped,
        share_clipped,
        most_clips_of_a_moment,
        decoys,
        decoys_clipped,
        clips,
        clips_elsewhere,
        ..
    } = sim.report();
    let share = share_clipped.map_or_else(String::new, |s| format!(" ({:.0} %)", s * 100.0));
    let mut out = std::io::stdout().lock();
    writeln!(out)?;
    writeln!(out, "{moments_clipped} of {moments} true moments clipped{share}")?;
    writeln!(out, "{most_clips_of_a_moment} clips of one moment at most")?;
    writeln!(out, "{decoys_clipped} of {decoys} decoys clipped")?;
    writeln!(out, "{clips} clips in all, {clips_elsewhere} of something else")?;
    writeln!(out, "See {}", dir.join("recordings").display())?;
    Ok(out.flush()?)
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
}

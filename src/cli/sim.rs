//! `cliphound sim`: a simulated Twitch on loopback, or its streams as files.

mod env;

use std::{
    fs,
    io::{self, Write as _},
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context as _;
use cliphound_clock::Clock;
use cliphound_twitch_sim::{
    ChatForm, MadeStream, SimConfig, SimError, SimInfo, Storm, make_stream,
};
use flate2::{Compression, write::GzEncoder};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{UsageError, logging, login::say, output::may_write, runtime, whole};
use crate::{
    config::{self, GlobalArgs},
    daemon::signals::Signals,
    evaluate::folder::{CHAT, IRC_CHAT, LABELS},
    replay::report::counted,
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
  POST CONTROL/delete   {\"channel\", \"user\", \"id\", \"text\"}: a line, all of a user, or all chat
  POST CONTROL/announce {\"channel\", \"user\", \"raid|resub|gifts\": N}: a notice in chat
  POST CONTROL/live     {\"channel\", \"live\": true|false}
  POST CONTROL/viewer_clip  {\"channel\"}: a viewer makes a clip now
  POST CONTROL/emotes   {\"service\": \"7tv|bttv|ffz\", \"channel\",
                         \"add\": [], \"remove\": [], \"rename\": {}}
  POST CONTROL/signal   {\"channel\", \"type\", \"event\"}: an event of EventSub
  GET  CONTROL/faults   every fault with a sentence, and what waits or goes on
  POST CONTROL/fault    {\"fault\", \"channel\", \"service\", \"count\", \"seconds\"}
  POST CONTROL/storm    {\"seed\", \"seconds\", \"calm_seconds\"}: faults at random, then fair weather
  POST CONTROL/authorize  {\"user_code\", \"user\", \"deny\"}: an answer to a log-in
  POST CONTROL/revoke   {\"user\"}: that user's tokens and subscriptions end

With --write it serves nothing: it writes made-up streams with the truth beside them, which
`cliphound evaluate DIR` measures: NAME.chat.irc.gz (raw tagged IRC; NAME.chat.jsonl.gz where
users have no names) and NAME.labels.json. The same options give the same bytes. A file that
is there and is another one stays, unless you say --force.

Examples:
  cliphound sim --channel tiny:30 --channel huge:40000 > sim.json
  cliphound sim --env try/.env               # then: cliphound --dir try run
  cliphound sim --tls root.pem > sim.json    # then: SSL_CERT_FILE=root.pem cliphound run …
  cliphound sim --write streams --streams 24 --minutes 60")]
pub struct SimArgs {
    /// Seed of everything that is left to chance
    #[arg(long, default_value_t = 1, value_parser = whole(0..=u64::MAX))]
    pub seed: u64,

    /// Address of control on loopback; Helix, OAuth and the chat servers take free ports beside it
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

    /// Faults at random from this seed, in ten minutes or so many seconds, the last of them calm
    #[arg(long, value_name = "SEED[:SECONDS[:CALM]]")]
    pub storm: Option<Storm>,

    /// Speak TLS everywhere but at control; the certificate that clients must trust goes into this file
    #[arg(long, value_name = "FILE")]
    pub tls: Option<PathBuf>,

    /// Keep this hosts file, and give out addresses with the name in it, which `net_dns` takes away
    #[arg(long, value_name = "FILE")]
    pub hosts: Option<PathBuf>,

    /// Write made-up streams with labels into this folder, instead of serving
    #[arg(long, value_name = "DIR", conflicts_with_all = ["listen", "channels", "recording", "faults", "storm", "tls", "hosts", "env"])]
    pub write: Option<PathBuf>,

    /// How many streams to write; each of the first 24 is another kind of channel
    #[arg(long, value_name = "N", default_value_t = 24, requires = "write", value_parser = whole(1..=1000u16))]
    pub streams: u16,

    /// How many minutes each stream has
    #[arg(long, value_name = "M", default_value_t = 60, requires = "write", value_parser = whole(5..=600u32))]
    pub minutes: u32,

    /// Write over streams that are there and are others
    #[arg(long, requires = "write")]
    pub force: bool,

    /// Write the settings that let Cliphound use it into this file: a .env for `cliphound --dir … run`
    #[arg(long, value_name = "FILE")]
    pub env: Option<PathBuf>,

    /// A device that logs in is approved by itself at this question; 0: somebody must say yes
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = whole(0..=u32::MAX))]
    pub approve_at_poll: u32,
}

/// Serves until a signal, or writes streams.
///
/// # Errors
/// When the arguments make no sense, the address can't be listened on, or a file can't be
/// written.
pub fn run(global: &GlobalArgs, args: &SimArgs) -> anyhow::Result<ExitCode> {
    if let Some(folder) = &args.write {
        write_streams(folder, args)?;
        let streams = counted(args.streams.into(), "stream");
        let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.clone());
        say(&format!(
            "{} has {streams} of {} minutes, seed {}: cliphound evaluate {}",
            folder.display(),
            args.minutes,
            args.seed,
            folder.display()
        ))?;
        return Ok(ExitCode::SUCCESS);
    }
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
        storm: args.storm,
        approve_at_poll: args.approve_at_poll,
        tls: args.tls.is_some(),
        hosts: args.hosts.clone(),
    };
    if let Some(path) = &args.env {
        env::check(path)?;
    }
    if let Some(path) = &args.tls {
        may_write("--tls", path, "certificate", b"-----BEGIN CERTIFICATE-----")?;
    }
    let files = Files { root: args.tls.as_deref(), env: args.env.as_deref() };
    runtime()?.block_on(serve(sim, files, clock))?;
    Ok(ExitCode::SUCCESS)
}

/// Files that are written for those who use it.
struct Files<'a> {
    /// The certificate to trust.
    root: Option<&'a Path>,
    /// The settings.
    env: Option<&'a Path>,
}

async fn serve(config: SimConfig, files: Files<'_>, clock: Clock) -> anyhow::Result<()> {
    let speed = clock.speed();
    let mut signals = Signals::listen().context("signals can't be heard")?;
    let (tracker, stop) = (TaskTracker::new(), CancellationToken::new());
    let started = cliphound_twitch_sim::start(config, clock, &tracker, stop.clone()).await;
    let sim = started.map_err(usage)?;
    if let (Some(path), Some(pem)) = (files.root, sim.root_pem()) {
        fs::write(path, pem).with_context(|| format!("{} can't be written", path.display()))?;
    }
    if let Some(path) = files.env {
        env::write(path, sim.info(), speed)?;
    }
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

/// Writes the streams one after the other: only one is in memory at a time.
fn write_streams(folder: &Path, args: &SimArgs) -> anyhow::Result<()> {
    fs::create_dir_all(folder)
        .with_context(|| format!("the folder {} can't be made", folder.display()))?;
    for number in 0..usize::from(args.streams) {
        let stream = make_stream(number, args.seed, args.minutes);
        write_stream(folder, &stream, args.force)?;
    }
    Ok(())
}

/// Its two files. Those that are there already as they would be written stay.
fn write_stream(folder: &Path, stream: &MadeStream, is_forced: bool) -> anyhow::Result<()> {
    let ending = match stream.form {
        ChatForm::Irc => IRC_CHAT,
        ChatForm::Nameless => CHAT,
    };
    // The encoder's header holds no time and no name: the same stream, the same bytes.
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(stream.chat.as_bytes())?;
    let (chat, labels) = (packed.finish()?, stream.labels().into_bytes());
    let files = [(ending, chat), (LABELS, labels)];
    let files =
        files.map(|(ending, bytes)| (folder.join(format!("{}{ending}", stream.name)), bytes));
    for (path, bytes) in &files {
        let is_other = || fs::read(path).map_or(true, |there| there != *bytes);
        if !is_forced && path.exists() && is_other() {
            let words = format!(
                "{} is there already and is another stream: name another folder, or say --force to write over it",
                path.display()
            );
            return Err(UsageError(words).into());
        }
    }
    for (path, bytes) in &files {
        write_whole(folder, path, bytes)
            .with_context(|| format!("{} can't be written", path.display()))?;
    }
    Ok(())
}

/// A file that is whole or not there.
fn write_whole(folder: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = tempfile::Builder::new();
    // As of any other file: it holds nobody's words.
    #[cfg(unix)]
    options.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = options.tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.persist(path)?;
    Ok(())
}

/// What the user asked for and can't be had is wrong usage; the rest is a failure.
pub(super) fn usage(error: SimError) -> anyhow::Error {
    match error {
        SimError::NotLoopback(_) | SimError::BadChannel(_) | SimError::BadFault(_) => {
            UsageError(error.to_string()).into()
        }
        SimError::Listen { .. }
        | SimError::Recording { .. }
        | SimError::Tls(_)
        | SimError::Hosts { .. } => error.into(),
    }
}

fn announce(info: &SimInfo) -> anyhow::Result<()> {
    let line = serde_json::to_string(info).context("the addresses can't be written")?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::{
        cli::{Cli, Command},
        evaluate::{folder, stream},
    };

    fn sim_args(line: &[&str]) -> Result<SimArgs, clap::Error> {
        match Cli::try_parse_from([&["cliphound", "sim"], line].concat())?.command {
            Command::Sim(args) => Ok(args),
            _ => unreachable!("`sim` was asked for"),
        }
    }

    #[test]
    fn what_is_written_can_be_evaluated_and_is_the_same_again() {
        let dir = tempfile::tempdir().unwrap();
        let folders = ["one", "two"].map(|name| dir.path().join(name));
        for folder in &folders {
            let path = folder.to_str().unwrap();
            let line = ["--write", path, "--streams", "5", "--minutes", "15", "--seed", "3"];
            write_streams(folder, &sim_args(&line).unwrap()).unwrap();
        }
        let places = folder::find(&folders[0]).unwrap();
        assert_eq!(places.len(), 5);
        for place in places {
            let read = stream::read(&place).unwrap();
            assert!(read.chat.len() > 20, "{}: {} lines", read.name, read.chat.len());
            assert_eq!(read.chat[0].at.0, 0, "{}", read.name);
            let again = folders[1].join(place.chat.file_name().unwrap());
            assert!(fs::read(&place.chat).unwrap() == fs::read(again).unwrap(), "{}", read.name);
        }
    }

    #[test]
    fn other_streams_are_not_written_over() {
        let dir = tempfile::tempdir().unwrap();
        let write = |minutes: &str, more: &[&str]| {
            let path = dir.path().to_str().unwrap();
            let line = ["--write", path, "--streams", "1", "--minutes", minutes];
            write_streams(dir.path(), &sim_args(&[&line, more].concat()).unwrap())
        };
        let all = || {
            let places = folder::find(dir.path()).unwrap();
            fs::read(&places[0].chat).unwrap()
        };
        write("5", &[]).unwrap();
        let first = all();
        write("5", &[]).unwrap();
        let refused = write("6", &[]).unwrap_err();
        assert!(refused.is::<UsageError>() && refused.to_string().contains("--force"), "{refused}");
        assert!(all() == first);
        write("6", &["--force"]).unwrap();
        assert!(all() != first);
    }

    #[test]
    fn writing_and_serving_are_two_things() {
        assert!(sim_args(&["--write", "x", "--listen", "127.0.0.1:1"]).is_err());
        assert!(sim_args(&["--streams", "3"]).is_err());
    }
}

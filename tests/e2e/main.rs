//! The real binary against a simulated Twitch, from chat to the files, in fast time.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may")]

mod access;
mod alerts;
mod announced;
mod check;
mod commands;
mod crawl;
mod crowd;
mod daemon;
mod dashboard;
mod deleted;
mod demo;
mod disk;
mod emotes;
mod encrypted;
mod eventsub;
mod flood;
mod follow;
mod house;
mod http;
mod life;
mod limits;
mod live;
mod login;
mod mount;
mod night;
mod owning;
mod power_cut;
mod refusals;
mod review;
mod revoked;
mod secrets;
mod signals;
mod simulated;
mod supervision;
mod twitch;

use std::time::Duration;

use daemon::Daemon;
use twitch::Twitch;

/// How many times faster than real time these stories run.
const SPEED: f64 = 60.0;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn chat_in_clips_out_and_a_replay_that_agrees() {
    let twitch = Twitch::start(&["ninja:800", "mossykettle:40"], SPEED).await;
    let dir = tempfile::tempdir().unwrap();
    let recording = dir.path().join("run.jsonl");
    let record = ["--record", recording.to_str().unwrap()];

    let mut daemon = Daemon::run(dir.path(), &twitch, &record).await;
    daemon.log_line("logged in", |line| line.has("logged in as")).await;
    let clip = daemon
        .log_line("an automatic clip is confirmed", |line| {
            line.is("state", "confirmed") && !line["cause"].as_str().unwrap().starts_with("manual")
        })
        .await;
    assert!(clip["clip"].as_str().unwrap().starts_with("https://clips.twitch.tv/"));

    let nicks = |anonymous: bool| {
        daemon.seen(|line| {
            let nick = line["nick"].as_str().unwrap_or_default();
            line.has("connected to chat") && nick.starts_with("justinfan") == anonymous
        })
    };
    assert_eq!((nicks(true), nicks(false)), (0, 1), "chat is read by the account, from the start");

    // A viewer asks in vain, the moderator gets a clip and an answer.
    twitch.say_viewer("ninja", "curious", "!testclip");
    twitch.say_moderator("ninja", "helper", "!testclip");
    let asked = |line: &daemon::Line| line.is("cause", "manual:helper");
    daemon.log_line("the moderator's clip is made", |l| asked(l) && l.is("state", "created")).await;
    daemon.log_line("and confirmed", |line| asked(line) && line.is("state", "confirmed")).await;
    let url = twitch.answer_in("ninja").await;
    assert!(url.starts_with("Clip: https://clips.twitch.tv/"), "{url}");
    daemon.terminate().await;

    let clips = daemon.lines("clip_urls.txt");
    assert!(clips.iter().all(|columns| columns.len() == 9), "{clips:?}");
    let by = |who: &str| clips.iter().filter(|columns| columns[7] == who).count();
    assert_eq!((by("manual:helper"), by("manual:curious")), (1, 0));
    let made = twitch.clips();
    assert_eq!(made.len(), clips.len(), "each clip that Twitch made has its line, and no other");
    for columns in &clips {
        assert!(made.iter().any(|clip| clip.url == columns[2]), "{columns:?}");
    }
    assert!(daemon.file("models/ninja.bin").exists());
    assert!(daemon.file("models/mossykettle.bin").exists());

    // The recording, replayed, finds the same moments; else the exit code is 1.
    let replay = daemon.command(&["replay", "--json", recording.to_str().unwrap()]).await;
    assert_eq!(replay.code, Some(0), "{}", replay.err);
    let told = daemon.seen(|line| line.has("moment: "));
    assert_eq!(replay.out.lines().count(), told, "{}", replay.out);

    // Started again, it goes on.
    let mut daemon = Daemon::run(dir.path(), &twitch, &[]).await;
    daemon.log_line("it goes on", |line| line.has("goes on with what was learned")).await;
    daemon.terminate().await;
    assert!(daemon.lines("clip_urls.txt").len() >= clips.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_an_account_moments_are_recorded() {
    let twitch = Twitch::start(&["ninja:800"], SPEED).await.anonymous();
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = Daemon::run(dir.path(), &twitch, &[]).await;
    daemon.log_line("chat is heard", |line| line.has("chat is heard")).await;
    twitch.say_moderator("ninja", "helper", "!testclip");
    daemon.log_line("recorded", |line| line.is("state", "dry_run")).await;
    daemon.terminate().await;
    let moments = daemon.lines("moments.tsv");
    assert!(moments.iter().all(|columns| columns.len() == 10 && columns[9] == "dry_run"));
    assert!(moments.iter().any(|columns| columns[7] == "manual:helper"), "{moments:?}");
    assert!(twitch.clips().is_empty() && daemon.lines("clip_urls.txt").is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_answer_makes_one_clip() {
    let twitch = Twitch::start(&["ninja:800"], SPEED).await;
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = Daemon::run(dir.path(), &twitch, &[]).await;
    daemon.log_line("chat is heard", |line| line.has("chat is heard")).await;
    twitch.inject("clip_lost_answer");
    twitch.say_moderator("ninja", "helper", "!testclip");
    let asked = |line: &daemon::Line| line.is("cause", "manual:helper");
    daemon.log_line("found", |line| asked(line) && line.is("state", "confirmed")).await;
    daemon.terminate().await;
    let manual = |columns: &&Vec<String>| columns[7] == "manual:helper";
    let lines = daemon.lines("clip_urls.txt");
    assert_eq!(lines.iter().filter(manual).count(), 1);
    assert_eq!(twitch.clips().iter().filter(|clip| !clip.answered).count(), 1);
    assert_eq!(twitch.clips().len(), lines.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_costs_no_clip_and_makes_none_twice() {
    let twitch = Twitch::start(&["ninja:800"], SPEED).await;
    twitch.inject("clip_late");
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = Daemon::run(dir.path(), &twitch, &[]).await;
    daemon.log_line("chat is heard", |line| line.has("chat is heard")).await;
    twitch.say_moderator("ninja", "helper", "!testclip");
    let asked = |line: &daemon::Line| line.is("cause", "manual:helper");
    daemon.log_line("made", |line| asked(line) && line.is("state", "created")).await;
    daemon.kill().await;
    assert_eq!(daemon.lines("clip_urls.txt").len(), twitch.clips().len());

    let mut daemon = Daemon::run(dir.path(), &twitch, &[]).await;
    daemon.log_line("it goes on", |line| line.has("going on with clips that were open")).await;
    daemon.log_line("confirmed", |line| asked(line) && line.is("state", "confirmed")).await;
    daemon.terminate().await;
    assert_eq!(daemon.lines("clip_urls.txt").len(), twitch.clips().len());
    let moments = daemon.lines("moments.tsv");
    assert_eq!(moments.iter().filter(|columns| columns[7] == "manual:helper").count(), 1);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn systemd_is_told() {
    let mut twitch = Twitch::start(&["ninja:40"], SPEED).await;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("notify");
    let socket = tokio::net::UnixDatagram::bind(&path).unwrap();
    let hear = async |words: &str| {
        let mut buffer = [0; 512];
        loop {
            let heard = tokio::time::timeout(PATIENCE, socket.recv(&mut buffer)).await;
            let length = heard.unwrap().unwrap();
            if String::from_utf8_lossy(&buffer[..length]).starts_with(words) {
                return;
            }
        }
    };
    let socket_name = path.to_str().unwrap().to_owned();
    twitch.environment.insert("NOTIFY_SOCKET".to_owned(), socket_name);
    twitch.environment.insert("WATCHDOG_USEC".to_owned(), "100000".to_owned());
    let mut daemon = Daemon::run(dir.path(), &twitch, &["--dry-run"]).await;
    hear("READY=1\nSTATUS=").await;
    hear("WATCHDOG=1").await;
    hear("WATCHDOG=1").await;
    let ((), ()) = tokio::join!(daemon.terminate(), hear("STOPPING=1"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_starts_and_ends_without_a_network() {
    let twitch = Twitch::nowhere();
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = Daemon::run(dir.path(), &twitch, &[]).await;
    daemon.log_line("it says so", |line| line.has("can't be reached")).await;
    daemon.terminate().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_one_in_the_same_folder_is_refused() {
    let twitch = Twitch::nowhere();
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = Daemon::run(dir.path(), &twitch, &[]).await;
    daemon.log_line("it runs", |line| line.has("can't be reached")).await;
    let told = daemon.command(&["run", "--channel", "ninja"]).await;
    assert_eq!(told.code, Some(1), "{}", told.err);
    assert!(told.err.contains("another Cliphound runs in the folder"), "{}", told.err);
    daemon.terminate().await;
}

#[tokio::test]
async fn without_channels_it_says_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let told = daemon::command(dir.path(), &["run"]).await;
    assert_eq!(told.code, Some(2));
    assert!(told.err.contains("TWITCH_CHANNELS"), "{}", told.err);
}

/// Real time after which a story has failed: a lost one must not hang.
const PATIENCE: Duration = Duration::from_secs(180);

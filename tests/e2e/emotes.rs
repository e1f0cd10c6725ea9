//! Emotes of the services, as the daemon knows them.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use cliphound_clock::Clock;
use cliphound_twitch_sim::EmoteService;
use serde_json::Value;

use crate::{
    PATIENCE, SPEED,
    daemon::{Daemon, Line},
    twitch::Twitch,
};

/// Bursts of forty people follow each other at this distance until there is a moment of one:
/// the first may fall into the channel's first minute or too close behind another moment.
const BETWEEN_BURSTS: Duration = Duration::from_secs(150);

async fn until_a_moment_of(daemon: &mut Daemon, twitch: &Twitch, emote: &str) {
    let bursts = async {
        let clock = Clock::fast(SPEED);
        loop {
            twitch.say_together("ninja", 40, emote);
            clock.sleep(BETWEEN_BURSTS).await;
        }
    };
    let cause = format!("emote:{emote}");
    let of_it = |line: &Line| line.has("moment: ") && line.is("cause", &cause);
    tokio::select! {
        () = bursts => {}
        _ = daemon.log_line("a moment of that emote", of_it) => {}
    }
}

fn known(line: &Line) -> bool {
    line.has("emotes are known")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_moment_is_named_after_an_emote_that_no_built_in_list_has() {
    let twitch = Twitch::start(&["ninja:40"], SPEED).await;
    let dir = tempfile::tempdir().unwrap();
    let recording = dir.path().join("run.jsonl");
    let path = recording.to_str().unwrap();
    let mut daemon = Daemon::run(dir.path(), &twitch, &["--dry-run", "--record", path]).await;
    daemon.log_line("the emotes are known", known).await;
    until_a_moment_of(&mut daemon, &twitch, "GlimmerToad").await;
    // One that comes while it runs is heard by the socket, long before the hour is over.
    twitch.add_emote("ninja", "freshlyHatched");
    until_a_moment_of(&mut daemon, &twitch, "freshlyHatched").await;
    daemon.terminate().await;

    let recorded = std::fs::read_to_string(&recording).unwrap();
    assert!(recorded.contains(r#""input":{"emotes":["#), "the names are in the recording");
    let replay = daemon.command(&["replay", "--json", path]).await;
    assert_eq!(replay.code, Some(0), "{}", replay.err);
    assert!(replay.out.contains("GlimmerToad"), "{}", replay.out);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_that_is_down_is_told_once_and_once_when_it_is_back() {
    let twitch = Twitch::start(&["ninja:40"], SPEED).await;
    twitch.inject_often("7tv_html", 1);
    twitch.inject_often("7tv_down", 2);
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = Daemon::run(dir.path(), &twitch, &["--dry-run"]).await;
    daemon.log_line("the others are known", known).await;
    let back = |line: &Line| line.has("emotes of 7TV are fetched again");
    daemon.told("7TV is back", back).await;
    daemon.terminate().await;
    let told = |words: &str| daemon.seen(|line| line.has(words));
    assert_eq!(told("emotes of 7TV can't be fetched"), 1);
    assert_eq!(told("are fetched again"), 1);
    assert_eq!(told("can't be fetched"), 1, "nobody else was down");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_known_is_used_when_no_service_answers_at_the_next_start() {
    let twitch = Twitch::start(&["ninja:40"], SPEED).await;
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = Daemon::run(dir.path(), &twitch, &["--dry-run"]).await;
    let cached = daemon.file("cache/emotes");
    let is_whole = |path: PathBuf| path.extension().is_some_and(|extension| extension == "json");
    let files = || {
        let files = std::fs::read_dir(&cached).into_iter().flatten().flatten();
        files.filter(|file| is_whole(file.path())).count()
    };
    let all_cached = async {
        while files() < 8 {
            Clock::system().sleep(Duration::from_millis(20)).await;
        }
    };
    let end = |line: &Line| line.has("no such line");
    tokio::select! {
        () = all_cached => {}
        _ = daemon.log_line("four services, globally and here", end) => {}
    }
    daemon.terminate().await;

    let twitch = twitch.without_emote_services();
    let mut daemon = Daemon::run(dir.path(), &twitch, &["--dry-run"]).await;
    let line = daemon.log_line("known without any service", known).await;
    assert!(line["emotes"].as_u64().unwrap() >= 11, "{line}");
    until_a_moment_of(&mut daemon, &twitch, "GlimmerToad").await;
    let down = |service: &str| format!("emotes of {service} can't be fetched");
    for service in ["7TV", "BTTV", "FFZ"] {
        assert_eq!(daemon.seen(|line| line.has(&down(service))), 1, "{service}");
    }
    daemon.terminate().await;
}

/// Slow enough that no set is fetched a second time while a story waits: what comes, comes by a
/// socket.
const NO_SECOND_HOUR: f64 = 5.0;

/// The names that the engine of the only channel was told last.
fn names_now(recording: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(recording).unwrap_or_default();
    let told = text.lines().rev().find_map(|line| {
        let line: Value = serde_json::from_str(line).ok()?;
        serde_json::from_value(line["input"]["emotes"].clone()).ok()
    });
    told.unwrap_or_default()
}

/// What lies on the disk of the channel at a service.
fn stored(daemon: &Daemon, key: &str) -> String {
    let folder = std::fs::read_dir(daemon.file("cache/emotes")).unwrap().flatten();
    let is_it =
        |name: &str| name.starts_with(key) && name.ends_with(".json") && !name.contains("global");
    let mut files = folder.filter(|file| is_it(file.file_name().to_str().unwrap()));
    std::fs::read_to_string(files.next().unwrap().path()).unwrap()
}

async fn until(story: &str, holds: impl Fn() -> bool) {
    let look = async {
        while !holds() {
            Clock::system().sleep(Duration::from_millis(50)).await;
        }
    };
    let seen = tokio::time::timeout(PATIENCE, look).await;
    assert!(seen.is_ok(), "{story}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_emote_that_comes_or_goes_at_7tv_or_bttv_is_known_by_their_sockets() {
    let twitch = Twitch::start(&["ninja:1"], NO_SECOND_HOUR).await;
    let dir = tempfile::tempdir().unwrap();
    let recording = dir.path().join("run.jsonl");
    let path = recording.to_str().unwrap();
    let mut daemon = Daemon::run(dir.path(), &twitch, &["--dry-run", "--record", path]).await;
    daemon.log_line("the emotes are known", known).await;
    for (service, key) in [(EmoteService::Bttv, "bttv"), (EmoteService::SevenTv, "7tv")] {
        // The first ones may come before anybody listens.
        let probes = async {
            for number in 0.. {
                twitch.change_emote(service, "ninja", &format!("{key}Probe{number}"), true);
                Clock::system().sleep(Duration::from_millis(500)).await;
            }
        };
        let is_probe = |name: &String| name.starts_with(&format!("{key}Probe"));
        tokio::select! {
            () = probes => {}
            () = until("nobody listens", || names_now(&recording).iter().any(is_probe)) => {}
        }
        let emote = format!("{key}Hatched");
        let is_known = || names_now(&recording).contains(&emote);
        assert!(!is_known());
        twitch.change_emote(service, "ninja", &emote, true);
        until("it has come", is_known).await;
        assert!(stored(&daemon, key).contains(&emote), "{}", stored(&daemon, key));
        twitch.change_emote(service, "ninja", &emote, false);
        until("it has gone", || !is_known()).await;
        assert!(!stored(&daemon, key).contains(&emote), "{}", stored(&daemon, key));
        assert!(names_now(&recording).iter().any(is_probe), "the others stay");
    }
    daemon.terminate().await;
}

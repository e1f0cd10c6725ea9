//! What was not watched is known, and `cliphound night` tells it.

use std::{path::Path, time::Duration};

use cliphound_clock::Clock;
use cliphound_twitch_sim::FaultCall;
use serde_json::Value;

use crate::{
    PATIENCE, SPEED,
    daemon::{Daemon, command_at},
    twitch::Twitch,
};

/// What `night --json` tells now.
async fn night(dir: &Path, twitch: &Twitch) -> Value {
    let told = command_at(dir, twitch, &["night", "--json"]).await;
    assert_eq!(told.code, Some(0), "{}", told.err);
    serde_json::from_str(&told.out).unwrap()
}

/// Asks until it tells something.
async fn until(dir: &Path, twitch: &Twitch, fits: impl Fn(&Value) -> bool) -> Value {
    let ask = async {
        loop {
            let told = night(dir, twitch).await;
            if fits(&told) {
                return told;
            }
            Clock::system().sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(PATIENCE, ask).await.unwrap()
}

/// The gaps of ninja with this cause.
fn gaps(night: &Value, cause: &str) -> Vec<Value> {
    let channels = night["channels"].as_array().unwrap();
    let ninja = channels.iter().find(|channel| channel["channel"] == "ninja").unwrap();
    let gaps = ninja["gaps"].as_array().unwrap();
    gaps.iter().filter(|gap| gap["cause"] == cause).cloned().collect()
}

fn ms(time: &Value) -> i64 {
    time.as_str().unwrap().parse::<jiff::Timestamp>().unwrap().as_millisecond()
}

/// The daemon, heard and known to be live for some minutes.
async fn settled(dir: &Path, twitch: &Twitch) -> Daemon {
    let mut daemon = Daemon::run(dir, twitch, &[]).await;
    daemon.log_line("chat is heard", |line| line.has("chat is heard")).await;
    until(dir, twitch, |night| night["total"]["live_s"].as_f64().unwrap() > 120.0).await;
    daemon
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_is_a_gap_from_the_last_minute_that_is_known() {
    let twitch = Twitch::start(&["ninja:40"], SPEED).await;
    let dir = tempfile::tempdir().unwrap();
    let clock = Clock::fast(SPEED);
    let mut daemon = settled(dir.path(), &twitch).await;
    assert_eq!(night(dir.path(), &twitch).await["running"], true);
    daemon.kill().await;
    let killed_ms = clock.now_ms();
    assert_eq!(night(dir.path(), &twitch).await["running"], false, "known at once");
    clock.sleep(Duration::from_secs(900)).await;
    let started_ms = clock.now_ms();
    let mut daemon = Daemon::run(dir.path(), &twitch, &[]).await;
    daemon.log_line("chat is heard", |line| line.has("chat is heard")).await;
    let knows = |night: &Value| gaps(night, "crashed").iter().any(|gap| gap["live_known"] == true);
    until(dir.path(), &twitch, knows).await;
    daemon.terminate().await;

    let told = night(dir.path(), &twitch).await;
    let crashed = gaps(&told, "crashed");
    assert_eq!(crashed.len(), 1, "{told}");
    let (start_ms, end_ms) = (ms(&crashed[0]["start"]), ms(&crashed[0]["end"]));
    // A mark a minute, and two seconds of ours for a busy machine to write it.
    let slack_ms = (2_000.0 * SPEED) as i64;
    assert!((killed_ms - 60_000 - slack_ms..=killed_ms).contains(&start_ms), "{told}");
    assert!(end_ms >= started_ms, "{told}");
    assert_eq!(crashed[0]["live_known"], true, "{told}");
    assert_eq!(told["not_running"].as_array().unwrap().len(), 2, "the crash, and now: {told}");
    let total = &told["total"];
    let (live, gap) = (total["live_s"].as_f64().unwrap(), total["gap_s"].as_f64().unwrap());
    let watched = total["watched_s"].as_f64().unwrap();
    assert!(gap >= 900.0 && (watched - (live - gap)).abs() < 0.001, "{told}");

    let page = command_at(dir.path(), &twitch, &["night"]).await;
    assert_eq!(page.code, Some(0), "{}", page.err);
    assert!(page.out.contains("not running (crash or power cut)"), "{}", page.out);
    assert!(page.out.lines().all(|line| line.chars().count() <= 80), "{}", page.out);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_connection_and_a_pause_are_told() {
    let twitch = Twitch::start(&["ninja:40"], SPEED).await;
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = settled(dir.path(), &twitch).await;
    twitch.inject("irc_drop");
    until(dir.path(), &twitch, |night| {
        // It has an end when it is heard again: then it grows no more.
        gaps(night, "connection").first().is_some_and(|gap| gap["end"] != night["as_of"])
    })
    .await;
    twitch.inject("irc_reconnect");
    until(dir.path(), &twitch, |night| !gaps(night, "reconnect").is_empty()).await;
    twitch.say_moderator("ninja", "helper", "!cliphound pause");
    let is_held = |night: &Value| night["channels"][0]["held"].as_array().unwrap().len() == 1;
    until(dir.path(), &twitch, is_held).await;
    daemon.terminate().await;

    let told = night(dir.path(), &twitch).await;
    let lost = gaps(&told, "connection");
    let seconds = lost[0]["seconds"].as_f64().unwrap();
    // The first attempt comes after one or two seconds; a busy machine may take some of ours.
    assert!((1.0..1_200.0).contains(&seconds), "{told}");
    assert_eq!(told["running"], false);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_connection_was_dead_since_its_last_sign_of_life() {
    let twitch = Twitch::start(&["ninja:40"], SPEED).await;
    let dir = tempfile::tempdir().unwrap();
    let clock = Clock::fast(SPEED);
    let mut daemon = settled(dir.path(), &twitch).await;
    twitch.inject("irc_silence");
    let silent_ms = clock.now_ms();
    daemon.log_line("noticed", |line| line.has("chat was lost")).await;
    let noticed_ms = clock.now_ms();
    until(dir.path(), &twitch, |night| {
        gaps(night, "connection").first().is_some_and(|gap| gap["end"] != night["as_of"])
    })
    .await;
    daemon.terminate().await;
    let told = night(dir.path(), &twitch).await;
    let lost = gaps(&told, "connection");
    let (start_ms, end_ms) = (ms(&lost[0]["start"]), ms(&lost[0]["end"]));
    // Somebody says something every few seconds of ours, at most.
    let slack_ms = (5_000.0 * SPEED) as i64;
    assert!((start_ms - silent_ms).abs() < slack_ms, "{told}");
    assert!(end_ms >= noticed_ms - slack_ms && end_ms > start_ms + 60_000, "{told}");
}

/// How many times faster than real time a story runs that has to stop within the seven seconds
/// before a call and the twenty after.
const SLOWER: f64 = 20.0;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_moment_that_came_too_late_for_everything_is_told_with_its_place_in_the_vod() {
    let twitch = Twitch::start(&["ninja:0"], SLOWER).await.with("CLIPHOUND_CLIPS__VOD", "false");
    let (dir, clock) = (tempfile::tempdir().unwrap(), Clock::fast(SLOWER));
    let mut daemon = Daemon::run(dir.path(), &twitch, &[]).await;
    daemon.log_line("chat is heard", |line| line.has("chat is heard")).await;
    // However long it takes to stop, no clip is made before that.
    twitch.fault(&FaultCall::new("http_429").service("create_clip").seconds(86_400));
    let bursts = async {
        loop {
            twitch.say_together("ninja", 40, "KEKW what was that");
            clock.sleep(Duration::from_secs(100)).await;
        }
    };
    let moment = tokio::select! {
        () = bursts => unreachable!("bursts go on"),
        line = daemon.log_line("a moment", |line| line.has("moment: ")) => line,
    };
    daemon.terminate().await;
    let trigger_ms = moment["trigger_ms"].as_i64().unwrap();
    let is_open = |daemon: &Daemon| daemon.lines("moments.tsv").is_empty();
    assert!(is_open(&daemon), "it was promised, and nothing came of it yet");
    twitch.fair_weather();

    // Too late for a live clip; and the VOD, a minute behind, has the moment.
    clock.sleep(Duration::from_secs(120)).await;
    let mut daemon = Daemon::run(dir.path(), &twitch, &[]).await;
    daemon.log_line("missed", |line| line.is("state", "missed")).await;
    let is_placed = |night: &Value| night["missed"][0]["vod_url"].is_string();
    let told = until(dir.path(), &twitch, is_placed).await;
    daemon.terminate().await;

    assert!(twitch.clips().is_empty());
    let moments = daemon.lines("moments.tsv");
    let [columns] = moments.as_slice() else { panic!("{moments:?}") };
    let at = |column: &str| column.parse::<jiff::Timestamp>().unwrap().as_millisecond();
    let (time_ms, start_ms) = (at(&columns[0]), at(&columns[4]));
    assert_eq!((time_ms, columns[2].as_str(), columns[9].as_str()), (trigger_ms, "-", "missed"));
    assert!((trigger_ms - 60_000..=trigger_ms).contains(&start_ms), "{columns:?}");

    // Five seconds before its begin, counted from the VOD's.
    let (url, began_ms) = twitch.vod("ninja").await;
    let at_s = (start_ms - 5_000 - began_ms) / 1_000;
    let (hours, minutes, seconds) = (at_s / 3_600, at_s / 60 % 60, at_s % 60);
    let link = format!("{url}?t={hours}h{minutes}m{seconds}s");
    assert!(at_s > 40 * 60, "the stream began long before: {link}");
    let missed = &told["missed"];
    assert_eq!((missed.as_array().unwrap().len(), ms(&missed[0]["time"])), (1, trigger_ms));
    assert_eq!(missed[0]["vod_url"], link, "{missed}");
    let page = command_at(dir.path(), &twitch, &["night"]).await;
    assert_eq!(page.code, Some(0), "{}", page.err);
    let list = page.out.split("\nMissed\n").nth(1).unwrap_or_else(|| panic!("{}", page.out));
    let lines: Vec<&str> = list.lines().map(str::trim).take(3).collect();
    assert!(lines[0].ends_with("ninja"), "{list}");
    assert_eq!(lines[1], "Cliphound was not running when the clip was due");
    assert_eq!(lines[2], format!("see {link}"));
}

#[tokio::test]
async fn before_anything_ran_it_says_what_will_appear() {
    let dir = tempfile::tempdir().unwrap();
    let told = crate::daemon::command(dir.path(), &["night"]).await;
    assert_eq!(told.code, Some(0), "{}", told.err);
    assert!(told.out.contains("Nothing is known of this time"), "{}", told.out);
    assert!(!dir.path().join("cliphound.db").exists(), "asking makes no database");
    let wrong = crate::daemon::command(dir.path(), &["night", "--since", "sometime"]).await;
    assert_eq!(wrong.code, Some(2), "{}", wrong.err);
}

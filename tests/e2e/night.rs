//! What was not watched is known, and `cliphound night` tells it.

use std::{path::Path, time::Duration};

use cliphound_clock::Clock;
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

//! One channel with 5,000 lines a second beside a hundred quiet ones: none of their lines is
//! lost, none of their decisions is late, and the process stays small.

use cliphound_clock::Clock;

use crate::{
    crowd::MOST,
    daemon::{Daemon, Line},
    http::{address, parsed, total, until},
    twitch::Twitch,
};

const QUIET: usize = 100;
/// Lines that are said in each quiet channel while the flood goes on.
const ROUNDS: usize = 5;
/// A debug build beside other tests has enough to do with 5,000 lines in a real second.
const SPEED: f64 = 1.0;
/// From a moderator's line to the decision, in ms of Twitch's time. A second of it is waiting for
/// stragglers; the rest is for a busy machine. Who waited for the flood's channel would wait for as
/// long as that is behind, which is more with every second of the flood.
const QUICK_MS: i64 = 5_000;
/// The same over the flood's own connection, where lines come one after the other: behind what this
/// machine has not read yet, which is bounded.
const SHARED_MS: i64 = 10_000;
/// The bucket of `cliphound_decision_lag_seconds` that is as wide.
const QUICK_S: f64 = QUICK_MS as f64 / 1_000.0;

/// What was heard, and what was left out: of the flooded channel, and of all.
fn counts(page: &str, of_channels: &str, of_all: &str) -> (u64, u64) {
    let scrape = parsed(page);
    let flooded = scrape.samples.iter().find(|sample| {
        sample.metric == of_channels && sample.labels.get("channel") == Some("flooded")
    });
    let flooded = flooded.map_or(0.0, |sample| match sample.value {
        prometheus_parse::Value::Counter(value) => value,
        _ => panic!("{of_channels} is no counter"),
    });
    (flooded as u64, total(&scrape, of_all).unwrap() as u64)
}

fn heard(page: &str) -> (u64, u64) {
    counts(page, "cliphound_channel_messages_total", "cliphound_messages_total")
}

/// Decisions so far: all, and those that were late.
fn decisions(page: &str) -> (u64, u64) {
    let scrape = parsed(page);
    let lag = scrape.samples.iter().find(|s| s.metric == "cliphound_decision_lag_seconds");
    let Some(prometheus_parse::Value::Histogram(buckets)) = lag.map(|lag| &lag.value) else {
        return (0, 0);
    };
    let within = |least: f64| buckets.iter().find(|b| b.less_than >= least).unwrap().count as u64;
    let all = within(f64::INFINITY);
    (all, all - within(QUICK_S))
}

/// A moderator of a channel asks for a clip; how long it takes until that is decided, in ms of
/// Twitch's time.
async fn decided(daemon: &mut Daemon, twitch: &Twitch, channel: &str) -> i64 {
    let clock = Clock::fast(SPEED);
    let asked_ms = clock.now_ms();
    twitch.say_moderator(channel, "helper", "!testclip");
    let is_lost = |line: &Line| line.has("chat was lost");
    let decision = |line: &Line| line.is("cause", "manual:helper") && line.is("channel", channel);
    let line = daemon.log_line("decided", |line| decision(line) || is_lost(line)).await;
    assert!(line["cause"].is_string(), "it does not read as fast as the flood writes: {line}");
    clock.now_ms() - asked_ms
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_costs_a_hundred_quiet_channels_nothing() {
    let quiet: Vec<String> = (0..QUIET).map(|number| format!("quiet{number:02}")).collect();
    // The first: figures by channel are told of a hundred.
    let mut channels = vec!["flooded:0".to_owned()];
    channels.extend(quiet.iter().map(|login| format!("{login}:0")));
    let channels: Vec<&str> = channels.iter().map(String::as_str).collect();
    let twitch = Twitch::start(&channels, SPEED).await.with("CLIPHOUND_CHAT__SOURCE", "irc");
    // An answer would be a line, too.
    let twitch = twitch.with("CLIPHOUND_CHAT__ANSWER", "false");
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = Daemon::run(dir.path(), &twitch, &["--dry-run"]).await;
    let metrics = format!("{}/metrics", address(&mut daemon).await);
    until(&metrics, |_, page| {
        total(&parsed(page), "cliphound_channels_heard") == Some(channels.len() as f64)
    })
    .await;

    let (before, late_before) = decisions(&until(&metrics, |_, _| true).await);
    twitch.flood("flooded", 5_000, 10);
    let mut took_ms = Vec::new();
    for round in 0..ROUNDS {
        // Each round begins when the flood has come so far.
        until(&metrics, |_, page| heard(page).0 > round as u64 * 5_000).await;
        for login in &quiet {
            twitch.say_viewer(login, &format!("viewer{round}"), "hello");
        }
        // The first channels are read over the flood's connection, the last over another.
        let shared_ms = decided(&mut daemon, &twitch, &quiet[round]).await;
        let own_ms = decided(&mut daemon, &twitch, &quiet[QUIET - 1 - round]).await;
        took_ms.push((shared_ms, own_ms));
    }
    println!("decided within {took_ms:?} ms; {:?} bytes", daemon.most_memory());
    let reconnects = |page: &str| total(&parsed(page), "cliphound_reconnects_total");
    let page = until(&metrics, |_, page| {
        let (flooded, all) = heard(page);
        all == flooded + (ROUNDS * (QUIET + 2)) as u64 || reconnects(page) != Some(0.0)
    })
    .await;
    assert_eq!(reconnects(&page), Some(0.0), "it does not read as fast as the flood writes");
    let is_quick = |(shared_ms, own_ms): &(i64, i64)| *shared_ms < SHARED_MS && *own_ms < QUICK_MS;
    assert!(took_ms.iter().all(is_quick), "{took_ms:?}");
    // No more are late than those of one channel, which may be the flooded one.
    let (all, late) = decisions(&page);
    let (all, late) = (all - before, late - late_before);
    assert!(all > QUIET as u64 && late * QUIET as u64 <= all, "{late} of {all}");
    let (flooded, all) =
        counts(&page, "cliphound_channel_dropped_total", "cliphound_dropped_total");
    assert_eq!(all, flooded, "only the flood may lose lines");
    match daemon.most_memory() {
        Some(most) => assert!(most < MOST, "{most} bytes"),
        None => eprintln!("there is no /proc here: memory is not looked at"),
    }
    daemon.terminate().await;
}

//! One channel with 5,000 lines a second beside a hundred quiet ones: none of their lines is
//! lost.

use std::collections::BTreeMap;

use crate::{
    daemon::Daemon,
    http::{address, parsed, total, until},
    twitch::Twitch,
};

const QUIET: usize = 100;
/// Lines that are said in each quiet channel while the flood goes on.
const ROUNDS: usize = 5;
/// A debug build beside other tests has to read and write 10,000 lines in a real second.
const SPEED: f64 = 2.0;

/// A metric's values by channel.
fn by_channel(page: &str, metric: &str) -> BTreeMap<String, u64> {
    let scrape = parsed(page);
    let of = scrape.samples.iter().filter(|sample| sample.metric == metric);
    of.map(|sample| {
        let prometheus_parse::Value::Counter(value) = sample.value else { panic!("{metric}") };
        (sample.labels.get("channel").unwrap().to_owned(), value as u64)
    })
    .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_costs_a_hundred_quiet_channels_nothing() {
    let quiet: Vec<String> = (0..QUIET).map(|number| format!("quiet{number:02}")).collect();
    let mut channels: Vec<String> = quiet.iter().map(|login| format!("{login}:0")).collect();
    channels.push("flooded:0".to_owned());
    let channels: Vec<&str> = channels.iter().map(String::as_str).collect();
    let twitch = Twitch::start(&channels, SPEED).await.with("CLIPHOUND_CHAT__SOURCE", "irc");
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = Daemon::run(dir.path(), &twitch, &[]).await;
    let metrics = format!("{}/metrics", address(&mut daemon).await);
    until(&metrics, |_, page| {
        total(&parsed(page), "cliphound_channels_heard") == Some(channels.len() as f64)
    })
    .await;

    twitch.flood("flooded", 5_000, 10);
    for round in 0..ROUNDS {
        // Each round begins when the flood has come so far.
        let far = |page: &str| by_channel(page, "cliphound_channel_messages_total")["flooded"];
        until(&metrics, |_, page| far(page) > round as u64 * 5_000).await;
        for login in &quiet {
            twitch.say_viewer(login, &format!("viewer{round}"), "hello");
        }
    }
    let page = until(&metrics, |_, page| {
        let heard = by_channel(page, "cliphound_channel_messages_total");
        quiet.iter().all(|login| heard.get(login) == Some(&(ROUNDS as u64)))
    })
    .await;
    let mut dropped = by_channel(&page, "cliphound_channel_dropped_total");
    dropped.remove("flooded");
    assert!(dropped.values().all(|count| *count == 0), "{dropped:?}");
    assert_eq!(total(&parsed(&page), "cliphound_reconnects_total"), Some(0.0));
    daemon.terminate().await;
}

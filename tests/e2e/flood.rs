//! One channel with 5,000 lines a second beside a hundred quiet ones: none of their lines is
//! lost.

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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_costs_a_hundred_quiet_channels_nothing() {
    let quiet: Vec<String> = (0..QUIET).map(|number| format!("quiet{number:02}")).collect();
    // The first: figures by channel are told of a hundred.
    let mut channels = vec!["flooded:0".to_owned()];
    channels.extend(quiet.iter().map(|login| format!("{login}:0")));
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
        until(&metrics, |_, page| heard(page).0 > round as u64 * 5_000).await;
        for login in &quiet {
            twitch.say_viewer(login, &format!("viewer{round}"), "hello");
        }
    }
    let page = until(&metrics, |_, page| {
        let (flooded, all) = heard(page);
        all == flooded + (ROUNDS * QUIET) as u64
    })
    .await;
    let (flooded, all) =
        counts(&page, "cliphound_channel_dropped_total", "cliphound_dropped_total");
    assert_eq!(all, flooded, "only the flood may lose lines");
    assert_eq!(total(&parsed(&page), "cliphound_reconnects_total"), Some(0.0));
    daemon.terminate().await;
}

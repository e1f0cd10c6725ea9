//! The daemon as it is looked at: `/healthz`, `/readyz`, `/metrics`, and what may go wrong there.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use prometheus_parse::{Scrape, Value};
use reqwest::StatusCode;

use crate::{
    PATIENCE, SPEED,
    daemon::{Daemon, Line},
    dashboard::{Dashboard, until_page},
    twitch::Twitch,
};

/// The address that a daemon has told.
pub async fn address(daemon: &mut Daemon) -> String {
    let line = daemon.log_line("its address", |line| line["address"].is_string()).await;
    format!("http://{}", line["address"].as_str().unwrap())
}

async fn get(url: &str) -> (StatusCode, String) {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = http.get(url).send().await.unwrap();
    (answer.status(), answer.text().await.unwrap())
}

/// Looks until what is seen there fits.
pub async fn until(url: &str, fits: impl Fn(StatusCode, &str) -> bool) -> String {
    let look = async {
        loop {
            let (status, text) = get(url).await;
            if fits(status, &text) {
                return text;
            }
            cliphound_clock::Clock::system().sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, look).await.unwrap()
}

/// A page of `/metrics`, parsed, after a look at every line of it.
pub fn parsed(page: &str) -> Scrape {
    let mut types = BTreeMap::new();
    for line in page.lines().filter(|line| !line.is_empty()) {
        if let Some(about) = line.strip_prefix("# TYPE ") {
            let (name, kind) = about.split_once(' ').unwrap();
            assert!(types.insert(name, kind).is_none(), "{name} is told twice");
        } else if !line.starts_with("# HELP ") {
            let name = line.split(['{', ' ']).next().unwrap();
            let base = ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end));
            let kind = types.get(name).or_else(|| types.get(base?));
            assert!(kind.is_some(), "no type before {line}");
            assert_eq!(name.ends_with("_total"), kind == Some(&"counter"), "{line}");
            assert!(line.rsplit(' ').next().unwrap().parse::<f64>().is_ok(), "{line}");
        }
    }
    let lines = page.lines().map(|line| Ok(line.to_owned()));
    Scrape::parse(lines).unwrap()
}

/// The sum of a metric's values, over its labels.
pub fn total(scrape: &Scrape, name: &str) -> Option<f64> {
    let of = scrape.samples.iter().filter(|sample| sample.metric == name);
    let values: Vec<f64> = of
        .map(|sample| match &sample.value {
            Value::Counter(value) | Value::Gauge(value) | Value::Untyped(value) => *value,
            Value::Histogram(buckets) => buckets.last().unwrap().count,
            Value::Summary(_) => panic!("{name} has no buckets"),
        })
        .collect();
    (!values.is_empty()).then(|| values.iter().sum())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_daemon_that_works_says_so_in_figures() {
    let twitch = Twitch::start(&["ninja:800", "mossykettle:40"], SPEED).await;
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = Daemon::run(dir.path(), &twitch, &[]).await;
    let url = address(&mut daemon).await;
    until(&format!("{url}/readyz"), |status, _| status == StatusCode::OK).await;
    twitch.say_moderator("ninja", "helper", "!testclip");
    let asked = |line: &Line| line.is("cause", "manual:helper");
    daemon.log_line("confirmed", |line| asked(line) && line.is("state", "confirmed")).await;

    let (status, text) = get(&format!("{url}/healthz")).await;
    assert_eq!((status, text.as_str()), (StatusCode::OK, "{\"status\":\"ok\"}"));
    let is_complete = |_, page: &str| {
        let scrape = parsed(page);
        let is_there = |name| total(&scrape, name).is_some_and(|value| value > 0.0);
        let all = [
            "cliphound_messages_total",
            "cliphound_moments_total",
            "cliphound_clips_created_total",
            "cliphound_clips_confirmed_total",
            "cliphound_channel_messages_total",
            "cliphound_decision_lag_seconds",
            "cliphound_score_seconds",
            "cliphound_database_write_seconds",
            "cliphound_intents",
            "cliphound_queue_capacity_items",
            "cliphound_rate_limit_remaining_points",
            "cliphound_build_info",
            "cliphound_start_time_seconds",
            "cliphound_chat_connections",
            "cliphound_account_usable",
        ];
        all.into_iter().all(is_there)
            && total(&scrape, "cliphound_channels_live") == Some(2.0)
            && total(&scrape, "cliphound_channels_heard") == Some(2.0)
    };
    let page = until(&format!("{url}/metrics"), is_complete).await;
    let scrape = parsed(&page);
    assert_eq!(total(&scrape, "cliphound_panics_total"), Some(0.0));
    assert_eq!(total(&scrape, "cliphound_dropped_total"), Some(0.0));
    let labels = |name: &str, label: &str| -> BTreeSet<String> {
        let of = scrape.samples.iter().filter(|sample| sample.metric == name);
        of.map(|sample| sample.labels.get(label).unwrap().to_owned()).collect()
    };
    let channels = labels("cliphound_channel_messages_total", "channel");
    assert_eq!(channels, ["mossykettle", "ninja"].map(str::to_owned).into());
    let queues = labels("cliphound_queue_items", "queue");
    let mut expected: BTreeSet<String> =
        ["alerts", "answers", "chat_around", "clips", "figures", "heard", "inbox", "news"]
            .map(str::to_owned)
            .into();
    // What the connections to Twitch read waits there first.
    let sources = labels("cliphound_chat_connections", "source");
    assert!(!sources.is_empty());
    expected.extend(sources);
    assert_eq!(queues, expected);
    let tasks = labels("cliphound_task_silence_seconds", "task");
    for task in ["chat", "channel", "clips", "figures", "sources", "viewers", "web"] {
        assert!(tasks.contains(task), "{tasks:?}");
    }
    // No text of chat, and no secret.
    for secret in ["CLIENT_SECRET", "ACCESS_TOKEN", "REFRESH_TOKEN"] {
        assert!(!page.contains(&twitch.environment[&format!("TWITCH_{secret}")]));
    }
    assert!(!page.contains("testclip") && !page.contains("helper"), "{page}");
    daemon.terminate().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_chat_it_is_alive_and_not_ready() {
    let twitch = Twitch::nowhere();
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = Daemon::run(dir.path(), &twitch, &[]).await;
    let url = address(&mut daemon).await;
    assert_eq!(get(&format!("{url}/healthz")).await.0, StatusCode::OK);
    let (status, text) = get(&format!("{url}/readyz")).await;
    let told: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!((status, &told["ready"]), (StatusCode::SERVICE_UNAVAILABLE, &false.into()));
    assert_eq!(told["parts"]["chat"]["ok"], false, "{told}");
    assert_eq!(told["parts"]["database"]["ok"], true, "{told}");
    assert_eq!(told["parts"]["folders"]["ok"], true, "{told}");
    std::fs::remove_dir_all(dir.path().join("models")).ok();
    std::fs::write(dir.path().join("models"), "").unwrap();
    // What was found is told for some seconds.
    until(&format!("{url}/readyz"), |_, text| text.contains("models is no folder")).await;
    parsed(&get(&format!("{url}/metrics")).await.1);
    // People are told, too.
    let owner = Dashboard::first_owner(&mut daemon).await;
    let both = |page: &str| page.contains("No chat is heard.") && page.contains("is no folder");
    let page = until_page(&owner, "/streams", both).await;
    assert!(!page.contains("Nothing is clipped"), "Twitch has said nothing of the log-in: {page}");
    assert_eq!(get(&format!("{url}/nothing")).await.0, StatusCode::NOT_FOUND);
    daemon.terminate().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_taken_port_and_no_port_at_all_stop_nothing() {
    let twitch = Twitch::nowhere();
    let (first, second, third) =
        (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut daemon = Daemon::run(first.path(), &twitch, &[]).await;
    let url = address(&mut daemon).await;
    let taken = url.strip_prefix("http://").unwrap();
    let mut other = Daemon::run(second.path(), &twitch, &["--listen", taken]).await;
    let says = |line: &Line| line.has("can't be looked at") && line.has("another port: --listen,");
    other.log_line("it says so", says).await;
    other.told("it goes on", |line| line.has("can't be reached")).await;
    other.terminate().await;
    let mut silent = Daemon::run(third.path(), &twitch, &["--listen", "off"]).await;
    silent.log_line("it goes on", |line| line.has("can't be reached")).await;
    assert_eq!(silent.seen(|line| line.has("looked at")), 0);
    silent.terminate().await;
    daemon.terminate().await;

    let told = daemon.command(&["run", "--channel", "ninja", "--listen", "example.org:80"]).await;
    assert_eq!(told.code, Some(2), "{}", told.err);
    assert!(told.err.contains("must be an address with a port"), "{}", told.err);
}

/// Each metric that the dashboard names is one that there is.
#[test]
fn the_dashboard_names_metrics_that_there_are() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/grafana/cliphound.json");
    let text = std::fs::read_to_string(file).unwrap();
    let board: serde_json::Value = serde_json::from_str(&text).unwrap();
    let targets =
        board["panels"].as_array().unwrap().iter().filter_map(|p| p["targets"].as_array());
    let questions: Vec<&str> =
        targets.flatten().map(|target| target["expr"].as_str().unwrap()).collect();
    assert!(questions.len() > 15, "{questions:?}");
    let all = cliphound::web::metrics::catalogue::ALL;
    let mut asked = BTreeSet::new();
    for question in questions {
        let words = question.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        let names: Vec<&str> = words.filter(|word| word.starts_with("cliphound_")).collect();
        assert!(!names.is_empty(), "{question}");
        for name in names {
            let base = ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end));
            let metric = all.iter().find(|metric| metric.name == name || Some(metric.name) == base);
            asked.insert(metric.unwrap_or_else(|| panic!("there is no {name}")).name);
        }
    }
    assert!(asked.len() > 20, "{asked:?}");
}

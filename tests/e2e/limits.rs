//! More channels than EventSub gives an account: Twitch's limits are kept, and what does not fit
//! is read by IRC, or said.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::{
    daemon::{Daemon, Line, command_at},
    eventsub::SOURCE,
    http::{address, parsed, total, until},
    twitch::Twitch,
};

/// Hundreds of channels talk: a debug build beside other tests has to follow them.
const SPEED: f64 = 10.0;
/// The account's own channel: it takes no room, and its owner is told more.
const OWN: &str = "cliphound_tester";
/// Channels beside it.
const OTHERS: usize = 350;
/// Of them so many fit: an account may be in so many rooms.
const FIT: usize = 100;
/// Subscriptions that a chat takes.
const CHAT: usize = 5;

/// The list of the settings, the dearest first; not in the order of the alphabet.
fn others() -> impl Iterator<Item = String> {
    (0..OTHERS).rev().map(|number| format!("room{number:03}"))
}

/// The last that fits, and the first that does not.
fn around_the_edge() -> [String; 2] {
    let mut edge = others().skip(FIT - 1);
    [(); 2].map(|()| edge.next().unwrap())
}

async fn twitch(source: &str) -> Twitch {
    let listed: Vec<String> = others().chain([OWN.to_owned()]).collect();
    let channels: Vec<String> = listed.iter().map(|login| format!("{login}:0")).collect();
    let channels: Vec<&str> = channels.iter().map(String::as_str).collect();
    let twitch = Twitch::start(&channels, SPEED).await.with(SOURCE, source);
    twitch.with("TWITCH_CHANNELS", &listed.join(","))
}

/// Twitch's whole list of the subscriptions that work, and what they cost together.
async fn subscriptions(twitch: &Twitch) -> (Vec<Value>, u64) {
    let url =
        format!("{}/eventsub/subscriptions", twitch.environment["CLIPHOUND_ENDPOINTS__HELIX"]);
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let (mut all, mut after) = (Vec::new(), String::new());
    loop {
        let asked = http
            .get(format!("{url}?status=enabled&first=100{after}"))
            .bearer_auth(&twitch.environment["TWITCH_ACCESS_TOKEN"])
            .header("Client-Id", &twitch.environment["TWITCH_CLIENT_ID"]);
        let page: Value = asked.send().await.unwrap().json().await.unwrap();
        all.extend(page["data"].as_array().unwrap().iter().cloned());
        match page["pagination"]["cursor"].as_str() {
            Some(cursor) => after = format!("&after={cursor}"),
            None => return (all, page["total_cost"].as_u64().unwrap()),
        }
    }
}

/// What the daemon has to have in the end: chat, what costs, and what the owner is told.
fn is_all(subscriptions: &[Value], cost: u64) -> bool {
    let of = |kind: &str| subscriptions.iter().filter(|one| one["type"] == kind).count();
    let chat = subscriptions.iter().filter(|one| one["type"].as_str().unwrap().contains(".chat."));
    chat.count() == (FIT + 1) * CHAT && cost == 10 && of("channel.ad_break.begin") == 1
}

/// Held against Twitch's limits, as Twitch lists what there is.
fn keeps_the_limits(subscriptions: &[Value], cost: u64) {
    let mut sessions: BTreeMap<&str, usize> = BTreeMap::new();
    for one in subscriptions {
        *sessions.entry(one["transport"]["session_id"].as_str().unwrap()).or_default() += 1;
    }
    assert!(sessions.len() <= 3 && cost <= 10, "{sessions:?} {cost}");
    assert!(sessions.values().all(|count| *count <= 300), "{sessions:?}");
    assert!(sessions.len() >= 2, "one connection can't have them all: {sessions:?}");
}

/// Lets everything be subscribed to that is to be, and looks at it.
async fn until_all_is_subscribed_to(
    daemon: &mut Daemon,
    twitch: &Twitch,
    metrics: &str,
    heard: usize,
) -> Vec<Value> {
    let settle = async {
        until(metrics, |_, page| {
            total(&parsed(page), "cliphound_channels_heard") == Some(heard as f64)
        })
        .await;
        loop {
            let (all, cost) = subscriptions(twitch).await;
            keeps_at_most(&all, cost);
            if is_all(&all, cost) {
                return (all, cost);
            }
            cliphound_clock::Clock::system().sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    // So much is logged that somebody has to read it meanwhile.
    let (all, cost) = tokio::select! {
        settled = settle => settled,
        line = daemon.log_line("not all is subscribed to", |_| false) => panic!("{line}"),
    };
    keeps_the_limits(&all, cost);
    all
}

/// Holds at any time.
fn keeps_at_most(subscriptions: &[Value], cost: u64) {
    let sessions: BTreeSet<_> =
        subscriptions.iter().map(|one| one["transport"]["session_id"].as_str().unwrap()).collect();
    assert!(sessions.len() <= 3 && cost <= 10, "{sessions:?} {cost}");
}

/// Twitch said yes to each: nothing was asked for in vain.
async fn nothing_was_refused(twitch: &Twitch) {
    let asked = &twitch.stats().await["requests"]["POST /helix/eventsub/subscriptions"];
    let answers: Vec<&String> = asked.as_object().unwrap().keys().collect();
    assert_eq!(answers, ["202"], "{asked}");
}

/// Its end takes a debug build with so many channels longer than is promised, beside other tests.
async fn ends(daemon: &mut Daemon) {
    daemon.signal("TERM").await;
    assert_eq!(daemon.ended().await, Some(0));
}

async fn check(dir: &std::path::Path, twitch: &Twitch) -> String {
    let told = command_at(dir, twitch, &["check"]).await;
    assert_eq!(told.code, Some(0), "{}", told.out);
    let line = told.out.lines().find(|line| line.contains("  chat  "));
    line.unwrap_or_else(|| panic!("{}", told.out)).trim().to_owned()
}

fn asked_for(login: &str) -> impl Fn(&Line) -> bool {
    move |line| {
        line.is("cause", "manual:helper")
            && line.is("state", "dry_run")
            && line.is("channel", login)
    }
}

const PLAN: &str = "chat of 101 channels by EventSub; 250 not, because an account may be in 100 rooms and 3 connections of 300 subscriptions; begin and end of the stream of 11 channels; 519 subscriptions over 2 connections, cost 10 of 10";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eventsub_keeps_twitchs_limits_and_says_what_is_not_heard() {
    let twitch = twitch("eventsub").await;
    let dir = tempfile::tempdir().unwrap();
    let told = check(dir.path(), &twitch).await;
    assert!(told.starts_with("warn") && told.contains(PLAN), "{told}");
    assert!(told.contains("not heard: 250 channels; set chat.source to auto"), "{told}");

    let mut daemon = Daemon::run(dir.path(), &twitch, &["--dry-run"]).await;
    let metrics = format!("{}/metrics", address(&mut daemon).await);
    let unheard = |line: &Line| line.has(PLAN) && line.has("250 channels are not heard");
    daemon.told("the plan", unheard).await;
    let all = until_all_is_subscribed_to(&mut daemon, &twitch, &metrics, FIT + 1).await;
    let count = |kind: &str| all.iter().filter(|one| one["type"] == kind).count();
    assert_eq!(count("channel.chat.message"), FIT + 1);
    // They are asked for again now and then, which Twitch does not hear of.
    let no_room = |line: &Line| line.has("EventSub has no room for these chats");
    daemon.told("who is not heard", no_room).await;
    let [last, first] = around_the_edge();
    let names_them = |line: &Line| {
        let names = line["message"].as_str().unwrap();
        no_room(line) && names.contains(&first) && !names.contains(&last)
    };
    assert_eq!((daemon.seen(no_room), daemon.seen(names_them)), (1, 1), "by name, once");
    for login in [&first, &last] {
        twitch.say_moderator(login, "helper", "!testclip");
    }
    daemon.log_line("the last that fits is heard", asked_for(&last)).await;
    assert_eq!(daemon.seen(asked_for(&first)), 0);
    ends(&mut daemon).await;
    nothing_was_refused(&twitch).await;
    assert_eq!(twitch.stats().await["joins"], 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn auto_reads_by_irc_what_does_not_fit_into_eventsub() {
    let twitch = twitch("auto").await;
    let dir = tempfile::tempdir().unwrap();
    let told = check(dir.path(), &twitch).await;
    assert!(told.starts_with("ok") && told.contains(PLAN), "{told}");
    assert!(told.ends_with("; 250 channels by IRC"), "{told}");

    let mut daemon = Daemon::run(dir.path(), &twitch, &["--dry-run"]).await;
    let metrics = format!("{}/metrics", address(&mut daemon).await);
    let plan = |line: &Line| line.has(PLAN) && line.has("250 channels by IRC");
    daemon.told("the plan", plan).await;
    until_all_is_subscribed_to(&mut daemon, &twitch, &metrics, OTHERS + 1).await;
    for login in around_the_edge() {
        twitch.say_moderator(&login, "helper", "!testclip");
        daemon.log_line("heard, by whichever way", asked_for(&login)).await;
    }
    ends(&mut daemon).await;
    nothing_was_refused(&twitch).await;
    assert_eq!(twitch.stats().await["joins"], OTHERS - FIT);
}

//! Chat and signals by EventSub, held against chat by IRC.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{
    SPEED,
    daemon::{Daemon, Line, command_at},
    http::{address, parsed, total, until},
    twitch::Twitch,
};

pub const SOURCE: &str = "CLIPHOUND_CHAT__SOURCE";

/// Messages around the begin and the end of a comparison that may be on either side of it.
const EDGE: usize = 10;
/// How fast it is where two are compared: nothing times out because a machine is busy for a while.
pub const STEADY: f64 = SPEED / 3.0;

fn made_for_helper(line: &Line) -> bool {
    line.is("cause", "manual:helper") && line.is("state", "created")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eventsub_feeds_what_irc_feeds_also_while_it_moves_and_repeats() {
    let twitch = Twitch::start(&["ninja:800"], STEADY).await;
    let by_eventsub = twitch.with(SOURCE, "eventsub");
    let dirs = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let files = dirs.each_ref().map(|dir| dir.path().join("run.jsonl"));
    let record = |n: usize| ["--record", files[n].to_str().unwrap()];
    let dry = [&record(1)[..], &["--dry-run"]].concat();
    let mut daemon = Daemon::run(dirs[0].path(), &by_eventsub, &record(0)).await;
    let mut irc = Daemon::run(dirs[1].path(), &twitch.with(SOURCE, "irc"), &dry).await;

    let heard = |line: &Line| line.has("chat is heard");
    daemon.log_line("the plan", |line| line.has("chat of 1 channel by EventSub")).await;
    daemon.log_line("heard by EventSub", heard).await;
    irc.log_line("heard by IRC", heard).await;
    twitch.say_moderator("ninja", "helper", "the comparison begins");
    for _ in 0..3 {
        twitch.inject_in("eventsub_duplicate", "ninja", 20);
        twitch.inject("eventsub_reconnect");
        daemon.log_line("moved", |line| line.has("moved to the new address")).await;
    }
    daemon
        .log_line("an automatic clip is confirmed", |line| {
            line.is("state", "confirmed") && !line["cause"].as_str().unwrap().starts_with("manual")
        })
        .await;
    twitch.say_moderator("ninja", "helper", "!testclip the comparison ends");
    let asked = |line: &Line| line.has("moment: ") && line.is("cause", "manual:helper");
    daemon.log_line("asked for", asked).await;
    irc.log_line("asked for", asked).await;
    daemon.terminate().await;
    irc.terminate().await;
    assert_eq!(daemon.seen(|line| line.has("EventSub was lost")), 0, "no gap");

    let [fed, fed_by_irc] = files.each_ref().map(|file| Fed::read(file));
    assert_eq!(fed.doubled, Vec::<String>::new());
    assert!(fed_by_irc.between.len() > 8 * EDGE, "{}", fed_by_irc.between.len());
    fed_by_irc.is_all_in(&fed, "lost by EventSub");
    fed.is_all_in(&fed_by_irc, "not heard by IRC");
    let same = |trigger: &&i64| fed_by_irc.triggers.iter().any(|t| (t - **trigger).abs() <= 5_000);
    let shared = fed.triggers.iter().filter(same).count();
    assert!(shared >= 1, "{:?} {:?}", fed.triggers, fed_by_irc.triggers);
}

/// What an engine was fed, by its recording.
#[derive(Default)]
struct Fed {
    /// Messages by their ids.
    messages: BTreeMap<String, Value>,
    /// Ids that came again.
    doubled: Vec<String>,
    /// Ids from the comparison's begin to its end.
    between: Vec<String>,
    /// Triggers of all moments.
    triggers: Vec<i64>,
}

impl Fed {
    fn read(file: &std::path::Path) -> Self {
        let (mut fed, mut compares) = (Self::default(), false);
        for line in std::fs::read_to_string(file).unwrap().lines() {
            let line: Value = serde_json::from_str(line).unwrap();
            if let Some(trigger) = line["moment"]["trigger"].as_i64() {
                fed.triggers.push(trigger);
            }
            let message = &line["input"]["message"];
            let Some(id) = message["id"].as_str().map(str::to_owned) else { continue };
            let text = message["text"].as_str().unwrap();
            compares |= text == "the comparison begins";
            if compares {
                fed.between.push(id.clone());
            }
            compares &= !text.ends_with("the comparison ends");
            if fed.messages.insert(id.clone(), message.clone()).is_some() {
                fed.doubled.push(id);
            }
        }
        fed
    }

    fn is_all_in(&self, other: &Self, story: &str) {
        for id in &self.between[EDGE..self.between.len() - EDGE] {
            assert_eq!(other.messages.get(id), self.messages.get(id), "{story}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_loss_it_subscribes_anew() {
    let twitch = Twitch::start(&["ninja:40"], SPEED).await.with(SOURCE, "eventsub");
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = Daemon::run(dir.path(), &twitch, &[]).await;
    daemon.log_line("chat is heard", |line| line.has("chat is heard")).await;
    let before = subscribed(&twitch).await;
    twitch.inject("eventsub_drop");
    daemon.log_line("lost", |line| line.has("EventSub was lost")).await;
    daemon.log_line("another session", |line| line.has("connected to EventSub")).await;
    while subscribed(&twitch).await < before + 5 {
        cliphound_clock::Clock::system().sleep(std::time::Duration::from_millis(20)).await;
    }
    twitch.say_moderator("ninja", "helper", "!testclip");
    daemon.log_line("and clips", made_for_helper).await;
    daemon.terminate().await;
}

/// A connection over which nothing comes, not even the signs of life that were promised.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_connection_is_given_up() {
    let twitch = Twitch::start(&["ninja:1"], SPEED).await.with(SOURCE, "eventsub");
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = Daemon::run(dir.path(), &twitch, &[]).await;
    daemon.log_line("chat is heard", |line| line.has("chat is heard")).await;
    let before = subscribed(&twitch).await;
    twitch.inject("eventsub_silence");
    let lost =
        |line: &Line| line.has("EventSub was lost") && line.to_string().contains("fell silent");
    daemon.log_line("lost", lost).await;
    daemon.log_line("another session", |line| line.has("connected to EventSub")).await;
    twitch.until_answered("POST /helix/eventsub/subscriptions", "202", before + 5).await;
    twitch.say_moderator("ninja", "helper", "!testclip");
    daemon.log_line("and clips", made_for_helper).await;
    daemon.terminate().await;
}

/// Chat costs nothing; what costs is had of ten channels, and Get Streams tells of the others.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_channels_than_the_cost_allows_are_read_and_their_streams_are_known() {
    let channels: Vec<String> = (10..22).map(|number| format!("channel{number}:1")).collect();
    let channels: Vec<&str> = channels.iter().map(String::as_str).collect();
    let twitch = Twitch::start(&channels, SPEED).await.with(SOURCE, "eventsub");
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = Daemon::run(dir.path(), &twitch, &[]).await;
    let url = address(&mut daemon).await;
    let plan = |line: &Line| {
        line.has("chat of 12 channels by EventSub; begin and end of the stream of 10 channels")
            && line.has("cost 10 of 10")
    };
    daemon.told("the plan", plan).await;
    let metrics = format!("{url}/metrics");
    let of = |page: &str, name: &str| total(&parsed(page), name);
    let is_known = |live: f64| {
        move |_, page: &str| {
            of(page, "cliphound_channels_heard") == Some(12.0)
                && of(page, "cliphound_channels_live") == Some(live)
        }
    };
    until(&metrics, is_known(12.0)).await;
    // The first one's stream is told by EventSub, the last one's by Get Streams.
    for (channel, live) in [("channel10", 11.0), ("channel21", 10.0)] {
        twitch.end_stream(channel);
        until(&metrics, is_known(live)).await;
    }
    daemon.terminate().await;
    assert_eq!(subscribed(&twitch).await, 12 * 5 + 10);
    let asked = &twitch.stats().await["requests"]["POST /helix/eventsub/subscriptions"];
    assert_eq!(asked.as_object().unwrap().len(), 1, "nothing is asked for in vain: {asked}");
    assert_eq!(twitch.stats().await["joins"], 0);
}

/// Subscriptions that were made so far.
async fn subscribed(twitch: &Twitch) -> u64 {
    let stats = twitch.stats().await;
    stats["requests"]["POST /helix/eventsub/subscriptions"]["202"].as_u64().unwrap_or(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_eventsub_refuses_is_read_by_irc_with_auto() {
    let twitch = Twitch::start(&["ninja:40", "mossykettle:40"], SPEED).await.with(SOURCE, "auto");
    twitch.inject_in("eventsub_403", "mossykettle", 1);
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = Daemon::run(dir.path(), &twitch, &[]).await;
    let told = |line: &Line| line.has("so it is read by IRC") && line.is("channel", "mossykettle");
    daemon.log_line("it says so", told).await;
    let heard = |line: &Line| line.has("chat is heard") && line.is("channel", "mossykettle");
    daemon.log_line("heard by IRC", heard).await;
    for channel in ["mossykettle", "ninja"] {
        twitch.say_moderator(channel, "helper", "!testclip");
        let made = |line: &Line| made_for_helper(line) && line.is("channel", channel);
        daemon.log_line("both are clipped", made).await;
    }
    daemon.terminate().await;
    let stats = twitch.stats().await;
    assert_eq!(stats["joins"], 1, "the other one is not read by IRC");
    assert_eq!(daemon.seen(told), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_channel_that_was_left_to_irc_goes_back_without_a_gap_or_a_double() {
    let twitch = Twitch::start(&["ninja:8000"], STEADY).await;
    let by_both = twitch.with(SOURCE, "auto");
    twitch.inject_in("eventsub_403", "ninja", 1);
    let dirs = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let files = dirs.each_ref().map(|dir| dir.path().join("run.jsonl"));
    let record = |n: usize| ["--record", files[n].to_str().unwrap(), "--dry-run"];
    let mut irc = Daemon::run(dirs[1].path(), &twitch.with(SOURCE, "irc"), &record(1)).await;
    let heard = |line: &Line| line.has("chat is heard");
    irc.log_line("heard by IRC", heard).await;
    let mut daemon = Daemon::run(dirs[0].path(), &by_both, &record(0)).await;
    daemon.log_line("left to IRC", |line| line.has("so it is read by IRC")).await;
    daemon.log_line("heard", heard).await;
    twitch.say_moderator("ninja", "helper", "the comparison begins");
    let back = |line: &Line| line.has("read by EventSub from now on: ninja");
    daemon.log_line("back at EventSub", back).await;
    twitch.say_moderator("ninja", "helper", "!testclip the comparison ends");
    let asked = |line: &Line| line.has("moment: ") && line.is("cause", "manual:helper");
    daemon.log_line("asked for", asked).await;
    irc.log_line("asked for", asked).await;
    daemon.terminate().await;
    irc.terminate().await;
    let [fed, fed_by_irc] = files.each_ref().map(|file| Fed::read(file));
    assert_eq!(fed.doubled, Vec::<String>::new());
    assert!(fed_by_irc.between.len() > 8 * EDGE, "{}", fed_by_irc.between.len());
    fed_by_irc.is_all_in(&fed, "lost on the way");
    fed.is_all_in(&fed_by_irc, "not heard by IRC");
}

/// Twitch's list of subscriptions that work, of who has this token.
pub async fn working(twitch: &Twitch, token: &str) -> usize {
    let url = format!(
        "{}/eventsub/subscriptions?status=enabled",
        twitch.environment["CLIPHOUND_ENDPOINTS__HELIX"]
    );
    let client_id = twitch.environment["TWITCH_CLIENT_ID"].as_str();
    let asked = reqwest::Client::new().get(url).bearer_auth(token).header("Client-Id", client_id);
    let told: Value = asked.send().await.unwrap().json().await.unwrap();
    told["data"].as_array().unwrap().len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_user_who_logs_in_takes_over_without_a_gap_or_a_double() {
    let twitch = Twitch::start(&["ninja:8000"], STEADY).await.logged_out();
    let dirs = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let files = dirs.each_ref().map(|dir| dir.path().join("run.jsonl"));
    let record = |n: usize| ["--record", files[n].to_str().unwrap(), "--dry-run"];
    let by_eventsub = twitch.with(SOURCE, "eventsub");
    let log_in = async || {
        let told = command_at(dirs[0].path(), &by_eventsub, &["login"]).await;
        assert_eq!(told.code, Some(0), "{}", told.err);
        let file = std::fs::read(dirs[0].path().join("tokens.json")).unwrap();
        let book: Value = serde_json::from_slice(&file).unwrap();
        let entries = book["tokens"].as_array().unwrap();
        let clipper = |entry: &&Value| entry["roles"].to_string().contains("clipper");
        let entry = entries.iter().find(clipper).unwrap();
        entry["access_token"].as_str().unwrap().to_owned()
    };
    let old = log_in().await;
    let mut daemon = Daemon::run(dirs[0].path(), &by_eventsub, &record(0)).await;
    let mut irc = Daemon::run(dirs[1].path(), &twitch.with(SOURCE, "irc"), &record(1)).await;
    let heard = |line: &Line| line.has("chat is heard");
    daemon.log_line("heard by EventSub", heard).await;
    irc.log_line("heard by IRC", heard).await;
    twitch.say_moderator("ninja", "helper", "the comparison begins");

    twitch.seat("helperbot");
    let new = log_in().await;
    daemon.log_line("taken up", |line| line.has("EventSub is read as helperbot")).await;
    twitch.say_together("ninja", 100, "while both are there");
    let ended = |line: &Line| line.has("not read any more as who was logged in before");
    daemon.log_line("the old one ends", ended).await;
    twitch.say_moderator("ninja", "helper", "!testclip the comparison ends");
    let asked = |line: &Line| line.has("moment: ") && line.is("cause", "manual:helper");
    daemon.log_line("asked for", asked).await;
    irc.log_line("asked for", asked).await;
    while working(&twitch, &old).await > 0 {
        cliphound_clock::Clock::system().sleep(std::time::Duration::from_millis(20)).await;
    }
    assert!(working(&twitch, &new).await >= 5);
    assert_eq!(daemon.seen(|line| line.has("EventSub was lost")), 0, "no gap");

    // What is subscribed to anew is the new user's.
    twitch.inject("eventsub_drop");
    daemon.log_line("lost", |line| line.has("EventSub was lost")).await;
    daemon.log_line("another session", |line| line.has("connected to EventSub")).await;
    while working(&twitch, &new).await < 5 {
        cliphound_clock::Clock::system().sleep(std::time::Duration::from_millis(20)).await;
    }
    daemon.terminate().await;
    irc.terminate().await;
    let [fed, fed_by_irc] = files.each_ref().map(|file| Fed::read(file));
    assert_eq!(fed.doubled, Vec::<String>::new());
    assert!(fed_by_irc.between.len() > 8 * EDGE, "{}", fed_by_irc.between.len());
    fed_by_irc.is_all_in(&fed, "lost on the way");
    fed.is_all_in(&fed_by_irc, "not heard by IRC");
}

/// Who may not read chat by EventSub leaves it to IRC.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_user_who_may_not_read_by_eventsub_leaves_chat_to_irc() {
    let twitch = Twitch::start(&["ninja:800"], SPEED).await.logged_out().with(SOURCE, "auto");
    let dir = tempfile::tempdir().unwrap();
    let log_in = async |more: &[&str]| {
        let told = command_at(dir.path(), &twitch, &[&["login"], more].concat()).await;
        assert_eq!(told.code, Some(0), "{}", told.err);
    };
    log_in(&[]).await;
    let mut daemon = Daemon::run(dir.path(), &twitch, &[]).await;
    daemon.log_line("heard by EventSub", |line| line.has("chat is heard")).await;
    twitch.seat("helperbot");
    let least = twitch.with(SOURCE, "irc");
    let told = command_at(dir.path(), &least, &["login", "--least"]).await;
    assert_eq!(told.code, Some(0), "{}", told.err);
    daemon.log_line("by IRC", |line| line.has("connected to chat")).await;
    let ended = |line: &Line| line.has("not read any more as who was logged in before");
    daemon.told("EventSub ends", ended).await;
    assert_eq!(daemon.seen(|line| line.has("chat was lost")), 0);
    twitch.say_moderator("ninja", "helper", "!testclip");
    daemon.log_line("clipped", made_for_helper).await;
    // With all rights it goes back at once.
    log_in(&[]).await;
    let back = |line: &Line| line.has("read by EventSub from now on: ninja");
    daemon.log_line("back at EventSub", back).await;
    daemon.terminate().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_channel_that_comes_is_read_by_eventsub_and_one_that_goes_is_left() {
    for source in ["eventsub", "auto"] {
        let mut twitch = Twitch::start(&["ninja:40", "latecomer:40"], SPEED).await;
        twitch.environment.remove("TWITCH_CHANNELS");
        let twitch = twitch.with(SOURCE, source);
        let dir = tempfile::tempdir().unwrap();
        let write = |channels: &str| {
            let text = format!("[twitch]\nchannels = [{channels}]\n");
            std::fs::write(dir.path().join("cliphound.toml"), text).unwrap();
        };
        write("'ninja'");
        let mut daemon = Daemon::run(dir.path(), &twitch, &[]).await;
        let heard = |line: &Line| line.has("chat is heard");
        daemon.log_line("heard", heard).await;
        write("'ninja', 'latecomer'");
        let late = |line: &Line| heard(line) && line.is("channel", "latecomer");
        daemon.log_line("the latecomer is heard", late).await;
        if source == "auto" {
            let taken = |line: &Line| line.has("read by EventSub from now on: latecomer");
            daemon.log_line("by EventSub", taken).await;
        } else {
            assert_eq!(twitch.stats().await["joins"], 0, "nobody reads by IRC");
        }
        let before = twitch.stats().await;
        twitch.say_moderator("latecomer", "helper", "!testclip");
        daemon.log_line("clipped", made_for_helper).await;
        write("'ninja'");
        let left = |line: &Line| line.has("not followed any more");
        daemon.log_line("left", left).await;
        let ended = |stats: &Value| -> u64 {
            let answers = stats["requests"]["DELETE /helix/eventsub/subscriptions"].as_object();
            answers.map_or(0, |answers| answers.values().filter_map(Value::as_u64).sum())
        };
        while ended(&twitch.stats().await) < ended(&before) + 5 {
            cliphound_clock::Clock::system().sleep(std::time::Duration::from_millis(20)).await;
        }
        daemon.terminate().await;
        assert_eq!(daemon.seen(|line| line.has("EventSub was lost")), 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_an_account_auto_reads_by_irc_and_eventsub_says_what_to_do() {
    let twitch = Twitch::start(&["ninja:40"], SPEED).await.anonymous();
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = Daemon::run(dir.path(), &twitch.with(SOURCE, "auto"), &[]).await;
    daemon.log_line("chat is heard", |line| line.has("chat is heard")).await;
    daemon.terminate().await;
    let mut daemon = Daemon::run(dir.path(), &twitch.with(SOURCE, "eventsub"), &[]).await;
    let what_to_do = "set TWITCH_CLIENT_ID and run `cliphound login`, or set chat.source to auto";
    let told = |line: &Line| line.to_string().contains(what_to_do);
    daemon.log_line("it says so", told).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_scope_auto_reads_by_irc_and_eventsub_says_what_to_do() {
    let twitch = Twitch::start(&["ninja:40"], SPEED).await.with_token("no_scopes");
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = Daemon::run(dir.path(), &twitch.with(SOURCE, "auto"), &[]).await;
    let plan = |line: &Line| line.has("no chat, because the token lacks the scope user:read:chat");
    daemon.log_line("the plan", plan).await;
    daemon.log_line("chat is heard", |line| line.has("chat is heard")).await;
    daemon.terminate().await;
    let mut daemon = Daemon::run(dir.path(), &twitch.with(SOURCE, "eventsub"), &[]).await;
    let what_to_do = "run `cliphound login`, or set chat.source to auto";
    daemon.log_line("it says so", |line| line.has(what_to_do)).await;
    daemon.terminate().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_own_channel_signals_whatever_chat_comes_by() {
    let own = "cliphound_tester";
    let twitch = Twitch::start(&["cliphound_tester:40"], SPEED).await;
    let filter = "info,cliphound::daemon::channel=debug";
    let twitch = twitch.with("CLIPHOUND_LOG__FILTER", filter).with(SOURCE, "irc");
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = Daemon::run(dir.path(), &twitch, &[]).await;
    daemon.log_line("the plan", |line| line.has("signals of the own channel")).await;
    for (kind, event, expected) in [
        ("channel.ad_break.begin", json!({"duration_seconds": "30"}), "AdBreak { seconds: 30"),
        ("channel.poll.begin", Value::Null, "Poll { stage: Begin"),
        ("channel.hype_train.begin", Value::Null, "HypeTrain { stage: Begin, level: 1"),
    ] {
        twitch.signal(own, kind, event).await;
        let told = |line: &Line| {
            line.has("Twitch signals") && line["signal"].as_str().unwrap().starts_with(expected)
        };
        daemon.log_line(kind, told).await;
    }
    twitch.set_live(own, false);
    let offline = |line: &Line| line.has("Twitch signals") && line.is("signal", "Offline");
    daemon.log_line("the stream ends", offline).await;
    daemon.terminate().await;
}

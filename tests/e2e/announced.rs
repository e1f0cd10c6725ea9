//! The own channel: what chat announces, and what is told beside it, whatever happens meanwhile.

use std::{fs, path::Path};

use cliphound_twitch_sim::{Announcement, FaultCall};
use serde_json::{Value, json};

use crate::{
    SPEED,
    daemon::{Daemon, Line},
    eventsub::SOURCE,
    twitch::Twitch,
};

/// The account's own channel, so small that little happens in it but what a story does.
const OWN: &str = "cliphound_tester";

/// What an engine was fed beside chat lines, in order.
fn fed(file: &Path) -> Vec<Value> {
    let text = fs::read_to_string(file).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.map(|line| line["input"].clone()).filter(|input| !input.is_null()).collect()
}

fn of_kind(fed: &[Value], kind: &str) -> Vec<Value> {
    fed.iter().filter_map(|input| input.get(kind).cloned()).collect()
}

async fn heard(twitch: &Twitch, dir: &Path, args: &[&str]) -> Daemon {
    let mut daemon = Daemon::run(dir, twitch, args).await;
    let heard = |line: &Line| line.has("chat is heard");
    let told = |line: &Line| line.has("signals of the own channel");
    daemon.log_line("heard", |line| heard(line) || told(line)).await;
    daemon.told("heard", heard).await;
    daemon.told("the plan", told).await;
    daemon
}

/// No scope is asked for it: chat tells each of them, and each counts once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn subscriptions_gifts_and_raids_are_told_by_chat_whatever_it_is_read_by() {
    let twitch = Twitch::start(&["cliphound_tester:1"], SPEED).await;
    for source in ["irc", "eventsub"] {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("run.jsonl");
        let args = ["--dry-run", "--record", file.to_str().unwrap()];
        let mut daemon = heard(&twitch.with(SOURCE, source), dir.path(), &args).await;
        if source == "eventsub" {
            // Notices are heard a moment after lines are.
            let notice = json!({"notice_type": "announcement"});
            twitch.signal(OWN, "channel.chat.notification", notice).await;
        }
        for (user, what) in [
            ("kim", Announcement::Resub(7)),
            ("lee", Announcement::Gifts(1)),
            ("ananonymousgifter", Announcement::Gifts(20)),
            ("max", Announcement::Raid(321)),
        ] {
            twitch.announce(OWN, user, what);
        }
        twitch.say_moderator(OWN, "helper", "!testclip");
        let asked = |line: &Line| line.has("moment: ") && line.is("cause", "manual:helper");
        daemon.log_line("all of it was fed", asked).await;
        daemon.terminate().await;
        let fed = fed(&file);
        for (kind, told) in [
            ("gift", json!({"count": 1})),
            ("gift", json!({"count": 20})),
            ("raid", json!({"viewers": 321})),
        ] {
            let times = of_kind(&fed, kind).into_iter().filter(|input| *input == told).count();
            assert_eq!(times, 1, "{source}: {kind} {told} in {fed:?}");
        }
        assert!(fed.iter().any(|input| *input == "subscription"), "{source}: {fed:?}");
    }
}

/// Whatever is wrong when the owner's subscriptions are made: they are made once it is not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_twitch_could_not_give_in_a_bad_moment_is_asked_for_again() {
    let twitch = Twitch::start(&["cliphound_tester:1"], SPEED).await;
    let filter = "info,cliphound::daemon::channel=debug";
    let twitch = twitch.with("CLIPHOUND_LOG__FILTER", filter).with(SOURCE, "irc");
    for (fault, count) in [("http_503", 8), ("http_429", 4), ("http_429_bare", 4), ("http_hang", 1)]
    {
        let call = FaultCall { service: Some("subscribe".to_owned()), ..FaultCall::new(fault) };
        twitch.fault(&FaultCall { count: Some(count), ..call });
    }
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = heard(&twitch, dir.path(), &["--dry-run"]).await;
    // Each type is heard in the end, so whichever of them was refused was asked for again.
    for (kind, expected) in [
        ("channel.ad_break.begin", "AdBreak {"),
        ("channel.hype_train.begin", "HypeTrain { stage: Begin"),
        ("channel.hype_train.progress", "HypeTrain { stage: Progress"),
        ("channel.hype_train.end", "HypeTrain { stage: End"),
        ("channel.channel_points_custom_reward_redemption.add", "Redemption {"),
        ("channel.poll.begin", "Poll { stage: Begin"),
        ("channel.poll.end", "Poll { stage: End"),
        ("channel.prediction.begin", "Prediction { stage: Begin"),
        ("channel.prediction.end", "Prediction { stage: End"),
        ("channel.cheer", "Cheer {"),
        ("channel.bits.use", "BitsUsed {"),
    ] {
        twitch.signal(OWN, kind, Value::Null).await;
        let told = |line: &Line| {
            line.has("Twitch signals") && line["signal"].as_str().unwrap().starts_with(expected)
        };
        daemon.log_line(kind, told).await;
    }
    twitch.until_spoilt().await;
    daemon.terminate().await;
}

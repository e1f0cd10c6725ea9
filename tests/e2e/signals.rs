//! What Twitch tells beside chat, and what the streamer named, from EventSub to the files.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use cliphound_clock::Clock;
use serde_json::{Value, json};

use crate::{
    SPEED,
    daemon::{Daemon, Line, command_at},
    eventsub::SOURCE,
    twitch::Twitch,
};

/// The account's own channel, so small that little happens in it but what a story does.
pub const OWN: &str = "cliphound_tester";
pub const REDEMPTION: &str = "channel.channel_points_custom_reward_redemption.add";
const NAMED: &str = "
[[signals]]
name = 'other'
on = 'redemption'
reward = 'Clip That!'
does = 'force'

[[signals]]
name = 'clip that'
on = 'redemption'
reward = 'CLIP that'
does = 'force'

[[signals]]
name = 'hype train'
on = 'hype_train'
at_least = 2
";

fn name_signals(dir: &Path, text: &str) {
    fs::write(dir.join("cliphound.toml"), text).unwrap();
}

pub fn redeemed(reward: &str) -> Value {
    json!({"reward": {"id": "reward-1", "title": reward, "cost": 500, "prompt": ""}})
}

/// Everything is listened to, and the channel is heard.
async fn started(twitch: &Twitch, dir: &Path, args: &[&str]) -> Daemon {
    let mut daemon = Daemon::run(dir, twitch, args).await;
    let mut missing = vec!["signals of the own channel", "chat is heard"];
    while let Some(words) = missing.first() {
        let words = (*words).to_owned();
        let line = daemon.log_line(&words, |line| missing.iter().any(|m| line.has(m))).await;
        let message = line["message"].as_str().unwrap();
        missing.retain(|words| !message.contains(words));
    }
    daemon
}

/// The same of a run that clips nothing, where moments may come as often as they like, with its
/// recording.
async fn recorded(twitch: &Twitch, dir: &Path) -> (Daemon, PathBuf) {
    let file = dir.join("run.jsonl");
    let args = ["--dry-run", "--record", file.to_str().unwrap()];
    (started(twitch, dir, &args).await, file)
}

/// Twitch with the account's own channel, for [`recorded`]. Nobody else writes there: made-up chat
/// has moments of its own, which would come at any place of a story.
async fn often() -> Twitch {
    let twitch = Twitch::start(&["cliphound_tester:0"], SPEED).await;
    twitch
        .with("CLIPHOUND_CLIPS__COOLDOWN_S", "10")
        .with("CLIPHOUND_CLIPS__BUDGET_PER_HOUR", "60")
        .with("CLIPHOUND_LOG__FILTER", "info,cliphound::daemon::channel=debug")
}

/// What an engine was fed, by its recording: the times of inputs and of moments.
struct Fed(Vec<Value>);

impl Fed {
    fn read(file: &Path) -> Self {
        let text = fs::read_to_string(file).unwrap();
        Self(text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
    }

    /// When an input of this kind was fed, and what it held.
    fn inputs(&self, kind: &str) -> Vec<(i64, &Value)> {
        let input = |line: &'_ Value| line["input"].get(kind).is_some();
        let of_kind = self.0.iter().filter(|line| input(line));
        of_kind.map(|line| (line["at"].as_i64().unwrap(), &line["input"][kind])).collect()
    }

    fn triggers(&self) -> Vec<i64> {
        self.0.iter().filter_map(|line| line["moment"]["trigger"].as_i64()).collect()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_named_redemption_forces_a_clip_and_a_hype_train_raises_once_a_level() {
    let twitch = Twitch::start(&["cliphound_tester:1"], SPEED).await;
    let dir = tempfile::tempdir().unwrap();
    name_signals(dir.path(), NAMED);
    let file = dir.path().join("run.jsonl");
    let mut daemon = started(&twitch, dir.path(), &["--record", file.to_str().unwrap()]).await;

    for (kind, level) in
        [("begin", 1), ("progress", 2), ("progress", 2), ("progress", 3), ("end", 3)]
    {
        twitch.signal(OWN, &format!("channel.hype_train.{kind}"), json!({"level": level})).await;
    }
    twitch.signal(OWN, REDEMPTION, redeemed("Hydrate")).await;
    twitch.signal(OWN, REDEMPTION, redeemed("Clip That")).await;
    let created = |line: &Line| line.is("cause", "signal:clip that") && line.is("state", "created");
    daemon.log_line("the clip is made", created).await;
    daemon.terminate().await;

    let clips = daemon.lines("clip_urls.txt");
    let triggers: Vec<_> = clips.iter().map(|columns| columns[7].as_str()).collect();
    assert_eq!(triggers.iter().filter(|t| t.starts_with("signal:")).count(), 1, "{triggers:?}");
    assert!(triggers.contains(&"signal:clip that"), "{triggers:?}");

    let fed = Fed::read(&file);
    let signals: Vec<_> = fed.inputs("signal").into_iter().map(|(_, signal)| signal).collect();
    let raised = json!({"name": "hype train", "forces": false});
    let forced = json!({"name": "clip that", "forces": true});
    assert_eq!(signals, [&raised, &raised, &forced]);
    let replay = daemon.command(&["replay", "--json", file.to_str().unwrap()]).await;
    assert_eq!(replay.code, Some(0), "{}", replay.err);
}

/// What a burst of people writes.
const BURST: &str = "KEKW what was that";

/// Bursts until there is a moment; gives its trigger.
async fn burst(daemon: &mut Daemon, twitch: &Twitch) -> i64 {
    let bursts = async {
        let clock = Clock::fast(SPEED);
        loop {
            twitch.say_together(OWN, 40, BURST);
            clock.sleep(Duration::from_secs(100)).await;
        }
    };
    tokio::select! {
        () = bursts => unreachable!("bursts go on"),
        line = daemon.log_line("a moment", |line| line.has("moment: ")) => {
            line["trigger_ms"].as_i64().unwrap()
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_burst_in_an_ad_break_is_no_moment() {
    let twitch = often().await;
    let dir = tempfile::tempdir().unwrap();
    let (mut daemon, file) = recorded(&twitch, dir.path()).await;
    let before = burst(&mut daemon, &twitch).await;

    let clock = Clock::fast(SPEED);
    clock.sleep(Duration::from_secs(100)).await;
    twitch.signal(OWN, "channel.ad_break.begin", json!({"duration_seconds": 180})).await;
    daemon.log_line("told", |line| line.has("Twitch signals")).await;
    clock.sleep(Duration::from_secs(60)).await;
    twitch.say_together(OWN, 40, BURST);
    clock.sleep(Duration::from_secs(100)).await;
    for kind in ["channel.poll.begin", "channel.prediction.end"] {
        twitch.signal(OWN, kind, Value::Null).await;
        daemon.log_line("told", |line| line.has("Twitch signals")).await;
    }
    let after = burst(&mut daemon, &twitch).await;
    daemon.terminate().await;

    let fed = Fed::read(&file);
    let ads = fed.inputs("ad_break");
    let [(ads_ms, length)] = ads.as_slice() else { panic!("{ads:?}") };
    assert_eq!(length["seconds"], 180);
    let masked = *ads_ms..ads_ms + 195_000;
    let bursts = fed.inputs("message").into_iter();
    let said = bursts.filter(|(at, line)| masked.contains(at) && line["text"] == BURST).count();
    assert!(said >= 40, "{said}");
    assert!(before < masked.start && after >= masked.end, "{before} {masked:?} {after}");
    assert_eq!(fed.triggers(), [before, after], "{masked:?}");
    let polls = fed.0.iter().filter(|line| line["input"] == "poll").count();
    assert_eq!(polls, 2);
}

/// How a notice of chat comes by EventSub.
fn notice(kind: &str, details: &Value) -> Value {
    json!({
        "chatter_user_id": "77", "chatter_user_login": "guest", "chatter_user_name": "Guest",
        "chatter_is_anonymous": false, "badges": [], "message_id": format!("notice-{kind}"),
        "message": {"text": "", "fragments": []}, "notice_type": kind, kind: details,
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_burst_after_a_raid_after_many_gifts_and_in_a_poll_is_no_moment() {
    let twitch = often().await.with(SOURCE, "eventsub");
    let dir = tempfile::tempdir().unwrap();
    let (mut daemon, file) = recorded(&twitch, dir.path()).await;
    let before = burst(&mut daemon, &twitch).await;
    let clock = Clock::fast(SPEED);
    let (by_chat, poll) = ("channel.chat.notification", "channel.poll.begin");
    for (kind, event) in [
        (by_chat, notice("raid", &json!({"viewer_count": 500}))),
        (by_chat, notice("community_sub_gift", &json!({"total": 20, "sub_tier": "1000"}))),
        (poll, Value::Null),
    ] {
        clock.sleep(Duration::from_secs(100)).await;
        twitch.signal(OWN, kind, event).await;
        // What only the owner is told comes over another connection than chat.
        if kind == poll {
            daemon.log_line("told", |line| line.has("Twitch signals")).await;
        }
        twitch.say_together(OWN, 40, BURST);
    }
    clock.sleep(Duration::from_secs(100)).await;
    let after = burst(&mut daemon, &twitch).await;
    daemon.terminate().await;

    let fed = Fed::read(&file);
    let at = |kind: &str| fed.inputs(kind)[0].0;
    let poll = fed.0.iter().find(|line| line["input"] == "poll").unwrap();
    let masked = [
        at("raid")..at("raid") + 90_000,
        at("gift")..at("gift") + 45_000,
        poll["at"].as_i64().unwrap()..poll["at"].as_i64().unwrap() + 30_000,
    ];
    for mask in masked {
        let bursts = fed.inputs("message").into_iter();
        let said = bursts.filter(|(at, line)| mask.contains(at) && line["text"] == BURST).count();
        assert_eq!(said, 40, "in {mask:?}");
        assert!(before < mask.start && after >= mask.end, "{before} {mask:?} {after}");
    }
    assert_eq!(fed.triggers(), [before, after]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_big_cheer_raises_and_a_small_one_does_not() {
    let twitch = Twitch::start(&["cliphound_tester:1"], SPEED).await;
    let twitch = twitch.with("CLIPHOUND_LOG__FILTER", "info,cliphound::daemon::channel=debug");
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("run.jsonl");
    let mut daemon = started(&twitch, dir.path(), &["--record", file.to_str().unwrap()]).await;
    for bits in [100, 5_000] {
        let cheer = json!({"is_anonymous": true, "user_login": null, "bits": bits});
        twitch.signal(OWN, "channel.cheer", cheer).await;
        daemon.log_line("told", |line| line.has("Twitch signals")).await;
    }
    twitch.say_moderator(OWN, "helper", "!testclip");
    let asked = |line: &Line| line.has("moment: ") && line.is("cause", "manual:helper");
    daemon.log_line("asked for", asked).await;
    daemon.terminate().await;
    let fed = Fed::read(&file);
    let raised = json!({"name": "cheer", "forces": false});
    let signals: Vec<_> = fed.inputs("signal").into_iter().map(|(_, signal)| signal).collect();
    assert_eq!(signals, [&raised]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_owners_token_is_listened_with_while_there_is_one() {
    let twitch = Twitch::start(&["ninja:1"], SPEED).await.logged_out();
    let dir = tempfile::tempdir().unwrap();
    name_signals(dir.path(), NAMED);
    let told = command_at(dir.path(), &twitch, &["login"]).await;
    assert_eq!(told.code, Some(0), "{}", told.err);
    let told = command_at(dir.path(), &twitch, &["check"]).await;
    assert_eq!(told.code, Some(0), "{}", told.out);
    for words in [
        "warn  signals",
        "redemptions, so “hype train”, “other”, “clip that” does nothing; for these: `cliphound login --role broadcaster`",
        "clip that: redemption of “clip that” forces",
    ] {
        assert!(told.out.contains(words), "{words}: {}", told.out);
    }

    let mut daemon = Daemon::run(dir.path(), &twitch, &[]).await;
    daemon.log_line("chat is heard", |line| line.has("chat is heard")).await;
    twitch.seat("ninja");
    let told = command_at(dir.path(), &twitch, &["login", "--role", "broadcaster"]).await;
    assert_eq!(told.code, Some(0), "{}", told.err);
    for (scope, is_asked) in [
        ("channel:read:redemptions", true),
        ("channel:read:hype_train", true),
        ("channel:read:ads", true),
        ("bits:read", false),
        ("channel:read:subscriptions", false),
    ] {
        assert_eq!(told.out.contains(scope), is_asked, "{scope}: {}", told.out);
    }
    let session =
        |line: &Line| line.has("signals of the own channel") && line.is("channel", "ninja");
    daemon.log_line("the owner's session", session).await;
    twitch.signal("ninja", REDEMPTION, redeemed("clip that")).await;
    let created = |line: &Line| line.is("cause", "signal:clip that") && line.is("state", "created");
    daemon.log_line("the clip is made", created).await;
    let told = command_at(dir.path(), &twitch, &["check"]).await;
    let words = "ok    signals       of #ninja are heard: ad breaks, polls, predictions, hype trains, redemptions";
    assert!(told.out.contains(words), "{}", told.out);

    let told = command_at(dir.path(), &twitch, &["logout", "--role", "broadcaster"]).await;
    assert_eq!(told.code, Some(0), "{}", told.err);
    daemon.log_line("it ends", |line| line.has("the signals by its owner's token end")).await;
    daemon.terminate().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_needs_recordings_says_so_where_the_token_may_not() {
    let twitch = Twitch::start(&["ninja:1"], SPEED).await.logged_out();
    let dir = tempfile::tempdir().unwrap();
    let told = command_at(dir.path(), &twitch, &["login", "--least"]).await;
    assert_eq!(told.code, Some(0), "{}", told.err);
    let twitch = twitch.with("CLIPHOUND_CLIPS__PUBLISH", "review");
    let lacks = "but for clips.publish = review the token lacks the scope editor:manage:clips: run `cliphound login";
    let told = command_at(dir.path(), &twitch, &["check"]).await;
    assert_eq!(told.code, Some(0), "{}", told.out);
    assert!(
        told.out.contains(&format!("warn  clipper       clips as cliphound_tester; {lacks}")),
        "{}",
        told.out
    );
    let mut daemon = Daemon::run(dir.path(), &twitch, &[]).await;
    daemon.log_line("told at the start", |line| line.has(lacks)).await;
    daemon.terminate().await;
}

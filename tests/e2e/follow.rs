//! Channels that come, go and are renamed, and settings that change, while the daemon runs.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use serde_json::Value;

use crate::{
    SPEED,
    daemon::{Daemon, Line, command_at},
    eventsub::STEADY,
    twitch::Twitch,
};

/// Messages around the begin and the end of a comparison that may be on either side of it.
const EDGE: usize = 10;

/// A Twitch whose channels the settings file names.
async fn start(channels: &[&str]) -> Twitch {
    start_at(channels, SPEED).await
}

async fn start_at(channels: &[&str], speed: f64) -> Twitch {
    let mut twitch = Twitch::start(channels, speed).await;
    twitch.environment.remove("TWITCH_CHANNELS");
    twitch
}

fn write(dir: &Path, text: &str) {
    std::fs::write(dir.join("cliphound.toml"), text).unwrap();
}

fn heard(channel: &'static str) -> impl Fn(&Line) -> bool {
    move |line| line.has("chat is heard") && line.is("channel", channel)
}

fn is_error(line: &Line) -> bool {
    line.is("level", "ERROR")
}

fn made_for_helper(line: &Line) -> bool {
    line.is("cause", "manual:helper") && line.is("state", "created")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_list_changes_and_the_others_notice_nothing() {
    let names = ["ninja:800", "mossykettle:40", "latecomer:40"];
    let twitch = start_at(&names, STEADY).await;
    let dirs = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let files = dirs.each_ref().map(|dir| dir.path().join("run.jsonl"));
    let record = |n: usize| ["--record", files[n].to_str().unwrap()];
    let dir = dirs[0].path();
    write(dir, "[twitch]\nchannels = ['ninja', 'mossykettle']\n");
    write(dirs[1].path(), "[twitch]\nchannels = ['ninja']\n");
    let mut daemon = Daemon::run(dir, &twitch, &record(0)).await;
    let dry = [&record(1)[..], &["--dry-run"]].concat();
    let mut witness = Daemon::run(dirs[1].path(), &twitch, &dry).await;
    let rooms = std::cell::Cell::new(0);
    let both = |line: &Line| {
        rooms.set(rooms.get() + usize::from(line.has("chat is heard")));
        rooms.get() == 2
    };
    daemon.log_line("both are heard", both).await;
    witness.log_line("heard", heard("ninja")).await;
    twitch.say_moderator("ninja", "helper", "the comparison begins");

    // One goes, one comes, and there are fewer clips.
    let settings = "[twitch]\nchannels = ['ninja', 'latecomer']\n[clips]\nbudget_per_hour = 4\n";
    write(dir, settings);
    let words = "channels: +latecomer, -mossykettle; budget_per_hour 8 -> 4";
    daemon.log_line("told in one line", |line| line.has(words)).await;
    let left = |line: &Line| line.has("not followed any more") && line.is("channel", "mossykettle");
    daemon.log_line("left", left).await;
    assert!(daemon.file("models/mossykettle.bin").exists());
    daemon.log_line("heard", heard("latecomer")).await;
    twitch.say_moderator("latecomer", "helper", "!testclip");
    daemon.log_line("clipped", made_for_helper).await;

    // A mistake changes nothing and is told once, and once more when it is asked for.
    write(dir, "[twitch]\nchannels = ['ninja']\n[clips]\nbudgget_per_hour = 2\n");
    let mistake = |line: &Line| is_error(line) && line.has("did you mean clips.budget_per_hour");
    daemon.log_line("a mistake", mistake).await;
    daemon.signal("HUP").await;
    daemon.log_line("read anew", |line| line.has("SIGHUP")).await;
    daemon.log_line("the same mistake", mistake).await;
    assert_eq!(daemon.seen(is_error), 2);
    write(dir, &(settings.replace('4', "5") + "[storage]\nwindows_days = 9\n"));
    daemon.signal("HUP").await;
    daemon.log_line("mended", |line| line.has("changed: budget_per_hour 4 -> 5")).await;
    let later = |line: &Line| line.has("takes effect at the next start: storage.windows_days");
    daemon.log_line("what can't change is told", later).await;
    let found = |line: &Line| line.has("moment: ") && line.is("channel", "ninja");
    daemon.log_line("it goes on finding moments", found).await;

    twitch.say_moderator("ninja", "helper", "!testclip the comparison ends");
    let asked = |line: &Line| {
        line.has("moment: ") && line.is("channel", "ninja") && line.is("cause", "manual:helper")
    };
    daemon.log_line("asked for", asked).await;
    witness.log_line("asked for", asked).await;
    let replay = ["replay", "--json", files[0].to_str().unwrap()];
    daemon.terminate().await;
    witness.terminate().await;

    let [fed, all] = files.each_ref().map(|file| Fed::read(file, "ninja"));
    assert!(all.between.len() > 8 * EDGE, "{}", all.between.len());
    for (some, others, story) in [(&all, &fed, "lost"), (&fed, &all, "not heard elsewhere")] {
        let others: BTreeSet<_> = others.messages.keys().collect();
        let inner = &some.between[EDGE..some.between.len() - EDGE];
        let missing: Vec<_> = inner.iter().filter(|id| !others.contains(id)).collect();
        assert!(missing.is_empty(), "{story}: {missing:?}");
    }
    assert!(fed.messages.values().all(|times| *times == 1), "doubled");
    assert_eq!(fed.budgets, [4.0, 5.0]);
    let replay = daemon.command(&replay).await;
    assert_eq!(replay.code, Some(0), "{}", replay.err);
}

/// What an engine was fed, by its recording.
#[derive(Default)]
struct Fed {
    /// How often each message came, by id.
    messages: BTreeMap<String, u32>,
    /// Ids from the comparison's begin to its end.
    between: Vec<String>,
    /// The budgets that it was told.
    budgets: Vec<f64>,
}

impl Fed {
    fn read(file: &Path, channel: &str) -> Self {
        let (mut fed, mut compares) = (Self::default(), false);
        for line in std::fs::read_to_string(file).unwrap().lines() {
            let line: Value = serde_json::from_str(line).unwrap();
            if line["channel"] != channel {
                continue;
            }
            fed.budgets.extend(line["input"]["settings"]["budget_per_hour"].as_f64());
            let message = &line["input"]["message"];
            let Some(id) = message["id"].as_str().map(str::to_owned) else { continue };
            let text = message["text"].as_str().unwrap();
            compares |= text == "the comparison begins";
            if compares {
                fed.between.push(id.clone());
            }
            compares &= !text.ends_with("the comparison ends");
            *fed.messages.entry(id).or_default() += 1;
        }
        fed
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_renamed_channel_is_followed() {
    let twitch = start(&["ninja:40", "mossykettle:40"]).await;
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "[twitch]\nchannels = ['ninja', 'mossykettle']\n");
    let mut daemon = Daemon::run(dir.path(), &twitch, &[]).await;
    daemon.log_line("heard", heard("mossykettle")).await;
    // Who is clipped is known by id, and only such a channel can be followed.
    twitch.say_moderator("mossykettle", "early", "!testclip");
    let known = |line: &Line| line.is("cause", "manual:early") && line.is("state", "created");
    daemon.log_line("its id is known", known).await;
    twitch.rename("mossykettle", "freshkettle");
    let told = |line: &Line| line.has("was called mossykettle and is followed");
    daemon.log_line("told", told).await;
    assert!(!daemon.file("models/mossykettle.bin").exists());
    assert!(daemon.file("models/freshkettle.bin").exists());
    let goes_on = |line: &Line| line.has("goes on with what") && line.is("channel", "freshkettle");
    daemon.log_line("its model came along", goes_on).await;
    daemon.log_line("heard", heard("freshkettle")).await;
    twitch.say_moderator("freshkettle", "helper", "!testclip");
    daemon.log_line("clipped", made_for_helper).await;
    daemon.terminate().await;
    assert_eq!(daemon.seen(told), 1);
    assert_eq!(daemon.seen(is_error), 0);
    let manual = daemon.lines("clip_urls.txt").into_iter().find(|line| line[7] == "manual:helper");
    assert_eq!(manual.unwrap()[1], "freshkettle");

    // The old name goes on meaning it, also after a restart.
    let mut daemon = Daemon::run(dir.path(), &twitch, &[]).await;
    daemon.log_line("told", |line| line.has("was called mossykettle, as the settings")).await;
    daemon.log_line("heard", heard("freshkettle")).await;
    write(dir.path(), "[twitch]\nchannels = ['ninja', 'freshkettle']\n");
    daemon.log_line("told", |line| line.has("channels: +freshkettle, -mossykettle")).await;
    daemon.terminate().await;
    assert_eq!(daemon.seen(|line| line.has("not followed any more")), 0, "it is the same one");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_does_not_want_to_be_clipped_is_not_joined() {
    let twitch = start(&["ninja:40", "mossykettle:40"]).await;
    let dir = tempfile::tempdir().unwrap();
    let without = "[twitch]\nchannels = ['ninja', 'mossykettle']\n";
    let never = format!("{without}never = ['#MossyKettle']\n");
    write(dir.path(), &never);
    let told = command_at(dir.path(), &twitch, &["check", "--offline"]).await;
    assert!(told.out.contains("mossykettle in twitch.never"), "{}", told.out);
    let mut daemon = Daemon::run(dir.path(), &twitch, &[]).await;
    let left_out = |line: &Line| line.has("in twitch.never") && line.is("channel", "mossykettle");
    daemon.log_line("told", left_out).await;
    daemon.log_line("heard", heard("ninja")).await;
    assert_eq!(twitch.stats().await["joins"], 1);
    write(dir.path(), without);
    daemon.log_line("allowed", heard("mossykettle")).await;
    write(dir.path(), &never);
    let words = "channels: -mossykettle; never: +mossykettle";
    daemon.log_line("withdrawn", |line| line.has(words)).await;
    daemon.log_line("left", |line| line.has("not followed any more")).await;
    daemon.terminate().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wanted_of_clips_changes_while_it_runs() {
    let twitch = start(&["ninja:1"]).await;
    let dir = tempfile::tempdir().unwrap();
    let settings = |clips: &str| format!("[twitch]\nchannels = ['ninja']\n[clips]\n{clips}\n");
    write(dir.path(), &settings("dry_run = true"));
    let mut daemon = Daemon::run(dir.path(), &twitch, &[]).await;
    daemon.log_line("heard", heard("ninja")).await;
    for (moderator, clips, state) in [
        ("one", "", "created"),
        ("two", "publish = 'review'", "waiting"),
        ("three", "dry_run = true", "dry_run"),
    ] {
        write(dir.path(), &settings(clips));
        daemon.log_line("told", |line| line.has("the settings have changed: ")).await;
        // A second command within ten seconds is ignored.
        cliphound_clock::Clock::fast(SPEED).sleep(std::time::Duration::from_secs(11)).await;
        twitch.say_moderator("ninja", moderator, "!testclip");
        let cause = format!("manual:{moderator}");
        if state == "waiting" {
            daemon.log_line("it waits", |line| line.has("waits for review")).await;
        } else {
            let fits = |line: &Line| line.is("cause", &cause) && line.is("state", state);
            daemon.log_line(state, fits).await;
        }
    }
    assert_eq!(daemon.seen(|line| line.has("takes effect at the next start")), 0);
    daemon.terminate().await;
    assert_eq!(twitch.clips().iter().filter(|clip| !clip.from_vod).count(), 1);
}

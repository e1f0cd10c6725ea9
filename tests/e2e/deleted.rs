//! Deleted chat is gone from the recording while the run goes on, and a replay still agrees.

use std::{path::Path, time::Duration};

use cliphound_clock::Clock;
use cliphound_twitch_sim::Role;
use serde_json::Value;

use crate::{PATIENCE, SPEED, daemon::Daemon, eventsub::SOURCE, twitch::Twitch};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deleted_chat_leaves_the_recording_and_the_replay_agrees() {
    let twitch = Twitch::start(&["ninja:800"], SPEED).await;
    let dir = tempfile::tempdir().unwrap();
    let recording = dir.path().join("run.jsonl");
    let path = recording.to_str().unwrap();
    let mut daemon =
        Daemon::run(dir.path(), &twitch, &["--dry-run", "--record", path, "-vv"]).await;
    daemon.log_line("chat is heard", |line| line.has("chat is heard")).await;

    let id = twitch.say_by("ninja", "zarude", "my deleted line", Role::Viewer);
    twitch.say_viewer("ninja", "zaworse", "a zapurged line");
    twitch.say_moderator("ninja", "zahelper", "!clip a zapurged title");
    let moments = dir.path().join("recordings/moments.tsv");
    until(&recording, |text| text.contains("a zapurged title")).await;
    until(&moments, |text| text.contains("a zapurged title")).await;
    let before = std::fs::read_to_string(&recording).unwrap();
    assert!(before.contains("my deleted line") && before.contains("a zapurged line"));

    twitch.delete_line("ninja", "zarude", &id, "my deleted line");
    twitch.purge("ninja", "zaworse");
    twitch.purge("ninja", "zahelper");
    within(GONE, async {
        until(&recording, |text| {
            !has_any(text, &["my deleted line", "zapurged", "zaworse", "zahelper"])
        })
        .await;
        until(&moments, |text| !text.contains("zapurged")).await;
    })
    .await;
    // Whoever comes back and is timed out once more loses that as well.
    twitch.say_viewer("ninja", "zaworse", "zaback again");
    until(&recording, |text| text.contains("zaback again")).await;
    twitch.purge("ninja", "zaworse");
    within(GONE, until(&recording, |text| !has_any(text, &["zaback", "zaworse"]))).await;
    twitch.say_viewer("ninja", "zaworse", "back in peace");
    until(&recording, |text| text.contains("back in peace")).await;
    daemon
        .log_line("an automatic moment", |line| {
            line.has("moment: ") && !line["cause"].as_str().unwrap().starts_with("manual")
        })
        .await;
    daemon.terminate().await;

    let text = std::fs::read_to_string(&recording).unwrap();
    assert!(!has_any(&text, &["my deleted line", "zapurged", "zaworse", "zahelper"]));
    assert!(text.contains("zarude"), "one deleted line does not make anybody nameless");
    let words =
        |line: &crate::daemon::Line| has_any(&line.to_string(), &["deleted line", "zapurged line"]);
    assert_eq!(daemon.seen(words), 0, "nor is chat in the log");

    let replay = daemon.command(&["replay", "--json", path]).await;
    assert_eq!(replay.code, Some(0), "{}", replay.err);
    let told = daemon.seen(|line| line.has("moment: "));
    assert_eq!(replay.out.lines().count(), told, "{}", replay.out);
}

/// A cleared chat leaves no text in the recording, whatever chat is read by.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cleared_chat_leaves_the_recording_and_the_replay_agrees() {
    let twitch = Twitch::start(&["ninja:800", "mossykettle:40"], SPEED).await;
    for source in ["irc", "eventsub"] {
        let dir = tempfile::tempdir().unwrap();
        let recording = dir.path().join("run.jsonl");
        let path = recording.to_str().unwrap();
        let twitch = twitch.with(SOURCE, source);
        let mut daemon = Daemon::run(dir.path(), &twitch, &["--dry-run", "--record", path]).await;
        for _ in 0..2 {
            daemon.log_line("chat is heard", |line| line.has("chat is heard")).await;
        }
        if source == "eventsub" {
            // Deletions are heard a moment after lines are.
            twitch.signal("ninja", "channel.chat.clear", Value::Null).await;
        }
        for channel in ["ninja", "mossykettle"] {
            twitch.say_viewer(channel, "zauser", &format!("zasaid in {channel}"));
            until(&recording, |text| text.contains(&format!("zasaid in {channel}"))).await;
        }
        twitch.clear_chat("ninja");
        within(GONE, until(&recording, |text| !text.contains("zasaid in ninja"))).await;
        let cleared = std::fs::read_to_string(&recording).unwrap();
        assert!(cleared.contains("zasaid in mossykettle"), "the other chat stays");
        twitch.say_viewer("ninja", "zauser", "zalater in ninja");
        until(&recording, |text| text.contains("zalater in ninja")).await;
        daemon.terminate().await;
        let replay = daemon.command(&["replay", "--json", path]).await;
        assert_eq!(replay.code, Some(0), "{source}: {}", replay.err);
    }
}

/// A title that was deleted in chat is nowhere any more, and the clip is made without it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_title_is_not_published_by_a_yes() {
    let twitch = Twitch::start(&["ninja:1", "mossykettle:1"], SPEED).await;
    let twitch = twitch.with("CLIPHOUND_CLIPS__PUBLISH", "review");
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = Daemon::run(dir.path(), &twitch, &[]).await;
    for _ in 0..2 {
        daemon.log_line("chat is heard", |line| line.has("chat is heard")).await;
    }
    let mut keys = Vec::new();
    let asked = [("ninja", "!clip zadeleted words"), ("mossykettle", "!clip zapurged words")];
    let mut ids = Vec::new();
    for (channel, text) in asked {
        ids.push(twitch.say_by(channel, "zahelper", text, Role::Moderator));
        let waits = |line: &crate::daemon::Line| {
            line.has("waits for review") && line.is("channel", channel) && line["key"].is_string()
        };
        let line = daemon.log_line("it waits", waits).await;
        keys.push(line["key"].as_str().unwrap().to_owned());
    }
    let list = daemon.command(&["review", "list"]).await;
    assert!(list.out.contains("zadeleted") && list.out.contains("zapurged"), "{}", list.out);

    twitch.delete_line("ninja", "zahelper", &ids[0], asked[0].1);
    twitch.purge("mossykettle", "zahelper");
    within(GONE, async {
        while has_any(&daemon.command(&["review", "list"]).await.out, &["zadeleted", "zapurged"]) {
            Clock::system().sleep(Duration::from_millis(50)).await;
        }
    })
    .await;
    for key in &keys {
        let yes = daemon.command(&["review", "accept", key]).await;
        assert_eq!(yes.code, Some(0), "{}", yes.err);
        daemon.log_line("made", |line| line.is("state", "confirmed")).await;
    }
    daemon.terminate().await;
    let titles: Vec<_> = twitch.clips().into_iter().map(|clip| clip.title).collect();
    assert_eq!(titles.len(), 2);
    assert!(titles[0].starts_with("ninja 20") && titles[1].starts_with("mossykettle 20"));
    for name in ["cliphound.db", "recordings/moments.tsv", "recordings/clip_urls.txt"] {
        let bytes = std::fs::read(dir.path().join(name)).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert!(!has_any(&text, &["zadeleted", "zapurged"]), "{name}");
    }
}

/// The promise for deleted chat, in real time.
const GONE: Duration = Duration::from_secs(5);

async fn within(time: Duration, work: impl Future<Output = ()>) {
    tokio::time::timeout(time, work)
        .await
        .unwrap_or_else(|_| panic!("it takes longer than {time:?}"));
}

fn has_any(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| text.contains(word))
}

/// Waits until the file is as it shall be.
async fn until(file: &Path, fits: impl Fn(&str) -> bool) {
    let look = async {
        while !std::fs::read_to_string(file).is_ok_and(|text| fits(&text)) {
            Clock::system().sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, look).await.unwrap();
}

//! Deleted chat is gone from the recording while the run goes on, and a replay still agrees.

use std::{path::Path, time::Duration};

use cliphound_clock::Clock;
use cliphound_twitch_sim::Role;

use crate::{PATIENCE, SPEED, daemon::Daemon, twitch::Twitch};

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
    until(&recording, |text| text.contains("a zapurged title")).await;
    let before = std::fs::read_to_string(&recording).unwrap();
    assert!(before.contains("my deleted line") && before.contains("a zapurged line"));

    twitch.delete_line("ninja", "zarude", &id, "my deleted line");
    twitch.purge("ninja", "zaworse");
    twitch.purge("ninja", "zahelper");
    until(&recording, |text| {
        !has_any(text, &["my deleted line", "zapurged", "zaworse", "zahelper"])
    })
    .await;
    twitch.say_viewer("ninja", "zaworse", "back again");
    until(&recording, |text| text.contains("back again")).await;
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

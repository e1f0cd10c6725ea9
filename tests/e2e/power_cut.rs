//! A power cut in the seven seconds between a moment and its clip.

use std::{fs, path::Path, time::Duration};

use cliphound_clock::Clock;
use cliphound_store::{IntentState, Store};

use crate::{
    PATIENCE,
    daemon::{Daemon, Line},
    signals::{OWN, REDEMPTION, redeemed},
    twitch::Twitch,
};

const NAMED: &str = "
[[signals]]
name = 'clip that'
on = 'redemption'
reward = 'Clip that!'
does = 'force'
";
/// So slow that the wait takes more than a second: there is time to be killed in it.
const SLOW: f64 = 5.0;

fn ours(line: &Line) -> bool {
    line.is("cause", "signal:clip that")
}

/// Waits until a moment's promise is on the disk; how far its clip has come.
async fn promised(dir: &Path) -> IntentState {
    let look = async {
        let store = Store::open(&dir.join("cliphound.db")).await.unwrap();
        let intent = loop {
            if let Some(intent) = store.open_intents().await.unwrap().pop() {
                break intent;
            }
            Clock::system().sleep(Duration::from_millis(10)).await;
        };
        store.close().await;
        intent.state
    };
    tokio::time::timeout(PATIENCE, look).await.unwrap()
}

/// What a moderator asks for is clipped without a wait, what the owner is told is not. Killed while it
/// waits, and down until a live clip would not show the moment any more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wait_that_a_power_cut_ends_gives_a_clip_from_the_vod() {
    let twitch = Twitch::start(&["cliphound_tester:1"], SLOW).await;
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("cliphound.toml"), NAMED).unwrap();
    let mut daemon = Daemon::run(dir.path(), &twitch, &[]).await;
    daemon.log_line("chat is heard", |line| line.has("chat is heard")).await;
    twitch.signal(OWN, REDEMPTION, redeemed("Clip that!")).await;
    daemon.log_line("a moment", |line| ours(line) && line.has("moment: ")).await;
    assert_eq!(promised(dir.path()).await, IntentState::Waiting, "too slow to be killed in time");
    daemon.kill().await;
    assert_eq!(promised(dir.path()).await, IntentState::Waiting, "it waited to the end");
    assert!(twitch.clips().is_empty(), "nothing was asked for");
    // The moment's seven seconds and the twenty in which a live clip still shows it.
    Clock::fast(SLOW).sleep(Duration::from_secs(30)).await;

    let mut daemon = Daemon::run(dir.path(), &twitch, &[]).await;
    daemon.log_line("it goes on", |line| line.has("going on with clips that were open")).await;
    daemon.log_line("confirmed", |line| ours(line) && line.is("state", "confirmed")).await;
    daemon.terminate().await;
    let clips = twitch.clips();
    assert_eq!(clips.len(), 1, "{clips:?}");
    assert!(clips[0].from_vod && clips[0].answered, "{clips:?}");
    for (record, columns) in [("clip_urls.txt", 9), ("moments.tsv", 10)] {
        let lines = daemon.lines(record);
        assert_eq!(lines.len(), 1, "{record}: {lines:?}");
        assert_eq!((lines[0].len(), lines[0][7].as_str()), (columns, "signal:clip that"));
    }
    assert_eq!(daemon.lines("clip_urls.txt")[0][2], clips[0].url);
    assert_eq!(daemon.lines("moments.tsv")[0][9], "confirmed");
}

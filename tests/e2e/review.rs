//! An editor at work, against the real binary: a yes makes the clip, a cut by hand another, the
//! video is fetched, the chat around goes when it is deleted; and the mirror after the stream.

use std::time::Duration;

use cliphound_clock::Clock;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::{
    PATIENCE, SPEED,
    daemon::{Daemon, Line},
    dashboard::Dashboard,
    twitch::Twitch,
};

/// The moment, once it is as it shall be.
async fn until(editor: &Dashboard, path: &str, fits: impl Fn(&Value) -> bool) -> Value {
    let look = async {
        loop {
            let (_, moment) = editor.api("GET", path, None).await;
            if fits(&moment) {
                return moment;
            }
            Clock::system().sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, look).await.unwrap()
}

/// The key of what was asked for in chat; chat itself may bring moments, too.
fn by_hand(list: &Value) -> Option<String> {
    let moments = list["moments"].as_array()?;
    let asked = |moment: &&Value| {
        moment["cause"].as_str().is_some_and(|cause| cause.starts_with("manual:"))
    };
    Some(moments.iter().find(asked)?["key"].as_str()?.to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_editor_keeps_cuts_anew_and_takes_the_video() {
    let twitch = Twitch::start(&["ninja:1"], SPEED).await;
    let twitch = twitch.with("CLIPHOUND_CLIPS__PUBLISH", "review");
    let dir = tempfile::tempdir().unwrap();
    let recording = dir.path().join("run.jsonl");
    let record = ["--record", recording.to_str().unwrap()];
    let mut daemon = Daemon::run(dir.path(), &twitch, &record).await;
    let editor = Dashboard::first_owner(&mut daemon).await;
    daemon.told("chat is heard", |line| line.has("chat is heard")).await;
    let line =
        twitch.say_by("ninja", "zarude", "a deleted line", cliphound_twitch_sim::Role::Viewer);
    twitch.say_viewer("ninja", "zaworse", "a purged line");
    twitch.say_viewer("ninja", "zagood", "a kept line");
    twitch.say_moderator("ninja", "helper", "!testclip");

    // The queue, its page, the chat around.
    let list = until(&editor, "/moments?clip=asked", |list| by_hand(list).is_some()).await;
    let key = by_hand(&list).unwrap();
    let page = editor.page("/review").await;
    assert!(page.contains(">waits for a yes</span>") && page.contains("data-key=\"y\""), "{page}");
    let chat = format!("/moments/{key}/chat");
    let has = |chat: &Value, words: &str| chat.to_string().contains(words);
    until(&editor, &chat, |chat| has(chat, "a kept line") && has(chat, "a deleted line")).await;
    twitch.delete_line("ninja", "zarude", &line, "a deleted line");
    twitch.purge("ninja", "zaworse");
    until(&editor, &chat, |c| !has(c, "deleted") && !has(c, "purged") && has(c, "kept")).await;

    // Named, kept: made from the VOD under that name.
    let at = format!("/moments/{key}");
    let title = json!({"title": "the best of it"});
    assert_eq!(editor.api("POST", &format!("{at}/title"), Some(&title)).await.0, StatusCode::OK);
    assert!(twitch.clips().is_empty(), "nothing is public before the yes");
    let kept = editor.send(&format!("/review/{key}/verdict"), &[("verdict", "kept")]).await;
    assert_eq!(kept.0, StatusCode::SEE_OTHER);
    let made = until(&editor, &at, |moment| moment["state"] == "confirmed").await;
    assert_eq!(twitch.clips()[0].title, "the best of it");
    assert_eq!((&made["verdict"], &made["verdicts"][0]["by"]), (&json!("kept"), &json!("ann")));

    // Cut anew: another clip, once, also when it is asked for twice.
    let cut = json!({"start_s": -20.0, "end_s": -8.0});
    for _ in 0..2 {
        let (status, asked) = editor.api("POST", &format!("{at}/recut"), Some(&cut)).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{asked}");
    }
    until(&editor, &at, |moment| moment["recuts"][0]["state"] == "confirmed").await;
    let clips = twitch.clips();
    assert_eq!(clips.len(), 2, "{clips:?}");
    assert!((clips[1].duration_s - 12.0).abs() < 0.01 && clips[1].from_vod, "{clips:?}");

    // Its video.
    let wanted = editor.api("POST", &format!("{at}/download"), None).await;
    assert_eq!(wanted.0, StatusCode::ACCEPTED, "{}", wanted.1);
    let here = until(&editor, &at, |moment| moment["video"] == "here").await;
    let path = format!("/api/v1{at}/video?download=true");
    let answer = editor.request("GET", &path).send().await.unwrap();
    let name = answer.headers()["content-disposition"].to_str().unwrap().to_owned();
    assert!(name.starts_with("attachment; filename=\"ninja_"), "{name}");
    let bytes = answer.bytes().await.unwrap();
    assert_eq!(json!(bytes.len()), here["video_bytes"]);

    // Taken back: the clip stays, the verdict does not, and a restart changes nothing of it.
    assert_eq!(editor.api("DELETE", &format!("{at}/verdict"), None).await.0, StatusCode::OK);
    daemon.terminate().await;
    let list = daemon.command(&["review", "list"]).await;
    assert!(!list.out.contains(&key), "{}", list.out);
    assert_eq!(daemon.lines("clip_urls.txt").len(), 2);

    // The channel was told of the cut, once, and a replay of what it was told agrees.
    let told = std::fs::read_to_string(&recording).unwrap();
    assert_eq!(told.matches("\"evidence\"").count(), 1, "{told}");
    let replay = daemon.command(&["replay", "--json", recording.to_str().unwrap()]).await;
    assert_eq!(replay.code, Some(0), "{}", replay.err);
}

/// Nothing is public before the yes, so there is no clip to watch: the VOD of the running stream is
/// asked for as soon as a moment waits, and whenever the next one does.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_for_a_yes_can_be_watched() {
    let twitch = Twitch::start(&["ninja:1"], SPEED).await;
    let twitch = twitch.with("CLIPHOUND_CLIPS__PUBLISH", "review");
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = Daemon::run(dir.path(), &twitch, &[]).await;
    let editor = Dashboard::first_owner(&mut daemon).await;
    daemon.told("chat is heard", |line| line.has("chat is heard")).await;
    twitch.say_moderator("ninja", "helper", "!testclip");
    let waits = |line: &Line| line.has("waits for review") && line["key"].is_string();
    let key = daemon.log_line("it waits", waits).await["key"].as_str().unwrap().to_owned();
    let at = format!("/moments/{key}");
    let seen = until(&editor, &at, |moment| moment["vod_url"].is_string()).await;
    let url = seen["vod_url"].as_str().unwrap();
    assert!(url.starts_with("https://www.twitch.tv/videos/2"), "{url}");
    assert_eq!((&seen["state"], &seen["review"]), (&json!("waiting"), &json!("asked")));
    let page = editor.page(&format!("/review/{key}")).await;
    assert!(page.contains("player.twitch.tv/?video=2"), "{page}");
    assert!(twitch.clips().is_empty(), "{:?}", twitch.clips());
    daemon.terminate().await;
}

/// Cliphound came into a stream that had begun three quarters of an hour before: viewers' clips, whose
/// places count from its start, lie where they belong all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_the_stream_stands_what_viewers_clipped_beside_ours() {
    let twitch = Twitch::start(&["ninja:1"], SPEED).await;
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = Daemon::run(dir.path(), &twitch, &[]).await;
    let editor = Dashboard::first_owner(&mut daemon).await;
    daemon.told("chat is heard", |line| line.has("chat is heard")).await;
    twitch.say_moderator("ninja", "helper", "!testclip");
    daemon.log_line("ours", |line| line.has("moment: ")).await;
    let theirs = twitch.viewer_clips_now("ninja");
    daemon.log_line("made", |line| line.is("state", "confirmed")).await;
    twitch.end_stream("ninja");

    let list = "/streams?zone=UTC&channel=ninja";
    let ended = until(&editor, list, |list| list[0]["viewer_clips_until_ms"].is_i64()).await;
    let path = format!("/streams/ninja/{}/mirror", ended[0]["start_ms"]);
    let is_theirs = |one: &Value| one["clips"].as_array().unwrap().contains(&json!(theirs));
    let of_theirs = |mirror: &Value| mirror.as_array()?.iter().find(|one| is_theirs(one)).cloned();
    let mirror = until(&editor, &path, |mirror| of_theirs(mirror).is_some()).await;
    let highlight = of_theirs(&mirror).unwrap();
    assert_eq!(highlight["became"], json!("caught"), "{highlight}");
    daemon.terminate().await;
}

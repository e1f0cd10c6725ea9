//! The life of a clip when Twitch misbehaves: refusals, the VOD, review, videos, viewers' clips.

use std::time::Duration;

use cliphound_clock::Clock;
use cliphound_twitch_sim::ClipRecord;
use serde_json::Value;

use crate::{
    SPEED,
    daemon::{Daemon, Line},
    twitch::Twitch,
};

/// A channel so small that little happens in it but what a story does.
const QUIET: &[&str] = &["ninja:1"];

fn asked(line: &Line) -> bool {
    line.is("cause", "manual:helper")
}

/// The one line of a record that is about what the moderator asked for.
fn asked_for(daemon: &Daemon, record: &str) -> Vec<String> {
    let lines = daemon.lines(record).into_iter().filter(|line| line[7] == "manual:helper");
    let mut lines: Vec<_> = lines.collect();
    assert_eq!(lines.len(), 1, "{record}: {lines:?}");
    lines.remove(0)
}

/// What Twitch made of it: nothing was made twice, and each clip has its line.
fn made(twitch: &Twitch, daemon: &Daemon) -> ClipRecord {
    let clips = twitch.clips();
    assert_eq!(clips.len(), daemon.lines("clip_urls.txt").len(), "{clips:?}");
    let url = &asked_for(daemon, "clip_urls.txt")[2];
    clips.into_iter().find(|clip| clip.url == *url).unwrap()
}

/// A daemon that hears all its channels.
async fn started(twitch: &Twitch, dir: &tempfile::TempDir) -> Daemon {
    let mut daemon = Daemon::run(dir.path(), twitch, &[]).await;
    for _ in twitch.environment["TWITCH_CHANNELS"].split(',') {
        daemon.log_line("chat is heard", |line| line.has("chat is heard")).await;
    }
    daemon
}

/// `timeout` signals a process and its group: that is one signal. One that comes later is a second.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_signals_of_one_press_end_it_softly() {
    let twitch = Twitch::start(QUIET, SPEED).await;
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = started(&twitch, &dir).await;
    daemon.signals("INT", 2).await;
    assert_eq!(daemon.ended().await, Some(0), "{}", daemon.log());
    assert_eq!(daemon.seen(|line| line.has("stopping (SIGINT)")), 1);
    assert!(dir.path().join("models/ninja.bin").exists(), "it is saved");
}

/// A short live clip would miss the moment: an editor gets it from the VOD, from the first one on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_editors_first_moment_in_a_channel_already_is_placed_by_the_vod() {
    let twitch = Twitch::start(&["ninja:800"], SPEED).await;
    let twitch = twitch.with("CLIPHOUND_CLIPS__DURATION_S", "10");
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = started(&twitch, &dir).await;
    // Twitch shows who is an editor by the video of some clip.
    twitch.say_moderator("ninja", "helper", "!testclip");
    daemon.log_line("confirmed", |line| asked(line) && line.is("state", "confirmed")).await;
    let placed = |line: &Line| line.has("from the VOD: a live clip would not show");
    daemon.log_line("the VOD is better", placed).await;
    let by_itself = |line: &Line| line.is("state", "confirmed") && !asked(line);
    daemon.log_line("made", by_itself).await;
    daemon.terminate().await;
    let mut clips = twitch.clips().into_iter();
    let first = clips.by_ref().find(|clip| clip.from_vod && !clip.title.ends_with("helper"));
    let first = first.unwrap();
    assert!(first.answered && first.duration_s <= 10.0, "{first:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clip_service_that_is_down_gives_a_clip_from_the_vod() {
    let twitch = Twitch::start(QUIET, SPEED).await;
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = started(&twitch, &dir).await;
    twitch.inject_in("clip_503", "ninja", 3);
    twitch.inject_in("vod_503", "ninja", 1);
    twitch.say_moderator("ninja", "helper", "!testclip");
    daemon.log_line("told once", |line| line.has("clip service fails for this channel")).await;
    daemon.log_line("the VOD", |line| line.has("will be made from the VOD")).await;
    daemon.log_line("confirmed", |line| asked(line) && line.is("state", "confirmed")).await;
    daemon.terminate().await;
    let clip = made(&twitch, &daemon);
    assert_eq!((clip.from_vod, clip.duration_s), (true, 60.0));
    assert_eq!(asked_for(&daemon, "moments.tsv")[9], "confirmed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_answer_of_the_vod_makes_one_clip() {
    let twitch = Twitch::start(QUIET, SPEED).await;
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = started(&twitch, &dir).await;
    twitch.inject_in("clip_500", "ninja", 1);
    twitch.inject_in("vod_lost_answer", "ninja", 1);
    twitch.say_moderator("ninja", "helper", "!testclip");
    daemon.log_line("the VOD", |line| line.has("will be made from the VOD")).await;
    daemon.log_line("found", |line| asked(line) && line.is("state", "confirmed")).await;
    daemon.terminate().await;
    let clip = made(&twitch, &daemon);
    assert_eq!((clip.from_vod, clip.answered), (true, false));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_no_editor_of_the_channel_is_told_so_and_asks_its_vod_once() {
    let twitch = Twitch::start(QUIET, SPEED).await;
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = started(&twitch, &dir).await;
    twitch.inject_in("clip_500", "ninja", 1);
    twitch.inject_in("vod_403", "ninja", 1);
    twitch.say_moderator("ninja", "helper", "!testclip");
    let refused = |line: &Line| {
        asked(line)
            && line.is("state", "refused")
            && line.has("Twitch lets only editors of the channel make clips from its VODs")
    };
    daemon.log_line("refused", refused).await;
    daemon.terminate().await;
    assert_eq!(asked_for(&daemon, "moments.tsv")[9], "refused");
    assert_eq!(twitch.answered("POST /helix/videos/clips", "403").await, 1);
    assert_eq!(twitch.clips().len(), daemon.lines("clip_urls.txt").len());
}

/// What the moderator asks for, with a fault of Create Clip so many times, ends so, and gets a
/// marker in the stream.
async fn is_marked(twitch: Twitch, (fault, times): (&str, u32), state: &str) {
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = started(&twitch, &dir).await;
    twitch.inject_in(fault, "ninja", times);
    twitch.say_moderator("ninja", "helper", "!testclip");
    daemon.log_line(state, |line| asked(line) && line.is("state", state)).await;
    daemon.told("marked", |line| line.has("has a stream marker instead")).await;
    daemon.terminate().await;
    assert_eq!(asked_for(&daemon, "moments.tsv")[9], state);
    let markers = twitch.markers().await;
    let ours = |marker: &Value| marker["description"].as_str().unwrap().contains("by helper");
    assert_eq!(markers.iter().filter(|marker| ours(marker)).count(), 1, "{markers:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_vod_a_stream_marker_is_the_last_resort() {
    let mut twitch = Twitch::start(QUIET, SPEED).await;
    twitch.environment.insert("CLIPHOUND_CLIPS__VOD".to_owned(), "false".to_owned());
    is_marked(twitch, ("clip_503", 3), "missed").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_category_without_clips_gets_a_stream_marker() {
    let twitch = Twitch::start(QUIET, SPEED).await;
    is_marked(twitch, ("clip_category", 1), "refused").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_review_nothing_is_public_before_somebody_says_yes() {
    let mut twitch = Twitch::start(&["ninja:1", "mossykettle:1"], SPEED).await;
    twitch.environment.insert("CLIPHOUND_CLIPS__PUBLISH".to_owned(), "review".to_owned());
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = started(&twitch, &dir).await;
    let mut keys = Vec::new();
    for channel in ["ninja", "mossykettle"] {
        twitch.say_moderator(channel, "helper", "!testclip");
        let waits = |line: &Line| line.has("waits for review") && line.is("channel", channel);
        let line = daemon.log_line("it waits", |line| waits(line) && line["key"].is_string()).await;
        keys.push(line["key"].as_str().unwrap().to_owned());
    }
    let list = daemon.command(&["review", "list"]).await;
    assert_eq!(list.code, Some(0), "{}", list.err);
    for key in &keys {
        assert!(list.out.lines().any(|line| line.starts_with(&format!("{key}\t"))), "{}", list.out);
    }
    let wrong = daemon.command(&["review", "accept", "nonsense"]).await;
    assert_eq!(wrong.code, Some(2), "{}", wrong.err);
    let unknown = daemon.command(&["review", "accept", "7@7"]).await;
    assert_eq!(unknown.code, Some(1), "{}", unknown.err);
    assert!(twitch.clips().is_empty());

    let no = daemon.command(&["review", "reject", &keys[1]]).await;
    assert_eq!(no.code, Some(0), "{}", no.err);
    daemon.log_line("rejected", |line| line.is("state", "rejected")).await;
    let yes = daemon.command(&["review", "accept", &keys[0]]).await;
    assert_eq!(yes.code, Some(0), "{}", yes.err);
    daemon.log_line("confirmed", |line| asked(line) && line.is("state", "confirmed")).await;
    let late = daemon.command(&["review", "reject", &keys[0]]).await;
    assert_eq!(late.code, Some(1), "{}", late.err);
    daemon.terminate().await;
    let clips = twitch.clips();
    assert_eq!((clips.len(), clips[0].from_vod, clips[0].channel.as_str()), (1, true, "ninja"));
    let states: Vec<_> = daemon.lines("moments.tsv").into_iter().map(|c| c[9].clone()).collect();
    assert_eq!(states, ["rejected", "confirmed"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refusals_are_told_in_plain_words_and_a_title_is_replaced() {
    let twitch = Twitch::start(&["ninja:1", "one:1", "two:1", "three:1"], SPEED).await;
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = started(&twitch, &dir).await;
    twitch.inject_in("clip_title", "ninja", 1);
    twitch.inject_in("clip_404", "ninja", 1);
    twitch.say_moderator("ninja", "helper", "!testclip");
    daemon.log_line("a plain title", |line| line.has("trying a plain one")).await;
    daemon.log_line("confirmed", |line| asked(line) && line.is("state", "confirmed")).await;
    for (channel, fault, words) in [
        ("one", "clip_banned", "banned or timed out"),
        ("two", "clip_followers", "only followers"),
        ("three", "clip_category", "no clips in the category"),
    ] {
        twitch.inject_in(fault, channel, 1);
        twitch.say_moderator(channel, "helper", "!testclip");
        let refused = |line: &Line| line.is("channel", channel) && line.is("state", "refused");
        daemon.log_line(fault, |line| refused(line) && line.has(words)).await;
    }
    daemon.terminate().await;
    let clip = made(&twitch, &daemon);
    assert!(clip.title.starts_with("ninja 2"), "{}", clip.title);
    assert_eq!(asked_for(&daemon, "clip_urls.txt")[8], clip.title);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clip_that_never_comes_is_unconfirmed_and_not_repeated() {
    let twitch = Twitch::start(QUIET, SPEED).await;
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = started(&twitch, &dir).await;
    twitch.inject_in("clip_never", "ninja", 1);
    twitch.say_moderator("ninja", "helper", "!testclip");
    daemon.log_line("never shown", |line| asked(line) && line.is("state", "unconfirmed")).await;
    daemon.terminate().await;
    let clip = made(&twitch, &daemon);
    assert!(clip.ready_ms > clip.call_ms + 86_400_000);
    assert_eq!(asked_for(&daemon, "moments.tsv")[9], "unconfirmed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_video_is_fetched_though_it_is_cut_off() {
    let mut twitch = Twitch::start(QUIET, SPEED).await;
    twitch.environment.insert("CLIPHOUND_CLIPS__DOWNLOAD".to_owned(), "true".to_owned());
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = started(&twitch, &dir).await;
    twitch.inject_in("download_cut", "ninja", 1);
    twitch.inject_in("download_none", "ninja", 1);
    twitch.say_moderator("ninja", "helper", "!testclip");
    daemon.log_line("no address", |line| line.has("can't be fetched now")).await;
    daemon.log_line("cut off", |line| line.has("can't be fetched now")).await;
    daemon.log_line("fetched", |line| line.has("video is there")).await;
    daemon.terminate().await;
    let clip = made(&twitch, &daemon);
    let folder = daemon.file("recordings/ninja");
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let name = format!("_{}.mp4", clip.id);
    let mut files = files.filter(|file| file.to_str().unwrap().ends_with(&name));
    let bytes = std::fs::read(files.next().unwrap()).unwrap();
    assert_eq!(bytes.len(), 300_000);
    assert!(bytes.iter().enumerate().all(|(at, byte)| usize::from(*byte) == at % 251));
}

/// A power cut in the middle of a download: the next run goes on where it was cut off.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_video_goes_on_after_a_restart() {
    let twitch = Twitch::start(QUIET, SPEED).await.with("CLIPHOUND_CLIPS__DOWNLOAD", "true");
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = started(&twitch, &dir).await;
    twitch.inject_in("download_cut", "ninja", 4);
    twitch.say_moderator("ninja", "helper", "!testclip");
    daemon.log_line("cut off", |line| line.has("can't be fetched now")).await;
    daemon.kill().await;
    let folder = daemon.file("recordings/ninja");
    let only = || std::fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
    let part = only();
    assert!(part.to_str().unwrap().ends_with(".mp4.part"), "{}", part.display());
    let mut bytes = std::fs::read(&part).unwrap();
    assert!(!bytes.is_empty() && bytes.len() < 300_000, "{}", bytes.len());
    // What is fetched anew would not have this.
    bytes[0] = 255;
    std::fs::write(&part, &bytes).unwrap();

    let mut daemon = Daemon::run(dir.path(), &twitch, &[]).await;
    daemon.log_line("fetched", |line| line.has("video is there")).await;
    daemon.terminate().await;
    let video = std::fs::read(only()).unwrap();
    assert_eq!((video.len(), video[0]), (300_000, 255));
    assert!(video.iter().enumerate().skip(1).all(|(at, byte)| usize::from(*byte) == at % 251));
}

/// Killed while it asks for a clip, and down for too long to ask again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_over_the_clips_time_gives_one_from_the_vod() {
    let twitch = Twitch::start(QUIET, SPEED).await;
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = started(&twitch, &dir).await;
    // The call is performed by nobody, and never answered.
    twitch.spoil("http_hang", "create_clip");
    twitch.say_moderator("ninja", "helper", "!testclip");
    twitch.until_spoilt().await;
    daemon.kill().await;
    assert!(twitch.clips().is_empty());
    Clock::fast(SPEED).sleep(Duration::from_secs(120)).await;

    let mut daemon = Daemon::run(dir.path(), &twitch, &[]).await;
    daemon.log_line("it goes on", |line| line.has("going on with clips that were open")).await;
    daemon.log_line("the VOD", |line| line.has("will be made from the VOD")).await;
    daemon.log_line("confirmed", |line| asked(line) && line.is("state", "confirmed")).await;
    daemon.terminate().await;
    let clip = made(&twitch, &daemon);
    assert!(clip.from_vod && clip.answered, "{clip:?}");
    assert_eq!(asked_for(&daemon, "moments.tsv")[9], "confirmed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clip_is_called_as_the_template_says() {
    let twitch = Twitch::start(QUIET, SPEED)
        .await
        .with("CLIPHOUND_CLIPS__TITLE", "{channel} plays {game} at {time}")
        .with("CLIPHOUND_COMMANDS__COOLDOWN_S", "0");
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = started(&twitch, &dir).await;
    // The category is known once Get Streams was asked.
    loop {
        twitch.say_moderator("ninja", "helper", "!testclip");
        daemon.log_line("confirmed", |line| asked(line) && line.is("state", "confirmed")).await;
        if twitch.clips().last().unwrap().title.starts_with("ninja plays Just Chatting at 20") {
            break;
        }
    }
    daemon.terminate().await;
    let clip = twitch.clips().pop().unwrap();
    assert!(clip.title.ends_with(" UTC"), "{}", clip.title);
    assert!(daemon.lines("clip_urls.txt").iter().any(|line| line[8] == clip.title));
}

/// Cliphound is stopped while the channel is live, and the stream ends meanwhile.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn viewers_clips_of_a_stream_that_ended_unseen_are_listed_at_the_next_start() {
    let twitch = Twitch::start(QUIET, SPEED).await;
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = started(&twitch, &dir).await;
    twitch.say_moderator("ninja", "helper", "!testclip");
    daemon.log_line("ours", |line| asked(line) && line.is("state", "confirmed")).await;
    twitch.until_viewers_clip().await;
    daemon.terminate().await;
    twitch.end_stream("ninja");

    let mut daemon = Daemon::run(dir.path(), &twitch, &[]).await;
    daemon.log_line("found", |line| line.has("clips that viewers made")).await;
    daemon.terminate().await;
    let theirs = twitch.viewer_clips().await;
    let lines = daemon.lines("viewer_clips.tsv");
    assert!(!lines.is_empty());
    for line in &lines {
        assert!(theirs.iter().any(|clip: &Value| clip["url"] == line[2]), "{line:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn viewers_clips_are_listed_at_the_end_of_the_stream() {
    let twitch = Twitch::start(QUIET, SPEED).await;
    let dir = tempfile::tempdir().unwrap();
    let recording = dir.path().join("run.jsonl");
    let record = ["--record", recording.to_str().unwrap()];
    let mut daemon = Daemon::run(dir.path(), &twitch, &record).await;
    daemon.log_line("chat is heard", |line| line.has("chat is heard")).await;
    twitch.say_moderator("ninja", "helper", "!testclip");
    daemon.log_line("ours", |line| asked(line) && line.is("state", "confirmed")).await;
    twitch.until_viewers_clip().await;
    twitch.end_stream("ninja");
    daemon.log_line("found", |line| line.has("clips that viewers made")).await;
    daemon.terminate().await;
    let theirs = twitch.viewer_clips().await;
    let lines = daemon.lines("viewer_clips.tsv");
    assert!(!lines.is_empty());
    for line in &lines {
        assert_eq!(line.len(), 9);
        assert!(theirs.iter().any(|clip: &Value| clip["url"] == line[2]), "{line:?}");
    }
    // Those whose place is known taught the engine how late chat reacts.
    let placed = lines.iter().filter(|line| line[5] != "-").count();
    let text = std::fs::read_to_string(&recording).unwrap();
    let told = text.lines().filter(|line| line.contains(r#""input":{"evidence":{"start":"#));
    assert_eq!(told.count(), placed);
    assert!(placed > 0, "{lines:?}");
    let replay = daemon.command(&["replay", "--json", recording.to_str().unwrap()]).await;
    assert_eq!(replay.code, Some(0), "{}", replay.err);
}

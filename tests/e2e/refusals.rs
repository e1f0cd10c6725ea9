//! What Twitch refuses in passing: too many calls, a room, an answer in chat.

use crate::{
    SPEED,
    daemon::{Daemon, Line},
    eventsub::SOURCE,
    twitch::Twitch,
};

/// A channel so small that little happens in it but what a story does.
const QUIET: &[&str] = &["ninja:1"];

fn is_heard(channel: &'static str) -> impl Fn(&Line) -> bool {
    move |line| line.has("chat is heard") && line.is("channel", channel)
}

fn asked(state: &'static str) -> impl Fn(&Line) -> bool {
    move |line| line.is("cause", "manual:helper") && line.is("state", state)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn too_many_clips_and_too_many_calls_make_a_clip_late_and_not_two() {
    let twitch = Twitch::start(QUIET, SPEED).await;
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = Daemon::run(dir.path(), &twitch, &[]).await;
    daemon.log_line("heard", is_heard("ninja")).await;
    twitch.inject_in("clip_429", "ninja", 1);
    twitch.inject_often("helix_429", 3);
    twitch.say_moderator("ninja", "helper", "!testclip");
    daemon.log_line("confirmed", asked("confirmed")).await;
    daemon.terminate().await;
    let refused = twitch.stats().await["requests"].to_string().matches("\"429\"").count();
    assert!(refused >= 1, "{}", twitch.stats().await);
    assert_eq!(daemon.lines("clip_urls.txt").len(), twitch.clips().len());
    let causes: Vec<_> =
        daemon.lines("moments.tsv").into_iter().map(|line| line[7].clone()).collect();
    assert_eq!(causes.iter().filter(|cause| *cause == "manual:helper").count(), 1);
    assert_eq!(daemon.seen(|line| line.is("level", "ERROR")), 0);
}

/// The last points of the limit are left to clips: emotes wait.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clip_goes_before_an_emote_refresh() {
    const EMOTES: &str = "GET /helix/chat/emotes";
    let mut twitch = Twitch::start(&["ninja:1", "latecomer:1"], SPEED).await.with(SOURCE, "irc");
    twitch.environment.remove("TWITCH_CHANNELS");
    let dir = tempfile::tempdir().unwrap();
    let follow = |channels: &str| {
        let text = format!("[twitch]\nchannels = [{channels}]\n");
        std::fs::write(dir.path().join("cliphound.toml"), text).unwrap();
    };
    follow("'ninja'");
    let mut daemon = Daemon::run(dir.path(), &twitch, &[]).await;
    daemon.log_line("heard", is_heard("ninja")).await;
    twitch.until_answered(EMOTES, "200", 1).await;

    twitch.inject_lasting("helix_low");
    let streams = twitch.answered("GET /helix/streams", "200").await;
    twitch.until_answered("GET /helix/streams", "200", streams + 1).await;
    follow("'ninja', 'latecomer'");
    daemon.log_line("the latecomer is heard", is_heard("latecomer")).await;
    twitch.say_moderator("latecomer", "helper", "!testclip");
    daemon.log_line("confirmed", asked("confirmed")).await;
    assert_eq!(twitch.answered(EMOTES, "200").await, 1, "the latecomer's emotes wait");
    twitch.fair_weather();
    twitch.until_answered(EMOTES, "200", 2).await;
    daemon.terminate().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_room_that_shuts_us_out_is_told_and_tried_again() {
    let twitch = Twitch::start(&["ninja:40", "mossykettle:40"], SPEED).await.with(SOURCE, "irc");
    twitch.inject_in("irc_banned", "ninja", 1);
    twitch.inject_in("irc_suspended", "mossykettle", 1);
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = Daemon::run(dir.path(), &twitch, &[]).await;
    for (channel, notice) in [("ninja", "msg_banned"), ("mossykettle", "msg_channel_suspended")] {
        let told = |line: &Line| {
            line.has("Twitch says: ") && line.is("channel", channel) && line.is("notice", notice)
        };
        daemon.told("told", told).await;
        daemon.told("and heard when Twitch lets us in", is_heard(channel)).await;
    }
    daemon.terminate().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_twitch_drops_is_told_and_the_clip_stays() {
    let twitch = Twitch::start(QUIET, SPEED).await;
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = Daemon::run(dir.path(), &twitch, &[]).await;
    daemon.log_line("heard", is_heard("ninja")).await;
    twitch.inject_in("chat_dropped", "ninja", 1);
    twitch.say_moderator("ninja", "helper", "!testclip");
    let dropped = "Twitch dropped the answer: Your message is being checked by mods";
    daemon.told("dropped", |line| line.has(dropped)).await;
    daemon.told("confirmed", asked("confirmed")).await;
    daemon.terminate().await;
    assert_eq!(daemon.seen(|line| line.is("level", "ERROR")), 0);
}

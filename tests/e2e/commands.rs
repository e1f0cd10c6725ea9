//! What people ask in chat: who may, how often, and what they are answered.

use cliphound_twitch_sim::Role;

use crate::{
    SPEED,
    daemon::{Daemon, Line},
    twitch::Twitch,
};

/// A channel so small that little happens in it but what a story does.
const QUIET: &[&str] = &["ninja:1"];

/// A daemon that is logged in and hears all its channels.
async fn started(twitch: &Twitch, dir: &tempfile::TempDir) -> Daemon {
    let mut daemon = Daemon::run(dir.path(), twitch, &[]).await;
    let is_heard = |line: &Line| line.has("chat is heard");
    for _ in twitch.environment["TWITCH_CHANNELS"].split(',') {
        daemon.log_line("chat is heard", is_heard).await;
    }
    daemon.told("logged in", |line| line.has("logged in as")).await;
    daemon
}

/// The titles of the clips that somebody asked for.
fn titles_by(daemon: &Daemon, who: &str) -> Vec<String> {
    let cause = format!("manual:{who}");
    let lines = daemon.lines("moments.tsv").into_iter().filter(|line| line[7] == cause);
    lines.map(|line| line[8].clone()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pause_resume_mute_and_status_are_answered() {
    let twitch = Twitch::start(QUIET, SPEED).await.with("CLIPHOUND_COMMANDS__COOLDOWN_S", "0");
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = started(&twitch, &dir).await;
    // Who may not is not answered.
    twitch.say_viewer("ninja", "curious", "!cliphound pause");
    for (command, answer) in [
        ("status", "@helper watching, still learning this channel: score "),
        ("pause", "@helper nothing is clipped by itself until !cliphound resume"),
        ("status", "@helper paused: score "),
        ("resume", "@helper moments are clipped again"),
        ("mute 10m", "@helper nothing is clipped by itself for 10 min"),
        ("STATUS", "@helper muted for "),
        ("dance", "@helper !cliphound status | pause | resume | mute 10m"),
    ] {
        twitch.say_moderator("ninja", "helper", &format!("!cliphound {command}"));
        twitch.said("ninja", answer).await;
    }
    daemon.terminate().await;
    let lines = twitch.lines_of("ninja").await;
    assert_eq!(lines.len(), 7, "{lines:?}");
}

/// Twitch drops what an account says twice: that is told, and nothing else comes of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_twitch_drops_is_told() {
    // Twitch forgets a line after half a minute: that should last for some seconds here.
    let twitch = Twitch::start(QUIET, 6.0).await.with("CLIPHOUND_COMMANDS__COOLDOWN_S", "0");
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = started(&twitch, &dir).await;
    twitch.say_as_account("ninja", "@helper nothing is clipped by itself for 10 min").await;
    twitch.say_moderator("ninja", "helper", "!cliphound mute 10m");
    let dropped =
        |line: &Line| line.has("Twitch dropped the answer: Your message is identical to one");
    daemon.log_line("dropped", dropped).await;
    twitch.say_moderator("ninja", "helper", "!testclip");
    let asked = |line: &Line| line.is("cause", "manual:helper") && line.is("state", "confirmed");
    daemon.log_line("clips go on", asked).await;
    daemon.terminate().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn vips_may_clip_and_wait_for_the_next_one() {
    let twitch = Twitch::start(QUIET, SPEED)
        .await
        .with("CLIPHOUND_COMMANDS__CLIP", "vip")
        .with("CLIPHOUND_COMMANDS__COOLDOWN_S", "0")
        .with("CLIPHOUND_COMMANDS__USER_COOLDOWN_S", "3600");
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = started(&twitch, &dir).await;
    for (who, role, title, is_made) in [
        ("curious", Role::Viewer, "by a viewer", false),
        ("star", Role::Vip, "by a VIP", true),
        ("star", Role::Vip, "too soon", false),
        ("nova", Role::Vip, "by another", true),
        ("helper", Role::Moderator, "by a moderator", true),
        ("helper", Role::Moderator, "who need not wait", true),
    ] {
        twitch.say_by("ninja", who, &format!("!clip {title}"), role);
        if is_made {
            let cause = format!("manual:{who}");
            let made = |line: &Line| line.is("cause", &cause) && line.is("state", "confirmed");
            daemon.log_line(title, made).await;
        }
    }
    daemon.terminate().await;
    assert!(titles_by(&daemon, "curious").is_empty());
    assert_eq!(titles_by(&daemon, "star"), ["by a VIP"]);
    assert_eq!(titles_by(&daemon, "nova"), ["by another"]);
    assert_eq!(titles_by(&daemon, "helper"), ["by a moderator", "who need not wait"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_channel_has_one_command_in_its_cooldown() {
    let twitch = Twitch::start(&["ninja:1", "mossykettle:1"], SPEED).await;
    let twitch = twitch.with("CLIPHOUND_COMMANDS__COOLDOWN_S", "3600");
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = started(&twitch, &dir).await;
    for (channel, who) in [("ninja", "helper"), ("ninja", "other"), ("mossykettle", "other")] {
        twitch.say_moderator(channel, who, "!testclip");
    }
    for (channel, cause) in [("ninja", "manual:helper"), ("mossykettle", "manual:other")] {
        let made = |line: &Line| {
            line.is("channel", channel) && line.is("cause", cause) && line.is("state", "confirmed")
        };
        daemon.told(channel, made).await;
    }
    daemon.terminate().await;
    let by_other: Vec<_> = daemon
        .lines("moments.tsv")
        .into_iter()
        .filter(|line| line[7] == "manual:other")
        .map(|line| line[1].clone())
        .collect();
    assert_eq!(by_other, ["mossykettle"]);
}

//! Rights that are taken back, and what comes back after the next log-in, without a restart.

use std::{path::Path, time::Duration};

use cliphound_clock::Clock;
use serde_json::Value;

use crate::{
    PATIENCE, SPEED,
    daemon::{Daemon, Line, command_at},
    eventsub::{SOURCE, working},
    twitch::Twitch,
};

/// So slow that a test does not wait for the ten minutes after which what Twitch ended is tried
/// again anyway, or for the hour after which a token is validated.
const SLOWLY: f64 = 3.0;
/// So fast that an hour takes twelve seconds.
const FAST: f64 = 300.0;

async fn log_in(dir: &Path, twitch: &Twitch, role: &str) {
    let told = command_at(dir, twitch, &["login", "--role", role]).await;
    assert_eq!(told.code, Some(0), "{}", told.err);
}

/// The clipper's access token of now.
fn token(dir: &Path) -> String {
    let file = std::fs::read(dir.join("tokens.json")).unwrap();
    let book: Value = serde_json::from_slice(&file).unwrap();
    let entries = book["tokens"].as_array().unwrap();
    let clipper = |entry: &&Value| entry["roles"].to_string().contains("clipper");
    let entry = entries.iter().find(clipper).unwrap();
    entry["access_token"].as_str().unwrap().to_owned()
}

/// Waits until so many subscriptions of this token's user work.
async fn until_working(twitch: &Twitch, token: &str, count: usize) {
    let look = async {
        while working(twitch, token).await != count {
            Clock::system().sleep(Duration::from_millis(20)).await;
        }
    };
    let waited = tokio::time::timeout(PATIENCE, look).await;
    assert!(waited.is_ok(), "{} of {count} subscriptions", working(twitch, token).await);
}

fn warns(words: &'static str) -> impl Fn(&Line) -> bool {
    move |line| line.is("level", "WARN") && line.has(words)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_twitch_ended_with_the_rights_comes_back_after_the_log_in() {
    // Chat, and what costs: begin and end, updates and raids of two channels.
    let all = 2 * 5 + 2 * 4;
    for source in ["eventsub", "auto"] {
        let twitch = Twitch::start(&["ninja:40", "mossykettle:40"], SLOWLY).await;
        let twitch = twitch.logged_out().with(SOURCE, source);
        let home = tempfile::tempdir().unwrap();
        let dir = home.path();
        log_in(dir, &twitch, "clipper").await;
        let mut daemon = Daemon::run(dir, &twitch, &[]).await;
        until_working(&twitch, &token(dir), all).await;

        twitch.revoke("cliphound_tester");
        let ended = warns("Twitch ends what we subscribed to by EventSub");
        daemon.told("told", &ended).await;
        let what_to_do =
            |line: &Line| line.is("level", "ERROR") && line.has("run `cliphound login`");
        daemon.told("that the token is dead is found at once", what_to_do).await;
        let by_irc = warns("EventSub does not give us 2 chats, so they are read by IRC");
        if source == "auto" {
            daemon.told("by IRC meanwhile", &by_irc).await;
            let anonymous = |line: &Line| {
                line.has("connected to chat")
                    && line["nick"].as_str().is_some_and(|nick| nick.starts_with("justinfan"))
            };
            daemon.told("as nobody", anonymous).await;
        }

        log_in(dir, &twitch, "clipper").await;
        until_working(&twitch, &token(dir), all).await;
        both_are_clipped(&twitch, &mut daemon).await;
        daemon.terminate().await;
        assert_eq!((daemon.seen(&ended), daemon.seen(what_to_do)), (1, 1), "{source}");
        let eventsub = warns("EventSub");
        let warnings = if source == "auto" { 2 } else { 1 };
        assert_eq!(daemon.seen(&eventsub), warnings, "{}", daemon.log());
    }
}

/// As Twitch says of a channel whose owner is suspended; the token is as good as before.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_twitch_ended_with_a_channels_owner_comes_back_without_a_log_in() {
    const VALIDATE: &str = "GET /oauth2/validate";
    let all = 2 * 5 + 2 * 4;
    for source in ["eventsub", "auto"] {
        let twitch = Twitch::start(&["ninja:40", "mossykettle:40"], SPEED).await;
        let twitch = twitch.with(SOURCE, source);
        let token = twitch.environment["TWITCH_ACCESS_TOKEN"].clone();
        let home = tempfile::tempdir().unwrap();
        let mut daemon = Daemon::run(home.path(), &twitch, &[]).await;
        until_working(&twitch, &token, all).await;
        let validated = twitch.answered(VALIDATE, "200").await;

        twitch.inject_in("eventsub_user_removed", "mossykettle", 1);
        assert!(working(&twitch, &token).await < all);
        let ended = warns("Twitch ends what we subscribed to by EventSub");
        daemon.told("told", &ended).await;
        twitch.until_answered(VALIDATE, "200", validated + 1).await;
        until_working(&twitch, &token, all).await;
        both_are_clipped(&twitch, &mut daemon).await;
        daemon.terminate().await;
        assert_eq!(daemon.seen(&ended), 1, "{}", daemon.log());
        assert_eq!(daemon.seen(|line| line.is("level", "ERROR")), 0, "{}", daemon.log());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_owners_signals_come_back_after_the_owners_log_in() {
    let twitch = Twitch::start(&["ninja:1"], SLOWLY).await.logged_out();
    let filter = "info,cliphound::daemon::channel=debug";
    let twitch = twitch.with("CLIPHOUND_LOG__FILTER", filter).with(SOURCE, "irc");
    let home = tempfile::tempdir().unwrap();
    let dir = home.path();
    log_in(dir, &twitch, "clipper").await;
    twitch.seat("ninja");
    log_in(dir, &twitch, "broadcaster").await;
    let mut daemon = Daemon::run(dir, &twitch, &[]).await;
    let signalled =
        |line: &Line| line.has("Twitch signals") && line["signal"].to_string().contains("Poll");
    twitch.signal("ninja", "channel.poll.begin", Value::Null).await;
    daemon.told("heard", signalled).await;

    twitch.revoke("ninja");
    // Nobody else asks anything with this token.
    let what_to_do =
        |line: &Line| line.is("level", "ERROR") && line.has("cliphound login --role broadcaster");
    daemon.told("that the token is dead is found at once", what_to_do).await;
    log_in(dir, &twitch, "broadcaster").await;
    let before = daemon.seen(signalled);
    twitch.signal("ninja", "channel.poll.end", Value::Null).await;
    if daemon.seen(signalled) == before {
        daemon.log_line("heard again", signalled).await;
    }
    daemon.terminate().await;
    assert_eq!(daemon.seen(what_to_do), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_token_is_validated_at_the_start_and_every_hour() {
    const VALIDATE: &str = "GET /oauth2/validate";
    let twitch = Twitch::start(&["ninja:1"], FAST).await.with(SOURCE, "irc");
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = Daemon::run(dir.path(), &twitch, &["--dry-run"]).await;
    let clock = Clock::fast(FAST);
    daemon.told("logged in", |line| line.has("logged in as")).await;
    let first = twitch.answered(VALIDATE, "200").await;
    assert!(first >= 1, "at the start");
    let mut before_ms = clock.now_ms();
    for hour in 1..=2 {
        twitch.until_answered(VALIDATE, "200", first + hour).await;
        let now_ms = clock.now_ms();
        let minutes = (now_ms - before_ms) / 60_000;
        // An hour, as far as a busy machine may tell: six seconds of real time are half an hour.
        assert!((45..=100).contains(&minutes), "after {minutes} min");
        before_ms = now_ms;
    }
    daemon.terminate().await;
    assert!(twitch.answered(VALIDATE, "200").await <= first + 3);
}

async fn both_are_clipped(twitch: &Twitch, daemon: &mut Daemon) {
    for channel in ["ninja", "mossykettle"] {
        twitch.say_moderator(channel, "helper", "!testclip");
        let made = |line: &Line| {
            line.is("cause", "manual:helper")
                && line.is("state", "created")
                && line.is("channel", channel)
        };
        daemon.told("clipped", made).await;
    }
}

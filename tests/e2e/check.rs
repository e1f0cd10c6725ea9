//! `cliphound check` about channels, tokens and clips that were refused, against the simulator.

use crate::{
    SPEED,
    daemon::{Daemon, Line, command_at},
    twitch::Twitch,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_tells_why_the_last_clip_of_a_channel_was_refused() {
    let twitch = Twitch::start(&["one:1", "two:1", "three:1"], SPEED).await;
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = Daemon::run(dir.path(), &twitch, &[]).await;
    for _ in 0..3 {
        daemon.log_line("chat is heard", |line| line.has("chat is heard")).await;
    }
    let faults = [
        ("one", "clip_followers", "refused: only followers may make clips of this channel"),
        ("two", "clip_403", "refused: the channel does not let this account make clips"),
        ("three", "clip_category", "refused: Twitch makes no clips in the category"),
    ];
    for (channel, fault, _) in faults {
        twitch.inject_in(fault, channel, 1);
        twitch.say_moderator(channel, "helper", "!testclip");
        let refused = |line: &Line| line.is("channel", channel) && line.is("state", "refused");
        daemon.log_line(fault, refused).await;
    }
    // While it runs and afterwards.
    for is_running in [true, false] {
        let told = command_at(dir.path(), &twitch, &["check"]).await;
        assert_eq!(told.code, Some(0), "{}", told.out);
        for (channel, _, words) in faults {
            let start = format!("warn  #{channel:12}");
            let said = |line: &str| line.trim().starts_with(start.trim()) && line.contains(words);
            assert!(told.out.lines().any(said), "{words}: {}", told.out);
        }
        if is_running {
            daemon.terminate().await;
        }
    }
}

/// Without the channel's owner it shows by what Twitch allows.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_finds_out_whether_the_account_is_an_editor() {
    let twitch = Twitch::start(&["ninja:1"], SPEED).await;
    let dir = tempfile::tempdir().unwrap();
    let told = command_at(dir.path(), &twitch, &["check"]).await;
    assert!(told.out.contains("is its editor shows once it has a clip"), "{}", told.out);
    let mut daemon = Daemon::run(dir.path(), &twitch, &[]).await;
    daemon.log_line("chat is heard", |line| line.has("chat is heard")).await;
    twitch.say_moderator("ninja", "helper", "!testclip");
    daemon.log_line("a clip", |line| line.is("state", "confirmed")).await;
    daemon.terminate().await;
    let told = command_at(dir.path(), &twitch, &["check"]).await;
    assert!(told.out.contains("; cliphound_tester is its editor\n"), "{}", told.out);
}

/// A token that ran out is renewed by the daemon, not by `check`, which says what it could not ask.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_a_token_that_ran_out_it_says_what_was_not_asked() {
    let twitch = Twitch::start(&["ninja:1"], SPEED).await.logged_out();
    let dir = tempfile::tempdir().unwrap();
    let told = command_at(dir.path(), &twitch, &["login", "--least"]).await;
    assert_eq!(told.code, Some(0), "{}", told.err);
    twitch.inject("token_expired");
    // As far as is known it had hours left: then nothing is said of a renewal.
    let told = command_at(dir.path(), &twitch, &["check"]).await;
    for words in ["bad   clipper       was taken back", "takes no token: log in as said above"] {
        assert!(told.out.contains(words), "{words}: {}", told.out);
    }
    assert!(!told.out.contains("`cliphound run`"), "{}", told.out);
    without_its_end(&dir.path().join("tokens.json"));
    let told = command_at(dir.path(), &twitch, &["check"]).await;
    for words in ["warn  channels      not asked whether they exist", "start `cliphound run`"] {
        assert!(told.out.contains(words), "{words}: {}", told.out);
    }
    assert!(!told.out.contains("#ninja"), "{}", told.out);
    let mut daemon = Daemon::run(dir.path(), &twitch, &[]).await;
    daemon.log_line("it is renewed", |line| line.has("logged in as")).await;
    daemon.terminate().await;
    let told = command_at(dir.path(), &twitch, &["check"]).await;
    assert!(told.out.contains("ok    #ninja        live now, "), "{}", told.out);
}

/// When the kept tokens end is not known any more.
fn without_its_end(tokens: &std::path::Path) {
    let text = std::fs::read_to_string(tokens).unwrap();
    let mut book: serde_json::Value = serde_json::from_str(&text).unwrap();
    for token in book["tokens"].as_array_mut().unwrap() {
        token.as_object_mut().unwrap().remove("expires").unwrap();
    }
    std::fs::write(tokens, book.to_string()).unwrap();
}

//! Logging in and out with the real binary, also while the daemon runs.

use std::{fs, path::Path, process::Stdio, time::Duration};

use cliphound_clock::Clock;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};

use crate::{
    PATIENCE, SPEED,
    daemon::{Daemon, Line, Told, command_at, spawnable},
    twitch::Twitch,
};

/// What `tokens.json` holds.
fn tokens(dir: &Path) -> Value {
    serde_json::from_slice(&fs::read(dir.join("tokens.json")).unwrap()).unwrap()
}

/// Users and their roles.
fn who(dir: &Path) -> Vec<(String, String)> {
    let book = tokens(dir);
    let one = |entry: &Value| {
        let roles: Vec<_> =
            entry["roles"].as_array().unwrap().iter().map(Value::to_string).collect();
        (entry["login"].as_str().unwrap().to_owned(), roles.join(",").replace('"', ""))
    };
    book["tokens"].as_array().unwrap().iter().map(one).collect()
}

fn pair(login: &str, roles: &str) -> (String, String) {
    (login.to_owned(), roles.to_owned())
}

/// Nothing of what it told opens anything.
fn assert_no_secret(dir: &Path, told: &Told) {
    for entry in tokens(dir)["tokens"].as_array().unwrap() {
        for key in ["access_token", "refresh_token"] {
            let secret = entry[key].as_str().unwrap();
            assert!(!told.out.contains(secret) && !told.err.contains(secret), "{key}");
        }
    }
}

/// A moderator asks for a clip, when the last one is long enough ago: within ten seconds of
/// the simulated time, a second one is ignored.
async fn ask(twitch: &Twitch, moderator: &str) {
    Clock::fast(SPEED).sleep(Duration::from_secs(11)).await;
    twitch.say_moderator("ninja", moderator, "!testclip");
}

/// The same, and the clip is made.
async fn clip(daemon: &mut Daemon, twitch: &Twitch, moderator: &str) {
    ask(twitch, moderator).await;
    let cause = format!("manual:{moderator}");
    daemon.log_line(&cause, |line| line.is("cause", &cause) && line.is("state", "created")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_user_logs_in_with_a_code_and_out_again() {
    let twitch = Twitch::start(&["ninja:40"], SPEED).await.logged_out();
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("new");
    let told = command_at(&dir, &twitch, &["login"]).await;
    assert_eq!(told.code, Some(0), "{}", told.err);
    for words in [
        "clips:edit                  make clips",
        "/activate?public=true&device-code=",
        "Logged in as cliphound_tester: clipper.",
    ] {
        assert!(told.out.contains(words), "{words}: {}", told.out);
    }
    assert_no_secret(&dir, &told);
    assert_eq!(who(&dir), [pair("cliphound_tester", "clipper")]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(dir.join("tokens.json")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    twitch.seat("helperbot");
    let told = command_at(&dir, &twitch, &["login", "--role", "bot", "--least"]).await;
    assert_eq!(told.code, Some(0), "{}", told.err);
    assert!(!told.out.contains("clips:edit"), "{}", told.out);
    assert_eq!(who(&dir), [pair("cliphound_tester", "clipper"), pair("helperbot", "bot")]);

    twitch.seat("ninja");
    let told = command_at(&dir, &twitch, &["login", "--role", "broadcaster"]).await;
    assert_eq!(told.code, Some(0), "{}", told.err);
    let told = command_at(&dir, &twitch, &["check"]).await;
    assert_eq!(told.code, Some(0), "{}", told.out);
    for words in [
        "ok    clipper       clips as cliphound_tester",
        "ok    bot           answers as helperbot",
        "ok    broadcaster   is ninja",
        "ok    #ninja        live now, ",
        "cliphound_tester is its editor",
    ] {
        assert!(told.out.contains(words), "{words}: {}", told.out);
    }
    assert_no_secret(&dir, &told);

    let told = command_at(&dir, &twitch, &["logout", "--role", "bot"]).await;
    assert_eq!(told.code, Some(0), "{}", told.err);
    assert!(told.out.contains("the token of helperbot is removed, and ended"), "{}", told.out);
    assert_eq!(who(&dir).len(), 2);
    let told = command_at(&dir, &twitch, &["logout", "--role", "bot"]).await;
    assert!(told.out.starts_with("Nobody is logged in as bot;"), "{}", told.out);

    let mut away = Twitch::nowhere().environment;
    away.retain(|name, _| name.starts_with("CLIPHOUND_ENDPOINTS"));
    let mut unreachable = twitch;
    unreachable.environment.extend(away);
    let told = command_at(&dir, &unreachable, &["logout"]).await;
    assert_eq!(told.code, Some(0), "{}", told.err);
    assert!(told.out.contains("but Twitch can't be reached"), "{}", told.out);
    assert!(who(&dir).is_empty());
    let told = command_at(&dir, &unreachable, &["logout"]).await;
    assert!(told.out.contains("Nobody is logged in"), "{}", told.out);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_in_that_fails_keeps_nothing_and_says_why() {
    let twitch = Twitch::start(&["ninja:40"], SPEED).await.logged_out();
    let dir = tempfile::tempdir().unwrap();
    for (fault, words) in [
        ("login_denied", "the log-in was refused at Twitch"),
        ("device_expired", "the code has run out"),
    ] {
        twitch.inject(fault);
        let told = command_at(dir.path(), &twitch, &["login", "--no-browser"]).await;
        assert_eq!(told.code, Some(1), "{}", told.err);
        assert!(told.err.contains(words) && told.err.lines().count() == 1, "{}", told.err);
        assert!(!dir.path().join("tokens.json").exists());
    }
    // Asked to slow down, it goes on.
    twitch.inject("device_slow_down");
    let told = command_at(dir.path(), &twitch, &["login", "--no-browser"]).await;
    assert_eq!(told.code, Some(0), "{}", told.err);

    let nobody = twitch.anonymous();
    let told = command_at(dir.path(), &nobody, &["login"]).await;
    assert_eq!(told.code, Some(2), "{}", told.err);
    assert!(told.err.contains("https://dev.twitch.tv/console/apps"), "{}", told.err);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_logs_in_and_a_strangers_answer_is_refused() {
    let twitch = Twitch::start(&["ninja:40"], SPEED).await;
    let dir = tempfile::tempdir().unwrap();
    let redirect = ("CLIPHOUND_TWITCH__REDIRECT", "http://localhost:0/back");
    let mut login = spawnable(dir.path(), &twitch, &["login", "--flow", "code"])
        .env(redirect.0, redirect.1)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(login.stdout.take().unwrap()).lines();
    let address = loop {
        let line = lines.next_line().await.unwrap().unwrap();
        if let Some(address) = line.trim().strip_prefix("http").map(|rest| format!("http{rest}")) {
            break reqwest::Url::parse(&address).unwrap();
        }
    };
    let find =
        |name: &str| address.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
    let back = find("redirect_uri");
    assert!(back.starts_with("http://localhost:") && back.ends_with("/back"), "{back}");
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let visit = async |url: &str| http.get(url).send().await.unwrap().status().as_u16();
    assert_eq!(visit(&format!("{back}?code=stolen&state=guessed")).await, 400);
    assert_eq!(visit(&back.replace("/back", "/favicon.ico")).await, 404);
    assert!(!dir.path().join("tokens.json").exists());
    assert_eq!(visit(address.as_str()).await, 200);
    let output = tokio::time::timeout(PATIENCE, login.wait_with_output()).await.unwrap().unwrap();
    let err = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{err}");
    assert!(err.contains("does not belong to this log-in"), "{err}");
    assert_eq!(who(dir.path()), [pair("cliphound_tester", "clipper")]);

    let mut public = twitch.logged_out();
    public.environment.insert("CLIPHOUND_TWITCH__LOGIN_FLOW".to_owned(), "code".to_owned());
    let told = command_at(dir.path(), &public, &["login"]).await;
    assert_eq!(told.code, Some(2), "{}", told.err);
    assert!(told.err.contains("needs an app with a secret"), "{}", told.err);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revoked_token_is_told_once_and_a_log_in_mends_it_while_it_runs() {
    let twitch = Twitch::start(&["ninja:40"], SPEED).await;
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = Daemon::run(dir.path(), &twitch, &[]).await;
    daemon.log_line("chat is heard", |line| line.has("chat is heard")).await;
    clip(&mut daemon, &twitch, "before").await;

    twitch.inject("token_revoked");
    ask(&twitch, "meanwhile").await;
    let is_error = |line: &Line| line.is("level", "ERROR");
    let waits = |line: &Line| line.has("the clip will be made from the VOD: Twitch no longer");
    // Both are told, in whatever order.
    daemon.log_line("told", |line| is_error(line) || waits(line)).await;
    if daemon.seen(is_error) == 0 {
        daemon.log_line("the error", is_error).await;
    } else {
        daemon.log_line("it waits", waits).await;
    }
    let what_to_do = |line: &Line| line.has("run `cliphound login`") && line.has("are recorded");
    assert_eq!(daemon.seen(|line| is_error(line) && what_to_do(line)), 1);

    let told = command_at(dir.path(), &twitch, &["login"]).await;
    assert_eq!(told.code, Some(0), "{}", told.err);
    daemon.log_line("taken up", |line| line.has("logged in as cliphound_tester")).await;
    let meanwhile = |line: &Line| line.is("cause", "manual:meanwhile");
    let made = |line: &Line| meanwhile(line) && line.is("state", "created");
    daemon.log_line("what was asked for meanwhile is made", made).await;
    clip(&mut daemon, &twitch, "after").await;
    assert_eq!(daemon.seen(is_error), 1);
    assert_eq!(twitch.clips().iter().filter(|clip| clip.from_vod).count(), 1);

    let told = command_at(dir.path(), &twitch, &["logout"]).await;
    assert!(
        told.out.contains("Take the access token and the refresh token out of"),
        "{}",
        told.out
    );
    daemon.log_line("told", |line| line.has("nobody is logged in")).await;
    ask(&twitch, "late").await;
    let late = |line: &Line| line.is("cause", "manual:late");
    daemon.log_line("recorded", |line| late(line) && line.is("state", "dry_run")).await;
    daemon.terminate().await;
    let lines = daemon.lines("clip_urls.txt");
    let asked = lines.iter().map(|columns| columns[7].as_str());
    let asked: Vec<&str> = asked.filter(|cause| cause.starts_with("manual:")).collect();
    assert_eq!(asked, ["manual:before", "manual:meanwhile", "manual:after"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn chat_follows_who_is_logged_in_also_after_a_refused_token() {
    let twitch = Twitch::start(&["ninja:40"], SPEED).await.logged_out();
    let dir = tempfile::tempdir().unwrap();
    let log_in = async || {
        let told = command_at(dir.path(), &twitch, &["login"]).await;
        assert_eq!(told.code, Some(0), "{}", told.err);
    };
    log_in().await;
    let mut daemon = Daemon::run(dir.path(), &twitch, &[]).await;
    let connected = |nick: &'static str| {
        move |line: &Line| line.has("connected to chat") && line.is("nick", nick)
    };
    daemon.log_line("logged in", connected("cliphound_tester")).await;
    daemon.log_line("chat is heard", |line| line.has("chat is heard")).await;

    // Chat refuses the token; it is renewed, and used at once.
    twitch.inject("token_expired");
    twitch.inject("irc_drop");
    daemon.log_line("lost", |line| line.has("chat was lost")).await;
    daemon.log_line("logged in again", connected("cliphound_tester")).await;
    let anonymous =
        |line: &Line| line["nick"].as_str().is_some_and(|nick| nick.starts_with("justinfan"));
    assert_eq!(daemon.seen(anonymous), 0);

    twitch.seat("helperbot");
    log_in().await;
    let newcomer = |line: &Line| line.has("as somebody else");
    daemon.log_line("as the other user", move |l| newcomer(l) && connected("helperbot")(l)).await;
    let told = command_at(dir.path(), &twitch, &["logout"]).await;
    assert_eq!(told.code, Some(0), "{}", told.err);
    daemon.log_line("as nobody", |line| newcomer(line) && anonymous(line)).await;
    daemon.terminate().await;
    assert_eq!(daemon.seen(|line| line.has("chat was lost")), 1, "each moves without a gap");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_first_log_in_while_it_runs_and_one_time_refreshes_over_a_restart() {
    let twitch = Twitch::start(&["ninja:40"], SPEED).await.logged_out();
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = Daemon::run(dir.path(), &twitch, &[]).await;
    daemon.log_line("nobody yet", |line| line.has("nobody is logged in")).await;
    daemon.told("chat is heard", |line| line.has("chat is heard")).await;
    let told = command_at(dir.path(), &twitch, &["login"]).await;
    assert_eq!(told.code, Some(0), "{}", told.err);
    daemon.log_line("taken up", |line| line.has("logged in as")).await;
    clip(&mut daemon, &twitch, "one").await;
    assert_eq!(twitch.answer_line("ninja").await["user"], "cliphound_tester");

    let mut used = vec![tokens(dir.path())["tokens"][0]["refresh_token"].clone()];
    for moderator in ["two", "three"] {
        twitch.inject("token_expired");
        clip(&mut daemon, &twitch, moderator).await;
        daemon.terminate().await;
        let now = tokens(dir.path())["tokens"][0]["refresh_token"].clone();
        assert!(!used.contains(&now), "each works once");
        used.push(now);
        daemon = Daemon::run(dir.path(), &twitch, &[]).await;
        daemon.log_line("chat is heard", |line| line.has("chat is heard")).await;
    }
    clip(&mut daemon, &twitch, "four").await;

    // A bot takes the answers over, also while it runs.
    twitch.seat("helperbot");
    let told = command_at(dir.path(), &twitch, &["login", "--role", "bot"]).await;
    assert_eq!(told.code, Some(0), "{}", told.err);
    let by_bot = |line: &Line| line.has("logged in as helperbot: chat is answered");
    daemon.log_line("the bot is taken up", by_bot).await;
    clip(&mut daemon, &twitch, "five").await;
    twitch.answered_by("helperbot").await;
    assert_eq!(daemon.seen(|line| line.is("level", "ERROR")), 0);
    daemon.terminate().await;
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ctrl_c_breaks_a_log_in_off() {
    // Real time: nobody says yes before the signal comes.
    let twitch = Twitch::start(&["ninja:40"], 1.0).await.logged_out();
    let dir = tempfile::tempdir().unwrap();
    let mut login = spawnable(dir.path(), &twitch, &["login"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(login.stdout.take().unwrap()).lines();
    while !lines.next_line().await.unwrap().unwrap().contains("say yes") {}
    let kill = format!("kill -INT {}", login.id().unwrap());
    let sent = tokio::process::Command::new("sh").args(["-c", &kill]).status().await.unwrap();
    assert!(sent.success());
    let ended = tokio::time::timeout(Duration::from_secs(60), login.wait_with_output()).await;
    let output = ended.unwrap().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("broken off"));
    assert!(!dir.path().join("tokens.json").exists());
}

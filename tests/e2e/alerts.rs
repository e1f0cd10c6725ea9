//! Alerts by the real binary: a clip is confirmed and somebody is told, once, whatever happens
//! in between; a stream starts and is announced once; a log-in ends and is told once.

use std::{
    collections::VecDeque,
    fs,
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Router, body::Bytes, extract::State, http::StatusCode};
use cliphound_clock::Clock;
use serde_json::{Value, json};

use crate::{
    PATIENCE, SPEED,
    daemon::{Daemon, Line, command_at},
    dashboard::{Dashboard, until_page, until_ready},
    twitch::Twitch,
};

/// So slow that a test does not wait for the hour after which a token is validated anyway.
const SLOWLY: f64 = 10.0;

/// A webhook on loopback.
struct Hook {
    url: String,
    script: Arc<Mutex<Script>>,
    _ends: tokio::task::JoinSet<()>,
}

#[derive(Default)]
struct Script {
    heard: Vec<Value>,
    answers: VecDeque<u16>,
    usual: Option<u16>,
}

impl Hook {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hush-hush-hush", listener.local_addr().unwrap());
        let script = Arc::<Mutex<Script>>::default();
        let routes = Router::new().fallback(hear).with_state(Arc::clone(&script));
        let mut tasks = tokio::task::JoinSet::new();
        tasks.spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Self { url, script, _ends: tasks }
    }

    fn usual(&self, status: u16) {
        self.script.lock().unwrap().usual = Some(status);
    }

    fn heard(&self) -> Vec<Value> {
        self.script.lock().unwrap().heard.clone()
    }

    /// Waits until it has heard so much.
    async fn until(&self, fits: impl Fn(&[Value]) -> bool) -> Vec<Value> {
        let look = async {
            loop {
                let heard = self.heard();
                if fits(&heard) {
                    return heard;
                }
                Clock::system().sleep(Duration::from_millis(20)).await;
            }
        };
        let found = tokio::time::timeout(PATIENCE, look).await;
        found.unwrap_or_else(|_| panic!("{:?}", self.heard()))
    }

    fn settings(&self, dir: &Path, more: &str) {
        let url = &self.url;
        let text = format!(
            "[[alerts]]\nname = \"hook\"\nkind = \"webhook\"\nurl = \"{url}\"\nallow_private = true\n{more}\n"
        );
        fs::write(dir.join("cliphound.toml"), text).unwrap();
    }
}

/// Keeps what was taken, and that it was asked for what was not.
async fn hear(State(script): State<Arc<Mutex<Script>>>, body: Bytes) -> StatusCode {
    let mut script = script.lock().unwrap();
    let usual = script.usual.unwrap_or(200);
    let status = script.answers.pop_front().unwrap_or(usual);
    let mut told: Value = serde_json::from_slice(&body).unwrap();
    told["status"] = status.into();
    script.heard.push(told);
    StatusCode::from_u16(status).unwrap()
}

fn taken(heard: &[Value]) -> Vec<&Value> {
    heard.iter().filter(|told| told["status"] == 200).collect()
}

fn asked(line: &Line) -> bool {
    line.is("cause", "manual:helper") && line.is("state", "confirmed")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clip_is_told_once_though_everything_is_killed_in_between() {
    let twitch = Twitch::start(&["ninja:1"], SPEED).await;
    let dir = tempfile::tempdir().unwrap();
    let hook = Hook::start().await;
    hook.settings(dir.path(), "");
    hook.usual(503);
    let mut daemon = Daemon::run(dir.path(), &twitch, &[]).await;
    daemon.log_line("chat is heard", |line| line.has("chat is heard")).await;
    twitch.say_moderator("ninja", "helper", "!clip the first");
    daemon.log_line("confirmed", asked).await;
    // Killed as soon as it is known, perhaps before it is in the outbox.
    daemon.kill().await;

    let mut daemon = Daemon::run(dir.path(), &twitch, &[]).await;
    daemon.log_line("chat is heard", |line| line.has("chat is heard")).await;
    hook.until(|heard| !heard.is_empty()).await;
    twitch.say_moderator("ninja", "helper", "!clip the second");
    daemon.log_line("confirmed", asked).await;
    // Killed with both in the outbox, or one.
    daemon.kill().await;
    let list = daemon.command(&["alert", "list"]).await;
    assert!(list.out.contains("hook\twebhook\tsent 0"), "{}{}", list.out, list.err);
    let check = daemon.command(&["check", "--offline"]).await;
    assert!(check.out.contains("it is tried again: HTTP 503"), "{}", check.out);
    assert!(!check.out.contains("hush-hush"), "{}", check.out);

    hook.usual(200);
    let mut daemon = Daemon::run(dir.path(), &twitch, &[]).await;
    daemon.log_line("chat is heard", |line| line.has("chat is heard")).await;
    let heard = hook.until(|heard| taken(heard).len() >= 2).await;
    let titles: Vec<_> = taken(&heard).iter().map(|told| told["data"]["title"].clone()).collect();
    assert_eq!(titles, ["the first", "the second"]);
    twitch.say_moderator("ninja", "helper", "!clip the third");
    daemon.log_line("confirmed", asked).await;
    let heard = hook.until(|heard| taken(heard).len() >= 3).await;
    let third = taken(&heard)[2];
    assert_eq!(
        (&third["type"], &third["data"]["cause"]),
        (&"cliphound.clip".into(), &"manual:helper".into())
    );
    let urls: Vec<_> = twitch.clips().iter().map(|clip| clip.url.clone()).collect();
    assert!(urls.iter().any(|url| third["data"]["url"] == url.as_str()), "{third} {urls:?}");
    assert!(third["data"]["thumbnail"].as_str().unwrap().starts_with("https://"), "{third}");
    daemon.terminate().await;
    assert_eq!(taken(&hook.heard()).len(), 3, "each once");
    assert!(!daemon.log().contains("hush-hush"), "no secret in the log");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_is_announced_once_though_it_flaps_and_cliphound_restarts() {
    let twitch = Twitch::start(&["ninja:1"], SPEED).await;
    twitch.set_live("ninja", false);
    let dir = tempfile::tempdir().unwrap();
    let hook = Hook::start().await;
    hook.settings(dir.path(), "events = [\"online\"]");
    let mut daemon = Daemon::run(dir.path(), &twitch, &[]).await;
    daemon.log_line("chat is heard", |line| line.has("chat is heard")).await;
    twitch.set_live("ninja", true);
    let heard = hook.until(|heard| !heard.is_empty()).await;
    assert_eq!(heard[0]["type"], "cliphound.online");
    assert_eq!(heard[0]["data"]["url"], "https://www.twitch.tv/ninja");
    twitch.set_live("ninja", false);
    twitch.set_live("ninja", true);
    daemon.terminate().await;
    let mut daemon = Daemon::run(dir.path(), &twitch, &[]).await;
    daemon.log_line("chat is heard", |line| line.has("chat is heard")).await;
    // Two rounds of Get Streams, at least: a clip takes that long.
    twitch.say_moderator("ninja", "helper", "!testclip");
    daemon.log_line("confirmed", asked).await;
    daemon.terminate().await;
    assert_eq!(hook.heard().len(), 1, "{:?}", hook.heard());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_test_says_what_came_back() {
    let dir = tempfile::tempdir().unwrap();
    let hook = Hook::start().await;
    hook.settings(dir.path(), "");
    let good = crate::daemon::command(dir.path(), &["alert", "test", "hook"]).await;
    assert_eq!((good.code, good.err.as_str()), (Some(0), ""), "{}", good.out);
    assert!(good.out.contains("took it (HTTP 200)"), "{}", good.out);
    assert_eq!(hook.heard()[0]["data"]["cause"], "manual:test");
    hook.usual(404);
    let bad = crate::daemon::command(dir.path(), &["alert", "test", "hook"]).await;
    assert_eq!(bad.code, Some(1));
    assert!(bad.out.contains("not there any more"), "{}", bad.out);
    let unknown = crate::daemon::command(dir.path(), &["alert", "test", "hok"]).await;
    assert_eq!(unknown.code, Some(2));
    assert!(unknown.err.contains("there are hook"), "{}", unknown.err);
    let text = fs::read_to_string(dir.path().join("cliphound.toml")).unwrap();
    fs::write(dir.path().join("cliphound.toml"), text.replace("allow_private = true", "")).unwrap();
    let refused = crate::daemon::command(dir.path(), &["alert", "test", "hook"]).await;
    assert_eq!(refused.code, Some(2));
    assert!(refused.err.contains("write allow_private = true"), "{}", refused.err);
    assert!(!refused.err.contains("hush-hush"), "{}", refused.err);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_in_that_ends_is_told_and_shown_until_somebody_logs_in() {
    let twitch = Twitch::start(&["ninja:1"], SLOWLY).await.logged_out();
    let twitch = twitch.with("CLIPHOUND_CHAT__SOURCE", "auto");
    let (home, hook) = (tempfile::tempdir().unwrap(), Hook::start().await);
    let dir = home.path();
    hook.settings(dir, "events = [\"trouble\"]");
    let log_in = async || {
        let told = command_at(dir, &twitch, &["login"]).await;
        assert_eq!(told.code, Some(0), "{}", told.err);
    };
    log_in().await;
    let mut daemon = Daemon::run(dir, &twitch, &[]).await;
    let owner = Dashboard::first_owner(&mut daemon).await;
    let gauge = |usable: u32| {
        move |page: &str| {
            let line = format!("cliphound_account_usable{{role=\"clipper\"}} {usable}");
            page.lines().any(|shown| shown == line)
        }
    };
    until_page(&owner, "/metrics", gauge(1)).await;
    until_page(&owner, "/", |page| page.contains("<div id=\"trouble\"></div>")).await;
    daemon.told("EventSub works", |line| line.has("chat is heard")).await;

    twitch.revoke("cliphound_tester");
    let heard = hook.until(|heard| !heard.is_empty()).await;
    let ended = "the log-in at Twitch has ended";
    assert_eq!(heard[0]["type"], "cliphound.trouble");
    assert!(heard[0]["data"]["title"].as_str().unwrap().contains(ended), "{}", heard[0]);
    assert!(heard[0]["text"].as_str().unwrap().contains("run `cliphound login`"), "{}", heard[0]);
    let page = until_page(&owner, "/", |page| page.contains(ended)).await;
    assert!(page.contains("run `cliphound login`"), "{page}");
    until_page(&owner, "/metrics", gauge(0)).await;
    // IRC has taken over, for which nobody has to log in.
    until_ready(&owner).await;

    log_in().await;
    let heard = hook.until(|heard| heard.len() >= 2).await;
    assert_eq!(heard[1]["data"]["is_over"], true, "{}", heard[1]);
    until_page(&owner, "/metrics", gauge(1)).await;
    until_page(&owner, "/", |page| page.contains("<div id=\"trouble\"></div>")).await;
    daemon.terminate().await;
    assert_eq!(hook.heard().len(), 2, "{:?}", hook.heard());
}

/// Nothing becomes public, and nobody is told less, because a channel is called otherwise.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_renamed_channel_keeps_its_settings_and_who_is_told_of_it() {
    let mut twitch = Twitch::start(&["mossykettle:40"], SPEED).await;
    twitch.environment.remove("TWITCH_CHANNELS");
    let dir = tempfile::tempdir().unwrap();
    let hook = Hook::start().await;
    let settings = |listed: &str, told: &str| {
        let more = format!("channels = [\"{told}\"]\nevents = [\"review\"]\n");
        hook.settings(dir.path(), &format!("{more}[twitch]\nchannels = [\"{listed}\"]\n"));
    };
    settings("mossykettle", "mossykettle");
    let mut daemon = Daemon::run(dir.path(), &twitch, &[]).await;
    let owner = Dashboard::first_owner(&mut daemon).await;
    let heard = |login: &'static str| {
        move |line: &Line| line.has("chat is heard") && line.is("channel", login)
    };
    daemon.told("chat is heard", heard("mossykettle")).await;
    let set = |key: &str, value: &str| json!([{ "key": key, "value": value }]);
    let publish = set("clips.publish", "review");
    let (status, all) = owner.api("PATCH", "/channels/mossykettle/settings", Some(&publish)).await;
    assert_eq!(status, StatusCode::OK, "{all}");
    twitch.say_moderator("mossykettle", "early", "!testclip");
    hook.until(|heard| heard.len() == 1).await;
    twitch.rename("mossykettle", "freshkettle");
    daemon.log_line("followed", |line| line.has("was called mossykettle and is followed")).await;
    daemon.told("heard", heard("freshkettle")).await;

    // One setting changed under the new name leaves the others as they are.
    let at = "/channels/freshkettle/settings";
    let (status, all) = owner.api("PATCH", at, Some(&set("clips.sensitivity", "1.2"))).await;
    assert_eq!(status, StatusCode::OK, "{all}");
    let (_, all) = owner.api("GET", at, None).await;
    let publish = all.as_array().unwrap().iter().find(|one| one["key"] == "clips.publish").unwrap();
    assert_eq!((&publish["value"], &publish["is_own"]), (&"review".into(), &true.into()), "{all}");
    let (_, follow) = owner.api("GET", "/channels/freshkettle/follow", None).await;
    assert_eq!(follow["is_followed"], true, "{follow}");
    let page = owner.page("/channels").await;
    assert!(page.contains("/channels/freshkettle") && !page.contains("mossykettle"), "{page}");
    twitch.say_moderator("freshkettle", "helper", "!testclip");
    hook.until(|heard| heard.len() == 2).await;
    daemon.terminate().await;

    // As the log advises.
    settings("freshkettle", "freshkettle");
    let mut daemon = Daemon::run(dir.path(), &twitch, &[]).await;
    daemon.told("heard", heard("freshkettle")).await;
    twitch.say_moderator("freshkettle", "helper", "!testclip");
    hook.until(|heard| heard.len() == 3).await;
    daemon.terminate().await;
    assert!(twitch.clips().is_empty(), "nobody has said yes");
}

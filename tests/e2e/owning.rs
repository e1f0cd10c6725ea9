//! What an owner does in the dashboard: forgets users and channels while Cliphound runs, pauses a
//! channel for good, tries an alert.

use std::{fs, path::Path, time::Duration};

use cliphound_clock::Clock;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::{
    PATIENCE, SPEED,
    daemon::{Daemon, Line},
    dashboard::{Dashboard, NAME, PASSWORD},
    twitch::Twitch,
};

/// What an address of the API answers, once it is as it shall be.
async fn until(owner: &Dashboard, path: &str, fits: impl Fn(&Value) -> bool) -> Value {
    let look = async {
        loop {
            let (_, answer) = owner.api("GET", path, None).await;
            if fits(&answer) {
                return answer;
            }
            Clock::system().sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, look).await.unwrap_or_else(|_| panic!("{path} stays otherwise"))
}

/// Nothing is to be looked for any more.
fn is_over(deletions: &Value) -> bool {
    deletions.as_array().is_some_and(Vec::is_empty)
}

fn count(what: &Value, name: &str) -> Option<u64> {
    let all = ["rows", "lines"].iter().flat_map(|part| what[part].as_array().into_iter().flatten());
    all.into_iter().find(|row| row["what"] == name)?["count"].as_u64()
}

fn holds(dir: &Path, file: &str, words: &str) -> bool {
    let bytes = fs::read(dir.join(file)).unwrap_or_default();
    bytes.windows(words.len()).any(|part| part.eq_ignore_ascii_case(words.as_bytes()))
}

fn heard(channel: &'static str) -> impl Fn(&Line) -> bool {
    move |line| line.has("chat is heard") && line.is("channel", channel)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_and_a_channel_are_forgotten_while_it_runs() {
    let twitch = Twitch::start(&["ninja:1", "mossykettle:1"], SPEED).await;
    let home = tempfile::tempdir().unwrap();
    let dir = home.path();
    let mut daemon = Daemon::run(dir, &twitch, &[]).await;
    let owner = Dashboard::first_owner(&mut daemon).await;
    for channel in ["ninja", "mossykettle"] {
        daemon.told("chat is heard", heard(channel)).await;
    }
    twitch.say_moderator("ninja", "helper", "!clip look at this");
    let seen = |line: &Line| line.is("cause", "manual:helper") && line.is("state", "confirmed");
    daemon.log_line("seen", seen).await;

    // First it is said what there is; without the name nothing goes.
    let at = "/deletions/user/helper";
    let (status, known) = owner.api("GET", at, None).await;
    assert_eq!((status, count(&known, "moments")), (StatusCode::OK, Some(1)), "{known}");
    assert_eq!(count(&known, "clip_urls.txt"), Some(1), "{known}");
    let wrong = json!({"confirm": "help"});
    assert_eq!(owner.api("POST", at, Some(&wrong)).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(holds(dir, "recordings/moments.tsv", "look at this"));
    let page = owner.page("/settings/deletion?kind=user&name=helper").await;
    assert!(page.contains("What there is of the user helper"), "{page}");
    let form = [("kind", "user"), ("name", "helper"), ("typed", "helper")];
    let (status, page) = owner.send("/settings/deletion", &form).await;
    assert_eq!(status, StatusCode::OK, "{page}");
    assert!(page.contains("Deleted: the user helper") && page.contains("Not over yet"), "{page}");
    let live = owner.page("/channels/ninja").await;
    for words in ["helper", "look at this"] {
        for file in ["recordings/clip_urls.txt", "recordings/moments.tsv"] {
            assert!(!holds(dir, file, words), "{words} in {file}");
        }
        assert!(!live.contains(words), "{words} is shown: {live}");
    }
    until(&owner, "/deletions", is_over).await;
    let (_, known) = owner.api("GET", at, None).await;
    assert_eq!((&known["rows"], &known["lines"]), (&json!([]), &json!([])), "{known}");

    // A channel that is followed is left first. The settings name it: it stays so.
    let sure = |name: &str| json!({ "confirm": name });
    let (status, gone) = owner.api("POST", "/deletions/channel/ninja", Some(&sure("ninja"))).await;
    assert_eq!(status, StatusCode::OK, "{gone}");
    assert!(count(&gone, "moments").is_some(), "{gone}");
    assert!(gone["files"].as_array().unwrap().contains(&json!("models/ninja.bin")), "{gone}");
    assert_eq!(owner.api("GET", "/channels/ninja", None).await.0, StatusCode::NOT_FOUND);
    let (status, only) =
        owner.api("POST", "/deletions/channel/mossykettle", Some(&sure("mossykettle"))).await;
    assert_eq!(status, StatusCode::CONFLICT, "{only}");
    assert!(only["detail"].as_str().unwrap().contains("the only channel"), "{only}");
    let left = |known: &Value| known["rows"] == json!([{"what": "settings", "count": 1}]);
    until(&owner, "/deletions/channel/ninja", left).await;
    for file in ["clip_urls.txt", "moments.tsv"] {
        assert!(!holds(dir, &format!("recordings/{file}"), "ninja"), "{file}");
    }

    // Also after a crash: it is not followed, and still looked for.
    daemon.kill().await;
    let mut daemon = Daemon::run(dir, &twitch, &[]).await;
    let mut owner = Dashboard::of(&mut daemon).await;
    daemon.told("chat is heard", heard("mossykettle")).await;
    assert_eq!(owner.log_in(NAME, PASSWORD).await, StatusCode::SEE_OTHER);
    let (_, waiting) = owner.api("GET", "/deletions", None).await;
    assert_eq!(waiting[0]["login"], "ninja", "{waiting}");
    assert_eq!(daemon.seen(heard("ninja")), 0);
    assert!(!dir.join("models/ninja.bin").exists());
    // Who is added again may be known.
    let added = owner.api("PUT", "/channels/ninja/follow", None).await;
    assert_eq!(added, (StatusCode::OK, json!({"is_checked": true, "note": null})));
    let (status, refused) = owner.api("PUT", "/channels/nobody_at_all/follow", None).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "{refused}");
    assert!(refused["detail"].as_str().unwrap().contains("Twitch knows no channel"), "{refused}");
    until(&owner, "/deletions", is_over).await;
    let anew = |line: &Line| line.has("is new: learning") && line.is("channel", "ninja");
    daemon.log_line("it begins anew", anew).await;
    daemon.terminate().await;
    for words in ["helper", "look at this"] {
        assert!(!holds(dir, "cliphound.db", words), "{words}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_channel_is_paused_for_good_and_asks_before_it_publishes() {
    let twitch = Twitch::start(&["ninja:1"], SPEED).await;
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = Daemon::run(dir.path(), &twitch, &[]).await;
    let owner = Dashboard::first_owner(&mut daemon).await;
    daemon.told("chat is heard", heard("ninja")).await;
    let at = "/channels/ninja/settings";
    let set = |key: &str, value: &str| json!([{ "key": key, "value": value }]);
    let (status, all) = owner.api("PATCH", at, Some(&set("clips.paused", "true"))).await;
    assert_eq!(status, StatusCode::OK, "{all}");
    until(&owner, "/channels/ninja", |now| now["state"] == "paused").await;
    // Nobody resumes that by hand.
    let (status, told) = owner.api("POST", "/channels/ninja/resume", None).await;
    assert_eq!(status, StatusCode::CONFLICT, "{told}");
    let (status, all) = owner.api("PATCH", at, Some(&set("clips.publish", "review"))).await;
    assert_eq!(status, StatusCode::OK, "{all}");
    assert!(owner.page("/channels/ninja").await.contains("paused for good"));
    daemon.terminate().await;

    let mut daemon = Daemon::run(dir.path(), &twitch, &[]).await;
    let mut owner = Dashboard::of(&mut daemon).await;
    assert_eq!(owner.log_in(NAME, PASSWORD).await, StatusCode::SEE_OTHER);
    daemon.told("chat is heard", heard("ninja")).await;
    until(&owner, "/channels/ninja", |now| now["state"] == "paused").await;
    // Who asks for a clip is heard, and somebody has to say yes.
    twitch.say_moderator("ninja", "helper", "!testclip");
    daemon.log_line("it waits", |line| line.has("waits for review")).await;
    assert!(twitch.clips().is_empty());
    let page = owner.page("/channels/ninja/settings").await;
    let (_, row) = page.split_once("<small>clips.paused</small></td>").unwrap();
    let (_, id) = row.split_once("name=\"id\" value=\"").unwrap();
    let (id, _) = id.split_once('"').unwrap();
    let undone = owner.send("/channels/ninja/settings/undo", &[("id", id)]).await;
    assert_eq!(undone.0, StatusCode::SEE_OTHER, "{}", undone.1);
    until(&owner, "/channels/ninja", |now| now["state"] != "paused").await;
    daemon.terminate().await;

    // What would not hold together is refused, not left out.
    let without = twitch.with("CLIPHOUND_CLIPS__VOD", "false");
    fs::remove_file(dir.path().join("cliphound.db")).unwrap();
    let mut daemon = Daemon::run(dir.path(), &without, &[]).await;
    let owner = Dashboard::first_owner(&mut daemon).await;
    let (status, told) = owner.api("PATCH", at, Some(&set("clips.publish", "review"))).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{told}");
    assert!(told["detail"].as_str().unwrap().contains("clips.vod"), "{told}");
    daemon.terminate().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_alert_is_tried_from_the_dashboard() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hush-hush-hush", listener.local_addr().unwrap());
    let mut tasks = tokio::task::JoinSet::new();
    tasks.spawn(async move {
        let routes = axum::Router::new().fallback(async || StatusCode::NO_CONTENT);
        axum::serve(listener, routes).await.unwrap();
    });
    let twitch = Twitch::start(&["ninja:1"], SPEED).await;
    let dir = tempfile::tempdir().unwrap();
    let alert = |name: &str, url: &str| {
        format!(
            "[[alerts]]\nname = '{name}'\nkind = 'webhook'\nurl = '{url}'\nallow_private = true\nmin_score = 0.5\n"
        )
    };
    let nobody = "http://127.0.0.1:9/nobody-nobody";
    let settings = alert("hook", &url) + &alert("gone", nobody);
    fs::write(dir.path().join("cliphound.toml"), settings).unwrap();
    let mut daemon = Daemon::run(dir.path(), &twitch, &[]).await;
    let owner = Dashboard::first_owner(&mut daemon).await;
    let (_, all) = owner.api("GET", "/alerts", None).await;
    assert_eq!(
        (&all["alerts"][0]["name"], &all["alerts"][0]["kind"]),
        (&json!("hook"), &json!("webhook"))
    );
    let page = owner.page("/settings/alerts").await;
    for secret in ["hush-hush-hush", "nobody-nobody"] {
        assert!(!page.contains(secret) && !all.to_string().contains(secret), "{secret}");
    }
    let (_, tried) = owner.api("POST", "/alerts/hook/test", None).await;
    assert_eq!(tried["is_sent"], true, "{tried}");
    let (status, page) = owner.send("/settings/alerts/gone/test", &[]).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{page}");
    let page = owner.page("/settings/alerts?tested=gone").await;
    assert!(page.contains("gone: not sent"), "{page}");
    assert!(!page.contains("nobody-nobody"), "{page}");
    let unknown = owner.api("POST", "/alerts/other/test", None).await;
    assert_eq!(unknown.0, StatusCode::NOT_FOUND, "{}", unknown.1);
    daemon.terminate().await;
}

//! A day on which all goes well: everything that a person can look at, and every command.

use std::{
    fs,
    io::Read as _,
    path::Path,
    sync::{Arc, Mutex},
};

use reqwest::StatusCode;
use serde_json::json;
use wiremock::{Mock, MockServer, matchers::any};

use super::{GIVEN, Parrot, Secrets, asked_of};
use crate::{
    SPEED,
    crawl::{Answer, everything},
    daemon::{Daemon, Line, command_at},
    dashboard::{Dashboard, NAME, PASSWORD, until_page},
    twitch::Twitch,
};

/// Alerts of all kinds that have a secret, at one server of our own machine.
fn alerts(uri: &str) -> String {
    let alert = |name: &str, kind: &str, more: &str| {
        format!("[[alerts]]\nname = '{name}'\nkind = '{kind}'\nallow_private = true\n{more}\n")
    };
    let hook = format!("url = '{uri}/{HOOK}'\nsecret = '{SIGNS}'");
    let push = format!("url = '{uri}/topic'\ntoken = '{PUSHES}'");
    let people = "from = '+15005550006'\nto = '+15005550009'";
    let phone = format!("url = '{uri}'\naccount = '{ACCOUNT}'\ntoken = '{CALLS}'\n{people}");
    let people = "from = 'a@example.org'\nto = 'b@example.org'";
    let mail = format!(
        "server = '127.0.0.1:9'\ntls = 'none'\nusername = 'a'\npassword = '{MAILS}'\n{people}"
    );
    let team = format!("url = '{uri}/{TEAM}'");
    [
        alert("hook", "webhook", &hook),
        alert("push", "ntfy", &push),
        alert("phone", "sms", &phone),
        alert("mail", "email", &mail),
        alert("team", "discord", &team),
    ]
    .concat()
}

const HOOK: &str = "leakhookaddress000000000000000";
const SIGNS: &str = "leaksigningsecret0000000000000";
const PUSHES: &str = "tk_leakntfytoken00000000000000";
const ACCOUNT: &str = "AC00000000000000000000000000000000";
const CALLS: &str = "leaktwiliotoken000000000000000";
const MAILS: &str = "leakmailpassword00000000000000";
const TEAM: &str = "leakdiscordaddress000000000000";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_good_day_tells_no_secret() {
    let twitch = Twitch::start(&["ninja:400"], SPEED).await;
    let (parrot, mood) = (MockServer::start().await, Arc::new(Mutex::new((500, "json"))));
    let answers = Parrot { mood: Arc::clone(&mood), elsewhere: parrot.uri(), given: GIVEN };
    Mock::given(any()).respond_with(answers).mount(&parrot).await;
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("new");
    let mut secrets = Secrets::of(&twitch);
    let recording = dir.join("run.jsonl");
    let args = ["-vv", "--record", recording.to_str().unwrap()];
    fs::create_dir(&dir).unwrap();
    // Most people have them in a file, which a backup leaves out.
    fs::write(dir.join(".env"), format!("TWITCH_CLIENT_SECRET={}\n", secrets.0[0])).unwrap();
    fs::write(dir.join("cliphound.toml"), alerts(&parrot.uri())).unwrap();
    secrets.add([HOOK, SIGNS, PUSHES, CALLS, MAILS, TEAM, PASSWORD]);
    let mut daemon = Daemon::run(&dir, &twitch, &args).await;
    let owner = Dashboard::first_owner(&mut daemon).await;
    secrets.add([owner.session(), &somebody_comes(&owner).await]);
    daemon.told("chat is heard", |line| line.has("chat is heard")).await;
    // The token runs out, and a new one comes.
    let before = secrets.0.len();
    twitch.inject("token_expired");
    twitch.say_moderator("ninja", "helper", "!testclip");
    let made = |line: &Line| line.is("cause", "manual:helper") && line.is("state", "confirmed");
    daemon.log_line("a clip is made", made).await;
    secrets.learn(&dir);
    assert!(secrets.0.len() > before, "there was a refresh");
    // Each alert has failed once, with an answer that repeats everything.
    let tried = |page: &str| page.matches("<p class=\"note bad text\">").count() == 5;
    until_page(&owner, "/settings/alerts", tried).await;
    // What is live is a stream once it was watched for a while.
    until_page(&owner, "/streams", |page| page.contains("/streams/ninja/")).await;
    assert_no_answer_tells(&secrets, &owner).await;
    let backup = home.path().join("backup.tar.gz");
    let saves = ["backup", backup.to_str().unwrap()];
    for command in [&["check"][..], &["check", "--offline"], &["-vv", "check"], &["night"], &saves]
    {
        tells_nothing(&secrets, &dir, &twitch, command, Some(0)).await;
    }
    for command in [&["review", "list"][..], &["alert", "list"]] {
        tells_nothing(&secrets, &dir, &twitch, command, Some(0)).await;
    }
    for (what, code) in [((200, "bare"), Some(0)), ((404, "html"), Some(1))] {
        *mood.lock().unwrap() = what;
        tells_nothing(&secrets, &dir, &twitch, &["-vv", "alert", "test", "hook"], code).await;
        for name in ["push", "phone", "mail", "team"] {
            tells_nothing(&secrets, &dir, &twitch, &["-vv", "alert", "test", name], None).await;
        }
    }
    secrets.assert_not_in("the backup", &unpacked(&backup));
    daemon.terminate().await;
    secrets.assert_not_in("the log", daemon.log().as_bytes());
    let has = asked_of(&parrot).await;
    for secret in [HOOK, PUSHES, TEAM] {
        assert!(has(secret), "{secret} was never sent: this test would prove nothing");
    }
    afterwards(&mut secrets, home.path(), &dir, twitch).await;
}

/// An API token is made and used, and somebody types the password where the name goes. The token.
async fn somebody_comes(owner: &Dashboard) -> String {
    let wish = json!({ "name": "probe", "scope": "read" });
    let (status, made) = owner.api("POST", "/tokens", Some(&wish)).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    let token = made["token"].as_str().unwrap().to_owned();
    let nobody = Dashboard::at(&owner.url);
    let used = nobody.request("GET", "/api/v1/me").bearer_auth(&token).send().await.unwrap();
    assert_eq!(used.status(), StatusCode::OK);
    let status = Dashboard::at(&owner.url).log_in(PASSWORD, NAME).await;
    assert_ne!(status, StatusCode::SEE_OTHER);
    token
}

/// No page, answer of the API, export or stream of events shows a secret to the owner.
async fn assert_no_answer_tells(secrets: &Secrets, owner: &Dashboard) {
    let list = async |path: &str| owner.api("GET", path, None).await.1;
    let (moments, streams) = (list("/moments").await, list("/streams").await);
    let key = moments["moments"][0]["key"].as_str().unwrap_or_else(|| panic!("{moments}"));
    let at_ms = streams[0]["start_ms"].to_string();
    assert!(at_ms.parse::<i64>().is_ok(), "{streams}");
    let files = ["moments", "clips", "windows", "viewer_clips"];
    let files: Vec<String> =
        files.iter().flat_map(|name| ["csv", "json"].map(|end| format!("{name}.{end}"))).collect();
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let words: [(&str, &[&str]); 6] = [
        ("channel", &["ninja"]),
        ("key", &[key]),
        ("at_ms", &[&at_ms]),
        ("file", &files),
        ("kind", &["user"]),
        ("login", &["helper"]),
    ];
    let answers = everything(owner, &words).await;
    for Answer { path, text } in &answers {
        secrets.assert_not_in(path, text);
    }
    let paths: Vec<&str> = answers.iter().map(|answer| answer.path.as_str()).collect();
    for seen in [
        "/settings/tokens",
        "/settings/alerts",
        "/settings/people",
        "/channels/ninja/settings",
        "/channels/ninja/events",
        "/api/v1/alerts",
        "/api/v1/tokens",
        "/api/v1/events",
        "/api/v1/export/moments.csv",
        &format!("/review/{key}"),
    ] {
        assert!(paths.contains(&seen), "{seen} was not looked at: {paths:?}");
    }
}

/// What is done when no daemon runs any more.
async fn afterwards(secrets: &mut Secrets, home: &Path, dir: &Path, twitch: Twitch) {
    let (recording, backup) = (dir.join("run.jsonl"), home.join("backup.tar.gz"));
    let (recording, backup) = (recording.to_str().unwrap(), backup.to_str().unwrap());
    for command in [
        &["-vv", "replay", recording, "--top", "3"][..],
        &["-vv", "forget", "--user", "helper", "--yes"],
        &["-vv", "forget", "--channel", "ninja", "--dry-run"],
    ] {
        tells_nothing(secrets, dir, &twitch, command, Some(0)).await;
    }
    // It has no labels: the refusal tells nothing, either.
    tells_nothing(secrets, dir, &twitch, &["-vv", "evaluate", recording], None).await;
    let (restored, shown) = (home.join("restored"), home.join("shown"));
    tells_nothing(secrets, &restored, &twitch, &["-vv", "restore", backup], Some(0)).await;
    let demo = ["-vv", "demo", "--seconds", "60", "--speed", "60", "--listen", "off"];
    tells_nothing(secrets, &shown, &twitch, &demo, Some(0)).await;

    let device = twitch.logged_out();
    for command in [&["-vv", "login", "--no-browser"][..], &["-vv", "logout"]] {
        let told = command_at(dir, &device, command).await;
        assert_eq!(told.code, Some(0), "{}", told.err);
        secrets.learn(dir);
        secrets.assert_not_told(&command.join(" "), &told);
    }
    for folder in [dir, &restored, &shown] {
        secrets.assert_not_stored(folder);
    }
}

/// A command shows no secret. `code`: how it ends, where that matters.
async fn tells_nothing(
    secrets: &Secrets,
    dir: &Path,
    twitch: &Twitch,
    command: &[&str],
    code: Option<i32>,
) {
    let told = command_at(dir, twitch, command).await;
    assert!(code.is_none() || told.code == code, "{command:?}: {} {}", told.out, told.err);
    secrets.assert_not_told(&command.join(" "), &told);
}

/// What a packed file holds.
fn unpacked(path: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    let file = fs::File::open(path).unwrap();
    flate2::read::GzDecoder::new(file).read_to_end(&mut bytes).unwrap();
    assert!(bytes.len() > 10_000, "the database is in it");
    bytes
}

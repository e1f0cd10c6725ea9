//! No secret in any log, error, page, record or file but those that are for it: through good days
//! and through servers that repeat what they were sent. And files are for their owner.

mod good_day;

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Stdio,
    sync::{Arc, Mutex},
};

use serde_json::json;
use tokio::io::{AsyncBufReadExt, BufReader};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate, matchers::any};

use crate::{
    PATIENCE, SPEED,
    daemon::{Daemon, Told, command_at, spawnable},
    twitch::Twitch,
};

/// Everything that opens something, as it is known while the story goes on.
#[derive(Default)]
struct Secrets(Vec<String>);

impl Secrets {
    fn add<'a>(&mut self, more: impl IntoIterator<Item = &'a str>) {
        for secret in more {
            assert!(secret.len() >= 16, "{secret}: no test could tell it from other words");
            self.0.push(secret.to_owned());
        }
    }

    /// Those of the environment.
    fn of(twitch: &Twitch) -> Self {
        let mut secrets = Self::default();
        let names = ["TWITCH_CLIENT_SECRET", "TWITCH_ACCESS_TOKEN", "TWITCH_REFRESH_TOKEN"];
        secrets
            .add(names.iter().filter_map(|name| twitch.environment.get(*name)).map(String::as_str));
        secrets
    }

    /// Those that a log-in or a refresh has stored since.
    fn learn(&mut self, dir: &Path) {
        let Ok(bytes) = fs::read(dir.join("tokens.json")) else { return };
        let book: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        for entry in book["tokens"].as_array().unwrap() {
            self.add(
                [&entry["access_token"], &entry["refresh_token"]].map(|t| t.as_str().unwrap()),
            );
        }
    }

    fn assert_not_in(&self, what: &str, text: &[u8]) {
        for secret in &self.0 {
            let found = text.windows(secret.len()).any(|part| part == secret.as_bytes());
            assert!(!found, "{what} shows {secret}: {}", String::from_utf8_lossy(text));
        }
    }

    fn assert_not_told(&self, what: &str, told: &Told) {
        self.assert_not_in(&format!("the output of {what}"), told.out.as_bytes());
        self.assert_not_in(&format!("the complaint of {what}"), told.err.as_bytes());
    }

    /// In no file but the one for them, and in no name.
    fn assert_not_stored(&self, dir: &Path) {
        for path in files(dir) {
            self.assert_not_in("a name", path.to_string_lossy().as_bytes());
            let is_for_them =
                ["tokens.json", ".env", "cliphound.toml"].iter().any(|own| path.ends_with(own));
            if path.is_file() && !is_for_them {
                self.assert_not_in(&path.display().to_string(), &fs::read(&path).unwrap());
            }
        }
    }
}

/// Everything below a folder, and itself.
fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = vec![dir.to_owned()];
    let mut at = 0;
    while let Some(folder) = found.get(at).cloned() {
        at += 1;
        if folder.is_dir() {
            found.extend(fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()));
        }
    }
    found
}

/// A server that answers with all it was sent and all it would give.
#[derive(Clone)]
struct Parrot {
    /// Status and content of the answers.
    mood: Arc<Mutex<(u16, &'static str)>>,
    /// Where it sends people.
    elsewhere: String,
    /// What it gives.
    given: &'static str,
}

const DEVICE: &str = "leakdevicecode0000000000000000000000000";
const GIVEN: &str = "leaknewaccess00000000000000000";
const CODE: &str = "leakauthorizationcode000000000";
const CLIENT_SECRET: &str = "leakclientsecret00000000000000";
const ACCESS: &str = "leakaccess00000000000000000000";
const REFRESH: &str = "leakrefresh0000000000000000000000000000000000000000";

impl Respond for Parrot {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let (status, kind) = *self.mood.lock().unwrap();
        if request.url.path().ends_with("/device") && kind != "refuse device" {
            // So that there is something to be asked for.
            return ResponseTemplate::new(200).set_body_json(json!({"device_code": DEVICE,
                "expires_in": 20, "interval": 1, "user_code": "ABCDEFGH",
                "verification_uri": "https://www.twitch.tv/activate?device-code=ABCDEFGH"}));
        }
        let mut all = String::new();
        for (name, value) in &request.headers {
            let _ = write!(all, "{name}: {} ", String::from_utf8_lossy(value.as_bytes()));
        }
        let _ = write!(all, "{} {} {DEVICE}", request.url, String::from_utf8_lossy(&request.body));
        let body = match kind {
            "html" => format!("<html>\n<body>{} {all}</body>", self.given),
            "pair" => json!({"access_token": self.given, "refresh_token": [all]}).to_string(),
            "bare" => self.given.to_owned(),
            _ => json!({"status": status, "message": all, "error": self.given}).to_string(),
        };
        let location = format!("{}/?access_token={}", self.elsewhere, self.given);
        let answer = ResponseTemplate::new(status).set_body_string(body);
        if (300..400).contains(&status) {
            answer.insert_header("Location", location)
        } else {
            answer
        }
    }
}

/// A daemon's or command's environment with the parrot in place of Twitch.
fn beside(twitch: &Twitch, parrot: &MockServer) -> Twitch {
    let uri = parrot.uri();
    let with = [
        ("CLIPHOUND_ENDPOINTS__HELIX", format!("{uri}/helix")),
        ("CLIPHOUND_ENDPOINTS__OAUTH", format!("{uri}/oauth2")),
        ("CLIPHOUND_ENDPOINTS__SEVENTV", format!("{uri}/7tv")),
        ("TWITCH_CLIENT_SECRET", CLIENT_SECRET.to_owned()),
        ("TWITCH_ACCESS_TOKEN", ACCESS.to_owned()),
        ("TWITCH_REFRESH_TOKEN", REFRESH.to_owned()),
    ];
    with.iter().fold(twitch.with("CLIPHOUND_WEB__LISTEN", "off"), |twitch, (name, value)| {
        twitch.with(name, value)
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_repeats_everything_gets_no_secret_into_a_log() {
    let twitch = Twitch::start(&["ninja:40"], SPEED).await;
    let (parrot, elsewhere) = (MockServer::start().await, MockServer::start().await);
    let mood = Arc::new(Mutex::new((200, "bare")));
    let answers = Parrot { mood: Arc::clone(&mood), elsewhere: elsewhere.uri(), given: GIVEN };
    Mock::given(any()).respond_with(answers).mount(&parrot).await;
    let twitch = beside(&twitch, &parrot);
    let mut secrets = Secrets::of(&twitch);
    secrets.add([DEVICE, GIVEN, CODE]);

    for what in [
        (200, "bare"),
        (200, "pair"),
        (400, "json"),
        (400, "refuse device"),
        (401, "json"),
        (403, "html"),
        (500, "html"),
        (302, "html"),
    ] {
        *mood.lock().unwrap() = what;
        let dir = tempfile::tempdir().unwrap();
        for command in
            [&["-vv", "check"][..], &["-vv", "login", "--no-browser"], &["-vv", "logout"]]
        {
            let told = command_at(dir.path(), &twitch, command).await;
            secrets.assert_not_told(&format!("{command:?} with {what:?}"), &told);
        }
        let told = by_browser(dir.path(), &twitch).await;
        secrets.assert_not_told(&format!("a log-in by browser with {what:?}"), &told);
        let mut daemon = Daemon::run(dir.path(), &twitch, &["-vv"]).await;
        daemon
            .log_line("it goes on", |line| line.is("level", "WARN") || line.is("level", "ERROR"))
            .await;
        daemon.terminate().await;
        secrets.assert_not_in(&format!("the log with {what:?}"), daemon.log().as_bytes());
        secrets.assert_not_stored(dir.path());
    }
    let followed = elsewhere.received_requests().await.unwrap();
    assert!(followed.is_empty(), "no redirect is followed: {followed:?}");
    let has = asked_of(&parrot).await;
    for secret in [ACCESS, REFRESH, CLIENT_SECRET, DEVICE, CODE] {
        assert!(has(secret), "{secret} was never sent: this test would prove nothing");
    }
}

/// Whether a server was sent something.
async fn asked_of(server: &MockServer) -> impl Fn(&str) -> bool {
    let asked = server.received_requests().await.unwrap();
    move |secret: &str| {
        asked.iter().any(|request| {
            format!("{} {:?}", request.url, request.headers).contains(secret)
                || String::from_utf8_lossy(&request.body).contains(secret)
        })
    }
}

/// A log-in whose browser brings a code, which is traded in vain.
async fn by_browser(dir: &Path, twitch: &Twitch) -> Told {
    let mut login = spawnable(dir, twitch, &["-vv", "login", "--flow", "code", "--no-browser"])
        .env("CLIPHOUND_TWITCH__REDIRECT", "http://localhost:0")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(login.stdout.take().unwrap()).lines();
    let mut out = String::new();
    while let Some(line) = lines.next_line().await.unwrap() {
        out += &line;
        let Some(address) = line.split(' ').find(|word| word.contains("redirect_uri=")) else {
            continue;
        };
        let address = reqwest::Url::parse(address).unwrap();
        let find = |name: &str| address.query_pairs().find(|(key, _)| key == name).unwrap().1;
        let back = format!("{}/?code={CODE}&state={}", find("redirect_uri"), find("state"));
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let page = http.get(back).send().await.unwrap().text().await.unwrap();
        out += &page;
    }
    let output = tokio::time::timeout(PATIENCE, login.wait_with_output()).await.unwrap().unwrap();
    let err = String::from_utf8_lossy(&output.stderr).into_owned();
    Told { code: output.status.code(), out, err }
}

/// Without a word from whoever started it, nobody else may read anything; under the service's
/// UMask the group may read what is no secret.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_are_for_their_owner() {
    use std::os::unix::fs::PermissionsExt as _;
    let twitch = Twitch::start(&["ninja:40"], SPEED).await;
    for (umask, others) in [("022", 0o077), ("000", 0o077), ("077", 0o077), ("027", 0o027)] {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("new");
        let mut daemon = Daemon::run_with_umask(umask, &dir, &twitch).await;
        daemon.log_line("chat is heard", |line| line.has("chat is heard")).await;
        // A new token is stored.
        twitch.inject("token_expired");
        twitch.say_moderator("ninja", "helper", "!testclip");
        daemon.log_line("a clip is made", |line| line.is("state", "created")).await;
        daemon.terminate().await;
        let all = files(&dir);
        for name in ["cliphound.db", "models/ninja.bin", "recordings/clip_urls.txt", "tokens.json"]
        {
            assert!(all.contains(&dir.join(name)), "{name} is missing: {all:?}");
        }
        for path in &all {
            let mode = fs::metadata(path).unwrap().permissions().mode() & 0o777;
            let is_secret = path.ends_with("tokens.json") || path.ends_with("tokens.lock");
            let forbidden = if is_secret { 0o077 } else { others };
            assert_eq!(mode & forbidden, 0, "{} has {mode:o} with umask {umask}", path.display());
        }
        if umask == "027" {
            let mode =
                fs::metadata(dir.join("recordings/clip_urls.txt")).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o640, "the service's group reads the clips");
        }
    }
}

/// What a viewer or an emote service may have written, on the way to a terminal.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn text_from_chat_can_do_nothing_to_a_terminal_or_a_table() {
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("chat.jsonl");
    let mut text = String::new();
    for second in 0..400_u32 {
        let people = if second % 190 > 180 { 12 } else { 1 };
        for person in 0..people {
            let said = "\u{1b}]0;owned\u{7}\u{9b}2J\u{202e}KEKW\r\n=HYPERLINK(\"http://x\")";
            let line =
                json!({"t_ms": second * 1000, "user": format!("u\u{1b}[2J{person}"), "text": said});
            let _ = writeln!(text, "{line}");
        }
    }
    fs::write(&log, text).unwrap();
    let name = log.to_str().unwrap();
    for args in [
        &["replay", name, "--top", "3"][..],
        &["replay", "--json", name, "--top", "3"],
        &["replay", "no\u{1b}[2Jsuch\u{202e}file"],
    ] {
        let told = crate::daemon::command(dir.path(), args).await;
        for text in [&told.out, &told.err] {
            let is_plain =
                |c: char| c == '\n' || !(c.is_control() || matches!(c, '\u{202a}'..='\u{202e}'));
            assert!(text.chars().all(is_plain), "{args:?}: {text:?}");
        }
    }
}

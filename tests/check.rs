//! `cliphound check` and the command line's manners, on the real binary.

#![expect(clippy::unwrap_used, reason = "a test may")]

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use serde_json::json;
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{header, method, path},
};

fn cliphound(dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cliphound"));
    for (name, _) in std::env::vars_os() {
        let name_text = name.to_string_lossy();
        if ["CLIPHOUND_", "TWITCH_", "CREDENTIALS_"].iter().any(|own| name_text.starts_with(own)) {
            command.env_remove(&name);
        }
    }
    // Whatever else runs on this machine.
    command.arg("--dir").arg(dir).env("CLIPHOUND_WEB__LISTEN", "127.0.0.1:0");
    command
}

/// Every service at one address on loopback: no test asks the real ones.
fn endpoints(address: &str) -> String {
    ["HELIX", "OAUTH", "SEVENTV", "BTTV", "FFZ"]
        .map(|name| {
            format!(
                "CLIPHOUND_ENDPOINTS__{name}=http://{address}/{}\n",
                name.to_lowercase().replace("oauth", "oauth2")
            )
        })
        .concat()
        + &format!(
            "CLIPHOUND_ENDPOINTS__IRC=irc://{address}\n\
             CLIPHOUND_ENDPOINTS__EVENTSUB=ws://{address}/ws\n\
             CLIPHOUND_ENDPOINTS__SEVENTV_EVENTS=ws://{address}/7tv\n\
             CLIPHOUND_ENDPOINTS__BTTV_EVENTS=ws://{address}/bttv\n"
        )
}

fn check(dir: &Path, args: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } =
        cliphound(dir).arg("check").args(args).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

fn folder(dotenv: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join(".env"), dotenv).unwrap();
    dir
}

#[test]
fn channels_alone_are_enough() {
    let dir = folder("TWITCH_CHANNELS=#Ninja, shroud\n");
    let (code, out, err) = check(dir.path(), &["--offline"]);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    assert!(out.contains("ninja, shroud") && out.contains(".env, line 1"), "{out}");
    assert!(out.contains("moments are recorded, nothing is clipped"), "{out}");
    assert!(out.contains(": cliphound run"), "{out}");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "check leaves nothing behind");
}

#[test]
fn no_channels_is_bad_and_says_what_to_do() {
    let dir = folder("");
    let (code, out, _) = check(dir.path(), &["--offline"]);
    assert_eq!(code, 2, "{out}");
    assert!(out.contains("bad   channels") && out.contains("TWITCH_CHANNELS=name"), "{out}");
}

#[test]
fn only_channels_that_are_never_clipped_says_so() {
    let dir = folder("TWITCH_CHANNELS=abc\nTWITCH_NEVER=abc\n");
    let (code, out, _) = check(dir.path(), &["--offline"]);
    assert_eq!(code, 2, "{out}");
    assert!(out.contains("stand in twitch.never, too; take one out"), "{out}");
    assert!(!out.contains("set TWITCH_CHANNELS"), "{out}");
}

#[test]
fn each_mistake_in_the_settings_is_a_finding() {
    let dir = folder("TWITCH_CHANNELS=a\nCLIPHOUND_CLIPS__DURATION_S=99\n");
    fs::write(dir.path().join("cliphound.toml"), "[clips]\ntitel = 'x'\n").unwrap();
    let (code, out, err) = check(dir.path(), &["--offline"]);
    assert_eq!((code, err.as_str()), (2, ""), "{out}");
    let told: Vec<_> = out.lines().filter(|line| line.contains("bad   settings")).collect();
    assert_eq!(told.len(), 2, "{out}");
    assert!(told[0].contains("did you mean clips.title?"), "{out}");
    assert!(told[1].contains("from 5 to 60") && told[1].contains(".env, line 2"), "{out}");
    assert!(out.ends_with("Not ready: mend the 2 things that are bad above.\n"), "{out}");
}

#[test]
fn programs_get_mistakes_in_the_settings_as_json() {
    let dir = folder("TWITCH_CHANNELS=https://example.org/ninja\n");
    let (code, out, err) = check(dir.path(), &["--json"]);
    assert_eq!((code, err.as_str()), (2, ""), "{out}");
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(report["ready"], false);
    assert_eq!(report["settings"], json!([]));
    let dir = fs::canonicalize(dir.path()).unwrap();
    assert_eq!(report["dir"], dir.display().to_string());
    let [finding] = report["findings"].as_array().unwrap().as_slice() else { panic!("{out}") };
    assert_eq!((&finding["level"], &finding["about"]), (&json!("bad"), &json!("settings")));
    assert!(finding["text"].as_str().unwrap().contains(".env, line 1)"), "{out}");
}

#[test]
fn what_run_would_not_read_chat_with_is_bad() {
    let token = "TWITCH_ACCESS_TOKEN=hush\nTWITCH_REFRESH_TOKEN=hush\n";
    let app = "TWITCH_CLIENT_ID=app\n";
    let table = [
        ("irc", String::new(), 0, "moments are recorded"),
        ("auto", String::new(), 0, "moments are recorded"),
        ("eventsub", String::new(), 2, "bad   account       chat.source is eventsub, which needs"),
        ("eventsub", app.to_owned(), 2, "nobody is logged in, so no chat is read"),
        ("eventsub", format!("{app}{token}"), 0, "a token to clip with"),
    ];
    for (source, account, expected, said) in table {
        let dir = folder(&format!("TWITCH_CHANNELS=a\nCLIPHOUND_CHAT__SOURCE={source}\n{account}"));
        let (code, out, _) = check(dir.path(), &["--offline"]);
        assert_eq!(code, expected, "{source}: {out}");
        assert!(out.contains(said), "{source}: {out}");
        assert_eq!(out.contains(": cliphound run"), expected == 0, "{out}");
    }
}

#[test]
fn a_mistyped_folder_is_a_warning_and_is_not_made() {
    let dir = folder("");
    let typo = dir.path().join("typo");
    let (_, out, _) = check(&typo, &["--offline"]);
    let told = format!("warn  folder        {} does not exist", typo.display());
    assert!(out.contains(&told) && !typo.exists(), "{out}");
}

#[test]
fn a_port_that_is_taken_is_a_warning_unless_cliphound_has_it() {
    let other = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let at = other.local_addr().unwrap().to_string();
    let dir = folder("TWITCH_CHANNELS=a\n");
    let checked = || {
        let mut command = cliphound(dir.path());
        let output =
            command.args(["check", "--offline"]).env("CLIPHOUND_WEB__LISTEN", &at).output();
        let Output { status, stdout, .. } = output.unwrap();
        (status.code(), String::from_utf8(stdout).unwrap())
    };
    let (code, out) = checked();
    assert_eq!(code, Some(0), "{out}");
    assert!(out.contains(&format!("warn  dashboard     {at} is taken by another")), "{out}");
    let lock = fs::File::create(dir.path().join("cliphound.lock")).unwrap();
    lock.lock().unwrap();
    let (_, out) = checked();
    assert!(!out.contains("  dashboard "), "{out}");
}

#[test]
fn secrets_are_not_printed() {
    let dir = folder(
        "TWITCH_CHANNELS=a\nTWITCH_CLIENT_ID=app\nTWITCH_ACCESS_TOKEN=hush\nTWITCH_REFRESH_TOKEN=hush\n",
    );
    let (code, out, err) = check(dir.path(), &["--offline"]);
    assert_eq!(code, 0, "{out}");
    assert!(out.contains("(set)") && out.contains("a token to clip with"), "{out}");
    assert!(!out.contains("hush") && !err.contains("hush"), "{out}");
}

#[cfg(unix)]
#[test]
fn kept_tokens_are_private_and_make_sense() {
    use std::os::unix::fs::PermissionsExt;
    let dir = folder("TWITCH_CHANNELS=a\nTWITCH_CLIENT_ID=app\n");
    let tokens = dir.path().join("tokens.json");
    let kept = json!({"version": 1, "tokens": [{
        "roles": ["clipper"], "access_token": "hush", "refresh_token": "hush", "updated": ""
    }]});
    let table = [
        (kept.to_string(), 0o644, 2, "chmod 600"),
        (kept.to_string(), 0o600, 0, "set: there is a token to clip with"),
        ("{}".to_owned(), 0o600, 0, "as .bad"),
    ];
    for (text, mode, expected, said) in table {
        fs::write(&tokens, &text).unwrap();
        fs::set_permissions(&tokens, fs::Permissions::from_mode(mode)).unwrap();
        let (code, out, _) = check(dir.path(), &["--offline"]);
        assert_eq!(code, expected, "{out}");
        assert!(out.contains(said) && !out.contains("hush"), "{out}");
        assert_eq!(fs::read_to_string(&tokens).unwrap(), text, "check changes nothing");
    }
}

#[test]
fn a_folder_that_cannot_be_is_bad() {
    let dir = folder("");
    let (code, out, _) = check(&dir.path().join(".env"), &["--offline"]);
    assert_eq!(code, 2, "{out}");
    assert!(out.contains("is a file, not a folder"), "{out}");
}

#[test]
fn an_unreachable_network_is_a_warning() {
    // A port that was free a moment ago: nobody listens there.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let twitch = ["irc", "oauth", "helix", "eventsub"];
    let emotes = ["7tv", "7tv live", "bttv", "bttv live", "ffz"];
    let api = format!("CLIPHOUND_ENDPOINTS__EVENTSUB_API=http://127.0.0.1:{port}/eventsub\n");
    let table = [
        // Settings, what is asked, and what is told.
        ("", [&twitch[..], &emotes].concat(), "firewall; no chat comes in until then"),
        (
            "CLIPHOUND_CHAT__SOURCE=auto",
            [&twitch[..], &emotes].concat(),
            "chat is read by IRC, and",
        ),
        ("CLIPHOUND_EMOTES__ENABLED=false", twitch.to_vec(), "its signals are missing"),
        (
            "CLIPHOUND_EMOTES__SERVICES=bttv",
            [&twitch[..], &emotes[2..4]].concat(),
            "hourly refresh",
        ),
        (&api, [&twitch[..], &["eventsub api"], &emotes].concat(), "look at the network"),
    ];
    for (setting, services, told) in table {
        let at = endpoints(&format!("127.0.0.1:{port}"));
        let dir = folder(&format!("TWITCH_CHANNELS=a\n{at}{setting}\n"));
        let (code, out, _) = check(dir.path(), &[]);
        assert_eq!(code, 0, "{out}");
        for service in &services {
            assert!(out.contains(&format!("warn  {service:12}")), "{service}: {out}");
        }
        assert!(out.contains(told), "{told}: {out}");
        assert!(out.contains(&format!("{} warnings", services.len())), "{out}");
    }
}

/// Chat is not read by what is not asked for it.
#[tokio::test(flavor = "multi_thread")]
async fn with_eventsub_alone_nothing_is_said_of_irc_and_a_service_that_errs_is_told() {
    let scopes = ["clips:edit", "user:read:chat"];
    let valid = json!({"client_id": "app", "login": "me", "user_id": "7", "scopes": scopes});
    let server = twitch(200, valid).await;
    Mock::given(path("/bttv/cached/emotes/global"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!([])))
        .mount(&server)
        .await;
    let (code, out) = check_with(&server, "a", "CLIPHOUND_CHAT__SOURCE=eventsub\n");
    assert_eq!(code, 0, "{out}");
    assert!(!out.contains("  irc "), "{out}");
    for words in
        ["ok    helix", "ok    bttv  ", "answers 404 to emote-sets/global", "404 to set/global"]
    {
        assert!(out.contains(words), "{words}: {out}");
    }
    // What answers there is no WebSocket.
    let eventsub = out.lines().find(|line| line.contains("warn  eventsub")).unwrap();
    assert!(eventsub.contains("404") && eventsub.ends_with("no chat comes in until then"), "{out}");
}

/// A Twitch on loopback that answers as told about the token, and knows the channel `a`.
async fn twitch(status: u16, body: serde_json::Value) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .and(path("/oauth2/validate"))
        .and(header("Authorization", "OAuth hush"))
        .respond_with(ResponseTemplate::new(status).set_body_json(body))
        .mount(&server)
        .await;
    let user = json!({
        "id": "1", "login": "a", "display_name": "A", "type": "", "broadcaster_type": "",
        "description": "", "profile_image_url": "", "offline_image_url": "", "view_count": 0,
        "created_at": "2020-01-01T00:00:00Z"
    });
    Mock::given(method("GET"))
        .and(path("/helix/users"))
        .and(header("Authorization", "Bearer hush"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({"data": [user]})))
        .mount(&server)
        .await;
    Mock::given(method("GET"))
        .and(path("/helix/streams"))
        .respond_with(
            ResponseTemplate::new(200).set_body_json(json!({"data": [], "pagination": {}})),
        )
        .mount(&server)
        .await;
    server
}

/// Runs `check` against it, with a token.
fn check_at(server: &MockServer, channels: &str) -> (i32, String) {
    check_with(server, channels, "")
}

/// The same with more settings.
fn check_with(server: &MockServer, channels: &str, more: &str) -> (i32, String) {
    let dir = folder(&format!(
        "TWITCH_CHANNELS={channels}\n{more}\
         TWITCH_CLIENT_ID=app\nTWITCH_ACCESS_TOKEN=hush\nTWITCH_REFRESH_TOKEN=hush\n{}",
        endpoints(&server.address().to_string())
    ));
    let (code, out, err) = check(dir.path(), &[]);
    assert!(!out.contains("hush") && err.is_empty(), "{out}{err}");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "check leaves nothing behind");
    (code, out)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_is_judged_by_what_twitch_says() {
    let app = |login: &str, scopes: &[&str]| json!({"client_id": "app", "login": login, "user_id": "7", "scopes": scopes});
    let table = [
        (200, app("me", &["clips:edit"]), 0, "clips as me"),
        (200, app("me", &["clips:edit"]), 0, "Twitch knows them all"),
        (200, app("me", &["clips:edit"]), 0, "it may not chat:read (read chat as this account"),
        (200, app("me", &["clips:edit"]), 0, "#a            off line now"),
        (200, app("me", &["clips:edit"]), 0, "that of the settings; from its first refresh"),
        (200, app("me", &["clips:edit"]), 0, "agrees with Twitch's"),
        (200, app("me", &[]), 2, "lacks the scope clips:edit"),
        (200, json!({"client_id": "other", "login": "me"}), 2, "made for the app other"),
        (200, json!({"client_id": "app"}), 2, "an app's token"),
        (
            401,
            json!({"status": 401, "message": "invalid access token"}),
            0,
            "has run out or was taken back",
        ),
        (503, json!({}), 0, "the answer was 503"),
    ];
    for (status, body, expected, text) in table {
        let (code, out) = check_at(&twitch(status, body).await, "a");
        assert_eq!(code, expected, "{out}");
        assert!(out.contains(text), "{out}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_can_not_read_chat_by_eventsub_is_bad_where_nothing_else_reads_it() {
    const DRY: &str = "CLIPHOUND_CLIPS__DRY_RUN=true\n";
    let lacks = "lacks the scope user:read:chat (read chat by EventSub): run `cliphound login`";
    let both = "lacks the scope clips:edit (make clips) and the scope user:read:chat (read chat by EventSub)";
    let (clips, chat) = ("clips:edit", "user:read:chat");
    let table: [(&str, &[&str], &str, i32, &str); 6] = [
        ("auto", &[clips], "", 0, "it may not chat:read"),
        ("eventsub", &[clips], "", 2, lacks),
        ("eventsub", &[], "", 2, both),
        ("eventsub", &[clips, chat], "", 0, "clips as me"),
        // Without clips, chat is still to be read.
        ("eventsub", &[], DRY, 2, both),
        ("eventsub", &[chat], DRY, 0, "lacks the scope clips:edit (make clips): run"),
    ];
    for (source, scopes, more, expected, said) in table {
        let body = json!({"client_id": "app", "login": "me", "user_id": "7", "scopes": scopes});
        let more = format!("CLIPHOUND_CHAT__SOURCE={source}\n{more}");
        let (code, out) = check_with(&twitch(200, body).await, "a", &more);
        assert_eq!(code, expected, "{out}");
        assert!(out.contains(said), "{out}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_that_twitch_does_not_know_is_bad() {
    let valid =
        json!({"client_id": "app", "login": "me", "user_id": "7", "scopes": ["clips:edit"]});
    let (code, out) = check_at(&twitch(200, valid).await, "a,b,c");
    assert_eq!(code, 2, "{out}");
    assert!(out.contains("Twitch knows no b, c:"), "{out}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_wrong_is_a_warning() {
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(401).insert_header("date", "Sun, 06 Nov 2022 08:49:37 GMT");
    Mock::given(path("/helix/users")).respond_with(answer).mount(&server).await;
    let dir = folder(&format!("TWITCH_CHANNELS=a\n{}", endpoints(&server.address().to_string())));
    let (code, out, _) = check(dir.path(), &[]);
    assert_eq!(code, 0, "{out}");
    assert!(out.contains("warn  clock") && out.contains(" s fast against Twitch's"), "{out}");
}

#[test]
fn a_database_that_is_none_is_bad_and_stays_as_it_is() {
    let dir = folder("TWITCH_CHANNELS=a\n");
    let database = dir.path().join("cliphound.db");
    let words = "no database, but words\n".repeat(200);
    fs::write(&database, &words).unwrap();
    let (code, out, _) = check(dir.path(), &["--offline"]);
    assert_eq!(code, 2, "{out}");
    assert!(out.contains("bad   cliphound.db") && out.contains("is damaged"), "{out}");
    assert_eq!(fs::read_to_string(&database).unwrap(), words);
    fs::remove_file(&database).unwrap();
    let (code, out, _) = check(dir.path(), &["--offline"]);
    assert_eq!(code, 0, "{out}");
    assert!(out.contains("ok    cliphound.db  will be created"), "{out}");
}

#[test]
fn what_others_set_does_nothing_to_a_terminal() {
    let dir =
        folder("TWITCH_CHANNELS=ninja\nCLIPHOUND_CLIPS__TITLE=\"by ed \u{1b}]0;x\u{7}\u{202e}\"\n");
    let (_, out, err) = check(dir.path(), &["--offline"]);
    assert!(out.contains("by ed  ]0;x "), "{out:?}{err}");
    assert!(!out.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{out:?}");
}

#[test]
fn a_folder_that_is_not_there_is_no_empty_cliphound() {
    let dir = tempfile::tempdir().unwrap();
    let nope = dir.path().join("nope");
    for args in [&["review", "list"][..], &["night"], &["logout"], &["password", "ann", "--stdin"]]
    {
        let Output { status, stderr, .. } = cliphound(&nope).args(args).output().unwrap();
        let told = String::from_utf8(stderr).unwrap();
        assert_eq!(status.code(), Some(2), "{args:?}: {told}");
        assert!(told.contains("name that of Cliphound with --dir"), "{args:?}: {told}");
        assert!(!nope.exists(), "{args:?}");
    }
}

#[test]
fn programs_get_json() {
    let dir = folder("TWITCH_CHANNELS=a\nTWITCH_CLIENT_ID=app\nTWITCH_ACCESS_TOKEN=hush\n");
    let (code, out, err) = check(dir.path(), &["--offline", "--json"]);
    assert_eq!((code, err.as_str()), (0, ""));
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(report["ready"], true);
    let account = report["findings"].as_array().unwrap().iter().find(|f| f["about"] == "account");
    assert_eq!(account.unwrap()["level"], "warn");
    assert!(account.unwrap()["text"].as_str().unwrap().contains("run `cliphound login`"));
    assert!(report["settings"].as_array().unwrap().iter().any(|s| s["key"] == "twitch.channels"));
    assert!(!out.contains("hush"));
}

#[test]
fn wrong_usage_is_2_and_help_is_0() {
    let dir = folder("");
    for (args, expected) in [
        (&["--help"][..], 0),
        (&["check", "--help"], 0),
        (&["-h"], 0),
        (&["help"], 0),
        (&["help", "--help"], 0),
        (&["help", "-h"], 0),
        (&["help", "help"], 0),
        (&["help", "check"], 0),
        (&["help", "check", "--help"], 0),
        (&["help", "nothing"], 2),
        (&["--version"], 0),
        (&["nonsense"], 2),
        (&["check", "--nonsense"], 2),
    ] {
        let output = cliphound(dir.path()).args(args).output().unwrap();
        assert_eq!(output.status.code(), Some(expected), "{args:?}");
    }
    let told = |args: &[&str]| cliphound(dir.path()).args(args).output().unwrap().stdout;
    assert_eq!(told(&["help", "check"]), told(&["check", "--help"]));
    assert_eq!(told(&["help", "--help"]), told(&["--help"]));
}

#[cfg(unix)]
#[test]
fn a_closed_pipe_ends_quietly() {
    let dir = folder("TWITCH_CHANNELS=a\n");
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output =
        cliphound(dir.path()).args(["check", "--offline"]).stdout(writer).output().unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    assert_eq!(output.status.code(), Some(0));
}

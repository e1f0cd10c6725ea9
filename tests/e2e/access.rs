//! Who may look at a daemon, with the real binary: the first start, log-ins, people, tokens.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::{
    SPEED,
    daemon::{Daemon, command},
    dashboard::{Dashboard, NAME, PASSWORD, between, leads_to},
    twitch::Twitch,
};

const SEE_OTHER: StatusCode = StatusCode::SEE_OTHER;
const FORBIDDEN: StatusCode = StatusCode::FORBIDDEN;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_start_shows_a_link_that_works_once() {
    let twitch = Twitch::nowhere();
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = Daemon::run(dir.path(), &twitch, &[]).await;
    let line = daemon.log_line("the link", |line| line["link"].is_string()).await;
    let link = line["link"].as_str().unwrap().to_owned();
    let (url, code) = link.split_once("/setup?code=").unwrap();

    // Nobody is in: pages lead to the log-in, the API says so.
    let mut stranger = Dashboard::at(url);
    let answer = stranger.request("GET", "/settings/tokens").send().await.unwrap();
    assert_eq!(answer.status(), SEE_OTHER);
    assert_eq!(leads_to(&answer), "/login?next=%2Fsettings%2Ftokens");
    let (status, problem) = stranger.api("GET", "/me", None).await;
    assert_eq!((status.as_u16(), &problem["status"]), (401, &json!(401)));
    assert!(stranger.page("/login").await.contains("Nobody has a password yet"));
    assert_eq!(stranger.get("/setup?code=guessed").await.0, FORBIDDEN);

    let form = |code, password, again| {
        [("code", code), ("name", NAME), ("password", password), ("again", again)]
    };
    let too_short = stranger.log_in_by("/setup", &form(code, "short", "short")).await;
    assert_eq!(too_short, StatusCode::UNPROCESSABLE_ENTITY);
    let differ = stranger.log_in_by("/setup", &form(code, PASSWORD, "another one")).await;
    assert_eq!(differ, StatusCode::UNPROCESSABLE_ENTITY);
    let mut owner = Dashboard::at(url);
    assert_eq!(owner.log_in_by("/setup", &form(code, PASSWORD, PASSWORD)).await, SEE_OTHER);
    assert!(owner.is_in().await);
    let own = form(code, "a stranger's own", "a stranger's own");
    assert_eq!(stranger.log_in_by("/setup", &own).await, FORBIDDEN);
    assert!(!stranger.is_in().await);

    // Log out, wrong password, right password.
    assert_eq!(owner.send("/logout", &[]).await.0, SEE_OTHER);
    assert!(!owner.is_in().await, "the session has ended, whatever the cookie says");
    assert_eq!(owner.log_in(NAME, "something else").await, FORBIDDEN);
    assert_eq!(owner.log_in("nobody", PASSWORD).await, FORBIDDEN);
    assert_eq!(owner.log_in("Ann", PASSWORD).await, SEE_OTHER);
    assert!(owner.is_in().await);
    assert!(!daemon.log().contains(PASSWORD) && !daemon.log().contains("something else"));
    daemon.terminate().await;

    // The next start knows them, and shows no link.
    let mut daemon = Daemon::run(dir.path(), &twitch, &[]).await;
    owner.url = Dashboard::of(&mut daemon).await.url;
    assert!(owner.is_in().await, "a session outlives a restart");
    daemon.terminate().await;
    assert_eq!(daemon.seen(|line| line["link"].is_string()), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_sites_can_send_nothing_in_a_sessions_name() {
    let twitch = Twitch::nowhere();
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = Daemon::run(dir.path(), &twitch, &[]).await;
    let owner = Dashboard::first_owner(&mut daemon).await;
    let csrf = owner.csrf().await;
    let send = async |site: &str, csrf: &str| {
        let form = [("name", "x"), ("role", "viewer"), ("csrf", csrf)];
        let request = owner.request("POST", "/settings/tokens").header("sec-fetch-site", site);
        request.form(&form).send().await.unwrap().status()
    };
    assert_eq!(send("cross-site", &csrf).await, FORBIDDEN);
    assert_eq!(send("same-site", &csrf).await, FORBIDDEN);
    assert_eq!(send("same-origin", "guessed").await, FORBIDDEN);
    let (_, tokens) = owner.api("GET", "/tokens", None).await;
    assert_eq!(tokens, json!([]));
    assert_eq!(send("same-origin", &csrf).await, StatusCode::OK);
    let without = owner.request("DELETE", "/api/v1/people/ann").send().await.unwrap();
    assert_eq!(without.status(), FORBIDDEN, "the API takes no bare cookie, either");
    let log_in = owner.request("POST", "/login").header("sec-fetch-site", "cross-site");
    let log_in = log_in.form(&[("name", NAME), ("password", PASSWORD)]).send().await.unwrap();
    assert_eq!(log_in.status(), FORBIDDEN, "nobody is logged in as somebody else unawares");

    let answer = owner.request("GET", "/settings").send().await.unwrap();
    let policy = answer.headers()["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("script-src 'self'") && !policy.contains("unsafe"), "{policy}");
    assert!(!answer.headers().contains_key("strict-transport-security"));
    daemon.terminate().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_are_invited_granted_and_removed() {
    let twitch = Twitch::nowhere();
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = Daemon::run(dir.path(), &twitch, &[]).await;
    let mut owner = Dashboard::first_owner(&mut daemon).await;
    let (status, page) = owner.send("/settings/people", &[("name", "bob"), ("role", "")]).await;
    assert_eq!(status, StatusCode::OK, "{page}");
    let code = between(&page, "/setup?code=", "\"");

    let mut bob = Dashboard::at(&owner.url);
    assert!(bob.page(&format!("/setup?code={code}")).await.contains("Welcome, bob"));
    let form =
        [("code", code.as_str()), ("password", "bob's own words"), ("again", "bob's own words")];
    assert_eq!(bob.log_in_by("/setup", &form).await, FORBIDDEN, "there is nothing for him to see");
    let (status, _) = owner
        .api("PUT", "/people/bob", Some(&json!({ "role": null, "grants": { "ninja": "editor" } })))
        .await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(bob.log_in("bob", "bob's own words").await, SEE_OTHER);
    let (_, me) = bob.api("GET", "/me", None).await;
    assert_eq!((&me["role"], &me["grants"]), (&Value::Null, &json!({ "ninja": "editor" })));
    assert_eq!(bob.get("/settings/people").await.0, FORBIDDEN);
    assert_eq!(bob.api("GET", "/people", None).await.0, FORBIDDEN);

    // A password changed ends every session but the one that changed it.
    let mut elsewhere = Dashboard::at(&owner.url);
    assert_eq!(elsewhere.log_in("bob", "bob's own words").await, SEE_OTHER);
    let words = json!({ "now": "bob's own words", "password": "some other words" });
    let csrf = bob.csrf().await;
    let change = bob.request("POST", "/api/v1/me/password").header("x-csrf", csrf).json(&words);
    let answer = change.send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::NO_CONTENT);
    bob.take(&answer);
    assert!(bob.is_in().await && !elsewhere.is_in().await);

    // A lost password, beside the daemon.
    let told = daemon.command(&["password", "eve", "--stdin"]).await;
    assert_eq!(told.code, Some(2), "{}", told.err);
    assert!(told.err.contains("known are ann, bob"), "{}", told.err);
    let by_shell = format!(
        "printf 'three fresh words\\n' | {} --dir {} password bob --stdin",
        env!("CARGO_BIN_EXE_cliphound"),
        dir.path().display()
    );
    let shell = tokio::process::Command::new("sh").args(["-c", &by_shell]).output().await.unwrap();
    assert!(shell.status.success(), "{shell:?}");
    assert!(!bob.is_in().await);
    assert_eq!(bob.log_in("bob", "three fresh words").await, SEE_OTHER);

    assert_eq!(owner.api("DELETE", "/people/ann", None).await.0, StatusCode::CONFLICT);
    assert_eq!(owner.api("DELETE", "/people/bob", None).await.0, StatusCode::NO_CONTENT);
    assert!(!bob.is_in().await);
    assert_eq!(owner.log_in(NAME, PASSWORD).await, SEE_OTHER);
    daemon.terminate().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn programs_show_tokens() {
    let twitch = Twitch::nowhere();
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = Daemon::run(dir.path(), &twitch, &[]).await;
    let owner = Dashboard::first_owner(&mut daemon).await;
    let wish = json!({ "name": "stream deck", "scope": "read", "channels": ["ninja"], "days": 30 });
    let (status, made) = owner.api("POST", "/tokens", Some(&wish)).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    let token = made["token"].as_str().unwrap();
    assert!(token.starts_with("cliphound_"));

    let nobody = Dashboard::at(&owner.url);
    let call = async |method: &str, path: &str, token: &str| {
        let request = nobody.request(method, &format!("/api/v1{path}")).bearer_auth(token);
        let answer = request.send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        (status.as_u16(), serde_json::from_str::<Value>(&text).unwrap_or(Value::Null))
    };
    let (status, me) = call("GET", "/me", token).await;
    assert_eq!(status, 200);
    assert_eq!((&me["name"], &me["grants"]), (&json!(NAME), &json!({ "ninja": "viewer" })));
    assert_eq!(call("GET", "/people", token).await.0, 403);

    assert_eq!(call("GET", "/me", "cliphound_guessed").await.0, 401);
    let (_, listed) = owner.api("GET", "/tokens", None).await;
    assert!(listed[0]["used"].is_string() && !listed.to_string().contains(token), "{listed}");
    let end = format!("/tokens/{}", listed[0]["id"]);
    assert_eq!(call("DELETE", &end, token).await.0, 403, "no token opens or shuts doors");
    assert_eq!(owner.api("DELETE", &end, None).await.0, StatusCode::NO_CONTENT);
    assert_eq!(call("GET", "/me", token).await.0, 401);

    // No page and no file has it.
    let database = std::fs::read(daemon.file("cliphound.db")).unwrap();
    let wal = std::fs::read(daemon.file("cliphound.db-wal")).unwrap_or_default();
    let is_in = |bytes: &[u8]| bytes.windows(token.len()).any(|part| part == token.as_bytes());
    assert!(!is_in(&database) && !is_in(&wal) && !daemon.log().contains(token));
    daemon.terminate().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn beyond_this_machine_it_listens_once_somebody_has_a_password() {
    let twitch = Twitch::nowhere().with("CLIPHOUND_WEB__LISTEN", "0.0.0.0:0");
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = Daemon::run(dir.path(), &twitch, &[]).await;
    daemon.log_line("why", |line| line.has("until somebody has a password")).await;
    let owner = Dashboard::first_owner(&mut daemon).await;
    assert!(owner.url.starts_with("http://localhost:"), "{}", owner.url);
    let wide = |line: &crate::daemon::Line| {
        line["address"].as_str().is_some_and(|address| address.starts_with("0.0.0.0:"))
    };
    daemon.log_line("then everywhere", wide).await;
    daemon.log_line("and what that means", |line| line.has("a proxy with TLS")).await;
    daemon.terminate().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_may_come_before_the_first_start() {
    let twitch = Twitch::nowhere();
    let dir = tempfile::tempdir().unwrap();
    let told = command(dir.path(), &["password", "ann"]).await;
    assert_eq!(told.code, Some(2), "{}", told.err);
    assert!(told.err.contains("--stdin"), "{}", told.err);
    assert!(!dir.path().join("cliphound.db").exists(), "nothing was made");
    let by_shell = format!(
        "printf '{PASSWORD}' | {} --dir {} password ann --stdin",
        env!("CARGO_BIN_EXE_cliphound"),
        dir.path().display()
    );
    let shell = tokio::process::Command::new("sh").args(["-c", &by_shell]).output().await.unwrap();
    assert!(shell.status.success(), "{shell:?}");
    let mut daemon = Daemon::run(dir.path(), &twitch, &[]).await;
    let mut ann = Dashboard::of(&mut daemon).await;
    assert_eq!(ann.log_in(NAME, PASSWORD).await, SEE_OTHER);
    daemon.terminate().await;
}

/// Goes to Twitch to log in there: the cookie that belongs to it, and where Twitch leads back to.
async fn visit(browser: &Dashboard) -> (String, String) {
    let begun = browser.request("GET", "/login/twitch?next=/settings").send().await.unwrap();
    assert_eq!(begun.status(), SEE_OTHER);
    let cookie = begun.headers()["set-cookie"].to_str().unwrap();
    let cookie = cookie.split(';').next().unwrap().to_owned();
    let at_twitch = browser.follow(&leads_to(&begun)).await;
    (cookie, leads_to(&at_twitch).replace(&browser.url, ""))
}

/// Logs in with Twitch, as whoever sits there.
async fn by_twitch(browser: &mut Dashboard) -> StatusCode {
    let (cookie, back) = visit(browser).await;
    let answer = browser.request("GET", &back).header("cookie", &cookie).send().await.unwrap();
    browser.take(&answer);
    answer.status()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twitch_says_who_somebody_is_and_the_settings_who_may() {
    let twitch = Twitch::start(&["ninja:40"], SPEED).await;
    let owned = twitch.with("CLIPHOUND_WEB__OWNERS", "cliphound_tester");
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = Daemon::run(dir.path(), &owned, &[]).await;
    let mut browser = Dashboard::of(&mut daemon).await;
    assert!(browser.page("/login").await.contains("Log in with Twitch"));

    let (cookie, back) = visit(&browser).await;
    assert!(back.starts_with("/login/twitch/back?"), "{back}");
    assert_eq!(browser.get(&back).await.0, FORBIDDEN, "another browser can't use the answer");
    let answer = browser.request("GET", &back).header("cookie", &cookie).send().await.unwrap();
    assert_eq!((answer.status(), leads_to(&answer).as_str()), (SEE_OTHER, "/settings"));
    browser.take(&answer);
    assert!(browser.page("/settings/people").await.contains("cliphound_tester"));
    let again = browser.request("GET", &back).header("cookie", &cookie).send().await.unwrap();
    assert_eq!(again.status(), FORBIDDEN, "an answer works once");

    twitch.seat("stranger");
    let other = Dashboard::at(&browser.url);
    let (cookie, back) = visit(&other).await;
    let refused = other.request("GET", &back).header("cookie", &cookie).send().await.unwrap();
    assert_eq!(refused.status(), FORBIDDEN);
    assert!(refused.text().await.unwrap().contains("stranger may not look here"));
    daemon.terminate().await;
}

/// The settings give rights to names: somebody with another name has the rights of that one, and
/// stays the same person. Whoever takes the old name is somebody else, and inherits nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_was_renamed_at_twitch_has_the_rights_of_the_new_name() {
    let twitch = Twitch::start(&["ninja:40"], SPEED).await;
    let named = twitch.with("CLIPHOUND_WEB__OWNERS", "ann");
    let named = named.with("CLIPHOUND_WEB__VIEWERS", "anna");
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = Daemon::run(dir.path(), &named, &[]).await;
    let mut ann = Dashboard::of(&mut daemon).await;
    twitch.seat("ann");
    assert_eq!(by_twitch(&mut ann).await, SEE_OTHER);
    assert_eq!(ann.get("/settings/people").await.0, StatusCode::OK, "an owner");

    twitch.rename("ann", "anna");
    twitch.seat("anna");
    let mut anna = Dashboard::at(&ann.url);
    assert_eq!(by_twitch(&mut anna).await, SEE_OTHER);
    assert_eq!(anna.get("/settings/people").await.0, FORBIDDEN, "a viewer");
    assert_eq!(anna.get("/").await.0, StatusCode::OK);

    twitch.seat("ann");
    let mut other = Dashboard::at(&ann.url);
    assert_eq!(by_twitch(&mut other).await, FORBIDDEN);
    assert!(!other.is_in().await);
    daemon.terminate().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_app_without_a_secret_shows_a_code() {
    let twitch = Twitch::start(&["ninja:40"], SPEED).await.logged_out();
    let owned = twitch.with("CLIPHOUND_WEB__OWNERS", "cliphound_tester");
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = Daemon::run(dir.path(), &owned, &[]).await;
    let mut browser = Dashboard::of(&mut daemon).await;
    let begun = browser.request("GET", "/login/twitch").send().await.unwrap();
    assert_eq!(leads_to(&begun), "/login/twitch/wait");
    let cookie =
        begun.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let look = async {
        loop {
            let look = browser.request("GET", "/login/twitch/wait").header("cookie", &cookie);
            let answer = look.send().await.unwrap();
            if answer.status() == SEE_OTHER {
                return answer;
            }
            assert_eq!(answer.status(), StatusCode::OK);
            assert!(answer.text().await.unwrap().contains("Say yes at Twitch"));
        }
    };
    let answer = tokio::time::timeout(crate::PATIENCE, look).await.unwrap();
    browser.take(&answer);
    assert!(browser.is_in().await);
    daemon.terminate().await;
}

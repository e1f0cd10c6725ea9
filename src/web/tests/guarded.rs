//! Pages and API behind all that stands before them: log-in, tokens of forms, refusals.

use std::time::Duration;

use axum::http::Request;

use super::super::{
    access::{Peer, Role},
    testing::{
        Rig,
        browser::{Browser, FORM},
    },
};
use crate::crew::Late;

/// What stands between two words.
fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let (_, rest) = text.split_once(before).unwrap_or_else(|| panic!("{before} in {text}"));
    rest.split_once(after).unwrap().0
}

async fn csrf(browser: &Browser<'_>) -> String {
    let page = browser.get("/channels").await.text;
    between(&page, "name=\"csrf\" content=\"", "\"").to_owned()
}

#[tokio::test]
async fn a_model_is_imported_by_the_form_of_its_page() {
    let rig = Rig::new().await;
    let ann = rig.browser("ann", Role::Owner).await;
    let page = ann.get("/channels/ninja/settings").await;
    assert_eq!(page.status, 200, "{}", page.text);
    let form = between(&page.text, "action=\"/channels/ninja/model/import", "\"");
    let kind = "multipart/form-data; boundary=x";
    let body = "--x\r\ncontent-disposition: form-data; name=\"model\"; filename=\"a.bin\"\r\n\r\n12345\r\n--x--\r\n";
    let sent = ann.post(&format!("/channels/ninja/model/import{form}"), kind, body).await;
    assert_eq!(sent.status, 303, "{}", sent.text);
    assert_eq!(*rig.wood.by_hand.lock().unwrap(), ["ann renews ninja: Some(5) bytes"]);
    let bare = ann.post("/channels/ninja/model/import", kind, body).await;
    assert_eq!(bare.status, 403, "without the token");
}

#[tokio::test]
async fn forms_of_a_session_need_its_token_and_a_proxys_password_is_no_token() {
    let rig = Rig::new().await;
    let ann = rig.browser("ann", Role::Owner).await;
    let token = csrf(&ann).await;
    let form = format!("login=mossykettle&csrf={token}");
    assert_eq!(ann.post("/channels", FORM, &form).await.status, 303);
    assert_eq!(ann.post("/channels", FORM, "login=mossykettle").await.status, 403);
    let basic = Request::get("/api/v1/me").header("authorization", "Basic YW5uOnNlY3JldA==");
    assert_eq!(ann.ask(basic, "").await.status, 200);
    let unknown = Request::get("/api/v1/me").header("authorization", "bearer cliphound_x");
    assert_eq!(ann.ask(unknown, "").await.status, 401, "then the session does not count");
    assert_eq!(rig.stranger().get("/channels").await.to, "/login?next=%2Fchannels");
}

#[tokio::test]
async fn another_site_does_not_use_up_the_attempts_to_log_in() {
    let rig = Rig::new().await;
    let stranger = rig.stranger();
    for _ in 0..30 {
        let sent = Request::get("/login/twitch").header("sec-fetch-site", "cross-site");
        assert_eq!(stranger.ask(sent, "").await.status, 403);
        // There is no app to log in with.
        assert_eq!(stranger.get("/login/twitch").await.status, 404);
    }
    let form = "name=nobody&password=a+few+plain+words";
    assert_eq!(stranger.post("/login", FORM, form).await.status, 403, "and not 429");
}

#[tokio::test]
async fn refusals_are_pages_for_people() {
    let rig = Rig::new().await;
    let ann = rig.browser("ann", Role::Owner).await;
    let form = format!("name=x&csrf={}", csrf(&ann).await);
    for (answer, status) in [
        (ann.get("/streams/ninja/yesterday").await, 422),
        (ann.post("/channels", FORM, &form).await, 422),
        (ann.ask(Request::put("/channels").header("x-csrf", csrf(&ann).await), "").await, 405),
        (rig.stranger().post("/login", FORM, "name=ann").await, 422),
    ] {
        assert_eq!(answer.status, status, "{}", answer.text);
        assert!(answer.kind.starts_with("text/html"), "{}: {}", answer.kind, answer.text);
    }
    let script = Request::get("/streams/ninja/yesterday").header("x-fragment", "1");
    assert_eq!(ann.ask(script, "").await.kind, "application/problem+json");
    let wrong = rig.stranger().post("/login", FORM, "name=ann&password=wrong").await;
    assert!(wrong.text.contains("<form"), "the log-in stays what it is: {}", wrong.text);
}

#[tokio::test]
async fn rights_are_set_whole_or_not_at_all() {
    let rig = Rig::new().await;
    let ann = rig.browser("ann", Role::Owner).await;
    rig.browser("bob", Role::Viewer).await;
    let token = csrf(&ann).await;
    let put = async |body: &str| {
        let request = Request::put("/api/v1/people/bob").header("x-csrf", token.as_str());
        let answer = ann.ask(request.header("content-type", "application/json"), body).await;
        (answer.status.as_u16(), answer.text)
    };
    let bob = async || {
        let people = ann.get("/api/v1/people").await.text;
        let people: serde_json::Value = serde_json::from_str(&people).unwrap();
        (people[1]["role"].clone(), people[1]["grants"].clone())
    };
    let (status, text) = put(r#"{"role": "editor", "grants": {"Ninja": "owner"}}"#).await;
    assert_eq!(status, 200, "{text}");
    let before = bob().await;
    assert_eq!(before, ("editor".into(), serde_json::json!({"ninja": "owner"})));
    for (body, expected) in [
        (r#"{"grants": {"ninja": "viewer"}}"#, 422),
        (r#"{}"#, 422),
        (r#"{"role": null, "grants": {"ninja": "viewer", "not a name": "viewer"}}"#, 422),
    ] {
        let (status, text) = put(body).await;
        assert_eq!(status, expected, "{text}");
        assert_eq!(bob().await, before, "{body}");
    }
    assert_eq!(put(r#"{"role": null}"#).await.0, 200);
    assert_eq!(bob().await, (serde_json::Value::Null, serde_json::json!({"ninja": "owner"})));
    assert_eq!(put(r#"{"role": "viewer", "grants": {}}"#).await.0, 200);
    assert_eq!(bob().await, ("viewer".into(), serde_json::json!({})));
}

#[tokio::test]
async fn strangers_elsewhere_hear_no_names() {
    let rig = Rig::new().await;
    let about = Some("ninja".to_owned());
    let hangs = Late { name: "channel", about, silent_for: Duration::from_secs(90) };
    rig.wood.late.lock().unwrap().push(hangs);
    let ask = async |path: &str, peer: [u8; 4]| {
        let request = Request::get(path).extension(Peer((peer, 9).into()));
        let answer = rig.stranger().ask(request, "").await;
        (answer.status.as_u16(), answer.text)
    };
    for (path, status, name, plain) in
        [("/healthz", 503, "ninja", "hangs"), ("/readyz", 200, "recordings", "\"ready\":true")]
    {
        let (here_status, here) = ask(path, [127, 0, 0, 1]).await;
        assert!(here.contains(name) && here.contains(plain), "{here}");
        let (elsewhere_status, elsewhere) = ask(path, [192, 0, 2, 1]).await;
        assert!(!elsewhere.contains(name) && elsewhere.contains(plain), "{elsewhere}");
        assert_eq!((here_status, elsewhere_status), (status, status), "{path}");
    }
    rig.wood.late.lock().unwrap().clear();
    assert_eq!(ask("/healthz", [192, 0, 2, 1]).await.0, 200);
}

#[tokio::test]
async fn what_stood_in_a_form_when_it_was_loaded_is_no_change() {
    let rig = Rig::new().await;
    let ann = rig.browser("ann", Role::Owner).await;
    let page = ann.get("/channels/ninja/settings").await.text;
    assert!(page.contains("name=\"was.clips.budget_per_hour\" value=\"\""), "{page}");
    let token = csrf(&ann).await;
    let send = async |fields: &str| {
        let form = format!("csrf={token}&{fields}");
        assert_eq!(ann.post("/channels/ninja/settings", FORM, &form).await.status, 303);
        let mut changes = rig.wood.changes.lock().unwrap();
        changes.drain(..).map(|own| (own.key, own.value)).collect::<Vec<_>>()
    };
    let title = "clips.title=mine&was.clips.title=";
    let stale = send(&format!("clips.cooldown_s=60&was.clips.cooldown_s=60&{title}")).await;
    assert_eq!(stale, [("clips.title".to_owned(), Some("mine".to_owned()))]);
    let emptied = send("clips.cooldown_s=&was.clips.cooldown_s=60").await;
    assert_eq!(emptied, [("clips.cooldown_s".to_owned(), None)]);
    assert!(send("was.clips.cooldown_s=60").await.is_empty());
    let blanks = format!("csrf={token}&clips.title=+++&was.clips.title=");
    let refused = ann.post("/channels/ninja/settings", FORM, &blanks).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text.contains("Title: blanks alone are no value"), "{}", refused.text);
}

#[tokio::test]
async fn what_somebody_changed_meanwhile_is_not_set_from_an_older_page() {
    let rig = Rig::new().await;
    let ann = rig.browser("ann", Role::Owner).await;
    let token = csrf(&ann).await;
    let apply = async |was: &str| {
        let form = format!("csrf={token}&clips.budget_per_hour=12&was.clips.budget_per_hour={was}");
        ann.post("/channels/ninja/settings", FORM, &form).await
    };
    let refused = apply("6").await;
    assert_eq!(refused.status, 409, "{}", refused.text);
    let words = "Budget was changed since this page was loaded, to 8; nothing was saved";
    assert!(refused.text.contains(words), "{}", refused.text);
    assert!(rig.wood.changes.lock().unwrap().is_empty());
    assert_eq!(apply("").await.status, 303);
    assert_eq!(rig.wood.changes.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn settings_are_changed_within_bounds() {
    let rig = Rig::new().await;
    let ann = rig.browser("ann", Role::Owner).await;
    let token = csrf(&ann).await;
    let patch = async |login: &str, changes: &serde_json::Value| {
        let request = Request::patch(format!("/api/v1/channels/{login}/settings"));
        let request = request.header("x-csrf", token.as_str());
        let request = request.header("content-type", "application/json");
        ann.ask(request, &changes.to_string()).await.status.as_u16()
    };
    let change = |key: &str| serde_json::json!({ "key": key, "value": "9" });
    let one = serde_json::json!([change("clips.budget_per_hour")]);
    assert_eq!(patch("ninja", &one).await, 200);
    assert_eq!(patch("made_up", &one).await, 404);
    let twice = serde_json::json!([change("clips.title"), change("clips.title")]);
    assert_eq!(patch("ninja", &twice).await, 422);
    let many: Vec<_> = (0..100).map(|nth| change(&format!("clips.{nth}"))).collect();
    assert_eq!(patch("ninja", &many.into()).await, 422);
    assert_eq!(rig.wood.changes.lock().unwrap().len(), 1);
    assert_eq!(ann.get("/channels/made_up/settings").await.status, 404);
    assert_eq!(ann.get("/api/v1/channels/made_up/settings").await.status, 404);
    let form = format!("csrf={token}&clips.title=x");
    assert_eq!(ann.post("/channels/made_up/settings", FORM, &form).await.status, 404);
}

/// A token made by `browser`'s person, of that scope.
async fn token(browser: &Browser<'_>, scope: &str) -> String {
    token_for(browser, scope, &[]).await
}

/// The same for these channels alone; without any, for all.
async fn token_for(browser: &Browser<'_>, scope: &str, channels: &[&str]) -> String {
    let name = format!("for {scope}");
    let wish =
        serde_json::json!({ "name": name, "scope": scope, "channels": channels }).to_string();
    let made = Request::post("/api/v1/tokens").header("content-type", "application/json");
    let word = csrf(browser).await;
    let made = made.header("x-csrf", &word).header("sec-fetch-site", "same-origin");
    between(&browser.ask(made, &wish).await.text, "\"token\":\"", "\"").to_owned()
}

/// What a token lacks is its scope: no role that the owner gives its person helps.
#[tokio::test]
async fn a_token_is_told_which_scope_it_lacks() {
    let rig = Rig::new().await;
    let (ann, eve) =
        (rig.browser("ann", Role::Owner).await, rig.browser("eve", Role::Viewer).await);
    let check = async |browser: &Browser<'_>, scope: &str, words: &str| {
        let token = token(browser, scope).await;
        let post = Request::post("/api/v1/channels/ninja/pause");
        let sent = post.header("authorization", format!("Bearer {token}"));
        let answer = rig.stranger().ask(sent, "").await;
        assert_eq!(answer.status, 403, "{}", answer.text);
        assert!(answer.text.contains(words), "{words} in {}", answer.text);
    };
    check(&ann, "read", "the scope of this token is read, and this needs edit: make one").await;
    check(&eve, "edit", "only an editor may do this: ask the owner for that role").await;
}

/// What concerns the whole house is not for a token of one channel: a role would not help.
#[tokio::test]
async fn a_token_of_one_channel_is_told_that_all_are_meant() {
    let rig = Rig::new().await;
    let check = async |token: &str, words: &str| {
        let get = Request::get("/api/v1/people").header("authorization", format!("Bearer {token}"));
        let answer = rig.stranger().ask(get, "").await;
        assert_eq!(answer.status, 403, "{}", answer.text);
        let problem: serde_json::Value = serde_json::from_str(&answer.text).unwrap();
        assert_eq!(problem["detail"], words);
    };
    let (ann, eve) =
        (rig.browser("ann", Role::Owner).await, rig.browser("eve", Role::Viewer).await);
    let all = "this concerns all channels, and this token is for some: make one for all channels under Settings, Tokens";
    check(&token_for(&ann, "admin", &["ninja"]).await, all).await;
    let scope = "the scope of this token is edit, and this needs admin: make one of that scope under Settings, Tokens";
    check(&token_for(&ann, "edit", &["ninja"]).await, scope).await;
    let role = "only an owner may do this: ask the owner for that role";
    check(&token_for(&eve, "admin", &["ninja"]).await, role).await;
}

#[tokio::test]
async fn whoever_tries_too_often_is_told_when_to_come_back() {
    let rig = Rig::new().await;
    let _ann = rig.browser("ann", Role::Owner).await;
    let stranger = rig.stranger();
    for _ in 0..60 {
        let answer = stranger.post("/login", FORM, "name=ann&password=wrong-wrong").await;
        if answer.status == 429 {
            let seconds: u64 = answer.retry_after.parse().unwrap();
            assert!((1..=60).contains(&seconds), "{seconds}");
            return;
        }
    }
    panic!("it is never too often");
}

#[tokio::test]
async fn only_an_admins_token_tells_of_sessions_and_tokens() {
    let rig = Rig::new().await;
    let ann = rig.browser("ann", Role::Owner).await;
    let check = async |scope: &str, status: u16| {
        let token = token(&ann, scope).await;
        for path in ["/settings", "/settings/tokens", "/api/v1/me/sessions", "/api/v1/tokens"] {
            let bearer = Request::get(path).header("authorization", format!("Bearer {token}"));
            assert_eq!(rig.stranger().ask(bearer, "").await.status, status, "{scope} {path}");
        }
    };
    check("read", 403).await;
    check("edit", 403).await;
    check("admin", 200).await;
}

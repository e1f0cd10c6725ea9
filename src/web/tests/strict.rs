//! What is sent in vain is refused in plain words, and changes nothing.

use axum::{
    body::Body,
    http::{Request, header},
};
use cliphound_store::{NewSetting, Verdict};
use cliphound_twitch::ChannelLogin;
use serde_json::Value;

use super::{
    super::{
        access::{Role, Viewer},
        testing::{Rig, browser::FORM},
    },
    key, moment,
};

const JSON: &str = "application/json";

async fn api(rig: &Rig, viewer: &Viewer, method: &str, path: &str, body: &str) -> (u16, Value) {
    of_kind(rig, viewer, (method, path), JSON, body).await
}

async fn of_kind(
    rig: &Rig,
    viewer: &Viewer,
    (method, path): (&str, &str),
    kind: &str,
    body: &str,
) -> (u16, Value) {
    let request = Request::builder()
        .method(method)
        .uri(format!("/api/v1{path}"))
        .extension(viewer.clone())
        .header(header::CONTENT_TYPE, kind);
    let answer = rig.ask(request.body(Body::from(body.to_owned())).unwrap()).await;
    (answer.status.as_u16(), serde_json::from_str(&answer.text).unwrap_or_default())
}

/// Somebody who sees one channel.
fn of_one(login: &str, role: Role) -> Viewer {
    let mut viewer = Viewer { role: None, ..Viewer::owner("bob") };
    viewer.grants.insert(ChannelLogin::parse(login).unwrap(), role);
    viewer
}

fn detail(answer: &(u16, Value)) -> &str {
    answer.1["detail"].as_str().unwrap_or_else(|| panic!("{answer:?} is no problem"))
}

#[tokio::test]
async fn a_name_that_twitch_does_not_know_is_not_followed() {
    let (rig, ann) = (Rig::new().await, Viewer::owner("ann"));
    rig.wood.unknown.lock().unwrap().push("nobody");
    let answer = api(&rig, &ann, "PUT", "/channels/nobody/follow", "").await;
    assert_eq!(answer.0, 404);
    assert!(detail(&answer).contains("Twitch knows no channel nobody"), "{answer:?}");
    let page = rig.post(&ann, "/channels", "login=nobody").await;
    assert_eq!(page.status, 404);
    assert!(page.text.contains("Twitch knows no channel nobody"), "{}", page.text);
    assert!(rig.wood.by_hand.lock().unwrap().is_empty(), "nothing is followed");

    let known = api(&rig, &ann, "PUT", "/channels/mossykettle/follow", "").await;
    assert_eq!(
        (known.0, &known.1["is_checked"], &known.1["note"]),
        (200, &true.into(), &Value::Null)
    );
    assert_eq!(rig.post(&ann, "/channels", "login=mossykettle").await.to, "/channels");
    assert_eq!(*rig.wood.by_hand.lock().unwrap(), ["ann follows mossykettle"; 2]);
    let editor = Viewer { role: Some(Role::Editor), ..Viewer::owner("bob") };
    assert_eq!(api(&rig, &editor, "PUT", "/channels/nobody/follow", "").await.0, 403);
}

#[tokio::test]
async fn a_name_that_could_not_be_asked_for_is_followed_and_that_is_told() {
    let (rig, ann) = (Rig::new().await, Viewer::owner("ann"));
    *rig.wood.no_answer.lock().unwrap() = Some("Twitch does not answer just now".to_owned());
    let answer = api(&rig, &ann, "PUT", "/channels/ninja/follow", "").await;
    assert_eq!((answer.0, &answer.1["is_checked"]), (200, &false.into()));
    let note = answer.1["note"].as_str().unwrap();
    assert!(note.contains("nobody knows") && note.contains("does not answer"), "{note}");
    let added = rig.post(&ann, "/channels", "login=ninja").await;
    assert_eq!(added.to, "/channels?unchecked=ninja");
    assert_eq!(*rig.wood.by_hand.lock().unwrap(), ["ann follows ninja"; 2]);
    let page = rig.get(&ann, &added.to).await.text;
    assert!(page.contains("Twitch could not be asked"), "{page}");
    let made_up = rig.get(&ann, "/channels?unchecked=made_up").await.text;
    assert!(!made_up.contains("Twitch could not be asked"), "{made_up}");
}

#[tokio::test]
async fn a_followed_channel_that_twitch_does_not_know_is_marked() {
    let (rig, ann) = (Rig::new().await, Viewer::owner("ann"));
    let is_marked = async || {
        let page = rig.get(&ann, "/channels").await.text;
        let (status, listed) = api(&rig, &ann, "GET", "/channels/ninja/follow", "").await;
        assert_eq!((status, &listed["is_followed"]), (200, &true.into()));
        (page.contains("not known to Twitch"), listed["is_unknown"].as_bool().unwrap())
    };
    assert_eq!(is_marked().await, (false, false));
    rig.wood.unknown.lock().unwrap().push("ninja");
    assert_eq!(is_marked().await, (true, true));
    assert_eq!(api(&rig, &ann, "GET", "/channels/made_up/follow", "").await.0, 404);
}

/// Its events would be none, for ever.
#[tokio::test]
async fn events_are_of_channels_that_there_are() {
    let (rig, ann) = (Rig::new().await, Viewer::owner("ann"));
    let status = async |channels: &str| {
        let path = format!("/api/v1/events?channels={channels}");
        let request = Request::get(path).extension(ann.clone()).body(Body::empty()).unwrap();
        rig.open(request).await.status().as_u16()
    };
    assert_eq!((status("ninja").await, status("").await), (200, 200));
    assert_eq!((status("ninja,nosuch").await, status("a+b").await), (404, 422));
    let refused = rig.get(&ann, "/api/v1/events?channels=nosuch").await;
    assert!(refused.text.contains("there is no channel nosuch here"), "{}", refused.text);
}

#[tokio::test]
async fn a_token_is_for_channels_that_there_are() {
    let rig = Rig::new().await;
    rig.wood.channels.lock().unwrap().push("mossykettle".to_owned());
    let ann = rig.browser("ann", Role::Owner).await;
    let page = ann.get("/settings/tokens").await.text;
    let (_, token) = page.split_once("name=\"csrf\" content=\"").unwrap();
    let token = token.split('"').next().unwrap();
    let make = async |channels: &str| {
        let form = format!("csrf={token}&name=deck&role=viewer&channels={channels}");
        ann.post("/settings/tokens", FORM, &form).await
    };
    let refused = make("ninja+made_up").await;
    assert_eq!(refused.status, 422);
    for part in ["there is no channel made_up here", "followed are ninja, mossykettle"] {
        assert!(refused.text.contains(part), "{part}: {}", refused.text);
    }
    let request = Request::post("/api/v1/tokens").header("x-csrf", token);
    let body = r#"{"name": "deck", "scope": "read", "channels": ["made_up"]}"#;
    let refused = ann.ask(request.header(header::CONTENT_TYPE, JSON), body).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text.contains("followed are ninja"), "{}", refused.text);
    assert!(rig.app.store.tokens(None).await.unwrap().is_empty());
    assert_eq!(make("Ninja,%20mossykettle+ninja").await.status, 200);
    let made = rig.app.store.tokens(None).await.unwrap().remove(0);
    assert_eq!(made.channels.as_deref(), Some("mossykettle ninja"));
}

#[tokio::test]
async fn nobody_hears_of_channels_that_they_do_not_see() {
    let rig = Rig::new().await;
    rig.wood.channels.lock().unwrap().push("mossykettle".to_owned());
    let bob = of_one("ninja", Role::Viewer);
    let (there, not) = ("mossykettle", "made_up");
    for path in ["/moments", "/analytics", "/streams", "/export/clips.json"] {
        let told = async |viewer: &Viewer, channel: &str| {
            let answer = api(&rig, viewer, "GET", &format!("{path}?channel={channel}"), "").await;
            (answer.0, answer.1["detail"].as_str().unwrap_or_default().replace(channel, "X"))
        };
        assert_eq!(told(&bob, there).await, told(&bob, not).await, "{path}");
        assert_eq!(told(&bob, there).await, (404, "there is no channel X here".to_owned()));
        assert_eq!(told(&bob, "ninja").await.0, 200, "{path}");
        let ann = Viewer::owner("ann");
        assert_eq!(told(&ann, there).await.0, 200, "{path}");
        assert_eq!(told(&ann, not).await, (404, "there is no channel X here".to_owned()));
    }
    for page in ["/analytics", "/streams"] {
        assert_eq!(rig.get(&bob, &format!("{page}?channel={there}")).await.status, 404, "{page}");
    }
    let none = crate::web::settings::all_seen(&rig.app, &bob, there).await.unwrap_err();
    assert_eq!(none.detail, "there is no channel mossykettle here: followed are ninja");
}

/// What can be wrong about a request: method, address, body, and what is said of it.
const WRONG: &[(&str, &str, &str, &str)] = &[
    ("POST", "/channels/ninja/clip", r#"{"titel": "x"}"#, "no “titel” here: it can be title"),
    ("POST", "/channels/ninja/clip", r#"{"title": 5}"#, "“title” must be text"),
    ("POST", "/channels/ninja/clip", "{", "the body is no JSON"),
    ("POST", "/channels/ninja/mute", "null", "“minutes” is missing"),
    ("POST", "/channels/ninja/mute", "", "“minutes” is missing"),
    ("POST", "/channels/ninja/mute", r#"{"minutes": "ten"}"#, "“minutes” must be a whole number"),
    ("POST", "/channels/ninja/mute", r#"{"minutes": 1.5}"#, "“minutes” must be a whole number"),
    ("POST", "/channels/ninja/mute", r#"{"minutes": -3}"#, "whole number from 1 to 1440"),
    ("POST", "/channels/ninja/mute", r#"{"minutes": 0}"#, "whole number from 1 to 1440"),
    ("PATCH", "/channels/ninja/settings", "{}", "the body must be a list"),
    ("PATCH", "/channels/ninja/settings", "{", "the body is no JSON"),
    (
        "PATCH",
        "/channels/ninja/settings",
        "[1]",
        "“[0]” must be an object with the keys key, value",
    ),
    ("PATCH", "/channels/ninja/settings", r#"[{"key": "clips.title"}]"#, "“[0].value” is missing"),
    (
        "PATCH",
        "/channels/ninja/settings",
        r#"[{"key": 1, "value": null}]"#,
        "“[0].key” must be text",
    ),
    ("PUT", "/people/bob", r#"{"grants": {}}"#, "“role” is missing"),
    ("PUT", "/people/bob", r#"{"role": "king"}"#, "“role” must be viewer, editor or owner"),
    ("PUT", "/people/bob", r#"{"role": null, "grants": {"a": 1}}"#, "“grants.a” must be one of"),
    ("POST", "/people", r#"{"nam": "x"}"#, "no “nam” here: it can be name, role or twitch"),
    ("POST", "/tokens", r#"{"name": "x", "scope": "all"}"#, "“scope” must be read, edit or admin"),
    ("POST", "/me/password", r#"{"password": 1234567890}"#, "“password” must be text"),
    ("POST", "/deletions/user/zoe", r#"{"confirm": "zoe", "now": 1}"#, "no “now” here"),
    ("POST", "/moments/7@5/verdict", r#"{"verdict": ["kept"]}"#, "“verdict” must be text"),
    ("POST", "/moments/7@5/recut", r#"{"start_s": "a"}"#, "“start_s” must be a number"),
    (
        "GET",
        "/moments?from=2026-11-24&to=2026-11-20",
        "",
        "2026-11-24 to 2026-11-20 must go forward",
    ),
    ("GET", "/moments?limit=0", "", "“limit” must be from 1 to 500"),
    ("GET", "/moments?limit=501", "", "“limit” must be from 1 to 500"),
    ("GET", "/moments?limit=many", "", "“limit” must be a whole number"),
    ("GET", "/moments?chanel=ninja", "", "by “chanel” here: use channel, verdict"),
    ("GET", "/analytics?limit=3", "", "by “limit” here: use from, to, channel or zone"),
    ("GET", "/export/moments.csv?since=x", "", "by “since” here"),
    ("GET", "/tokens?channel=ninja", "", "this address takes no query"),
    ("GET", "/moments/7@5/video?download=1", "", "“download” must be true or false"),
    ("DELETE", "/moments/7@5/verdict?id=x", "", "“id” must be a whole number"),
    ("GET", "/events?after=x", "", "“after” must be a whole number"),
    ("GET", "/streams/ninja/yesterday/mirror", "", "“yesterday” in the address must be"),
    ("DELETE", "/tokens/x", "", "“x” in the address must be a whole number"),
    ("DELETE", "/me/sessions/%ff", "", "the address has a part that can't be read"),
];

#[tokio::test]
async fn the_api_says_in_plain_words_what_is_wrong() {
    let (rig, ann) = (Rig::new().await, Viewer::owner("ann"));
    for (method, path, body, words) in WRONG {
        let answer = api(&rig, &ann, method, path, body).await;
        let detail = detail(&answer);
        assert!(answer.0 == 422 && detail.contains(words), "{method} {path} {body}: {answer:?}");
        for raw in ["line ", "column", "invalid type", "eserializ", "expected", "`", "Failed"] {
            assert!(!detail.contains(raw), "{method} {path} {body}: {detail}");
        }
    }
    assert!(rig.wood.by_hand.lock().unwrap().is_empty(), "and nothing is done");
    let put = api(&rig, &ann, "PUT", "/moments", "").await;
    assert_eq!((put.0, detail(&put).contains("openapi.json")), (405, true), "{put:?}");
    let clip = ("POST", "/channels/ninja/clip");
    let plain = of_kind(&rig, &ann, clip, "text/plain", "{\"title\": \"x\"}").await;
    assert_eq!((plain.0, detail(&plain).contains("content-type: application/json")), (415, true));
    let large = api(&rig, &ann, clip.0, clip.1, &" ".repeat(3_000_000)).await;
    assert_eq!((large.0, detail(&large)), (413, "this is too large to be taken"));
}

#[tokio::test]
async fn pages_say_in_plain_words_what_is_wrong_with_an_address() {
    let rig = Rig::new().await;
    let ann = rig.browser("ann", Role::Owner).await;
    let check = async |path: &str, words: &str| {
        let page = ann.get(path).await;
        assert!(page.kind.starts_with("text/html"), "{path}: {}", page.text);
        assert!(page.status == 422 && page.text.contains(words), "{path}: {}", page.text);
        assert!(!page.text.contains("load the page again"), "{path}: {}", page.text);
    };
    let number = "“page” must be a whole number";
    for path in ["/", "/channels", "/streams", "/settings/people", "/settings/tokens"] {
        check(&format!("{path}?page=two"), number).await;
        check(&format!("{path}?page=1&page=2"), "“page” is there twice").await;
    }
    check("/streams/ninja/yesterday", "“yesterday” in the address must be a whole number").await;
    check("/streams/ninja/5/curve?start_ms=x&end_ms=6", "“start_ms” must be a whole number").await;
    check("/streams/ninja/5/curve?start_ms=5", "“end_ms” is missing").await;
    check("/settings/people/bob/grants", "“bob” in the address must be a whole number").await;
    check("/channels/%ff", "the address has a part that").await;
    check("/analytics?from=1&from=2", "“from” is there twice").await;
    check("/review?since=x", "“since” must be a whole number").await;
    let unknown = "nothing is asked for by “order” here: use";
    for path in
        ["/", "/channels", "/streams", "/analytics", "/review", "/review/7@5", "/channels/ninja"]
    {
        check(&format!("{path}?order=oldest"), unknown).await;
    }
    for path in ["/settings/people", "/settings/tokens", "/settings/deletion"] {
        check(&format!("{path}?order=oldest"), unknown).await;
    }
    for path in ["/review", "/streams", "/analytics"] {
        let page = ann.get(&format!("{path}?channel=made_up")).await;
        let is_told = page.text.contains("there is no channel made_up here");
        assert!(page.status == 404 && is_told, "{path}: {}", page.text);
    }
    check("/login?next=/a&next=/b", "“next” is there twice").await;
}

#[tokio::test]
async fn nothing_at_all_is_the_same_as_an_object_without_keys() {
    let (rig, ann) = (Rig::new().await, Viewer::owner("ann"));
    let place = rig.app.board.enter(&ChannelLogin::parse("ninja").unwrap());
    for body in ["", "null", "{}", r#"{"title": null}"#] {
        assert_eq!(api(&rig, &ann, "POST", "/channels/ninja/clip", body).await.0, 202, "{body}");
    }
    let clip = ("POST", "/channels/ninja/clip");
    assert_eq!(of_kind(&rig, &ann, clip, "text/plain", "").await.0, 202, "nothing has no kind");
    assert_eq!(*rig.wood.by_hand.lock().unwrap(), ["ann clips ninja: -"; 5]);
    drop(place);
}

#[tokio::test]
async fn an_undo_takes_back_what_was_seen_and_nothing_else() {
    let (rig, ann) = (Rig::new().await, Viewer::owner("ann"));
    moment(&rig.app.store, "7", "ninja", 1_000, "hype").await;
    let (store, key) = (&rig.app.store, key("7", 1_000));
    let at = format!("/review/{key}");
    let says = "data-says=\"There is nothing to undo";
    let page = rig.get(&ann, &at).await.text;
    assert!(page.contains(says), "the key U has something to say: {page}");
    store.judge(&key, Verdict::Kept, "ann", 1).await.unwrap();
    let seen = store.verdicts(&key).await.unwrap()[0].id;
    let page = rig.get(&ann, &at).await.text;
    assert!(
        page.contains(&format!("name=\"id\" value=\"{seen}\"")) && !page.contains(says),
        "{page}"
    );
    store.judge(&key, Verdict::Rejected, "bob", 2).await.unwrap();
    let stale = rig.post(&ann, &format!("{at}/undo"), &format!("id={seen}")).await;
    assert!(stale.status == 409 && stale.text.contains("nothing was undone"), "{}", stale.text);
    let path = format!("/moments/{key}/verdict");
    let stale = api(&rig, &ann, "DELETE", &format!("{path}?id={seen}"), "").await;
    assert_eq!(stale.0, 409);
    let whole = api(&rig, &ann, "GET", &format!("/moments/{key}"), "").await.1;
    assert_eq!(
        (&whole["verdict"], &whole["verdicts"][1]["id"]),
        (&"rejected".into(), &seen.into())
    );
    let newest = whole["verdicts"][0]["id"].as_i64().unwrap();
    let undone = api(&rig, &ann, "DELETE", &format!("{path}?id={newest}"), "").await;
    assert_eq!((undone.0, &undone.1["verdict"]), (200, &"kept".into()));
    assert_eq!(rig.post(&ann, &format!("{at}/undo"), &format!("id={seen}")).await.status, 303);
    assert_eq!(api(&rig, &ann, "DELETE", &path, "").await.0, 409, "there is none left");
}

#[tokio::test]
async fn a_change_of_a_setting_is_undone_by_its_number() {
    let (rig, ann) = (Rig::new().await, Viewer::owner("ann"));
    for (value, at_ms) in [("4", 1), ("5", 2)] {
        let (login, key, by) = ("ninja", "clips.budget_per_hour", "bob");
        let new = NewSetting { login, key, value: Some(value), by, at_ms };
        rig.app.store.change_settings(&[new]).await.unwrap();
    }
    let path = "/channels/ninja/settings/changes";
    let changes = api(&rig, &ann, "GET", path, "").await.1;
    let undo = async |nth: usize| {
        api(&rig, &ann, "DELETE", &format!("{path}/{}", changes[nth]["id"]), "").await
    };
    let older = undo(1).await;
    assert!(older.0 == 409 && detail(&older).contains("bob has changed"), "{older:?}");
    assert_eq!(undo(0).await.0, 200);
    let changed = rig.wood.changes.lock().unwrap().clone();
    assert_eq!((changed.len(), changed[0].value.as_deref()), (1, Some("4")));
    let viewer = Viewer { role: Some(Role::Viewer), ..Viewer::owner("eve") };
    assert_eq!(api(&rig, &viewer, "DELETE", &format!("{path}/1"), "").await.0, 403);
}

#[tokio::test]
async fn an_owner_sees_and_ends_what_others_came_in_by() {
    let rig = Rig::new().await;
    let (bob, _other) =
        (rig.browser("bob", Role::Editor).await, rig.browser("eve", Role::Viewer).await);
    let ann = Viewer::owner("ann");
    let page = rig.get(&ann, "/settings/people").await.text;
    assert_eq!(page.matches("Logged in with 1 browser.").count(), 2, "{page}");
    let people = api(&rig, &ann, "GET", "/people", "").await.1;
    assert_eq!((&people[0]["sessions"], &people[0]["tokens"]), (&1.into(), &0.into()));
    let editor = Viewer { role: Some(Role::Editor), ..Viewer::owner("eve") };
    assert_eq!(api(&rig, &editor, "DELETE", "/people/bob/sessions", "").await.0, 403);
    assert_eq!(bob.get("/api/v1/me").await.status, 200);
    assert_eq!(api(&rig, &ann, "DELETE", "/people/bob/sessions", "").await.0, 204);
    assert_eq!(bob.get("/api/v1/me").await.status, 401);
    let eve = rig.app.access.id_of("eve").await.unwrap();
    let path = format!("/settings/people/{eve}/log-out");
    assert_eq!(rig.post(&editor, &path, "").await.status, 403);
    assert_eq!(rig.post(&ann, &path, "sure=yes").await.status, 303);
    let page = rig.get(&ann, "/settings/people").await.text;
    assert_eq!(page.matches("Not logged in now.").count(), 2, "{page}");
}

/// Three hundred of the longest names, each with a moment and a stream.
#[tokio::test]
async fn pages_that_list_channels_stay_small() {
    let (rig, ann) = (Rig::new().await, Viewer::owner("ann"));
    let logins: Vec<String> =
        (0..300).map(|nth| format!("{:a>25}", format!("_{nth:03}"))).collect();
    rig.wood.channels.lock().unwrap().extend(logins.iter().cloned());
    for (nth, login) in logins.iter().enumerate() {
        moment(&rig.app.store, &nth.to_string(), login, 1_000, "emote:KEKW").await;
    }
    let rewrites: Vec<_> = logins
        .iter()
        .enumerate()
        .map(|(nth, login)| super::live(&nth.to_string(), login))
        .collect();
    let run =
        cliphound_store::Run { start_ms: super::START_MS, end_ms: super::NOW_MS, is_clean: true };
    rig.app.store.keep_watched(&run, &rewrites).await.unwrap();
    for path in ["/channels", "/channels?page=8", "/analytics", "/review", "/settings/people"] {
        let page = rig.get(&ann, path).await;
        assert_eq!(page.status, 200, "{path}: {}", page.text);
        let size = page.text.len() + super::taken();
        assert!(size < 100_000, "{path} has {size} bytes with all that it takes");
    }
    let first = rig.get(&ann, "/channels").await.text;
    assert!(
        first.contains("1 to 40 of 301") && first.contains("href=\"/channels?page=2\""),
        "{first}"
    );
    let last = rig.get(&ann, "/channels?page=8").await.text;
    assert!(last.contains("281 to 301 of 301"), "{last}");
    let found = rig.get(&ann, "/channels?name=_299").await.text;
    assert_eq!(found.matches("<tr><th scope=\"row\">").count(), 1, "{found}");
    assert!(rig.get(&ann, "/channels?name=zzz").await.text.contains("No channel of that name"));
    let added = rig.post(&ann, "/channels", "login=ninja").await.to;
    assert_eq!(added, "/channels?name=ninja", "where it is to be seen");
    let streams = rig.get(&ann, "/streams?zone=UTC").await.text;
    assert!(streams.len() + super::taken() < 100_000, "{} bytes", streams.len());
    assert!(streams.contains("1 to 40 of 300"), "{streams}");
    assert!(streams.contains("href=\"/streams?zone=UTC&#38;page=2\""), "{streams}");
    assert!(rig.get(&ann, "/analytics").await.text.contains("200 more are in the exports"));
}

/// A pause for ten minutes would be one for good.
#[tokio::test]
async fn what_is_sent_where_nothing_is_taken_is_refused() {
    let (rig, ann) = (Rig::new().await, Viewer::owner("ann"));
    let _place = rig.app.board.enter(&ChannelLogin::parse("ninja").unwrap());
    let pause = async |body: &str| api(&rig, &ann, "POST", "/channels/ninja/pause", body).await;
    let answer = pause("{\"minutes\": 10}").await;
    assert_eq!((answer.0, detail(&answer).contains("leave the body out")), (422, true));
    assert!(rig.wood.by_hand.lock().unwrap().is_empty(), "nothing is paused");
    for body in ["", " {} ", "null"] {
        assert_eq!(pause(body).await.0, 202, "{body}");
    }
}

/// Who is beside the API is told so as programs are.
#[tokio::test]
async fn what_is_beside_the_api_is_no_page() {
    let (rig, ann) = (Rig::new().await, Viewer::owner("ann"));
    for path in ["/api", "/api/", "/api/v1", "/api/v1/", "/api/v1/nope", "/api/v2/channels"] {
        let text = rig.get(&ann, path).await.text;
        let problem: Value = serde_json::from_str(&text).unwrap_or_default();
        assert_eq!(problem["status"], 404, "{path}: {text}");
    }
}

//! Whatever a page shows or does a program can, too: each route of the pages, and the operations of the
//! API that do the same.

use std::{collections::BTreeSet, fs, path::Path};

use axum::{body::Body, http::Request};
use cliphound_twitch::chat::{ChatEvent, ChatMessage};

use super::*;

/// Method and path of a page or a form, and the operations, parted by commas. `-`: it is for browsers
/// alone, as programs come with a token.
const SAME: &[(&str, &str)] = &[
    ("get /", "get /channels, get /troubles"),
    ("get /live/events", "get /events, get /channels"),
    ("get /channels/{login}", "get /channels/{channel}, get /channels/{channel}/chat"),
    ("get /channels/{login}/events", "get /events, get /channels/{channel}"),
    ("post /channels/{login}/clip", "post /channels/{channel}/clip"),
    ("post /channels/{login}/pause", "post /channels/{channel}/pause"),
    ("post /channels/{login}/mute", "post /channels/{channel}/mute"),
    ("post /channels/{login}/resume", "post /channels/{channel}/resume"),
    ("get /channels", "get /followed, get /channels/{channel}/follow"),
    ("post /channels", "put /channels/{channel}/follow"),
    ("post /channels/{login}/remove", "delete /channels/{channel}/follow"),
    (
        "get /channels/{login}/settings",
        "get /channels/{channel}/settings, get /channels/{channel}/settings/changes, get /channels/{channel}/learned, get /channels/{channel}/model",
    ),
    ("post /channels/{login}/settings", "patch /channels/{channel}/settings"),
    ("post /channels/{login}/settings/undo", "delete /channels/{channel}/settings/changes/{id}"),
    ("post /channels/{login}/model/reset", "delete /channels/{channel}/model"),
    ("post /channels/{login}/model/import", "put /channels/{channel}/model"),
    ("get /review", "get /moments, get /moments/count, get /channels/{channel}/teaching"),
    ("get /review/events", "get /events"),
    ("get /review/{key}", "get /moments/{key}, get /moments/{key}/chat, get /moments/{key}/video"),
    ("get /review/{key}/state", "get /moments/{key}"),
    ("get /review/{key}/written", "get /moments/{key}, get /moments/{key}/chat"),
    ("post /review/{key}/verdict", "post /moments/{key}/verdict"),
    ("post /review/{key}/undo", "delete /moments/{key}/verdict"),
    ("post /review/{key}/title", "post /moments/{key}/title"),
    ("post /review/{key}/recut", "post /moments/{key}/recut"),
    ("post /review/{key}/download", "post /moments/{key}/download"),
    ("get /streams", "get /streams"),
    (
        "get /streams/{login}/{at_ms}",
        "get /streams/{channel}/{at_ms}, get /streams/{channel}/{at_ms}/mirror",
    ),
    ("get /streams/{login}/{at_ms}/curve", "get /streams/{channel}/{at_ms}/curve"),
    ("get /analytics", "get /analytics, get /export/{file}"),
    ("get /settings", "get /me, get /me/sessions"),
    ("post /settings/password", "post /me/password"),
    ("post /settings/sessions/{id}/end", "delete /me/sessions/{id}"),
    ("get /settings/people", "get /people"),
    ("post /settings/people", "post /people"),
    ("post /settings/people/{id}/role", "put /people/{name}"),
    ("post /settings/people/{id}/invite", "post /people/{name}/invitation"),
    ("post /settings/people/{id}/log-out", "delete /people/{name}/sessions"),
    ("post /settings/people/{id}/remove", "delete /people/{name}"),
    ("get /settings/people/{id}/grants", "get /people"),
    ("post /settings/people/{id}/grants", "put /people/{name}"),
    ("get /settings/tokens", "get /tokens"),
    ("post /settings/tokens", "post /tokens"),
    ("post /settings/tokens/{id}/end", "delete /tokens/{id}"),
    ("get /settings/alerts", "get /alerts"),
    ("post /settings/alerts/{name}/test", "post /alerts/{name}/test"),
    ("get /settings/deletion", "get /deletions, get /deletions/{kind}/{login}"),
    ("post /settings/deletion", "post /deletions/{kind}/{login}"),
    ("get /login", "-"),
    ("post /login", "-"),
    ("get /login/twitch", "-"),
    ("get /login/twitch/back", "-"),
    ("get /login/twitch/wait", "-"),
    ("post /logout", "-"),
    ("get /setup", "-"),
    ("post /setup", "-"),
];

/// The routes of the pages, as their source has them: a router does not tell its own.
fn routes(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            routes(&entry, found);
            continue;
        }
        let source = fs::read_to_string(&entry).unwrap();
        let own = source.split("const PATH: &str = \"").nth(1);
        let own = own.and_then(|rest| rest.split('"').next()).unwrap_or_default();
        for route in source.split(".route(").skip(1) {
            let (path, rest) = route.split_once(',').unwrap();
            let path = if path == "PATH" { own } else { path.trim().trim_matches('"') };
            // Up to the bracket that ends the route.
            let mut depth = 1;
            let ends = rest.find(|c: char| {
                depth += i32::from(c == '(') - i32::from(c == ')');
                depth == 0
            });
            let methods = &rest[..ends.unwrap()];
            for method in ["get", "post", "put", "patch", "delete"] {
                if methods.contains(&format!("{method}(")) {
                    found.insert(format!("{method} {path}"));
                }
            }
        }
    }
}

#[test]
fn every_page_and_form_has_its_operation() {
    let pages = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web/pages");
    let mut found = BTreeSet::new();
    routes(&pages, &mut found);
    let named: BTreeSet<String> = SAME.iter().map(|(route, _)| (*route).to_owned()).collect();
    let missing: Vec<_> = found.difference(&named).collect();
    assert!(missing.is_empty(), "no operation is named for {missing:?}: add it, and name it here");
    let gone: Vec<_> = named.difference(&found).collect();
    assert!(gone.is_empty(), "no pages any more: {gone:?}");

    let api = serde_json::to_value(crate::web::api::openapi()).unwrap();
    for (route, operations) in SAME.iter().filter(|(_, operations)| *operations != "-") {
        for operation in operations.split(", ") {
            let (method, path) = operation.split_once(' ').unwrap();
            let described = &api["paths"][format!("/api/v1{path}")][method];
            assert!(described.is_object(), "{route}: {operation} is not described");
        }
    }
}

/// What the templates send goes to one of these routes.
#[test]
fn every_form_goes_to_a_route_that_is_named() {
    let templates = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web/templates");
    let named: BTreeSet<String> =
        SAME.iter().filter_map(|(route, _)| route.strip_prefix("post ")).map(shape).collect();
    let mut found = BTreeSet::new();
    forms(&templates, &mut found);
    assert!(found.len() > 25, "{found:?}");
    let lost: Vec<_> = found.difference(&named).collect();
    assert!(lost.is_empty(), "forms without a route of the table: {lost:?}");
}

fn forms(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            forms(&entry, found);
            continue;
        }
        let template = fs::read_to_string(&entry).unwrap();
        for form in template.split("<form ").skip(1).filter(|form| form.contains("method=\"post\""))
        {
            let action = form.split("action=\"").nth(1).unwrap().split(['"', '?']).next().unwrap();
            // A form that asks whether one is sure goes to where the first one went.
            if action == "{{ action }}" {
                continue;
            }
            // What the templates of the review call the address of a moment.
            let action = action.replace("{{ shown.at }}", "/review/{{ key }}");
            let action = action.replace("{{ at }}", "/review/{{ key }}");
            let action = action.replace("{{ last.href }}", "/review/{{ key }}/undo");
            found.insert(shape(&action.replace("{{ query }}", "")));
        }
    }
}

/// An address without what its parts are called.
fn shape(path: &str) -> String {
    let part = |part: &str| if part.contains('{') { "{}".to_owned() } else { part.to_owned() };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

/// The table names what the router knows: no method is refused there.
#[tokio::test]
async fn the_routes_are_those_of_the_router() {
    let (rig, ann) = (Rig::new().await, Viewer::owner("ann"));
    for (route, _) in SAME {
        let (method, path) = route.split_once(' ').unwrap();
        if path == "/setup" || path.starts_with("/login") {
            continue;
        }
        let path = path.replace("{key}", "7@1").replace("{at_ms}", "1").replace("{id}", "1");
        let path = path.replace("{login}", "ninja").replace("{name}", "x");
        let request = Request::builder().method(method.to_uppercase().as_str()).uri(&path);
        let request = request.extension(ann.clone()).body(Body::empty()).unwrap();
        let answer = rig.open(request).await;
        assert_ne!(answer.status(), 405, "{route}");
    }
}

/// The lines of a channel's page, its list of channels, and how many wait for a verdict.
#[tokio::test]
async fn programs_have_the_chat_the_list_and_the_count() {
    let rig = evening().await;
    let owner = Viewer::owner("ann");
    let mut editor = Viewer { role: None, ..Viewer::owner("bob") };
    editor.grants.insert(ChannelLogin::parse("ninja").unwrap(), Role::Editor);
    let get = async |viewer: &Viewer, path: &str| {
        let answer = rig.get(viewer, &format!("/api/v1/{path}")).await;
        let json: serde_json::Value = serde_json::from_str(&answer.text).unwrap();
        (answer.status.as_u16(), json)
    };
    let place = rig.app.board.enter(&ChannelLogin::parse("ninja").unwrap());
    let _other = rig.app.board.enter(&ChannelLogin::parse("mossykettle").unwrap());
    for nth in 0..60 {
        let message = ChatMessage {
            id: nth.to_string(),
            login: "zoe".to_owned(),
            text: format!("line {nth}"),
            moderator: nth == 59,
            ..ChatMessage::default()
        };
        place.hear(&ChatEvent::Message(message), NOW_MS + nth);
    }
    let (_, lines) = get(&editor, "channels/ninja/chat").await;
    assert_eq!(lines.as_array().unwrap().len(), 50);
    assert_eq!((&lines[0]["text"], &lines[0]["role"]), (&"line 59".into(), &"moderator".into()));
    assert_eq!(lines[0]["at"], "2026-11-21T12:00:00.059Z", "{}", lines[0]);
    assert_eq!(get(&editor, "channels/mossykettle/chat").await.0, 404);
    assert_eq!(get(&owner, "channels/mossykettle/chat").await.1, serde_json::json!([]));

    rig.wood.channels.lock().unwrap().extend(["mossykettle".to_owned(), "typo".to_owned()]);
    rig.wood.unknown.lock().unwrap().push("typo");
    let logins = |all: serde_json::Value| -> Vec<String> {
        all.as_array().unwrap().iter().map(|one| one["login"].to_string()).collect()
    };
    let (_, all) = get(&owner, "followed").await;
    assert_eq!((&all[2]["is_unknown"], &all[2]["is_never"]), (&true.into(), &false.into()));
    assert_eq!(logins(all).len(), 3);
    assert_eq!(logins(get(&editor, "followed").await.1), ["\"ninja\""]);

    let count =
        async |viewer: &Viewer, query: &str| get(viewer, &format!("moments/count{query}")).await;
    let there = |count: u32| (200, serde_json::json!({"count": count, "is_cut": false}));
    assert_eq!(count(&owner, "").await, there(3));
    assert_eq!(count(&editor, "").await, there(2));
    rig.app.store.judge(&key("7", 1_000), Verdict::Kept, "ann", NOW_MS).await.unwrap();
    assert_eq!(count(&owner, "").await, there(2));
    assert_eq!(count(&owner, "?verdict=kept").await, there(1));
    assert_eq!(count(&editor, "?channel=mossykettle").await.0, 404);
    let page = rig.get(&owner, "/review").await.text;
    assert!(page.contains("role=\"status\">2 to judge"), "as on the page: {page}");
}

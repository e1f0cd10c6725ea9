//! What only owners see: deletion and alerts.

use std::path::PathBuf;

use axum::{
    body::Body,
    http::{Request, header},
};
use cliphound_store::{Forgetting, Forgotten, NewAlert, OutboxStep, access::NewPerson};
use cliphound_twitch::ChannelLogin;

use super::super::{
    access::{Role, Viewer},
    alerts::Target,
    testing::{Answer, NOW_MS, Rig},
};
use crate::forget::Found;

async fn with_something() -> Rig {
    let rig = Rig::new().await;
    *rig.wood.known.lock().unwrap() = Found {
        rows: Forgotten { moments: 3, windows: 700, ..Forgotten::default() },
        lines: vec![("clip_urls.txt", 2), ("moments.tsv", 0)],
        paths: vec![PathBuf::from("/x/models/ninja.bin")],
        ..Found::default()
    };
    rig
}

async fn post_json(rig: &Rig, viewer: &Viewer, path: &str, body: &str) -> Answer {
    let request = Request::post(path)
        .extension(viewer.clone())
        .header(header::CONTENT_TYPE, "application/json");
    rig.ask(request.body(Body::from(body.to_owned())).unwrap()).await
}

fn asked(rig: &Rig) -> Vec<String> {
    rig.wood.by_hand.lock().unwrap().clone()
}

#[tokio::test]
async fn a_page_says_what_goes_asks_for_the_name_and_says_what_went() {
    let rig = with_something().await;
    let owner = Viewer::owner("ann");
    let path = "/settings/deletion";
    let empty = rig.get(&owner, path).await;
    assert!(empty.text.contains("See what there is") && !empty.text.contains("to confirm"));
    let only = rig.get(&owner, &format!("{path}?kind=channel&name=ninja")).await;
    assert!(only.text.contains("is the only channel") && !only.text.contains("to confirm"));
    rig.wood.channels.lock().unwrap().push("mossykettle".to_owned());
    let page = rig.get(&owner, &format!("{path}?kind=channel&name=Ninja")).await;
    for part in
        ["moments", "700", "recordings/clip_urls.txt", "models/ninja.bin", "is removed first"]
    {
        assert!(page.text.contains(part), "{part}: {}", page.text);
    }
    assert!(!page.text.contains("moments.tsv"), "no lines, no row: {}", page.text);
    let wrong = rig.post(&owner, path, "kind=channel&name=ninja&typed=ninj").await;
    assert_eq!((wrong.status.as_u16(), asked(&rig)), (422, vec![]));
    let gone = rig.post(&owner, path, "kind=channel&name=ninja&typed=Ninja").await;
    assert!(gone.text.contains("Deleted: the channel ninja"), "{}", gone.text);
    assert_eq!(asked(&rig), ["ann forgets the channel ninja"]);
    let nothing = rig.get(&owner, &format!("{path}?kind=user&name=zoe")).await;
    assert!(nothing.text.contains("Nothing is known of zoe"), "{}", nothing.text);
    for bad in ["kind=pet&name=zoe", "kind=user&name=..%2Fx"] {
        assert_eq!(rig.get(&owner, &format!("{path}?{bad}")).await.status, 422, "{bad}");
    }
}

#[tokio::test]
async fn the_api_does_the_same_and_tells_what_is_not_over() {
    let rig = with_something().await;
    let owner = Viewer::owner("ann");
    let look = rig.get(&owner, "/api/v1/deletions/user/zoe").await;
    let look: serde_json::Value = serde_json::from_str(&look.text).unwrap();
    assert_eq!((&look["kind"], &look["is_followed"]), (&"user".into(), &false.into()));
    assert_eq!(look["rows"][0], serde_json::json!({"what": "moments", "count": 3}));
    let path = "/api/v1/deletions/user/zoe";
    for (body, status) in
        [("{}", 422), ("{\"confirm\":\"zo\"}", 422), ("{\"confirm\":\"zoe\"}", 200)]
    {
        assert_eq!(post_json(&rig, &owner, path, body).await.status, status, "{body}");
    }
    assert_eq!(asked(&rig), ["ann forgets the user zoe"]);
    let row = Forgetting {
        kind: "user".to_owned(),
        login: "zoe".to_owned(),
        by: "ann".to_owned(),
        asked_ms: NOW_MS,
        ids: String::new(),
    };
    rig.app.store.ask_to_forget(&row).await.unwrap();
    let waiting = rig.get(&owner, "/api/v1/deletions").await;
    assert!(waiting.text.contains("\"asked\":\"2026-11-21T12:00:00Z\""), "{}", waiting.text);
    assert!(rig.get(&owner, "/settings/deletion").await.text.contains("the user zoe"));
}

/// Whoever the settings name comes back as owner with the next log-in.
#[tokio::test]
async fn nobody_is_the_only_owner_beside_those_of_the_settings() {
    let mut rig = with_something().await;
    let zoe = NewPerson {
        name: "zoe",
        role: Some("owner"),
        twitch_login: Some("zoe"),
        now_ms: NOW_MS,
        ..NewPerson::default()
    };
    rig.app.store.add_person(&zoe).await.unwrap();
    let is_last = async |rig: &Rig| {
        let look = rig.get(&Viewer::owner("ann"), "/api/v1/deletions/user/zoe").await.text;
        serde_json::from_str::<serde_json::Value>(&look).unwrap()["is_last_owner"].clone()
    };
    assert_eq!(is_last(&rig).await, true);
    for named in ["mossy", "zoe"] {
        let owners = vec![ChannelLogin::parse(named).unwrap()];
        let web = crate::config::Web { owners, ..rig.app.access.web().clone() };
        let (store, clock) = (rig.app.store.clone(), rig.app.clock.clone());
        rig.app.access = crate::web::Access::new(store, clock, web, None);
        assert_eq!(is_last(&rig).await, false, "{named}");
    }
}

/// Whoever logs in by Twitch alone goes with what is known of them.
#[tokio::test]
async fn the_only_owner_is_warned() {
    let rig = with_something().await;
    let person = |name, password, twitch_login| NewPerson {
        name,
        role: Some("owner"),
        password,
        twitch_login,
        now_ms: NOW_MS,
        ..NewPerson::default()
    };
    let warns = async |name: &str| {
        let path = format!("/settings/deletion?kind=user&name={name}");
        rig.get(&Viewer::owner("ann"), &path).await.text.contains("is the only owner")
    };
    let store = &rig.app.store;
    store.add_person(&person("zoe", None, Some("zoe"))).await.unwrap();
    assert!(warns("zoe").await && !warns("ann").await);
    store.add_person(&person("bob", Some("phc"), Some("bob"))).await.unwrap();
    assert!(!warns("zoe").await && !warns("bob").await);
}

fn target() -> Target {
    Target {
        name: "team".to_owned(),
        kind: "discord",
        to: "discord at discord.com".to_owned(),
        events: vec!["clip", "online"],
        channels: vec!["ninja".to_owned()],
        min_score: 0.8,
        quiet: Some("quiet 23:00-08:00 Europe/Berlin".to_owned()),
        has_template: false,
        is_private: false,
    }
}

#[tokio::test]
async fn alerts_show_how_they_go_and_can_be_tried() {
    let rig = Rig::new().await;
    let owner = Viewer::owner("ann");
    let path = "/settings/alerts";
    let empty = rig.get(&owner, path).await.text;
    assert!(empty.contains("[[alerts]]") && empty.contains("will stand here"), "{empty}");
    rig.wood.targets.lock().unwrap().push(target());
    let new = |key: &str| NewAlert {
        alert: "team".to_owned(),
        event: "clip".to_owned(),
        key: key.to_owned(),
        broadcaster_id: "7".to_owned(),
        login: "ninja".to_owned(),
        payload: "{\"title\":\"<i>wow</i>\"}".to_owned(),
        now_ms: NOW_MS,
    };
    let store = &rig.app.store;
    store.post_alerts(&[new("a"), new("b")]).await.unwrap();
    let first = store.next_alert("team").await.unwrap().unwrap();
    let failed = OutboxStep::Failed("the receiver says 404".to_owned());
    store.step_alert(first.id, &failed, NOW_MS).await.unwrap();
    let page = rig.get(&owner, path).await.text;
    for part in [
        "discord at discord.com",
        "only ninja",
        "from a score of 0.8",
        "quiet 23:00",
        "the receiver says 404",
        "&#60;i&#62;wow",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let api = rig.get(&owner, "/api/v1/alerts").await.text;
    let api: serde_json::Value = serde_json::from_str(&api).unwrap();
    let one = &api["alerts"][0];
    assert_eq!((&one["failed"], &one["waiting"], &one["sent"]), (&1.into(), &1.into(), &0.into()));
    assert_eq!(
        (&one["trouble"], &api["newest"][1]["state"]),
        (&"the receiver says 404".into(), &"failed".into())
    );
    let told = "404 &#60;b&#62;";
    assert!(!rig.get(&owner, &format!("{path}?tested=team")).await.text.contains(told));
    let tried = rig.post(&owner, &format!("{path}/team/test"), "").await;
    assert_eq!((tried.status.as_u16(), tried.to.as_str()), (303, "/settings/alerts?tested=team"));
    // As often as that is loaded, nothing is sent again.
    for _ in 0..2 {
        let page = rig.get(&owner, &tried.to).await.text;
        assert!(page.contains("role=\"alert\"") && page.contains(told), "{page}");
    }
    assert_eq!(asked(&rig), ["tests team"]);
    assert!(!rig.get(&owner, path).await.text.contains(told));
    let tried = post_json(&rig, &owner, "/api/v1/alerts/team/test", "").await.text;
    assert!(tried.contains("\"is_sent\":false"), "{tried}");
}

#[tokio::test]
async fn nobody_else_may() {
    let rig = with_something().await;
    let mut editor = Viewer { role: Some(Role::Editor), ..Viewer::owner("bob") };
    editor.grants.insert(ChannelLogin::parse("ninja").unwrap(), Role::Owner);
    for path in [
        "/settings/deletion",
        "/settings/deletion?kind=channel&name=ninja",
        "/settings/alerts",
        "/api/v1/deletions",
        "/api/v1/deletions/channel/ninja",
        "/api/v1/alerts",
    ] {
        assert_eq!(rig.get(&editor, path).await.status, 403, "{path}");
    }
    let form = "kind=channel&name=ninja&typed=ninja";
    assert_eq!(rig.post(&editor, "/settings/deletion", form).await.status, 403);
    let sure = "{\"confirm\":\"ninja\"}";
    let path = "/api/v1/deletions/channel/ninja";
    assert_eq!(post_json(&rig, &editor, path, sure).await.status, 403);
    assert_eq!(rig.post(&editor, "/settings/alerts/team/test", "").await.status, 403);
    assert!(asked(&rig).is_empty());
    let nav = rig.get(&Viewer::owner("ann"), "/settings/alerts").await.text;
    assert!(nav.contains("/settings/deletion") && nav.contains("aria-current=\"page\">Alerts"));
}

use std::collections::BTreeMap;

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use cliphound_engine::Live;

use super::*;
use crate::web::testing::{Answer, Rig};

/// Somebody with a role in the channel `ann`, and none elsewhere.
fn viewer(role: Role) -> Viewer {
    let ann = ChannelLogin::parse("ann").unwrap();
    Viewer { role: None, grants: BTreeMap::from([(ann, role)]), ..Viewer::owner("eve") }
}

async fn json(rig: &Rig, viewer: &Viewer, path: &str, body: &str) -> Answer {
    let request = Request::post(path).extension(viewer.clone());
    let request = request.header(header::CONTENT_TYPE, "application/json");
    rig.ask(request.body(Body::from(body.to_owned())).unwrap()).await
}

#[tokio::test]
async fn everybody_sees_and_does_what_their_role_allows() {
    let rig = Rig::new().await;
    let [_ann, bob] =
        ["ann", "bob"].map(|name| rig.app.board.enter(&ChannelLogin::parse(name).unwrap()));
    bob.stream(Live::Online, Some(12_000));
    let (looks, edits) = (viewer(Role::Viewer), viewer(Role::Editor));
    let page = rig.get(&looks, "/").await.text;
    assert!(page.contains("id=\"on-ann\"") && !page.contains("bob"), "{page}");
    let page = rig.get(&looks, "/channels/ann").await.text;
    assert!(page.contains("data-live=\"/channels/ann/events\"") && !page.contains("Clip now"));
    assert!(rig.get(&edits, "/channels/ann").await.text.contains("Clip now"));
    for path in ["/channels/bob", "/channels/bob/events", "/channels/nobody", "/channels/%3Cb%3E"] {
        assert_eq!(rig.get(&looks, path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let list = rig.get(&looks, "/api/v1/channels").await.text;
    assert!(list.starts_with("[{\"channel\":\"ann\"") && !list.contains("bob"), "{list}");
    let all = rig.get(&Viewer::owner("o"), "/api/v1/channels").await.text;
    assert!(all.contains("\"viewers\":12000"), "{all}");
    let one = rig.get(&looks, "/api/v1/channels/ann").await.text;
    assert!(one.contains("\"state\":\"not_heard\"") && one.contains("\"history\":[]"), "{one}");

    assert_eq!(rig.post(&looks, "/channels/ann/pause", "").await.status, StatusCode::FORBIDDEN);
    assert_eq!(rig.post(&edits, "/channels/bob/pause", "").await.status, StatusCode::NOT_FOUND);
    assert_eq!(rig.post(&edits, "/channels/ann/pause", "").await.status, StatusCode::SEE_OTHER);
    rig.post(&edits, "/channels/ann/mute", "minutes=30").await;
    let clipped = rig.post(&edits, "/channels/ann/clip", "title=wow").await;
    let page = rig.get(&edits, &clipped.to).await.text;
    assert!(page.contains("A clip of the last seconds is on its way."), "without a script");
    let none = json(&rig, &edits, "/api/v1/channels/ann/mute", "{\"minutes\":0}").await;
    assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY);
    let bad = json(&rig, &edits, "/api/v1/channels/ann/mute", "{}").await;
    assert_eq!((bad.status.as_u16(), bad.kind.as_str()), (422, "application/problem+json"));
    assert!(bad.text.contains("missing field"), "{}", bad.text);
    let denied = json(&rig, &looks, "/api/v1/channels/ann/clip", "{}").await;
    assert_eq!(
        (denied.status, denied.kind.as_str()),
        (StatusCode::FORBIDDEN, "application/problem+json")
    );
    let asked = json(&rig, &edits, "/api/v1/channels/ann/clip", "{\"title\":\"gg\"}").await;
    assert_eq!(asked.status, StatusCode::ACCEPTED);
    let without = Request::post("/api/v1/channels/ann/clip").extension(edits.clone());
    assert_eq!(rig.ask(without.body(Body::empty()).unwrap()).await.status, StatusCode::ACCEPTED);
    rig.post(&edits, "/channels/ann/resume", "").await;
    let told = rig.wood.by_hand.lock().unwrap().join("; ");
    let expected = "eve: Pause ann; eve: Mute(30) ann; eve clips ann: wow; eve clips ann: gg; eve clips ann: -; eve: Resume ann";
    assert_eq!(told, expected);
}

#[tokio::test]
async fn without_a_channel_the_overview_says_what_will_be_there() {
    let rig = Rig::new().await;
    let page = rig.get(&Viewer::owner("o"), "/").await.text;
    assert!(page.contains("No channel yet") && page.contains("href=\"/channels\""), "{page}");
    assert_eq!(rig.get(&Viewer::owner("o"), "/api/v1/channels").await.text, "[]");
    let events = rig.get(&viewer(Role::Viewer), "/api/v1/events?channels=a/b").await;
    assert_eq!(events.status, StatusCode::UNPROCESSABLE_ENTITY);
}

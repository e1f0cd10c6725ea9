//! A moment whose stretch the promise of another one has: one word for it, and times as they are
//! read by whoever looks.

use super::*;

/// Moment 1 lies in the stretch of moment 2's promise.
async fn covered() -> Rig {
    let rig = Rig::new().await;
    let store = &rig.app.store;
    let first = sample::moment("7", key(2).trigger_ms);
    let inside = MomentRow { start_ms: first.end_ms - 1, ..sample::moment("7", key(1).trigger_ms) };
    for row in [&first, &inside] {
        store.record_moment(row).await.unwrap();
    }
    store.promise(&sample::promise(&first)).await.unwrap();
    rig
}

/// What somebody is shown whose browser tells this zone.
async fn seen_in(rig: &Rig, zone: &str, path: &str) -> String {
    let request = Request::get(path)
        .extension(Viewer::owner("ann"))
        .header(header::COOKIE, format!("cliphound_zone={zone}"));
    let answer = rig.ask(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text);
    answer.text
}

#[tokio::test]
async fn files_exports_and_the_api_have_one_word_for_it() {
    let (rig, ann) = (covered().await, Viewer::owner("ann"));
    let (_, list) = api(&rig, &ann, "GET", "", &Value::Null).await;
    let states: Vec<&Value> =
        list["moments"].as_array().unwrap().iter().map(|m| &m["state"]).collect();
    assert_eq!(states, ["overlaps", "waiting"]);
    let (_, whole) = api(&rig, &ann, "GET", &format!("/{}", key(1)), &Value::Null).await;
    let why = "its stretch is that of the moment at 11:58:00 UTC";
    assert_eq!((&whole["state"], &whole["why"]), (&json!("overlaps"), &json!(why)));
    assert_eq!(whole["stands"], json!(format!("It gets no clip of its own: {why}.")));
    for (state, rows) in [("overlaps", 1), ("recorded", 1), ("waiting", 1), ("missed", 0), ("", 2)]
    {
        let path = format!("/api/v1/export/moments.json?state={state}");
        let all: Vec<Value> = serde_json::from_str(&rig.get(&ann, &path).await.text).unwrap();
        assert_eq!(all.len(), rows, "{state}: {all:?}");
        if state == "overlaps" {
            assert_eq!((&all[0]["state"], &all[0]["reason"]), (&json!("overlaps"), &json!(why)));
        }
    }
    let refused = rig.get(&ann, "/api/v1/export/moments.json?state=unheard").await;
    assert!(refused.status == 422 && refused.text.contains("overlaps"), "{}", refused.text);
}

#[tokio::test]
async fn a_promise_that_was_never_kept_is_missed_as_in_the_file() {
    let (rig, ann) = (Rig::new().await, Viewer::owner("ann"));
    rig.app.store.record_moment(&sample::moment("7", key(1).trigger_ms)).await.unwrap();
    let (_, whole) = api(&rig, &ann, "GET", &format!("/{}", key(1)), &Value::Null).await;
    assert_eq!(whole["state"], json!("missed"));
    let export = rig.get(&ann, "/api/v1/export/moments.csv?state=missed").await.text;
    assert_eq!(export.lines().count(), 2, "{export}");
}

#[tokio::test]
async fn pages_tell_its_times_in_the_readers_zone() {
    let rig = covered().await;
    for (zone, clock, title) in [
        ("America/New_York", "06:58:00", "ninja 2026-11-21 06:59"),
        ("Asia/Tokyo", "20:58:00", "ninja 2026-11-21 20:59"),
    ] {
        let page = seen_in(&rig, zone, &format!("/review/{}", key(1))).await;
        let stands = format!("its stretch is that of the moment at {clock}.");
        assert!(page.contains(&stands), "{zone}: {stands} in {page}");
        assert_eq!(page.matches(&format!(">{title}</")).count(), 2, "line and head: {page}");
        assert!(!page.contains(">ninja 2026-11-21 11:59 UTC</"), "{page}");
    }
}

//! Figures, streams and exports, by their addresses.

mod both;
mod exports;
mod guarded;
mod large;
mod long;
mod owning;
mod people;
mod plain;
mod strict;
mod sure;
mod wrong;
mod zones;

use cliphound_engine::Live;
use cliphound_store::{
    IntentKey, Kind, MomentRow, NewIntent, NewRecut, NewSetting, RecutAsked, Rewrite, Run,
    StateChange, Store, Stretch, Verdict, ViewerClip, WindowRow,
};
use cliphound_twitch::ChannelLogin;

use super::{
    access::{Role, Viewer},
    assets::taken,
    settings::Learned,
    testing::{NOW_MS, Rig},
};
use crate::clips::sample;

const START_MS: i64 = NOW_MS - 7_200_000;

fn key(id: &str, at_s: i64) -> IntentKey {
    IntentKey { broadcaster_id: id.to_owned(), trigger_ms: START_MS + at_s * 1000 }
}

async fn moment(store: &Store, id: &str, login: &str, at_s: i64, cause: &str) {
    let row = MomentRow {
        login: login.to_owned(),
        cause: cause.to_owned(),
        reasons:
            r#"[{"name":"chatters","value":31.0,"usual":6.0,"text":"31 people, <b>usually</b> 6"}]"#
                .to_owned(),
        ..sample::moment(id, key(id, at_s).trigger_ms)
    };
    store.record_moment(&row).await.unwrap();
    let intent = NewIntent { title: "=HYPERLINK(\"x\")".to_owned(), ..sample::promise(&row) };
    store.promise(&intent).await.unwrap();
}

/// What was learned of a channel.
fn learned() -> Learned {
    Learned {
        is_learning: false,
        samples: 512,
        trainings: 7,
        since_ms: Some(NOW_MS - 40 * 86_400_000),
        saved_ms: Some(NOW_MS - 300_000),
        last_ms: None,
        messages_per_hour: 900.0,
        delay_s: 6.0,
        usual: vec![("chatters".to_owned(), 6.0)],
    }
}

async fn clipped(store: &Store, id: &str, at_s: i64, clip_id: &str) {
    let key = key(id, at_s);
    let called_ms = key.trigger_ms + 7_000;
    let clip_id = clip_id.to_owned();
    for change in [
        StateChange::Requested { called_ms, called_by: None },
        StateChange::Created { clip_id: clip_id.clone(), edit_url: None },
        StateChange::Confirmed { clip_id, clip_url: "https://clips.twitch.tv/A".to_owned() },
    ] {
        store.set_state(&key, &change, called_ms).await.unwrap();
    }
}

fn viewer_clip(clip_id: &str, at_s: i64) -> ViewerClip {
    ViewerClip {
        clip_id: clip_id.to_owned(),
        broadcaster_id: "7".to_owned(),
        login: "ninja".to_owned(),
        creator: "ann".to_owned(),
        created_ms: START_MS + at_s * 1000 + 90_000,
        vod_offset: Some(at_s),
        start_ms: None,
        duration_s: 30.0,
        title: "<script>alert(1)</script>".to_owned(),
        views: 5,
        found_ms: NOW_MS,
    }
}

/// A channel that was live for two hours.
fn live(id: &str, login: &str) -> Rewrite {
    Rewrite {
        broadcaster_id: id.to_owned(),
        login: login.to_owned(),
        kind: Kind::Live,
        from_ms: START_MS,
        stretches: vec![Stretch { start_ms: START_MS, end_ms: NOW_MS, word: "online".to_owned() }],
    }
}

/// A stream of two hours with one moment that viewers clipped, too, one that they missed, and
/// one of theirs that was missed here; and a second channel.
async fn evening() -> Rig {
    let rig = Rig::new().await;
    let store = &rig.app.store;
    moment(store, "7", "ninja", 1_000, "emote:KEKW").await;
    clipped(store, "7", 1_000, "A").await;
    moment(store, "7", "ninja", 3_000, "hype").await;
    moment(store, "8", "mossykettle", 1_000, "hype").await;
    let run = Run { start_ms: START_MS, end_ms: NOW_MS, is_clean: true };
    store.keep_watched(&run, &[live("7", "ninja"), live("8", "mossykettle")]).await.unwrap();
    store.add_viewer_clips(&[viewer_clip("V1", 985), viewer_clip("V2", 5_000)]).await.unwrap();
    let window = |at_s: i64, score: f32| WindowRow {
        broadcaster_id: "7".to_owned(),
        login: "ninja".to_owned(),
        end_ms: START_MS + at_s * 1000,
        messages: 12,
        chatters: 9,
        score,
        threshold: 0.7,
        sentiment: 0.1,
        viewers: Some(800),
    };
    let mut windows: Vec<WindowRow> = (1..1_440).map(|nth| window(nth * 5, 0.1)).collect();
    for peak in 0..30 {
        windows.push(WindowRow {
            end_ms: windows[peak * 30].end_ms + 1,
            score: 0.65,
            ..window(0, 0.0)
        });
    }
    windows.push(WindowRow { end_ms: START_MS + 5_020_001, ..window(0, 0.65) });
    store.add_windows(&windows).await.unwrap();
    rig
}

#[tokio::test]
async fn analytics_count_what_the_viewer_may_see() {
    let rig = evening().await;
    let owner = Viewer::owner("ann");
    let answer = rig.get(&owner, "/api/v1/analytics?zone=UTC").await;
    let sums: serde_json::Value = serde_json::from_str(&answer.text).unwrap();
    assert_eq!((&sums["all"]["moments"], &sums["all"]["clips"]), (&3.into(), &1.into()));
    assert_eq!(sums["emotes"][0][0], "KEKW");
    assert_eq!(sums["reasons"]["people only"]["moments"], 3);
    let page = rig.get(&owner, "/analytics?zone=UTC").await;
    assert!(page.text.contains("mossykettle") && page.text.contains("KEKW"), "{}", page.text);
    assert!(page.text.contains("By strongest reason beyond the number of people"), "{}", page.text);
    assert!(page.text.contains("class=\"text\">people only</th>"), "{}", page.text);
    let mut editor = Viewer { role: None, ..Viewer::owner("bob") };
    editor.grants.insert(ChannelLogin::parse("ninja").unwrap(), Role::Editor);
    let answer = rig.get(&editor, "/api/v1/analytics?zone=UTC").await;
    assert!(answer.text.contains("\"moments\":2") && !answer.text.contains("mossykettle"));
    let page = rig.get(&editor, "/analytics?zone=UTC").await;
    assert!(!page.text.contains("mossykettle"), "{}", page.text);
}

#[tokio::test]
async fn the_mirror_shows_what_was_caught_and_what_would_have_caught_the_rest() {
    let rig = evening().await;
    let owner = Viewer::owner("ann");
    let list = rig.get(&owner, "/streams?zone=UTC").await;
    assert!(
        list.text.contains("Of the 2 highlights") && list.text.contains("(50 %)"),
        "{}",
        list.text
    );
    let path = format!("/streams/ninja/{START_MS}");
    let page = rig.get(&owner, &path).await;
    for part in ["caught", "missed", "s before any viewer", "&#60;script&#62;", "&#60;b&#62;"] {
        assert!(page.text.contains(part), "{part}: {}", page.text);
    }
    // What an older page applies must not undo what somebody else set since.
    let was = "name=\"was.clips.budget_per_hour\" value=\"\"";
    assert!(page.text.contains(was), "{}", page.text);
    assert!(!page.text.contains("<script>alert"), "{}", page.text);
    assert!(page.text.len() + taken() < 100_000, "{} bytes", page.text.len());
    let mirror = rig.get(&owner, &format!("/api/v1{path}/mirror")).await;
    let mirror: serde_json::Value = serde_json::from_str(&mirror.text).unwrap();
    assert_eq!((&mirror[0]["became"], &mirror[0]["clips"][0]), (&"caught".into(), &"V1".into()));
    assert_eq!(
        (&mirror[1]["became"], &mirror[1]["key"]),
        (&"missed".into(), &"clips.budget_per_hour".into())
    );
    let budget = mirror[1]["value"].as_str().unwrap();
    assert!((10.0..30.0).contains(&budget.parse::<f32>().unwrap()), "{budget}");
    assert!(page.text.contains(&format!("Apply: budget {budget} clips an hour")), "{}", page.text);
    let stranger = Viewer { role: None, ..Viewer::owner("eve") };
    assert_eq!(rig.get(&stranger, &path).await.status, 404);
    assert_eq!(rig.get(&owner, "/streams/ninja/5").await.status, 404);
}

/// However many clips another stream has, and whenever that was.
#[tokio::test]
async fn each_stream_has_its_own_highlights() {
    let rig = evening().await;
    let owner = Viewer::owner("ann");
    let yesterday = START_MS - 86_400_000;
    let live = Rewrite {
        broadcaster_id: "8".to_owned(),
        login: "mossykettle".to_owned(),
        kind: Kind::Live,
        from_ms: yesterday,
        stretches: vec![Stretch {
            start_ms: yesterday,
            end_ms: yesterday + 3_600_000,
            word: "online".to_owned(),
        }],
    };
    let run = Run { start_ms: START_MS, end_ms: NOW_MS, is_clean: true };
    rig.app.store.keep_watched(&run, &[live]).await.unwrap();
    let many: Vec<ViewerClip> = (0..20_001)
        .map(|nth| ViewerClip {
            broadcaster_id: "8".to_owned(),
            login: "mossykettle".to_owned(),
            created_ms: yesterday + 1_000_000 + nth,
            vod_offset: Some(600),
            ..viewer_clip(&format!("M{nth}"), 0)
        })
        .collect();
    rig.app.store.add_viewer_clips(&many).await.unwrap();
    let list = rig.get(&owner, "/api/v1/streams?zone=UTC").await;
    let list: serde_json::Value = serde_json::from_str(&list.text).unwrap();
    let highlights = |nth: usize| (list[nth]["channel"].clone(), list[nth]["highlights"].as_i64());
    assert_eq!(highlights(0), ("ninja".into(), Some(2)), "{list}");
    assert_eq!(highlights(1), ("mossykettle".into(), Some(1)), "{list}");
}

/// After the end of a stream more of the viewers' clips come, for a quarter of an hour.
#[tokio::test]
async fn the_mirror_says_until_when_it_may_grow() {
    let rig = evening().await;
    let owner = Viewer::owner("ann");
    let path = format!("/streams/ninja/{START_MS}");
    let until = async |wanted: Option<i64>| {
        let list = rig.get(&owner, "/api/v1/streams?zone=UTC&channel=ninja").await;
        let list: serde_json::Value = serde_json::from_str(&list.text).unwrap();
        assert_eq!(list[0]["viewer_clips_until_ms"].as_i64(), wanted);
        rig.get(&owner, &path).await.text
    };
    let page = until(Some(NOW_MS + 16 * 60_000)).await;
    assert!(page.contains("fetched until") && page.contains("12:16 UTC"), "{page}");
    let list = rig.get(&owner, "/streams?zone=UTC").await.text;
    assert!(list.contains("12:16 UTC"), "{list}");
    let place = rig.app.board.enter(&ChannelLogin::parse("ninja").unwrap());
    place.stream(Live::Online, None);
    let page = until(None).await;
    assert!(page.contains("The stream goes on"), "{page}");
    place.stream(Live::Offline, None);
    let live = |end_ms| Rewrite {
        broadcaster_id: "7".to_owned(),
        login: "ninja".to_owned(),
        kind: Kind::Live,
        from_ms: START_MS,
        stretches: vec![Stretch { start_ms: START_MS, end_ms, word: "online".to_owned() }],
    };
    let run = Run { start_ms: START_MS, end_ms: NOW_MS, is_clean: true };
    rig.app.store.keep_watched(&run, &[live(NOW_MS - 16 * 60_000)]).await.unwrap();
    let page = until(None).await;
    assert!(!page.contains("fetched until") && !page.contains("goes on"), "{page}");
}

#[tokio::test]
async fn exports_are_whole_and_harmless() {
    let rig = evening().await;
    let owner = Viewer::owner("ann");
    let export = async |file: &str| {
        let answer = rig.get(&owner, &format!("/api/v1/export/{file}zone=UTC")).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.text
    };
    let moments = export("moments.csv?").await;
    assert_eq!(moments.lines().count(), 4, "{moments}");
    assert!(moments.starts_with("trigger_time,channel,") && moments.contains("'=HYPERLINK"));
    assert_eq!(export("clips.csv?channel=ninja&").await.lines().count(), 2);
    let windows = export("windows.csv?").await;
    assert_eq!(windows.lines().count(), 1 + 1_439 + 31, "{} lines", windows.lines().count());
    for (file, rows) in [("moments", 3), ("clips", 1), ("windows", 1_470), ("viewer_clips", 2)] {
        let json: serde_json::Value =
            serde_json::from_str(&export(&format!("{file}.json?")).await).unwrap();
        assert_eq!(json.as_array().unwrap().len(), rows, "{file}");
    }
    exports_are_narrowed(&rig).await;
    exports_tell_what_editors_made(&rig).await;
    let answer = rig.get(&owner, "/api/v1/export/moments.xls").await;
    assert_eq!((answer.status.as_u16(), answer.kind.as_str()), (404, "application/problem+json"));
}

/// By what editors said, and by what became of the clip; the page has a form for it.
async fn exports_are_narrowed(rig: &Rig) {
    let owner = Viewer::owner("ann");
    rig.app.store.judge(&key("7", 1_000), Verdict::Kept, "ann", NOW_MS).await.unwrap();
    let check = async |file: &str, query: &str, rows: usize| {
        let path = format!("/api/v1/export/{file}.json?zone=UTC&{query}");
        let answer = rig.get(&owner, &path).await;
        let all: Vec<serde_json::Value> = serde_json::from_str(&answer.text).unwrap();
        assert_eq!(all.len(), rows, "{file} {query}: {}", answer.text);
    };
    check("moments", "verdict=kept", 1).await;
    check("moments", "verdict=rejected", 0).await;
    check("moments", "verdict=undecided", 2).await;
    check("moments", "verdict=&state=waiting", 2).await;
    check("moments", "verdict=undecided&state=confirmed", 0).await;
    check("clips", "verdict=kept&state=confirmed", 1).await;
    for wrong in ["moments.csv?verdict=good", "clips.csv?state=x", "windows.csv?state=missed"] {
        let answer = rig.get(&owner, &format!("/api/v1/export/{wrong}")).await;
        assert_eq!(answer.status, 422, "{wrong}: {}", answer.text);
    }
    let page = rig.get(&owner, "/analytics?zone=UTC&channel=ninja").await.text;
    for part in [
        "formaction=\"/api/v1/export/clips.json\"",
        "name=\"channel\" value=\"ninja\"",
        "<option value=\"missed\">",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
}

/// Titles as editors changed them, and what they cut anew.
async fn exports_tell_what_editors_made(rig: &Rig) {
    let owner = Viewer::owner("ann");
    let clips = async || -> Vec<serde_json::Value> {
        let answer = rig.get(&owner, "/api/v1/export/moments.json?zone=UTC&channel=ninja").await;
        serde_json::from_str(&answer.text).unwrap()
    };
    let before = clips().await;
    let (store, key) = (&rig.app.store, key("7", 1_000));
    store.entitle(&key, "=what a play", "ann", NOW_MS).await.unwrap();
    let asked = store
        .ask_recut(&NewRecut {
            start_ms: key.trigger_ms - 25_000,
            end_ms: key.trigger_ms,
            of: key,
            title: "cut by ann".to_owned(),
            by: "ann".to_owned(),
            now_ms: NOW_MS,
        })
        .await
        .unwrap();
    assert!(matches!(asked, RecutAsked::Asked(_)));
    let after = clips().await;
    assert_eq!(after.len(), before.len() + 1);
    assert_eq!(after[0]["title"], "=what a play");
    assert_eq!(after[0]["cut_of"], serde_json::Value::Null);
    assert_eq!(
        (&after[1]["title"], &after[1]["trigger"]),
        (&"cut by ann".into(), &"manual:ann".into())
    );
    assert_eq!(after[1]["cut_of"], before[0]["trigger_time"]);
}

#[tokio::test]
async fn mistakes_are_pages_for_people_and_problems_for_programs() {
    let rig = Rig::new().await;
    let owner = Viewer::owner("ann");
    let page = rig.get(&owner, "/analytics?zone=Mars").await;
    assert_eq!(page.status, 422);
    assert!(
        page.kind.starts_with("text/html") && page.text.contains("no time zone"),
        "{}",
        page.text
    );
    let problem = rig.get(&owner, "/api/v1/analytics?zone=Mars").await;
    assert_eq!(problem.kind, "application/problem+json");
    assert_eq!(rig.get(&owner, "/nothing").await.status, 404);
    assert_eq!(rig.get(&owner, "/api/v1/nothing").await.kind, "application/problem+json");
}

#[tokio::test]
async fn settings_are_changed_by_who_may_and_only_where_they_are_new() {
    let rig = Rig::new().await;
    let owner = Viewer::owner("ann");
    let page = rig.get(&owner, "/channels/ninja/settings").await;
    assert!(page.text.contains("as for all channels, 8 (default)"), "{}", page.text);
    let form = "csrf=x&clips.budget_per_hour=4&clips.title=&clips.cooldown_s=60";
    let viewer = Viewer { role: Some(Role::Viewer), ..Viewer::owner("bob") };
    assert_eq!(rig.post(&viewer, "/channels/ninja/settings", form).await.status, 403);
    assert_eq!(rig.post(&owner, "/channels/ninja/settings", form).await.status, 303);
    let changes = rig.wood.changes.lock().unwrap().clone();
    let changes: Vec<_> =
        changes.iter().map(|own| (own.key.as_str(), own.value.as_deref())).collect();
    assert_eq!(
        changes,
        [
            ("clips.budget_per_hour", Some("4")),
            ("clips.title", None),
            ("clips.cooldown_s", Some("60"))
        ]
    );
    assert_eq!(rig.post(&viewer, "/channels", "login=ann").await.status, 403);
    assert_eq!(rig.post(&owner, "/channels", "login=%23Ann").await.status, 303);
    assert_eq!(rig.post(&owner, "/channels", "login=not+a+name").await.status, 422);
}

#[tokio::test]
async fn a_channel_tells_what_it_learned_and_since_when() {
    let rig = Rig::new().await;
    let owner = Viewer::owner("ann");
    let get = async |viewer: &Viewer, path: &str| {
        let answer = rig.get(viewer, &format!("/api/v1/channels/ninja/{path}")).await;
        let json: serde_json::Value = serde_json::from_str(&answer.text).unwrap();
        (answer.status.as_u16(), json)
    };
    let (_, taught) = get(&owner, "teaching").await;
    assert_eq!((&taught["kept"], &taught["text"]), (&1.into(), &"as usual".into()));
    let stranger = Viewer { role: None, ..Viewer::owner("eve") };
    assert_eq!(get(&stranger, "teaching").await.0, 404);

    let page = rig.get(&owner, "/channels/ninja/settings").await.text;
    assert!(page.contains("Nothing yet: once its chat is heard"), "{page}");
    *rig.wood.learned.lock().unwrap() = Some(learned());
    let (_, learned) = get(&owner, "learned").await;
    assert_eq!(learned["since_ms"], NOW_MS - 40 * 86_400_000);
    assert_eq!(learned["saved_ms"], NOW_MS - 300_000);
    let page = rig.get(&owner, "/channels/ninja/settings").await.text;
    for part in [
        "Learned since</dt><dd><time datetime=\"2026-10-12T",
        "Last saved</dt><dd><time datetime=\"2026-11-21T11:55",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
}

#[tokio::test]
async fn an_old_page_undoes_nothing_that_was_changed_since() {
    let rig = Rig::new().await;
    let set = async |value, by, at_ms| {
        let (login, key) = ("ninja", "clips.budget_per_hour");
        let new = NewSetting { login, key, value: Some(value), by, at_ms };
        rig.app.store.change_settings(&[new]).await.unwrap();
        rig.app.store.setting_changes(login, 1).await.unwrap()[0].id
    };
    let (_, second) = (set("4", "ann", 1).await, set("5", "ann", 2).await);
    let owner = Viewer::owner("ann");
    let page = rig.get(&owner, "/channels/ninja/settings").await.text;
    assert!(page.contains(&format!("name=\"id\" value=\"{second}\"")), "{page}");
    let third = set("6", "bob", 3).await;
    let undo = async |id| {
        rig.post(&owner, "/channels/ninja/settings/undo", &format!("csrf=x&id={id}")).await
    };
    let stale = undo(second).await;
    assert!(stale.status == 409 && stale.text.contains("bob has changed"), "{}", stale.text);
    assert_eq!(undo(third + 1).await.status, 409);
    assert_eq!(*rig.wood.changes.lock().unwrap(), []);
    assert_eq!(undo(third).await.status, 303);
    let changes = rig.wood.changes.lock().unwrap().clone();
    assert_eq!(changes[0].value.as_deref(), Some("5"));
}

/// A machine's own zone may have no name: what is not asked for is not sent along.
#[tokio::test]
async fn the_zone_is_sent_only_by_who_chose_one() {
    let rig = Rig::new().await;
    let owner = Viewer::owner("ann");
    for (path, value) in [("/analytics", ""), ("/analytics?zone=Europe/Berlin", "Europe/Berlin")] {
        let page = rig.get(&owner, path).await.text;
        assert!(page.contains(&format!("name=\"zone\" value=\"{value}\"")), "{page}");
    }
}

#[test]
fn the_api_is_described() {
    let api = serde_json::to_value(super::api::openapi()).unwrap();
    for (path, methods) in api["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            assert!(operation["summary"].is_string(), "{method} {path} says nothing of itself");
        }
    }
    let export = &api["paths"]["/api/v1/export/{file}"]["get"]["parameters"];
    assert!(export.to_string().contains("\"verdict\""), "{export}");
}

//! Exports of more than is read at a time, of several channels, and what a stream of events tells whom.

use std::collections::{BTreeMap, BTreeSet};

use axum::{body::Body, http::Request};
use cliphound_engine::{Cause, EventTime, Moment};
use futures_util::StreamExt as _;
use serde_json::Value;

use super::*;
use crate::{
    board::Place,
    clips::{ClipOrder, OfflineFlag, Said},
    config::Publish,
};

const DAY_MS: i64 = 86_400_000;
/// Between two windows, ms.
const STEP_MS: i64 = 30_000;
/// Windows of each channel: not a whole number of what is read at a time, a whole one, and fewer.
const WINDOWS: [(&str, &str, i64); 3] =
    [("7", "ninja", 4_321), ("8", "mossykettle", 4_000), ("9", "aurora", 7)];

/// Three channels, each with windows up to now, and a clip of a viewer every two hours.
async fn long_evenings() -> Rig {
    let rig = Rig::new().await;
    let store = &rig.app.store;
    for (id, login, count) in WINDOWS {
        moment(store, id, login, 1_000, "hype").await;
        let window = |nth: i64| WindowRow {
            broadcaster_id: id.to_owned(),
            login: login.to_owned(),
            end_ms: NOW_MS - 15_000 - nth * STEP_MS,
            messages: u32::try_from(nth % 100).unwrap(),
            chatters: 9,
            score: 0.1,
            threshold: 0.7,
            sentiment: 0.1,
            viewers: None,
        };
        let windows: Vec<_> = (0..count).rev().map(window).collect();
        store.add_windows(&windows).await.unwrap();
        let clips: Vec<_> = (0..24)
            .map(|nth| ViewerClip {
                broadcaster_id: id.to_owned(),
                login: login.to_owned(),
                created_ms: NOW_MS - 15_000 - nth * 7_200_000,
                ..viewer_clip(&format!("{login}{nth}"), 0)
            })
            .collect();
        store.add_viewer_clips(&clips).await.unwrap();
    }
    rig
}

/// Times by channel, in the order of the file.
fn times(json: &str, key: &str) -> BTreeMap<String, Vec<String>> {
    let rows: Vec<Value> = serde_json::from_str(json).unwrap();
    let mut by_channel = BTreeMap::<String, Vec<String>>::new();
    for row in rows {
        let [channel, time] = ["channel", key].map(|key| row[key].as_str().unwrap().to_owned());
        by_channel.entry(channel).or_default().push(time);
    }
    by_channel
}

fn of_ninja() -> Viewer {
    let mut viewer = Viewer { role: None, ..Viewer::owner("eve") };
    viewer.grants.insert(ChannelLogin::parse("ninja").unwrap(), Role::Viewer);
    viewer
}

#[tokio::test]
async fn windows_of_more_than_is_read_at_a_time_are_each_there_once() {
    let rig = long_evenings().await;
    let (owner, eve) = (Viewer::owner("ann"), of_ninja());
    let check = async |viewer: &Viewer, query: &str, expected: &[(&str, i64)]| {
        let path = format!("/api/v1/export/windows.json?zone=UTC&from=2026-11-01&{query}");
        let answer = rig.get(viewer, &path).await;
        assert_eq!(answer.status, 200, "{query}: {}", answer.text);
        let found = times(&answer.text, "end");
        for times in found.values() {
            assert!(times.is_sorted(), "{query}: by time");
            let each: BTreeSet<_> = times.iter().collect();
            assert_eq!(each.len(), times.len(), "{query}: each once");
        }
        let counts: Vec<_> =
            found.iter().map(|(login, times)| (login.as_str(), times.len() as i64)).collect();
        assert_eq!(counts, expected, "{query}");
        let csv = rig.get(viewer, &path.replace("windows.json", "windows.csv")).await.text;
        let rows: i64 = expected.iter().map(|(_, count)| count).sum();
        assert_eq!(csv.lines().count() as i64, rows + 1, "{query}: and a line of names");
    };
    check(&owner, "", &[("aurora", 7), ("mossykettle", 4_000), ("ninja", 4_321)]).await;
    check(&owner, "channel=ninja", &[("ninja", 4_321)]).await;
    // A day has 2,880; today is half over.
    let yesterday = "from=2026-11-20&to=2026-11-20";
    let path = |query: &str| format!("/api/v1/export/windows.json?zone=UTC&{query}");
    let found = times(&rig.get(&owner, &path(yesterday)).await.text, "end");
    let counts: Vec<_> = found.iter().map(|(login, times)| (login.as_str(), times.len())).collect();
    assert_eq!(counts, [("mossykettle", 4_000 - 1_440), ("ninja", 2_880)]);
    assert!(found.values().flatten().all(|time| time.starts_with("2026-11-20T")));
    check(&eve, "", &[("ninja", 4_321)]).await;
    let hidden = rig.get(&eve, &path("channel=mossykettle")).await;
    assert_eq!(hidden.status, 404, "{}", hidden.text);
}

/// It may take hours, and somebody be let go meanwhile.
#[tokio::test]
async fn an_export_breaks_off_where_the_session_ends() {
    let rig = long_evenings().await;
    let ann = rig.browser("ann", Role::Owner).await;
    let path = "/api/v1/export/windows.json?zone=UTC&from=2026-11-01";
    for is_ended in [false, true] {
        let mut body = ann.open(path).await.into_body().into_data_stream();
        assert!(body.next().await.unwrap().is_ok());
        if is_ended {
            let id = rig.app.access.id_of("ann").await.unwrap();
            let session = rig.app.access.sessions(id).await.unwrap()[0].id;
            rig.app.access.end_session(id, session).await.unwrap();
        }
        assert_eq!(body.next().await.unwrap().is_err(), is_ended);
    }
}

#[tokio::test]
async fn a_long_export_is_sent_in_parts() {
    let rig = long_evenings().await;
    let path = "/api/v1/export/windows.csv?zone=UTC&from=2026-11-01";
    let request = Request::get(path).extension(Viewer::owner("ann")).body(Body::empty()).unwrap();
    let mut parts = rig.open(request).await.into_body().into_data_stream();
    let (mut count, mut all) = (0, 0);
    while let Some(part) = parts.next().await {
        let rows = part.unwrap().iter().filter(|byte| **byte == b'\n').count();
        assert!(rows <= 2_001, "{rows} rows are in memory at once");
        (count, all) = (count + usize::from(rows > 0), all + rows);
    }
    assert_eq!((count > 4, all), (true, 4_321 + 4_000 + 7 + 1), "{count} parts");
}

#[tokio::test]
async fn clips_of_viewers_are_narrowed() {
    let rig = long_evenings().await;
    let (owner, eve) = (Viewer::owner("ann"), of_ninja());
    let check = async |viewer: &Viewer, query: &str, expected: &[(&str, usize)]| {
        let path = format!("/api/v1/export/viewer_clips.json?zone=UTC&{query}");
        let found = times(&rig.get(viewer, &path).await.text, "created_at");
        let counts: Vec<_> =
            found.iter().map(|(login, times)| (login.as_str(), times.len())).collect();
        assert_eq!(counts, expected, "{query}");
    };
    let all = [("aurora", 24), ("mossykettle", 24), ("ninja", 24)];
    check(&owner, "", &all).await;
    check(&owner, "channel=ninja", &[("ninja", 24)]).await;
    let day = all.map(|(login, _)| (login, 12));
    check(&owner, "from=2026-11-20&to=2026-11-20", &day).await;
    check(&eve, "", &[("ninja", 24)]).await;
    check(&eve, "from=2026-11-20&to=2026-11-20", &[("ninja", 12)]).await;
}

/// A moment that is found now.
fn found(place: &Place, login: &str, id: &str) {
    let at = EventTime(NOW_MS - DAY_MS);
    let moment = Moment {
        trigger: at,
        start: at,
        end: at,
        score: 0.9,
        threshold: 0.6,
        cause: Cause::Hype,
        reasons: Vec::new(),
        learning: false,
        title: None,
    };
    place.moment(&ClipOrder {
        login: ChannelLogin::parse(login).unwrap(),
        broadcaster_id: Some(id.to_owned()),
        moment,
        title: String::new(),
        duration_s: 30.0,
        said: Said::default(),
        offline: OfflineFlag::default(),
        publish: Publish::Auto,
    });
}

/// Without `?channels=` it is of those that they see, and of no others: what was missed, too.
#[tokio::test]
async fn events_are_of_the_channels_that_somebody_sees() {
    let rig = Rig::new().await;
    let places = ["ninja", "mossykettle"]
        .map(|name| rig.app.board.enter(&ChannelLogin::parse(name).unwrap()));
    found(&places[1], "mossykettle", "8");
    found(&places[0], "ninja", "7");
    let told = async |viewer: Viewer, expected: &[&str]| {
        let request = Request::get("/api/v1/events?after=0").extension(viewer);
        let answer = rig.open(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status(), 200);
        let mut parts = answer.into_body().into_data_stream();
        // The one that they may not see comes before one that they may, then and now.
        found(&places[1], "mossykettle", "18");
        found(&places[0], "ninja", "17");
        let mut moments = Vec::new();
        while moments.len() < expected.len() {
            let part = String::from_utf8(parts.next().await.unwrap().unwrap().to_vec()).unwrap();
            for event in part.split("\n\n").filter(|event| event.contains("event: moment")) {
                let data = event.split("data: ").nth(1).unwrap();
                let data: Value = serde_json::from_str(data).unwrap();
                moments
                    .push(data["moment"].as_str().unwrap().split('@').next().unwrap().to_owned());
            }
        }
        assert_eq!(moments, expected);
    };
    told(of_ninja(), &["7", "17"]).await;
    told(Viewer::owner("ann"), &["8", "7", "18", "17", "18", "17"]).await;
}

//! An evening of an editor, by the addresses of the pages and of the API.

use axum::{
    body::Body,
    http::{Request, header},
};
use cliphound_store::{
    Around, ChatLine, Erasure, IntentKey, IntentState, MomentRow, NewIntent, Review, StateChange,
    Verdict, VodRow, WindowRow,
};
use cliphound_twitch::ChannelLogin;
use serde_json::{Value, json};

use crate::{
    clips::sample,
    web::{
        access::{Role, Viewer},
        testing::{Answer, NOW_MS, Rig},
    },
};

mod covered;
mod others;
mod said;
mod words;

fn key(n: i64) -> IntentKey {
    IntentKey { broadcaster_id: "7".to_owned(), trigger_ms: NOW_MS - n * 60_000 }
}

/// Moments 1 (the newest) to `count`, each better than the one before; each waits for a yes.
async fn evening(count: i64) -> Rig {
    let rig = Rig::new().await;
    for n in 1..=count {
        let row = MomentRow {
            score: 0.6 + n as f32 / 1000.0,
            threshold: 0.6,
            reasons: r#"[{"name":"chatters","value":31.0,"usual":6.0,"text":"<b>31</b> people"}]"#
                .to_owned(),
            ..sample::moment("7", key(n).trigger_ms)
        };
        rig.app.store.record_moment(&row).await.unwrap();
        let intent = NewIntent {
            automatic: false,
            title: format!("moment {n} <i>"),
            in_review: true,
            ..sample::promise(&row)
        };
        rig.app.store.promise(&intent).await.unwrap();
    }
    rig
}

async fn script(rig: &Rig, viewer: &Viewer, path: &str, form: &str) -> Answer {
    let request = Request::post(path)
        .extension(viewer.clone())
        .header("x-fragment", "1")
        .header(header::HOST, "localhost:8787")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    rig.ask(request.body(Body::from(form.to_owned())).unwrap()).await
}

async fn api(rig: &Rig, viewer: &Viewer, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let request = Request::builder()
        .method(method)
        .uri(format!("/api/v1/moments{path}"))
        .extension(viewer.clone())
        .header(header::CONTENT_TYPE, "application/json");
    let answer = rig.ask(request.body(Body::from(body.to_string())).unwrap()).await;
    (answer.status.as_u16(), serde_json::from_str(&answer.text).unwrap_or_default())
}

async fn verdict(rig: &Rig, n: i64) -> Option<Verdict> {
    rig.app.store.listed(&key(n)).await.unwrap().unwrap().verdict
}

#[tokio::test]
async fn two_hundred_moments_are_worked_through_by_one_key() {
    let (rig, ann) = (evening(200).await, Viewer::owner("ann"));
    let page = rig.get(&ann, "/review").await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("200 to judge") && page.text.matches("<iframe").count() <= 1);
    assert!(page.text.contains("moment 1 &#60;i&#62;") && !page.text.contains("<b>31"));
    // What the script does: it sends the form that is shown, until there is nothing left.
    let (mut shown, mut judged, mut pages) = (page.text, 0, 1);
    while let Some(action) = between(&shown, "action=\"", "/verdict") {
        let query = between(&shown, &format!("{action}/verdict"), "\"").unwrap();
        let path = format!("{action}/verdict{}", query.replace("&#38;", "&"));
        let answer = script(&rig, &ann, &path, "verdict=kept").await;
        judged += 1;
        if answer.status == 204 {
            pages += 1;
            shown = rig.get(&ann, "/review").await.text;
        } else {
            assert!(answer.text.contains("class=\"done\""), "{}", answer.text);
            shown = answer.text;
        }
    }
    assert_eq!((judged, pages), (200, 4));
    assert!(shown.contains("Nothing left here") && shown.contains("0 to judge"));
    let decided = rig.app.store.decided(0, true, 500).await.unwrap();
    assert!(decided.iter().all(|intent| intent.review == Review::Accepted));
    assert_eq!(decided.len(), 200, "Y is what makes the clips");
}

/// The place of a list's page that a link to it says.
fn way(page: &str, rel: &str) -> Option<String> {
    let (before, _) = page.split_once(&format!("\" rel=\"{rel}\""))?;
    Some(before.rsplit_once("href=\"")?.1.replace("&#38;", "&"))
}

#[tokio::test]
async fn pages_lead_to_the_next_one_and_back() {
    let (rig, ann) = (evening(120).await, Viewer::owner("ann"));
    let get = async |path: &str| rig.get(&ann, path).await.text;
    let shows = |page: &str, n: i64| page.contains(&format!(">moment {n} &#60;i&#62;</a>"));
    for sort in ["", "?sort=best"] {
        let page = |n: i64| if sort.is_empty() { n } else { 121 - n };
        let first = get(&format!("/review{sort}")).await;
        assert_eq!(way(&first, "prev"), None);
        let second = get(&way(&first, "next").unwrap()).await;
        assert!(!shows(&second, page(50)) && shows(&second, page(51)) && shows(&second, page(100)));
        let third = get(&way(&second, "next").unwrap()).await;
        assert!(shows(&third, page(101)) && shows(&third, page(120)));
        assert_eq!(way(&third, "next"), None);
        let back = get(&way(&third, "prev").unwrap()).await;
        assert!(shows(&back, page(51)) && shows(&back, page(100)) && !shows(&back, page(101)));
        let back = get(&way(&back, "prev").unwrap()).await;
        assert!(shows(&back, page(1)) && shows(&back, page(50)) && !shows(&back, page(51)));
    }
}

#[tokio::test]
async fn who_judges_the_last_of_a_later_page_goes_on_below_it() {
    let (rig, ann) = (evening(120).await, Viewer::owner("ann"));
    let after = way(&rig.get(&ann, "/review").await.text, "next").unwrap();
    let page = rig.get(&ann, &after).await.text;
    let query = between(&page, &format!("/review/{}?", key(51)), "\"").unwrap();
    let query = query.replace("&#38;", "&");
    let verdict = async |n: i64| {
        script(&rig, &ann, &format!("/review/{}/verdict?{query}", key(n)), "verdict=kept").await
    };
    let answer = verdict(51).await;
    assert!(answer.text.contains("aria-current") && answer.text.contains(">moment 52 "));
    let answer = verdict(100).await;
    assert_eq!(answer.status, 204, "{}", answer.text);
    let next = rig.get(&ann, &answer.further).await.text;
    assert!(next.contains(">moment 101 ") && !next.contains(">moment 99 "));
    assert!(way(&next, "prev").is_some(), "what was left out above is not lost");
    // Nothing is below the last one: it goes on with what was left out, on its own page.
    let answer = verdict(120).await;
    assert_eq!((answer.status.as_u16(), answer.further.contains("after=")), (204, false));
}

fn between<'a>(text: &'a str, from: &str, to: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(from)?;
    // The first form of the page is the filter.
    if from == "action=\"" && !rest.starts_with("/review/") {
        return between(rest, from, to);
    }
    rest.split_once(to).map(|(part, _)| part)
}

#[tokio::test]
async fn a_verdict_leads_to_the_next_moment_and_can_be_taken_back() {
    let (rig, ann) = (evening(3).await, Viewer::owner("ann"));
    let at = |n: i64| format!("/review/{}", key(n));
    let answer = rig.post(&ann, &format!("{}/verdict?sort=best", at(3)), "verdict=rejected").await;
    assert_eq!(answer.status, 303, "without the script");
    let best = rig.get(&ann, "/review?sort=best").await.text;
    assert!(best.find("moment 2").unwrap() < best.find("moment 1").unwrap());
    assert!(best.contains("Undo “rejected”") && best.contains(&format!("{}/undo", at(3))));
    let until = format!("{}~{}", 0.601_f32, key(1));
    let answer =
        script(&rig, &ann, &format!("{}/verdict?until={until}", at(2)), "verdict=kept").await;
    assert!(answer.text.contains("moment 1"), "{}", answer.text);
    assert!(answer.text.contains("1 to judge") && answer.text.contains("aria-current"));
    let answer = script(&rig, &ann, &format!("{}/undo", at(2)), "").await;
    assert!(answer.text.contains("moment 2") && answer.text.contains("2 to judge"));
    assert_eq!((verdict(&rig, 2).await, verdict(&rig, 3).await), (None, Some(Verdict::Rejected)));
    assert_eq!(script(&rig, &ann, &format!("{}/undo", at(2)), "").await.status, 409);
    assert_eq!(script(&rig, &ann, &format!("{}/verdict", at(1)), "verdict=fine").await.status, 422);
    assert!(rig.wood.woken.load(std::sync::atomic::Ordering::Relaxed) >= 3);
    let lesson = rig.get(&ann, "/review?channel=ninja").await.text;
    assert!(lesson.contains("What ninja has learned from you") && lesson.contains("as usual"));
}

#[tokio::test]
async fn nobody_does_more_than_their_role_allows() {
    let rig = evening(1).await;
    let with = |role: Option<Role>| {
        let mut viewer = Viewer::owner("bob");
        viewer.role = None;
        if let Some(role) = role {
            viewer.grants.insert(ChannelLogin::parse("ninja").unwrap(), role);
        }
        viewer
    };
    let path = format!("/review/{}", key(1));
    let form = format!("{path}/verdict");
    let own = format!("/{}", key(1));
    for (role, look, judge) in
        [(None, 404, 404), (Some(Role::Viewer), 200, 403), (Some(Role::Editor), 200, 303)]
    {
        let viewer = with(role);
        assert_eq!(rig.get(&viewer, &path).await.status, look, "{role:?}");
        assert_eq!(rig.post(&viewer, &form, "verdict=kept").await.status, judge, "{role:?}");
        let (status, told) = api(&rig, &viewer, "GET", &own, &Value::Null).await;
        assert_eq!(status, look);
        // Whose it is is not told either.
        assert!(look == 200 || !told.to_string().contains("ninja"), "{told}");
        assert_eq!(api(&rig, &viewer, "GET", &format!("{own}/chat"), &Value::Null).await.0, look);
        let shows = rig.get(&viewer, "/review?verdict=any").await.text.contains("moment 1");
        assert_eq!(shows, look == 200, "{role:?}");
        let has_buttons = rig.get(&viewer, &path).await.text.contains("data-key=\"y\"");
        assert_eq!(has_buttons, judge == 303, "{role:?}");
    }
}

#[tokio::test]
async fn a_moment_is_shown_with_its_curve_chat_and_vod() {
    let (rig, ann) = (evening(1).await, Viewer::owner("ann"));
    let at_ms = key(1).trigger_ms;
    let windows: Vec<_> = (0..20)
        .map(|n| WindowRow {
            broadcaster_id: "7".to_owned(),
            login: "ninja".to_owned(),
            end_ms: at_ms - 50_000 + n * 5_000,
            messages: 40,
            chatters: 31,
            score: 0.5,
            threshold: 0.6,
            sentiment: 0.0,
            viewers: None,
        })
        .collect();
    rig.app.store.add_windows(&windows).await.unwrap();
    let line = ChatLine {
        sent_ms: at_ms - 1_000,
        message_id: "m".to_owned(),
        login: "zoe".to_owned(),
        text: "what <a> play".to_owned(),
    };
    let around = Around { key: key(1), login: "ninja".to_owned(), lines: vec![line] };
    rig.app.store.keep_chat(&[around]).await.unwrap();
    let vod = VodRow {
        vod_id: "335".to_owned(),
        broadcaster_id: "7".to_owned(),
        login: "ninja".to_owned(),
        started_ms: at_ms - 3_620_000,
        length_s: 7_200,
    };
    rig.app.store.keep_vods(&[vod]).await.unwrap();
    let page = rig.get(&ann, "/review").await.text;
    for part in [
        "messages, up to 8.00/s",
        "what &#60;a&#62; play",
        "https://player.twitch.tv/?video=335&#38;time=1h0m0s&#38;parent=localhost",
        "Nothing is public yet",
        "data-key=\"e\"",
    ] {
        assert!(page.contains(part), "{part} in {page}");
    }
    let (_, chat) = api(&rig, &ann, "GET", &format!("/{}/chat", key(1)), &Value::Null).await;
    assert_eq!(chat[0]["login"], "zoe");

    // A page that shows it asks again; what is deleted in chat is in that answer no more.
    let again = format!("/review/{}/written?verdict=any", key(1));
    assert!(page.contains(&format!("data-again=\"/review/{}/written", key(1))), "{page}");
    let change = |text: &str| {
        let (_, around) = text.split_once("<div id=\"around\" data-change=\"").unwrap();
        around.split_once('"').unwrap().0.to_owned()
    };
    let before = rig.get(&ann, &again).await.text;
    assert!(before.contains("what &#60;a&#62; play") && change(&before) == change(&page));
    let erasure = Erasure::Message { id: "m".to_owned() };
    rig.app.store.erase_chat(&[erasure]).await.unwrap();
    let after = rig.get(&ann, &again).await.text;
    assert!(!after.contains("play") && change(&after) != change(&page), "{after}");
    assert!(
        after.contains("<h2 id=\"what\"") && after.contains("value=\"moment 1 &#60;i&#62;\""),
        "{after}"
    );
}

#[tokio::test]
async fn a_moment_is_named_and_cut_anew() {
    let (rig, ann) = (evening(1).await, Viewer::owner("ann"));
    let own = format!("/{}", key(1));
    let post = async |what: &str, body: Value| {
        api(&rig, &ann, "POST", &format!("{own}/{what}"), &body).await
    };
    let (status, named) = post("title", json!({"title": " a  better\u{202e}one "})).await;
    assert_eq!((status, &named["title"]), (200, &json!("a better one")));
    assert_eq!(post("title", json!({"title": " "})).await.0, 422);
    let promised = rig.app.store.intent(&key(1)).await.unwrap().unwrap();
    assert_eq!(promised.title, "a better one", "the clip will be called so");

    let (status, problem) = post("recut", json!({"start_s": -10, "end_s": -9})).await;
    assert_eq!((status, &problem["status"]), (422, &json!(422)));
    *rig.wood.no_vod.lock().unwrap() = Some("there is no account".to_owned());
    let (status, problem) = post("recut", json!({"start_s": -30, "end_s": 5})).await;
    assert_eq!((status, &problem["detail"]), (409, &json!("there is no account")));
    *rig.wood.no_vod.lock().unwrap() = None;
    let (status, asked) = post("recut", json!({"start_s": -30, "end_s": 5})).await;
    assert_eq!((status, &asked["is_new"]), (202, &json!(true)));
    let (_, again) = post("recut", json!({"start_s": -30, "end_s": 5})).await;
    assert_eq!((&again["key"], &again["is_new"]), (&asked["key"], &json!(false)));
    let (status, _) = post("recut", json!({"start_s": -28, "end_s": 2})).await;
    assert_eq!(status, 202);
    let at_ms = key(1).trigger_ms;
    let told = [("ninja".to_owned(), at_ms - 30_000, at_ms + 5_000)];
    assert_eq!(*rig.wood.cuts.lock().unwrap(), told, "the channel hears of the first cut, once");
    let (_, whole) = api(&rig, &ann, "GET", &own, &Value::Null).await;
    assert_eq!(whole["recuts"][1]["start_s"], json!(-30.0));
    assert_eq!(whole["recuts"][1]["state"], json!("waiting"));
    let page = rig.get(&ann, "/review").await.text;
    assert!(
        page.contains("data-again=")
            && page.contains("starts 10 s earlier, ends 5 s later; 35 s long"),
        "{page}"
    );
    let (_, list) = api(&rig, &ann, "GET", "?verdict=any", &Value::Null).await;
    assert_eq!(list["moments"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn the_video_of_a_clip_is_wanted_and_handed_out() {
    let (rig, ann) = (evening(1).await, Viewer::owner("ann"));
    let own = format!("/{}", key(1));
    let want = async || api(&rig, &ann, "POST", &format!("{own}/download"), &Value::Null).await;
    assert_eq!(want().await.0, 409, "there is no clip yet");
    rig.app.store.judge(&key(1), Verdict::Kept, "ann", 1).await.unwrap();
    for step in [
        StateChange::Vod { due_ms: 0, reason: "accepted".to_owned() },
        StateChange::Requested { called_ms: NOW_MS, called_by: None },
        StateChange::Created { clip_id: "../Slug".to_owned(), edit_url: None },
    ] {
        rig.app.store.set_state(&key(1), &step, NOW_MS).await.unwrap();
    }
    assert_eq!(want().await.1["video"], json!("coming"));
    let video = format!("/api/v1/moments{own}/video");
    assert_eq!(rig.get(&ann, &video).await.status, 404);
    let folder = rig.app.desk.recordings().join("ninja");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("2026-11-21____Slug.mp4"), b"0123456789").unwrap();
    rig.app.store.end_download("../Slug", true).await.unwrap();
    let (_, whole) = api(&rig, &ann, "GET", &own, &Value::Null).await;
    assert_eq!((&whole["video"], &whole["video_bytes"]), (&json!("here"), &json!(10)));
    let part = Request::get(&video).extension(ann.clone()).header(header::RANGE, "bytes=3-5");
    let part = rig.ask(part.body(Body::empty()).unwrap()).await;
    assert_eq!((part.status.as_u16(), part.text.as_str()), (206, "345"));
    let page = rig.get(&ann, &format!("/review/{}", key(1))).await.text;
    assert!(page.contains("<video src=\"/api/v1/moments/7@"), "it is played from here");
    let made = rig.app.store.intent(&key(1)).await.unwrap().unwrap();
    assert_eq!(made.state, IntentState::Created);
}

#[tokio::test]
async fn the_list_of_the_api_is_read_in_parts() {
    let (rig, ann) = (evening(5).await, Viewer::owner("ann"));
    let (mut after, mut seen) = (String::new(), Vec::new());
    loop {
        let query = format!("?sort=best&limit=2&after={after}");
        let (status, page) = api(&rig, &ann, "GET", &query, &Value::Null).await;
        assert_eq!(status, 200, "{page}");
        let titles = page["moments"].as_array().unwrap().iter();
        seen.extend(titles.map(|moment| moment["title"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        after = next.to_owned();
    }
    assert_eq!(seen, (1..=5).rev().map(|n| format!("moment {n} <i>")).collect::<Vec<_>>());
    assert_eq!(api(&rig, &ann, "GET", "?sort=worst", &Value::Null).await.0, 422);
    assert_eq!(api(&rig, &ann, "GET", "/7@5", &Value::Null).await.0, 404);
    assert_eq!(
        api(&rig, &ann, "POST", "/nonsense/verdict", &json!({"verdict":"kept"})).await.0,
        404
    );
}

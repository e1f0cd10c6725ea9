//! The reads: what comes back, in how many calls, and when they are repeated.

use cliphound_twitch::{
    ChannelLogin,
    helix::{Bucket, Clip, HelixError, Limits, Stream, User},
};
use serde_json::{Value, json};
use wiremock::{
    Mock, Request, ResponseTemplate,
    matchers::{method, path, query_param, query_param_is_missing},
};

use super::support::{NOW_MS, Twitch, clip_json, nobody, refusal};

fn ok(data: Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({"data": data, "pagination": {}}))
}

fn login(name: &str) -> ChannelLogin {
    ChannelLogin::parse(name).unwrap()
}

fn user_json(login: &str) -> Value {
    json!({"id": "1", "login": login, "display_name": "Bea", "type": "", "broadcaster_type": "",
        "description": "", "profile_image_url": "", "offline_image_url": "", "view_count": 0,
        "created_at": "2016-12-14T20:32:28Z"})
}

fn stream_json(user_id: &str, kind: &str) -> Value {
    json!({"id": "s", "user_id": user_id, "user_login": "bea", "user_name": "Bea",
        "game_id": "g", "game_name": "Chess", "type": kind, "title": "hi", "tags": null,
        "viewer_count": 321, "started_at": "2026-11-01T11:00:00Z", "language": "en",
        "thumbnail_url": "", "tag_ids": [], "is_mature": false})
}

fn the_clip(id: &str) -> Clip {
    Clip {
        id: id.to_owned(),
        url: format!("https://clips.twitch.tv/{id}"),
        broadcaster_id: "1".to_owned(),
        creator_id: "7".to_owned(),
        creator_name: "Ann".to_owned(),
        title: "well".to_owned(),
        created_ms: NOW_MS + 3_000,
        duration_s: 30.5,
        thumbnail_url: "https://clips.example/a.jpg".to_owned(),
        vod_offset: None,
        views: 0,
    }
}

/// How often each request names `key`.
async fn named(twitch: &Twitch, key: &str) -> Vec<usize> {
    let count = |r: &Request| r.url.query_pairs().filter(|(k, _)| k == key).count();
    twitch.server.received_requests().await.unwrap().iter().map(count).collect()
}

#[tokio::test]
async fn users_are_found_by_login() {
    let twitch = Twitch::start().await;
    Mock::given(path("/helix/users"))
        .and(method("GET"))
        .and(query_param("login", "bea"))
        .respond_with(ok(json!([user_json("bea")])))
        .mount(&twitch.server)
        .await;
    let bea = User { id: "1".to_owned(), login: "bea".to_owned(), display_name: "Bea".to_owned() };
    assert_eq!(twitch.helix().users(&[login("bea")]).await, Ok(vec![bea]));
}

#[tokio::test]
async fn only_live_streams_come_back() {
    let twitch = Twitch::start().await;
    Mock::given(path("/helix/streams"))
        .and(query_param("first", "100"))
        .respond_with(ok(json!([stream_json("1", "live"), stream_json("2", "")])))
        .mount(&twitch.server)
        .await;
    let live = Stream {
        user_id: "1".to_owned(),
        login: "bea".to_owned(),
        viewers: 321,
        game: "Chess".to_owned(),
        title: "hi".to_owned(),
        started_ms: NOW_MS - 3_600_000,
    };
    let ids = ["1".to_owned(), "2".to_owned()];
    assert_eq!(twitch.helix().streams(&ids).await, Ok(vec![live]));
}

#[tokio::test]
async fn many_ids_go_a_hundred_at_a_time() {
    let twitch = Twitch::start().await;
    Mock::given(method("GET")).respond_with(ok(json!([]))).mount(&twitch.server).await;
    let helix = twitch.helix();
    let ids: Vec<String> = (0..250).map(|n| n.to_string()).collect();
    helix.streams(&ids).await.unwrap();
    assert_eq!(named(&twitch, "user_id").await, [100, 100, 50]);
    helix.clips_by_id(&ids[..200]).await.unwrap();
    assert_eq!(named(&twitch, "id").await[3..], [100, 100]);
    let logins: Vec<_> = (0..101).map(|n| login(&format!("c{n}"))).collect();
    helix.users(&logins).await.unwrap();
    assert_eq!(named(&twitch, "login").await[5..], [100, 1]);
}

#[tokio::test]
async fn nothing_is_asked_about_nobody() {
    let twitch = Twitch::start().await;
    let helix = twitch.helix();
    assert_eq!(helix.users(&[]).await, Ok(vec![]));
    assert_eq!(helix.streams(&[]).await, Ok(vec![]));
    assert_eq!(helix.clips_by_id(&[]).await, Ok(vec![]));
    assert_eq!(twitch.server.received_requests().await.unwrap().len(), 0);
}

#[tokio::test]
async fn clips_are_found_by_id() {
    let twitch = Twitch::start().await;
    Mock::given(path("/helix/clips"))
        .and(query_param("id", "Slug"))
        .respond_with(ok(json!([clip_json("Slug")])))
        .mount(&twitch.server)
        .await;
    let found = twitch.helix().clips_by_id(&["Slug".to_owned()]).await;
    assert_eq!(found, Ok(vec![the_clip("Slug")]));
}

#[tokio::test]
async fn clips_of_a_span_come_page_by_page() {
    let twitch = Twitch::start().await;
    let first = json!({"data": [clip_json("A")], "pagination": {"cursor": "next"}});
    let span = || {
        Mock::given(path("/helix/clips"))
            .and(query_param("broadcaster_id", "1"))
            .and(query_param("started_at", "2026-11-01T12:00:00Z"))
            .and(query_param("ended_at", "2026-11-01T12:00:02Z"))
    };
    span()
        .and(query_param_is_missing("after"))
        .respond_with(ResponseTemplate::new(200).set_body_json(first))
        .expect(1)
        .mount(&twitch.server)
        .await;
    span()
        .and(query_param("after", "next"))
        .respond_with(ok(json!([clip_json("B")])))
        .expect(1)
        .mount(&twitch.server)
        .await;
    let found = twitch.helix().clips_between("1", NOW_MS + 400, NOW_MS + 1_001).await;
    assert_eq!(found, Ok(vec![the_clip("A"), the_clip("B")]));
}

#[tokio::test]
async fn a_listing_without_an_end_is_cut() {
    let twitch = Twitch::start().await;
    let page = json!({"data": [clip_json("A")], "pagination": {"cursor": "again"}});
    Mock::given(path("/helix/clips"))
        .respond_with(ResponseTemplate::new(200).set_body_json(page))
        .expect(10)
        .mount(&twitch.server)
        .await;
    assert_eq!(twitch.helix().clips_between("1", NOW_MS, NOW_MS).await.unwrap().len(), 10);
}

#[tokio::test]
async fn each_status_has_its_reason() {
    let why = || "why".to_owned();
    for (status, expected) in [
        (400, HelixError::BadRequest(why())),
        (403, HelixError::Forbidden(why())),
        (404, HelixError::NotFound(why())),
        (500, HelixError::Unavailable { status: 500, message: why() }),
    ] {
        let twitch = Twitch::start().await;
        Mock::given(method("GET"))
            .respond_with(refusal(status, "why"))
            .expect(4)
            .mount(&twitch.server)
            .await;
        let (helix, id) = (twitch.helix(), ["1".to_owned()]);
        assert_eq!(helix.users(&[login("bea")]).await, Err(expected.clone()), "{status}");
        assert_eq!(helix.streams(&id).await, Err(expected.clone()), "{status}");
        assert_eq!(helix.clips_by_id(&id).await, Err(expected.clone()), "{status}");
        assert_eq!(helix.clips_between("1", 0, 1).await, Err(expected), "{status}");
    }
}

#[tokio::test]
async fn a_read_waits_once_until_the_limit_is_reset() {
    let twitch = Twitch::start().await;
    let reset = NOW_MS / 1000 + 300;
    Mock::given(path("/helix/users"))
        .respond_with(
            refusal(429, "slow").insert_header("Ratelimit-Reset", reset.to_string().as_str()),
        )
        .up_to_n_times(1)
        .mount(&twitch.server)
        .await;
    Mock::given(path("/helix/users")).respond_with(ok(json!([]))).mount(&twitch.server).await;
    assert_eq!(twitch.helix().users(&[login("bea")]).await, Ok(vec![]));
    assert!(twitch.clock.now_ms() >= reset * 1000, "the reset was waited for");
    assert_eq!(twitch.count("/helix/users").await, 2);
}

#[tokio::test]
async fn a_second_429_is_told() {
    let twitch = Twitch::start().await;
    let slow = refusal(429, "slow").insert_header("Ratelimit-Reset", "0");
    Mock::given(path("/helix/users")).respond_with(slow).expect(2).mount(&twitch.server).await;
    let result = twitch.helix().users(&[login("bea")]).await;
    assert!(matches!(result, Err(HelixError::RateLimited { .. })), "{result:?}");
}

#[tokio::test]
async fn a_503_is_repeated_once() {
    let twitch = Twitch::start().await;
    let busy = || refusal(503, "busy");
    Mock::given(path("/helix/users"))
        .respond_with(busy())
        .up_to_n_times(1)
        .mount(&twitch.server)
        .await;
    Mock::given(path("/helix/users")).respond_with(ok(json!([]))).mount(&twitch.server).await;
    Mock::given(path("/helix/streams")).respond_with(busy()).expect(2).mount(&twitch.server).await;
    let helix = twitch.helix();
    assert_eq!(helix.users(&[login("bea")]).await, Ok(vec![]));
    let expected = HelixError::Unavailable { status: 503, message: "busy".to_owned() };
    assert_eq!(helix.streams(&["1".to_owned()]).await, Err(expected));
}

#[tokio::test]
async fn an_answer_that_makes_no_sense_is_an_error() {
    for body in ["", "{", "[]", r#"{"data":[{"id":5}]}"#, r#"{"data":"x"}"#, "<html>"] {
        let twitch = Twitch::start().await;
        Mock::given(path("/helix/users"))
            .respond_with(ResponseTemplate::new(200).set_body_string(body))
            .expect(1)
            .mount(&twitch.server)
            .await;
        let result = twitch.helix().users(&[login("bea")]).await;
        assert!(matches!(result, Err(HelixError::Unexpected(_))), "{body}: {result:?}");
    }
}

#[tokio::test]
async fn an_error_page_that_is_no_json_keeps_its_status() {
    let twitch = Twitch::start().await;
    Mock::given(path("/helix/users"))
        .respond_with(ResponseTemplate::new(502).set_body_string("<html>\nBad Gateway"))
        .mount(&twitch.server)
        .await;
    let message = "a web page".to_owned();
    let expected = HelixError::Unavailable { status: 502, message };
    assert_eq!(twitch.helix().users(&[login("bea")]).await, Err(expected));
}

#[tokio::test]
async fn nobody_there_is_not_sent() {
    let twitch = Twitch::start().await;
    let base = format!("http://{}/helix", nobody().await);
    let result = twitch.helix_at(base.parse().unwrap()).users(&[login("bea")]).await;
    assert!(matches!(result, Err(HelixError::NotSent(_))), "{result:?}");
}

#[tokio::test]
async fn the_limits_are_those_of_the_last_answers() {
    let twitch = Twitch::start().await.in_real_time();
    Mock::given(path("/helix/users"))
        .respond_with(
            ok(json!([]))
                .insert_header("Ratelimit-Limit", "800")
                .insert_header("Ratelimit-Remaining", "799")
                .insert_header("Ratelimit-Reset", "1793534460"),
        )
        .mount(&twitch.server)
        .await;
    Mock::given(path("/helix/streams"))
        .respond_with(
            refusal(400, "no").insert_header("Ratelimit-Helixclipscreation-Remaining", "5"),
        )
        .mount(&twitch.server)
        .await;
    let helix = twitch.helix();
    assert_eq!(helix.limits(), Limits::default());
    helix.users(&[login("bea")]).await.unwrap();
    helix.streams(&["1".to_owned()]).await.unwrap_err();
    let general =
        Bucket { limit: Some(800), remaining: Some(799), reset_ms: Some(1_793_534_460_000) };
    let clips = Bucket { remaining: Some(5), ..Bucket::default() };
    assert_eq!(helix.clone().limits(), Limits { general, clips });
}

#[tokio::test]
async fn two_helixes_have_two_addresses() {
    let (one, two) = (Twitch::start().await, Twitch::start().await);
    for twitch in [&one, &two] {
        Mock::given(path("/helix/users"))
            .respond_with(ok(json!([])))
            .expect(1)
            .mount(&twitch.server)
            .await;
    }
    let (first, second) = (one.helix(), two.helix());
    first.users(&[login("bea")]).await.unwrap();
    second.users(&[login("bea")]).await.unwrap();
}

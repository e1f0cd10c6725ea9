//! VODs, clips from them, videos of clips, markers; and what gives way when points run out.

use cliphound_twitch::helix::{ClipDownload, CreatedClip, HelixError, Priority, Vod, VodClip};
use serde_json::{Value, json};
use wiremock::{
    Mock, ResponseTemplate,
    matchers::{body_json, method, path, query_param},
};

use super::support::{CLIENT_ID, NOW_MS, Twitch, refusal};

fn request() -> VodClip {
    VodClip {
        broadcaster_id: "1".to_owned(),
        vod_id: "335".to_owned(),
        end_s: 640,
        title: "What a save".to_owned(),
        duration_s: 58.04,
    }
}

/// A Twitch whose token of Ann has these scopes.
async fn with_scopes(scopes: &[&str]) -> Twitch {
    let twitch = Twitch::start().await;
    let ann = json!({"client_id": CLIENT_ID, "login": "ann", "user_id": "7",
        "scopes": scopes, "expires_in": 14_000});
    Mock::given(path("/oauth2/validate"))
        .respond_with(ResponseTemplate::new(200).set_body_json(ann))
        .mount(&twitch.server)
        .await;
    twitch
}

fn data(status: u16, data: Value) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(json!({"data": data, "pagination": {}}))
}

#[tokio::test]
async fn a_clip_from_a_vod_ends_where_it_is_told() {
    for scope in ["editor:manage:clips", "channel:manage:clips"] {
        let twitch = with_scopes(&[scope]).await;
        Mock::given(path("/helix/videos/clips"))
            .and(method("POST"))
            .and(query_param("editor_id", "7"))
            .and(query_param("broadcaster_id", "1"))
            .and(query_param("vod_id", "335"))
            .and(query_param("vod_offset", "640"))
            .and(query_param("duration", "58"))
            .and(query_param("title", "What a save"))
            .respond_with(data(202, json!([{"id": "Slug", "edit_url": "https://e/Slug"}])))
            .expect(1)
            .mount(&twitch.server)
            .await;
        let made = twitch.helix().create_vod_clip(&request()).await;
        let clip = CreatedClip { id: "Slug".to_owned(), edit_url: "https://e/Slug".to_owned() };
        assert_eq!(made, Ok(clip));
    }
}

#[tokio::test]
async fn without_the_scope_nothing_is_sent() {
    let twitch = with_scopes(&["clips:edit"]).await;
    let helix = twitch.helix();
    let lacks = |scopes: &str| {
        Err::<(), _>(HelixError::NoToken(format!("the token of ann lacks the scope {scopes}")))
    };
    let managing = "editor:manage:clips or channel:manage:clips";
    assert_eq!(helix.create_vod_clip(&request()).await.map(|_| ()), lacks(managing));
    assert_eq!(helix.clip_download("1", "Slug").await.map(|_| ()), lacks(managing));
    assert_eq!(helix.mark("1", "here").await, lacks("channel:manage:broadcast"));
    assert_eq!(twitch.count("/helix/videos/clips").await, 0);
}

#[tokio::test]
async fn a_lost_answer_is_not_repeated() {
    let twitch = with_scopes(&["editor:manage:clips"]).await;
    Mock::given(path("/helix/videos/clips"))
        .respond_with(refusal(500, "odd VOD"))
        .expect(1)
        .mount(&twitch.server)
        .await;
    let result = twitch.helix().create_vod_clip(&request()).await;
    let expected = HelixError::Unavailable { status: 500, message: "odd VOD".to_owned() };
    assert_eq!(result, Err(expected));
}

#[tokio::test]
async fn vods_tell_their_start_and_length() {
    let twitch = Twitch::start().await;
    let video = |id: &str, duration: &str| {
        json!({"id": id, "stream_id": "4", "user_id": "1", "user_login": "bea",
            "user_name": "Bea", "title": "an evening", "description": "",
            "created_at": "2026-11-01T12:00:03Z", "published_at": "2026-11-01T12:00:03Z",
            "url": "https://www.twitch.tv/videos/1", "thumbnail_url": "", "viewable": "public",
            "view_count": 1, "language": "en", "type": "archive", "duration": duration,
            "muted_segments": null})
    };
    Mock::given(path("/helix/videos"))
        .and(query_param("user_id", "1"))
        .and(query_param("type", "archive"))
        .respond_with(data(200, json!([video("335", "1h2m3s"), video("336", "soon")])))
        .mount(&twitch.server)
        .await;
    let vod = Vod { id: "335".to_owned(), started_ms: NOW_MS + 3_000, length_s: 3_723 };
    assert_eq!(twitch.helix().vods("1").await, Ok(vec![vod]));
}

#[tokio::test]
async fn a_download_has_an_address_or_none() {
    let twitch = with_scopes(&["channel:manage:clips"]).await;
    let urls = json!([{"clip_id": "A", "landscape_download_url": "https://cdn/a.mp4",
        "portrait_download_url": null}]);
    Mock::given(path("/helix/clips/downloads"))
        .and(query_param("editor_id", "7"))
        .and(query_param("clip_id", "A"))
        .respond_with(data(200, urls))
        .mount(&twitch.server)
        .await;
    Mock::given(path("/helix/clips/downloads"))
        .respond_with(data(200, json!([])))
        .mount(&twitch.server)
        .await;
    let found = ClipDownload {
        clip_id: "A".to_owned(),
        landscape_url: Some("https://cdn/a.mp4".to_owned()),
        portrait_url: None,
    };
    assert_eq!(twitch.helix().clip_download("1", "A").await, Ok(Some(found)));
    assert_eq!(twitch.helix().clip_download("1", "B").await, Ok(None));
}

/// Get Clips names a clip, and what Get Clips Download says of it tells whether we edit the
/// channel.
#[tokio::test]
async fn who_may_fetch_a_video_is_an_editor() {
    let url = json!([{"clip_id": "A", "landscape_download_url": "https://cdn/a.mp4",
        "portrait_download_url": null}]);
    let bare = json!([{"clip_id": "A", "landscape_download_url": null,
        "portrait_download_url": null}]);
    let clip = json!([{"id": "A", "url": "https://clips.twitch.tv/A", "embed_url": "",
        "broadcaster_id": "1", "broadcaster_name": "Bea", "creator_id": "3",
        "creator_name": "Cleo", "video_id": "", "game_id": "", "language": "en", "title": "x",
        "view_count": 9, "created_at": "2026-11-01T12:00:03Z", "thumbnail_url": "",
        "duration": 30.0, "vod_offset": null, "is_featured": false}]);
    for (clips, status, videos, expected) in [
        (&clip, 200, &url, Some(true)),
        (&clip, 403, &url, Some(false)),
        (&clip, 200, &bare, None),
        (&json!([]), 200, &url, None),
    ] {
        let twitch = with_scopes(&["editor:manage:clips"]).await;
        Mock::given(path("/helix/clips"))
            .and(query_param("broadcaster_id", "1"))
            .and(query_param("first", "1"))
            .respond_with(data(200, clips.clone()))
            .mount(&twitch.server)
            .await;
        Mock::given(path("/helix/clips/downloads"))
            .and(query_param("editor_id", "7"))
            .and(query_param("broadcaster_id", "1"))
            .respond_with(data(status, videos.clone()))
            .mount(&twitch.server)
            .await;
        assert_eq!(twitch.helix().edits("1").await, Ok(expected), "{status} {clips}");
    }
}

#[tokio::test]
async fn a_marker_is_set_with_a_short_description() {
    let twitch = with_scopes(&["channel:manage:broadcast"]).await;
    let marker = json!([{"id": "m", "created_at": "2026-11-01T12:00:03Z", "description": "x",
        "position_seconds": 244}]);
    Mock::given(path("/helix/streams/markers"))
        .and(method("POST"))
        .and(body_json(json!({"user_id": "1", "description": "x".repeat(140)})))
        .respond_with(data(200, marker))
        .expect(1)
        .mount(&twitch.server)
        .await;
    assert_eq!(twitch.helix().mark("1", &"x".repeat(200)).await, Ok(()));
}

#[tokio::test]
async fn reads_that_can_wait_leave_the_last_points_to_clips() {
    let twitch = Twitch::start().await;
    let reset = (NOW_MS / 1000 + 500).to_string();
    let answer = data(200, json!([]))
        .insert_header("Ratelimit-Limit", "800")
        .insert_header("Ratelimit-Remaining", "100")
        .insert_header("Ratelimit-Reset", reset.as_str());
    Mock::given(path("/helix/streams")).respond_with(answer).mount(&twitch.server).await;
    let helix = twitch.helix();
    let id = ["1".to_owned()];
    helix.streams(&id).await.unwrap();
    helix.streams(&id).await.unwrap();
    helix.at(Priority::Clip).streams(&id).await.unwrap();
    helix.at(Priority::Background).streams(&id).await.unwrap();
    assert!(twitch.clock.now_ms() >= NOW_MS + 500_000, "what is in the background has");
}

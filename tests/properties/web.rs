//! Answers over HTTP: Helix, the log-in service, and the services of emotes.

use cliphound_clock::Clock;
use cliphound_twitch::{
    ChannelLogin,
    emotes::{Addresses, EmoteApi, Place, Service},
    helix::{CreateClip, Helix, VodClip},
    oauth::{App, Tokens, http_client},
};
use proptest::prelude::*;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    bytes::spoilt,
    hold::hold,
    json::spoilt_json_text,
    server::{Answer, Server},
};

/// 2026-11-01T12:00:00Z.
const NOW_MS: i64 = 1_793_534_400_000;
/// Pauses before a repetition take a thousandth.
const SPEED: f64 = 1000.0;
/// The most emotes that are kept of a place.
const MOST_EMOTES: usize = 10_000;

fn whose() -> String {
    json!({"client_id": "app", "login": "ann", "user_id": "7", "expires_in": 14_000, "scopes": [
        "clips:edit", "user:write:chat", "editor:manage:clips", "channel:manage:broadcast"]})
    .to_string()
}

/// A Helix that is logged in, and the folder of its tokens.
fn helix(server: &Server) -> (Helix, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let oauth = server.url("/oauth2");
    let clock = Clock::starting_at(NOW_MS, SPEED);
    let http = http_client(&[&oauth]).unwrap();
    let tokens = Tokens::new(
        oauth,
        "app".to_owned(),
        None,
        folder.path().join("tokens.json"),
        Some(("access-1".into(), Some("refresh-1".into()))),
        clock.clone(),
        http.clone(),
    );
    (Helix::new(server.url("/helix"), tokens.unwrap(), clock, http), folder)
}

/// A good answer to each call.
fn answers() -> Vec<Value> {
    let at = "2026-11-01T12:00:03Z";
    let clip = json!({"id": "Slug", "url": "https://clips.twitch.tv/Slug", "embed_url": "e",
        "broadcaster_id": "1", "broadcaster_name": "Bea", "creator_id": "7", "creator_name": "Ann",
        "video_id": "", "game_id": "", "language": "en", "title": "well", "view_count": 0,
        "created_at": at, "thumbnail_url": "", "duration": 30.5, "vod_offset": 480,
        "is_featured": false});
    let video = json!({"id": "335", "stream_id": "4", "user_id": "1", "user_login": "bea",
        "user_name": "Bea", "title": "an evening", "description": "", "created_at": at,
        "published_at": at, "url": "https://www.twitch.tv/videos/335", "thumbnail_url": "",
        "viewable": "public", "view_count": 1, "language": "en", "type": "archive",
        "duration": "1h2m3s", "muted_segments": [{"duration": 30, "offset": 120}]});
    [
        json!({"id": "1", "login": "bea", "display_name": "Bea", "type": "", "description": "",
            "broadcaster_type": "", "profile_image_url": "", "offline_image_url": "",
            "view_count": 0, "created_at": at}),
        json!({"id": "s", "user_id": "1", "user_login": "bea", "user_name": "Bea", "game_id": "g",
            "game_name": "Chess", "type": "live", "title": "hi", "tags": ["a"],
            "viewer_count": 321, "started_at": at, "language": "en", "thumbnail_url": "",
            "tag_ids": [], "is_mature": false}),
        clip,
        video,
        json!({"id": "Slug", "edit_url": "https://www.twitch.tv/bea/clip/Slug"}),
        json!({"clip_id": "A", "landscape_download_url": "https://cdn/a.mp4",
            "portrait_download_url": null}),
        json!({"id": "25", "name": "Kappa", "images": {"url_1x": "a", "url_2x": "b",
            "url_4x": "c"}, "tier": "1000", "emote_type": "subscriptions", "emote_set_id": "3",
            "format": ["static"], "scale": ["1.0"], "theme_mode": ["dark"]}),
        json!({"message_id": "m", "is_sent": false, "drop_reason": {"code": "c", "message": "m"}}),
        json!({"id": "m", "created_at": at, "description": "x", "position_seconds": 244}),
    ]
    .into_iter()
    .map(|one| json!({"data": [one], "pagination": {"cursor": "next"}, "template": "https://e"}))
    .collect()
}

/// The call that an answer belongs to, and a few more; what they give is bounded by the body.
async fn ask(helix: &Helix, call: u8) -> bool {
    let bea = "1".to_owned();
    let ids = || vec!["1".to_owned(), "A".to_owned()];
    let login = ChannelLogin::parse("bea").unwrap();
    let create = CreateClip { broadcaster_id: bea.clone(), title: "t".into(), duration_s: 30.0 };
    let from_vod = VodClip {
        broadcaster_id: bea.clone(),
        vod_id: "335".to_owned(),
        end_s: 500,
        title: "t".to_owned(),
        duration_s: 30.0,
    };
    match call {
        0 => helix.users(&[login]).await.is_ok(),
        1 => helix.streams(&ids()).await.is_ok(),
        2 => helix.clips_by_id(&ids()).await.is_ok(),
        3 => helix.vods(&bea).await.is_ok(),
        4 => helix.create_clip(&create).await.is_ok(),
        5 => helix.clip_download(&bea, "A").await.is_ok(),
        6 => helix.emotes(&Place::channel("1").unwrap(), NOW_MS).await.is_ok(),
        7 => helix.send_chat(&bea, "hi").await.is_ok(),
        8 => helix.mark(&bea, "x").await.is_ok(),
        9 => helix.clips_between(&bea, NOW_MS - 60_000, NOW_MS).await.is_ok(),
        10 => helix.users_by_id(&ids()).await.is_ok(),
        _ => helix.create_vod_clip(&from_vod).await.is_ok(),
    }
}

const CALLS: u8 = 12;

#[test]
fn any_helix_answer() {
    let server = Server::start();
    let (helix, folder) = helix(&server);
    let case = (0..CALLS, spoilt_json_text(answers(), 4));
    hold("Helix answers", 100, case, move |(call, body)| {
        let _ = &folder;
        let fixed = Some(("/validate", whose()));
        server.answers(Answer { fixed, status: 200, body: body.into_bytes(), raw: None });
        server.runtime.block_on(ask(&helix, call));
        Ok(())
    });
}

#[test]
fn any_good_helix_answer_is_understood() {
    let server = Server::start();
    let (helix, _folder) = helix(&server);
    for (call, body) in answers().into_iter().enumerate() {
        let fixed = Some(("/validate", whose()));
        let body = body.to_string().into_bytes();
        server.answers(Answer { fixed, status: 200, body, raw: None });
        let call = u8::try_from(call).unwrap();
        assert!(server.runtime.block_on(ask(&helix, call)), "call {call}");
    }
}

/// Whole answers with their heads. None of them makes us wait: no 429, no 401, no 503.
fn heads() -> Vec<Vec<u8>> {
    let body = r#"{"data":[{"id":"Slug","edit_url":"https://e/Slug"}],"message":"no"}"#;
    let head = |status: &str, more: &str| {
        format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n{more}\r\n{body}", body.len())
            .into_bytes()
    };
    vec![
        head("202 Accepted", "Ratelimit-Limit: 800\r\nRatelimit-Remaining: 799\r\nRatelimit-Reset: 1793534460\r\n"),
        head("200 OK", "Content-Type: application/json; charset=utf-8\r\nDate: Sun, 01 Nov 2026 12:00:00 GMT\r\n"),
        head("302 Found", "Location: http://192.0.2.1/\r\n"),
        head("400 Bad Request", "Retry-After: 99999999999\r\n"),
        head("403 Forbidden", "Set-Cookie: a=b\r\n"),
        head("404 Not Found", ""),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"dat\r\n3\r\na\":\r\n0\r\n\r\n".to_vec(),
        b"HTTP/1.0 204 No Content\r\n\r\n".to_vec(),
    ]
}

#[test]
fn any_http_answer_to_create_clip() {
    let server = Server::start();
    let (helix, folder) = helix(&server);
    let fixed = || Some(("/validate", whose()));
    // Who it is must be known before: afterwards every answer is spoilt.
    server.answers(Answer { fixed: fixed(), status: 200, ..Answer::default() });
    server.runtime.block_on(ask(&helix, 4));
    hold("HTTP answers to Create Clip", 20, spoilt(heads(), 4), move |raw| {
        let _ = &folder;
        server.answers(Answer { raw: Some(raw), ..Answer::default() });
        server.runtime.block_on(ask(&helix, 4));
        Ok(())
    });
}

#[test]
fn any_log_in_answer() {
    let server = Server::start();
    let clock = Clock::starting_at(NOW_MS, 1_000_000.0);
    let http = http_client(&[&server.url("/oauth2")]).unwrap();
    let app = App::new(server.url("/oauth2"), "app".to_owned(), Some("hush".into()), http);
    let good = vec![
        serde_json::from_str(&whose()).unwrap(),
        json!({"device_code": "ike3GM8QIdYZs43KdrWPIO36LofILoCyFEzjlQ91", "expires_in": 1800,
            "interval": 5, "user_code": "ABCDEFGH",
            "verification_uri": "https://www.twitch.tv/activate?public=true&device-code=ABCDEFGH"}),
        json!({"access_token": "rfx2uswqe8l4g1mkagrvg5tv0ks3", "expires_in": 14_124,
            "refresh_token": "5b93chm6hdve3mycz05zfzatkfdenfspp1h1ar2xxdalen01",
            "scope": ["clips:edit"], "token_type": "bearer"}),
        json!({"status": 400, "message": "authorization_pending"}),
        json!({"status": 400, "message": "invalid device code"}),
    ];
    let status = prop_oneof![4 => Just(200_u16), 1 => Just(400), 1 => Just(401), 1 => Just(500)];
    let case = (0..4_u8, status, spoilt_json_text(good, 4));
    hold("log-in answers", 30, case, move |(call, status, body)| {
        let answer = Answer { status, body: body.into_bytes(), ..Answer::default() };
        server.answers(answer);
        let scopes = ["clips:edit".to_owned()];
        let told = server.runtime.block_on(async {
            match call {
                0 => format!("{:?}", app.whose(&"access-1".into()).await),
                1 => format!("{:?}", app.revoke(&"access-1".into()).await),
                2 => format!("{:?}", app.ask_device(&scopes).await),
                _ => {
                    let request = app.ask_code("http://localhost:3000", &scopes).unwrap();
                    format!("{:?}", app.trade(&request, "code").await)
                }
            }
        });
        let _ = &clock;
        prop_assert!(!told.contains("hush"), "{}", told);
        Ok(())
    });
}

fn of_services() -> Vec<Value> {
    let set = json!({"id": "01GEM", "name": "set", "emotes": [
        {"id": "01F6", "name": "renamed", "flags": 0, "data": {"id": "01F6", "name": "original"}},
        {"id": "01F7", "name": "D:"}, null, {"name": 5}]});
    vec![
        set.clone(),
        json!({"id": "1", "platform": "TWITCH", "emote_set": set, "user": {"id": "01U"}}),
        json!([{"id": "54fa", "code": ":tf:", "imageType": "png"}, {"id": 3, "code": "cvHazmat"}]),
        json!({"id": "x", "bots": [], "channelEmotes": [{"id": "1", "code": "mine"}],
            "sharedEmotes": [{"id": "2", "code": "theirs"}]}),
        json!({"default_sets": [3, "5", null], "sets": {
            "3": {"id": 3, "emoticons": [{"id": 28136, "name": "LilZ"}]},
            "5": {"emoticons": [{"id": "x", "name": "Y1"}]}}}),
        json!({"room": {"set": 1}, "sets": {"1": {"emoticons": [{"id": 1, "name": "roomy"}]}}}),
    ]
}

#[test]
fn any_emote_answer() {
    let server = Server::start();
    let base = |name: &str| server.url(&format!("/{name}"));
    let addresses = Addresses { seventv: base("7"), bttv: base("b"), ffz: base("f") };
    let api = EmoteApi::new(addresses).unwrap();
    let services = [Service::SevenTv, Service::Bttv, Service::Ffz];
    let case = (0..services.len(), any::<bool>(), spoilt_json_text(of_services(), 6));
    hold("emote services' answers", 100, case, move |(service, global, body)| {
        let place = if global { Place::Global } else { Place::channel("5").unwrap() };
        server.answers(Answer { status: 200, body: body.into_bytes(), ..Answer::default() });
        if let Ok(found) = server.runtime.block_on(api.fetch(services[service], &place)) {
            prop_assert!(found.emotes.len() <= MOST_EMOTES);
            let is_word = |text: &str| {
                !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || c.is_control())
            };
            prop_assert!(found.emotes.iter().all(|e| is_word(&e.name) && is_word(&e.id)));
        }
        Ok(())
    });
}

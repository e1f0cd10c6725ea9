//! VODs, clips from them, their videos, markers, and what viewers make.

#[cfg(test)]
mod common;

use common::{Sim, answer};
use reqwest::Method;
use serde_json::{Value, json};

const GET: Method = Method::GET;
const POST: Method = Method::POST;

/// The newest VOD of the channel `large`.
async fn vod(sim: &Sim) -> Value {
    let path = format!("/videos?type=archive&user_id={}", sim.id("large"));
    loop {
        let (status, body) = answer(sim.helix(GET, &path)).await;
        assert_eq!(status, 200, "{body}");
        if let Some(vod) = body["data"].get(0) {
            return vod.clone();
        }
    }
}

/// Create Clip From VOD with these parameters beside the usual ones.
fn from_vod(sim: &Sim, vod: &str, more: &str) -> reqwest::RequestBuilder {
    let (editor, channel) = (&sim.handle.info().user_id, sim.id("large"));
    let path = format!(
        "/videos/clips?editor_id={editor}&broadcaster_id={channel}&vod_id={vod}&title=well&{more}"
    );
    sim.helix(POST, &path)
}

#[tokio::test]
async fn a_clip_from_a_vod_ends_at_its_offset() {
    let sim = Sim::start().await;
    let vod = vod(&sim).await;
    assert_eq!(vod["type"], "archive");
    assert!(vod["duration"].as_str().unwrap().starts_with("0h4"), "{vod}");
    let id = vod["id"].as_str().unwrap();
    let (status, made) = answer(from_vod(&sim, id, "vod_offset=600&duration=45")).await;
    assert_eq!(status, 202, "{made}");
    let clip = sim.handle.clips().remove(0);
    assert_eq!((clip.id.as_str(), clip.from_vod), (made["data"][0]["id"].as_str().unwrap(), true));
    assert_eq!((clip.end_ms - clip.start_ms, clip.vod_offset), (45_000, Some(555)));
    assert!(clip.end_ms < clip.call_ms - 1_000_000);
}

#[tokio::test]
async fn clips_from_vods_that_are_refused() {
    let sim = Sim::start().await;
    let vod = vod(&sim).await;
    let id = vod["id"].as_str().unwrap();
    let status = async |vod: &str, more: &str| answer(from_vod(&sim, vod, more)).await.0.as_u16();
    assert_eq!(status(id, "vod_offset=29").await, 400, "shorter than the clip");
    assert_eq!(status(id, "vod_offset=99999").await, 400, "beyond the end");
    assert_eq!(status(id, "vod_offset=60.5").await, 400, "no whole seconds");
    assert_eq!(status("1", "vod_offset=60").await, 404);
    for (fault, expected) in [("vod_403", 403), ("vod_503", 503), ("vod_500", 500)] {
        sim.command("/fault", json!({"fault": fault, "channel": "large"})).await;
        assert_eq!(status(id, "vod_offset=60").await, expected, "{fault}");
    }
    assert_eq!(sim.handle.clips(), []);
    sim.command("/fault", json!({"fault": "vod_none"})).await;
    let path = format!("/videos?type=archive&user_id={}", sim.id("large"));
    assert_eq!(answer(sim.helix(GET, &path)).await.1["data"], json!([]));
}

#[tokio::test]
async fn each_refusal_of_create_clip_has_its_words() {
    let sim = Sim::start().await;
    for (fault, status, words) in [
        ("clip_title", 400, "AutoMod"),
        ("clip_category", 400, "category"),
        ("clip_followers", 403, "followers"),
        ("clip_banned", 403, "banned"),
        ("clip_404", 404, "offline"),
        ("clip_500", 500, ""),
        ("clip_429", 429, ""),
    ] {
        sim.command("/fault", json!({"fault": fault, "channel": "small"})).await;
        let (told, body) = answer(sim.create_clip("small")).await;
        assert_eq!(told.as_u16(), status, "{fault}");
        assert!(body["message"].as_str().unwrap().contains(words), "{body}");
    }
    assert_eq!(sim.handle.clips(), []);
    sim.command("/fault", json!({"fault": "clip_never"})).await;
    assert_eq!(answer(sim.create_clip("small")).await.0, 202);
    let clip = sim.handle.clips().remove(0);
    assert!(clip.ready_ms - clip.call_ms > 86_400_000);
}

#[tokio::test]
async fn a_video_can_be_fetched_by_parts() {
    let sim = Sim::start().await;
    let (_, made) = answer(sim.create_clip("large")).await;
    let id = made["data"][0]["id"].as_str().unwrap().to_owned();
    let (editor, channel) = (&sim.handle.info().user_id, sim.id("large"));
    let path = format!("/clips/downloads?editor_id={editor}&broadcaster_id={channel}&clip_id={id}");
    assert_eq!(answer(sim.helix(GET, &path)).await.1["data"], json!([]), "not ready yet");
    sim.clock.sleep_until_ms(sim.handle.clips()[0].ready_ms).await;
    let (_, body) = answer(sim.helix(GET, &path)).await;
    let url = body["data"][0]["landscape_download_url"].as_str().unwrap().to_owned();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let part = http.get(&url).header("Range", "bytes=299000-").send().await.unwrap();
    assert_eq!(part.status(), 206);
    assert_eq!(part.headers()["content-range"], "bytes 299000-299999/300000");
    assert_eq!(part.bytes().await.unwrap().len(), 1000);
    let beyond = http.get(&url).header("Range", "bytes=300000-").send().await.unwrap();
    assert_eq!(beyond.status(), 416);
    sim.command("/fault", json!({"fault": "download_cut"})).await;
    let cut = async { http.get(&url).send().await?.bytes().await };
    assert!(cut.await.is_err());
    assert_eq!(http.get(&url).send().await.unwrap().bytes().await.unwrap().len(), 300_000);
}

#[tokio::test]
async fn markers_are_kept_while_a_channel_is_live() {
    let sim = Sim::start().await;
    let body = json!({"user_id": sim.id("large"), "description": "wow"});
    let (status, made) = answer(sim.helix(POST, "/streams/markers").json(&body)).await;
    assert_eq!(status, 200, "{made}");
    assert!(made["data"][0]["position_seconds"].as_i64().unwrap() >= 2_700);
    let long = json!({"user_id": sim.id("large"), "description": "x".repeat(141)});
    assert_eq!(answer(sim.helix(POST, "/streams/markers").json(&long)).await.0, 400);
    sim.command("/live", json!({"channel": "large", "live": false})).await;
    assert_eq!(answer(sim.helix(POST, "/streams/markers").json(&body)).await.0, 404);
    let markers = sim.control("/markers").await;
    assert_eq!((markers.as_array().unwrap().len(), &markers[0]["description"]), (1, &json!("wow")));
}

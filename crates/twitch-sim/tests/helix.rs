//! Helix over real HTTP: statuses, headers, and what happens to clips.

#[cfg(test)]
mod common;

use cliphound_twitch_sim::FaultCall;
use common::{Chat, Sim, answer};
use reqwest::Method;
use serde_json::{Value, json};

const GET: Method = Method::GET;
const POST: Method = Method::POST;

#[tokio::test]
async fn users_are_found_by_id_and_login() {
    let sim = Sim::start().await;
    let logins = async |path: &str| {
        let (status, body) = answer(sim.helix(GET, path)).await;
        assert_eq!(status, 200, "{body}");
        let mut found: Vec<String> = body["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|user| user["login"].as_str().unwrap().to_owned())
            .collect();
        found.sort();
        found
    };
    assert_eq!(logins("/users").await, ["cliphound_tester"]);
    let both = format!("/users?login=LARGE&login=nobody&id={}", sim.id("small"));
    assert_eq!(logins(&both).await, ["large", "small"]);
    let many: String = (0..101).map(|n| format!("&login=x{n}")).collect();
    assert_eq!(answer(sim.helix(GET, &format!("/users?{many}"))).await.0, 400);
}

#[tokio::test]
async fn calls_need_a_token_that_fits() {
    let sim = Sim::start().await;
    let info = sim.handle.info();
    let refusal = async |method: Method, client: &str, token: &str| {
        let path = format!("/clips?broadcaster_id={}", sim.id("small"));
        let (status, body) = answer(sim.helix_as(method, &path, client, token)).await;
        assert_eq!((status.as_u16(), &body["error"]), (401, &json!("Unauthorized")), "{body}");
        body["message"].as_str().unwrap().to_owned()
    };
    let id = &info.client_id;
    let test = |name: &str| info.test_tokens.iter().find(|t| t.name == name).unwrap();
    assert_eq!(refusal(GET, id, "nonsense").await, "Invalid OAuth token");
    assert_eq!(refusal(GET, id, &test("expired").access_token).await, "Invalid OAuth token");
    let mismatch = "Client ID and OAuth token do not match";
    assert_eq!(refusal(GET, id, &test("public").access_token).await, mismatch);
    assert_eq!(
        refusal(POST, id, &test("no_scopes").access_token).await,
        "Missing scope: clips:edit"
    );
    sim.command("/fault", json!({"fault": "token_expired"})).await;
    assert_eq!(refusal(GET, id, &info.access_token).await, "Invalid OAuth token");
    assert_eq!(sim.handle.clips(), []);
}

#[tokio::test]
async fn streams_go_off_and_on_line() {
    let sim = Sim::start().await;
    let live = async || {
        let all =
            format!("/streams?user_login=small&user_login=middle&user_id={}", sim.id("large"));
        let (_, body) = answer(sim.helix(GET, &all)).await;
        let streams = body["data"].as_array().unwrap().clone();
        assert!(streams.iter().all(|s| s["viewer_count"].as_u64() > Some(10)));
        streams.iter().map(|s| s["user_login"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(live().await, ["large", "middle", "small"]);
    sim.command("/live", json!({"channel": "middle", "live": false})).await;
    assert_eq!(live().await, ["large", "small"]);
    let (status, body) = answer(sim.create_clip("middle")).await;
    assert_eq!((status.as_u16(), &body["error"]), (404, &json!("Not Found")));
    sim.command("/live", json!({"channel": "#Middle", "live": true})).await;
    assert_eq!(live().await.len(), 3);
    let (_, page) = answer(sim.helix(GET, "/streams?first=2")).await;
    let cursor = page["pagination"]["cursor"].as_str().unwrap();
    let (_, page) = answer(sim.helix(GET, &format!("/streams?first=2&after={cursor}"))).await;
    assert_eq!(page["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_clip_is_accepted_made_and_shown() {
    let sim = Sim::start().await;
    let response = sim.create_clip("large").query(&[("title", "well done")]).send().await.unwrap();
    assert_eq!(response.status(), 202);
    let header = |name: &str| response.headers()[name].to_str().unwrap().parse::<i64>().unwrap();
    assert_eq!(header("Ratelimit-Limit"), 800);
    assert_eq!(header("Ratelimit-Remaining"), 799);
    assert!(header("Ratelimit-Reset") >= 1_700_000_000);
    assert_eq!(header("Ratelimit-Helixclipscreation-Limit"), 600);
    assert_eq!(header("Ratelimit-Helixclipscreation-Remaining"), 599);
    let made: Value = response.json().await.unwrap();
    let id = made["data"][0]["id"].as_str().unwrap();
    let edit_url = made["data"][0]["edit_url"].as_str().unwrap();
    assert_eq!(edit_url, format!("https://www.twitch.tv/large/clip/{id}"));

    let clip = sim.handle.clips().remove(0);
    assert_eq!((clip.id.as_str(), clip.answered), (id, true));
    assert_eq!((clip.end_ms - clip.call_ms, clip.end_ms - clip.start_ms), (5_000, 30_000));
    sim.clock.sleep_until_ms(clip.ready_ms).await;
    let (_, by_id) = answer(sim.helix(GET, &format!("/clips?id={id}&id=other"))).await;
    assert_eq!(by_id["data"][0]["title"], "well done");
    let by_channel = format!("/clips?broadcaster_id={}", sim.id("large"));
    let since = |at: &str| format!("{by_channel}&started_at={at}");
    let (_, found) = answer(sim.helix(GET, &since("2023-11-14T22:13:00Z"))).await;
    assert_eq!(found["data"][0]["id"], id);
    let (_, found) = answer(sim.helix(GET, &since("2024-11-14T22:13:00Z"))).await;
    assert_eq!(found["data"], json!([]));
}

#[tokio::test]
async fn a_clip_is_not_shown_before_it_is_ready() {
    let sim = Sim::start().await;
    sim.command("/fault", json!({"fault": "clip_late"})).await;
    let (_, made) = answer(sim.create_clip("small")).await;
    let path = format!("/clips?id={}", made["data"][0]["id"].as_str().unwrap());
    let (status, found) = answer(sim.helix(GET, &path)).await;
    assert_eq!((status.as_u16(), &found["data"]), (200, &json!([])));
    let clip = sim.handle.clips().remove(0);
    assert!(clip.ready_ms - clip.call_ms >= 205_000);
}

#[tokio::test]
async fn clips_that_are_refused() {
    let sim = Sim::start().await;
    let small = sim.id("small");
    let status =
        async |query: &str| answer(sim.helix(POST, &format!("/clips?{query}"))).await.0.as_u16();
    assert_eq!(status("").await, 400);
    assert_eq!(status("broadcaster_id=12").await, 400);
    assert_eq!(status(&format!("broadcaster_id={small}&duration=61")).await, 400);
    assert_eq!(status(&format!("broadcaster_id={small}&title={}", "x".repeat(141))).await, 400);
    for (fault, expected) in [("clip_503", 503), ("clip_403", 403), ("helix_429", 429)] {
        sim.command("/fault", json!({"fault": fault, "count": 1})).await;
        assert_eq!(status(&format!("broadcaster_id={small}")).await, expected, "{fault}");
    }
    assert_eq!(sim.handle.clips(), []);
    assert_eq!(status(&format!("broadcaster_id={small}")).await, 202);
    let stats = sim.control("/stats").await;
    let posts = json!({"202": 1, "400": 4, "403": 1, "429": 1, "503": 1});
    assert_eq!(stats["requests"]["POST /helix/clips"], posts);
}

#[tokio::test]
async fn a_lost_answer_still_makes_the_clip() {
    let sim = Sim::slow().await;
    sim.command("/fault", json!({"fault": "clip_lost_answer", "channel": "small"})).await;
    let error = sim.create_clip("small").send().await.unwrap_err();
    assert!(error.is_request(), "{error:?}");
    assert!(!sim.handle.clips()[0].answered);
    let (status, _) = answer(sim.create_clip("small")).await;
    assert_eq!(status, 202);
    let clips = sim.control("/clips").await;
    assert_eq!(clips.as_array().unwrap().len(), 2);
    assert_eq!(clips[1]["duplicate_of"], clips[0]["id"]);
    let stats = sim.control("/stats").await;
    assert_eq!(stats["requests"]["POST /helix/clips"], json!({"0": 1, "202": 1}));
}

#[tokio::test]
async fn too_many_calls_wait_for_the_reset() {
    let sim = Sim::start().await;
    sim.command("/fault", json!({"fault": "helix_429"})).await;
    let now_s = sim.clock.now_ms() / 1000;
    let response = sim.helix(GET, "/users").send().await.unwrap();
    assert_eq!(response.status(), 429);
    assert_eq!(response.headers()["Ratelimit-Remaining"], "0");
    let reset: i64 = response.headers()["Ratelimit-Reset"].to_str().unwrap().parse().unwrap();
    assert!(reset >= now_s + 10);
    assert_eq!(answer(sim.helix(GET, "/users")).await.0, 200);
}

#[tokio::test]
async fn messages_are_sent_to_chat() {
    let sim = Sim::slow().await;
    let mut chat = Chat::reader(&sim, "small").await;
    let sender = sim.handle.info().user_id.clone();
    let send = async |sender: &str, text: &str| {
        let body = json!({"broadcaster_id": sim.id("small"), "sender_id": sender, "message": text});
        answer(sim.helix(POST, "/chat/messages").json(&body)).await
    };
    let (status, body) = send(&sender, "clipped!").await;
    assert_eq!((status.as_u16(), &body["data"][0]["is_sent"]), (200, &json!(true)));
    let line = chat.until(" PRIVMSG #small :clipped!").await;
    assert!(line.contains(body["data"][0]["message_id"].as_str().unwrap()), "{line}");
    let (_, again) = send(&sender, "clipped!").await;
    assert_eq!(again["data"][0]["drop_reason"]["code"], "msg_duplicate");
    sim.handle.inject("chat_dropped", Some("small"), 1).unwrap();
    let (status, dropped) = send(&sender, "not this").await;
    let told = &dropped["data"][0];
    assert_eq!((status.as_u16(), &told["is_sent"]), (200, &json!(false)), "{dropped}");
    assert_eq!(told["drop_reason"]["code"], "msg_rejected");
    assert_eq!(send(&sender, "but this").await.1["data"][0]["is_sent"], true);
    assert_eq!(send("1", "x").await.0, 401);
    assert_eq!(send(&sender, &"x".repeat(501)).await.0, 422);
}

#[tokio::test]
async fn few_points_are_told_while_the_fault_goes_on() {
    let sim = Sim::slow().await;
    let left = async || {
        let answer = sim.helix(GET, "/users").send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let told = |name: &str| answer.headers()[name].to_str().unwrap().parse::<i64>().unwrap();
        (told("ratelimit-remaining"), told("ratelimit-reset") - sim.clock.now_ms() / 1000)
    };
    assert!(left().await.0 > 700);
    sim.handle.fault(&FaultCall::new("helix_low").seconds(600)).unwrap();
    let (remaining, reset_s) = left().await;
    assert!(remaining == 100 && (299..=300).contains(&reset_s), "{remaining} {reset_s}");
    sim.handle.fair_weather();
    assert!(left().await.0 > 700);
}

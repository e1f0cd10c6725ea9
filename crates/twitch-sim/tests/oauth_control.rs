//! Tokens, the control API, and what the simulator refuses to do.

#[cfg(test)]
mod common;

use std::collections::BTreeSet;
use std::io::Write;

use cliphound_clock::Clock;
use cliphound_twitch_sim::{SimConfig, start};
use common::{Chat, START_MS, Sim, answer};
use reqwest::Method;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

#[tokio::test]
async fn tokens_are_validated() {
    let sim = Sim::start().await;
    let info = sim.handle.info();
    let validate = async |token: &str| {
        let header = format!("OAuth {token}");
        answer(sim.oauth(Method::GET, "/validate").header("Authorization", header)).await
    };
    let (status, body) = validate(&info.access_token).await;
    assert_eq!(status, 200);
    assert_eq!(body["client_id"], json!(info.client_id));
    assert_eq!((&body["login"], &body["user_id"]), (&json!(info.user_login), &json!(info.user_id)));
    assert!(body["scopes"].as_array().unwrap().contains(&json!("clips:edit")));
    assert!((14_000..=14_400).contains(&body["expires_in"].as_i64().unwrap()));
    let (status, body) = validate("nonsense").await;
    assert_eq!(status, 401);
    assert_eq!(body, json!({"status": 401, "message": "invalid access token"}));
}

#[tokio::test]
async fn a_public_refresh_token_works_once() {
    let sim = Sim::start().await;
    let public = sim.handle.info().test_tokens[0].clone();
    let refresh = async |token: &str| {
        let form = [
            ("grant_type", "refresh_token"),
            ("client_id", public.client_id.as_str()),
            ("refresh_token", token),
        ];
        answer(sim.oauth(Method::POST, "/token").form(&form)).await
    };
    let (status, body) = refresh(&public.refresh_token).await;
    assert_eq!((status.as_u16(), &body["token_type"]), (200, &json!("bearer")), "{body}");
    let (status, refusal) = refresh(&public.refresh_token).await;
    assert_eq!(status, 400);
    assert_eq!(refusal, json!({"status": 400, "message": "Invalid refresh token"}));
    assert_eq!(refresh(body["refresh_token"].as_str().unwrap()).await.0, 200);
    let token = body["access_token"].as_str().unwrap();
    let users = sim.helix_as(Method::GET, "/users", &public.client_id, token);
    assert_eq!(answer(users).await.0, 200);
}

#[tokio::test]
async fn a_refresh_ends_the_expiry() {
    let sim = Sim::start().await;
    let info = sim.handle.info();
    sim.command("/fault", json!({"fault": "token_expired"})).await;
    assert_eq!(answer(sim.helix(Method::GET, "/users")).await.0, 401);
    let query = [
        ("grant_type", "refresh_token"),
        ("client_id", info.client_id.as_str()),
        ("client_secret", info.client_secret.as_str()),
        ("refresh_token", info.refresh_token.as_str()),
    ];
    let (status, body) = answer(sim.oauth(Method::POST, "/token").query(&query)).await;
    assert_eq!((status.as_u16(), &body["refresh_token"]), (200, &json!(info.refresh_token)));
    let token = body["access_token"].as_str().unwrap();
    let users = sim.helix_as(Method::GET, "/users", &info.client_id, token);
    assert_eq!(answer(users).await.0, 200);
}

#[tokio::test]
async fn the_truth_is_told() {
    let sim = Sim::with(SimConfig::default(), 1000.0).await;
    // The first moment of each channel begins within ten minutes.
    sim.clock.sleep_until_ms(sim.clock.now_ms() + 600_000).await;
    let truth = sim.control("/truth").await;
    let channels: BTreeSet<&str> =
        truth.as_array().unwrap().iter().map(|t| t["channel"].as_str().unwrap()).collect();
    assert_eq!(channels.len(), 3);
    for happening in truth.as_array().unwrap() {
        let (start, end) = (&happening["start_ms"], &happening["end_ms"]);
        assert!(start.as_i64() < end.as_i64() && start.as_i64() >= Some(START_MS + 180_000));
        assert!(happening["decoy"].is_boolean() && happening["kind"].is_string());
    }
    assert_eq!(sim.control("/report").await["clips"], 0);
}

#[tokio::test]
async fn wrong_commands_are_answered() {
    let sim = Sim::start().await;
    let refused = async |path: &str, body: Value| {
        let (status, body) = sim.command(path, body).await;
        (status.as_u16(), body["error"].as_str().unwrap_or_default().to_owned())
    };
    let (status, words) = refused("/fault", json!({"fault": "gremlins"})).await;
    assert_eq!(status, 400);
    assert!(words.contains("known are: clip_lost_answer, "), "{words}");
    let (status, words) = refused("/live", json!({"channel": "nowhere", "live": true})).await;
    assert_eq!((status, words.as_str()), (404, "there is no channel 'nowhere'"));
    assert_eq!(refused("/say", json!({"channel": "small"})).await.0, 400);
    let role = json!({"channel": "small", "user": "a", "text": "x", "role": "king"});
    assert_eq!(refused("/say", role).await.0, 400);
}

#[tokio::test]
async fn the_environment_leads_here() {
    let sim = Sim::start().await;
    let environment = sim.handle.info().environment();
    let get = |name: &str| environment.iter().find(|(n, _)| n == name).unwrap().1.clone();
    assert_eq!(get("CLIPHOUND_ENDPOINTS__HELIX"), sim.handle.info().helix);
    assert_eq!(get("TWITCH_CHANNELS"), "large,middle,small");
    let line = serde_json::to_value(sim.handle.info()).unwrap();
    assert!(line["irc"].as_str().unwrap().starts_with("irc://127.0.0.1:"));
    assert!(line["eventsub"].as_str().unwrap().starts_with("ws://127.0.0.1:"));
}

#[tokio::test]
async fn a_recording_plays() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    writeln!(file, r#"{{"t_ms": 200000, "user": "ann", "text": "from the tape Kappa"}}"#).unwrap();
    let recording = Some(file.path().to_owned());
    let sim = Sim::with(SimConfig { recording, ..SimConfig::default() }, 100.0).await;
    let mut chat = Chat::reader(&sim, "recording").await;
    let line = chat.until("from the tape").await;
    assert!(line.contains(";emotes=25:14-18;"), "{line}");
}

#[tokio::test]
async fn what_makes_no_sense_does_not_start() {
    let refused = async |config: SimConfig| {
        let (tracker, stop) = (TaskTracker::new(), CancellationToken::new());
        start(config, Clock::system(), &tracker, stop).await.err().unwrap().to_string()
    };
    let usual = SimConfig::default;
    let open = SimConfig { listen: "0.0.0.0:0".parse().unwrap(), ..usual() };
    assert!(refused(open).await.contains("loopback only"));
    let fault = SimConfig { faults: vec!["x".to_owned()], ..usual() };
    assert!(refused(fault).await.starts_with("'x' is not a fault"));
    let missing = SimConfig { recording: Some("/nonexistent/chat".into()), ..usual() };
    assert!(refused(missing).await.starts_with("can't play /nonexistent/chat: "));
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let listen = SimConfig { listen: taken.local_addr().unwrap(), ..usual() };
    assert!(refused(listen).await.starts_with("can't listen on 127.0.0.1:"));
}

#[tokio::test]
async fn an_application_reads_with_a_token_of_its_own() {
    let sim = Sim::start().await;
    let info = sim.handle.info();
    let query = [
        ("grant_type", "client_credentials"),
        ("client_id", info.client_id.as_str()),
        ("client_secret", info.client_secret.as_str()),
    ];
    let (status, body) = answer(sim.oauth(Method::POST, "/token").query(&query)).await;
    assert_eq!((status.as_u16(), &body["refresh_token"]), (200, &Value::Null), "{body}");
    let token = body["access_token"].as_str().unwrap();
    let header = format!("OAuth {token}");
    let valid = sim.oauth(Method::GET, "/validate").header("Authorization", header);
    assert_eq!(answer(valid).await.1["user_id"], Value::Null);
    let ask = async |method, path: &str| {
        answer(sim.helix_as(method, path, &info.client_id, token)).await.0.as_u16()
    };
    assert_eq!(ask(Method::GET, "/users?login=small").await, 200);
    assert_eq!(ask(Method::GET, "/users").await, 400, "nobody is behind it");
    assert_eq!(ask(Method::POST, "/clips?broadcaster_id=1").await, 401);
}

//! Log-ins: device codes, browsers, refusals, and tokens that end.

#![expect(clippy::unwrap_used, reason = "a test may")]

#[cfg(test)]
mod common;

use cliphound_twitch_sim::SimConfig;
use common::{Sim, answer};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// A simulator in which devices wait for somebody.
async fn waiting() -> Sim {
    Sim::with(SimConfig { approve_at_poll: 0, ..SimConfig::default() }, 100.0).await
}

fn public(sim: &Sim) -> String {
    sim.handle.info().test_tokens[0].client_id.clone()
}

/// A device asks: its code, its user's code, and where the user goes.
async fn ask(sim: &Sim) -> (String, String, String) {
    let client_id = public(sim);
    let form = [("client_id", client_id.as_str()), ("scopes", "clips:edit user:read:chat")];
    let (status, body) = answer(sim.oauth(Method::POST, "/device").form(&form)).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!((&body["interval"], &body["expires_in"]), (&json!(5), &json!(1800)));
    let text = |key: &str| body[key].as_str().unwrap().to_owned();
    (text("device_code"), text("user_code"), text("verification_uri"))
}

async fn poll(sim: &Sim, code: &str) -> (StatusCode, Value) {
    let client_id = public(sim);
    let form = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
        ("client_id", client_id.as_str()),
        ("scopes", "clips:edit user:read:chat"),
        ("device_code", code),
    ];
    answer(sim.oauth(Method::POST, "/token").form(&form)).await
}

fn refused(words: &str) -> (StatusCode, Value) {
    (StatusCode::BAD_REQUEST, json!({"status": 400, "message": words}))
}

async fn login_of(sim: &Sim, token: &Value) -> Value {
    let header = format!("OAuth {}", token.as_str().unwrap());
    answer(sim.oauth(Method::GET, "/validate").header("Authorization", header)).await.1["login"]
        .clone()
}

#[tokio::test]
async fn a_device_waits_for_a_yes() {
    let sim = waiting().await;
    let (code, user_code, _) = ask(&sim).await;
    assert_eq!(poll(&sim, &code).await, refused("authorization_pending"));
    let yes = json!({"user_code": user_code, "user": "Ann"});
    assert_eq!(sim.command("/authorize", yes).await.0, 200);
    let (status, body) = poll(&sim, &code).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(body["scope"], json!(["clips:edit", "user:read:chat"]));
    assert_eq!(login_of(&sim, &body["access_token"]).await, "ann");
    assert_eq!(poll(&sim, &code).await, refused("invalid device code"));
}

#[tokio::test]
async fn the_address_that_is_shown_is_a_yes() {
    let sim = waiting().await;
    let (code, _, address) = ask(&sim).await;
    let page = reqwest::Client::builder().no_proxy().build().unwrap().get(address).send().await;
    assert_eq!(page.unwrap().status(), 200);
    assert_eq!(poll(&sim, &code).await.0, 200);
}

#[tokio::test]
async fn a_device_can_be_approved_by_itself() {
    let sim = Sim::start().await;
    let (code, ..) = ask(&sim).await;
    assert_eq!(poll(&sim, &code).await, refused("authorization_pending"));
    assert_eq!(poll(&sim, &code).await.0, 200);
}

#[tokio::test]
async fn a_no_and_the_faults_are_told() {
    let sim = waiting().await;
    let (code, user_code, _) = ask(&sim).await;
    sim.command("/authorize", json!({"user_code": user_code, "deny": true})).await;
    assert_eq!(poll(&sim, &code).await, refused("access_denied"));
    for (fault, words) in [
        ("login_denied", "access_denied"),
        ("device_expired", "invalid device code"),
        ("device_slow_down", "slow_down"),
    ] {
        let (code, ..) = ask(&sim).await;
        sim.command("/fault", json!({"fault": fault})).await;
        assert_eq!(poll(&sim, &code).await, refused(words));
    }
    sim.command("/fault", json!({"fault": "oauth_503"})).await;
    assert_eq!(poll(&sim, "x").await.0, 503);
    let unknown = json!({"user_code": "nobody"});
    assert_eq!(sim.command("/authorize", unknown).await.0, 404);
    assert_eq!(sim.command("/authorize", json!({})).await.0, 400);
}

/// Sends a browser to the log-in page; where it is sent on to, as pairs.
async fn browse(sim: &Sim, redirect: &str) -> Result<Vec<(String, String)>, Value> {
    let query = [
        ("response_type", "code"),
        ("client_id", sim.handle.info().client_id.as_str()),
        ("redirect_uri", redirect),
        ("scope", "clips:edit"),
        ("state", "s1"),
    ];
    let http = reqwest::Client::builder().no_proxy();
    let http = http.redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let page = http.get(format!("{}/authorize", sim.handle.info().oauth)).query(&query);
    let page = page.send().await.unwrap();
    if !page.status().is_redirection() {
        return Err(page.json::<Value>().await.unwrap()["message"].clone());
    }
    let to: reqwest::Url = page.headers()["location"].to_str().unwrap().parse().unwrap();
    Ok(to.query_pairs().map(|(key, value)| (key.into_owned(), value.into_owned())).collect())
}

#[tokio::test]
async fn a_browser_comes_back_with_a_code_that_works_once() {
    let sim = Sim::start().await;
    let redirect = "http://localhost:4711/back";
    sim.command("/authorize", json!({"user": "bea"})).await;
    let back = browse(&sim, redirect).await.unwrap();
    let of = |name: &str| back.iter().find(|(key, _)| key == name).unwrap().1.clone();
    assert_eq!((of("state"), of("scope")), ("s1".to_owned(), "clips:edit".to_owned()));
    let (info, code) = (sim.handle.info(), of("code"));
    let trade = async |secret: &str, redirect: &str| {
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", info.client_id.as_str()),
            ("client_secret", secret),
            ("redirect_uri", redirect),
            ("code", code.as_str()),
        ];
        answer(sim.oauth(Method::POST, "/token").form(&form)).await
    };
    let secret = info.client_secret.as_str();
    assert_eq!(trade("", redirect).await, refused("missing client secret"));
    assert_eq!(trade("wrong", redirect).await.0, 403);
    let other = trade(secret, "http://localhost:1").await;
    assert_eq!(other, refused("Parameter redirect_uri does not match registered URI"));
    let (status, body) = trade(secret, redirect).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(login_of(&sim, &body["access_token"]).await, "bea");
    assert_eq!(trade(secret, redirect).await, refused("Invalid authorization code"));
}

#[tokio::test]
async fn a_browser_can_bring_a_no_and_goes_to_this_machine_only() {
    let sim = Sim::start().await;
    sim.command("/fault", json!({"fault": "login_denied"})).await;
    let back = browse(&sim, "http://127.0.0.1:1").await.unwrap();
    assert!(back.contains(&("error".to_owned(), "access_denied".to_owned())), "{back:?}");
    assert!(back.contains(&("state".to_owned(), "s1".to_owned())), "{back:?}");
    let words = "Parameter redirect_uri does not match registered URI";
    assert_eq!(browse(&sim, "https://example.org").await, Err(json!(words)));
}

#[tokio::test]
async fn a_revoked_token_is_worth_nothing() {
    let sim = Sim::start().await;
    let info = sim.handle.info();
    let revoke = async |token: &str| {
        let form = [("client_id", info.client_id.as_str()), ("token", token)];
        sim.oauth(Method::POST, "/revoke").form(&form).send().await.unwrap().status()
    };
    assert_eq!(revoke(&info.access_token).await, 200);
    assert_eq!(revoke(&info.access_token).await, 400);
    assert_eq!(answer(sim.helix(Method::GET, "/users")).await.0, 401);

    let public = info.test_tokens[0].clone();
    let users = || sim.helix_as(Method::GET, "/users", &public.client_id, &public.access_token);
    assert_eq!(answer(users()).await.0, 200);
    sim.command("/revoke", json!({"user": info.user_login})).await;
    assert_eq!(answer(users()).await.0, 401);
}

#[tokio::test]
async fn a_broadcaster_sees_the_editors() {
    let sim = waiting().await;
    let editors = async |login: &str, scope: &str| {
        let client_id = public(&sim);
        let form = [("client_id", client_id.as_str()), ("scopes", scope)];
        let (_, device) = answer(sim.oauth(Method::POST, "/device").form(&form)).await;
        let yes = json!({"user_code": device["user_code"], "user": login});
        sim.command("/authorize", yes).await;
        let (_, body) = poll(&sim, device["device_code"].as_str().unwrap()).await;
        let path = format!("/channels/editors?broadcaster_id={}", sim.id("mossykettle"));
        let token = body["access_token"].as_str().unwrap();
        answer(sim.helix_as(Method::GET, &path, &client_id, token)).await
    };
    let (status, body) = editors("mossykettle", "channel:read:editors").await;
    assert_eq!(
        (status.as_u16(), &body["data"][0]["user_id"]),
        (200, &json!(sim.handle.info().user_id))
    );
    assert_eq!(editors("mossykettle", "clips:edit").await.0, 401);
    assert_eq!(editors("quillarcade", "channel:read:editors").await.0, 401);
}

//! Odd answers of Helix and OAuth, as a plain HTTP client gets them.

#[cfg(test)]
mod common;

use std::time::Duration;

use cliphound_twitch_sim::FaultCall;
use common::{Sim, answer};
use reqwest::Method;
use serde_json::json;
use tokio::time::timeout;

/// What the caller of Create Clip sees, in a word or two.
async fn seen(sim: &Sim) -> String {
    let answer = async {
        let response = sim.create_clip("quiet").send().await?;
        let (status, limits) =
            (response.status(), response.headers().contains_key("ratelimit-reset"));
        let text = response.text().await?;
        let form = match () {
            () if text.is_empty() => "nothing",
            () if text.starts_with('{') && text.ends_with('}') => "JSON",
            () if text.starts_with('<') => "a page",
            () => "half",
        };
        let limits = if limits { "" } else { " no limits" };
        reqwest::Result::Ok(format!("{} {form}{limits}", status.as_u16()))
    };
    match timeout(Duration::from_secs(2), answer).await {
        Ok(Ok(seen)) => seen,
        Ok(Err(_)) => "hung up".to_owned(),
        Err(_) => "no answer".to_owned(),
    }
}

#[tokio::test]
async fn create_clip_answers_oddly_and_the_record_says_whether_a_clip_was_made() {
    let check = async |name: &'static str, expected: &str, is_made: bool| {
        let sim = Sim::quiet(1.0).await;
        sim.handle.fault(&FaultCall::new(name).service("create_clip")).unwrap();
        assert_eq!(answer(sim.helix(Method::GET, "/users")).await.0, 200, "another call");
        assert_eq!(seen(&sim).await, expected, "{name}");
        let clips: Vec<_> =
            sim.handle.clips().iter().map(|clip| (clip.answered, clip.fault)).collect();
        let made = if is_made { vec![(false, Some(name))] } else { vec![] };
        assert_eq!(clips, made, "{name}");
        assert_eq!(seen(&sim).await, "202 JSON", "the next call is well");
    };
    check("http_401", "401 JSON no limits", false).await;
    check("http_403", "403 JSON no limits", false).await;
    check("http_404", "404 JSON no limits", false).await;
    check("http_429", "429 JSON", false).await;
    check("http_429_bare", "429 JSON no limits", false).await;
    check("http_500", "500 JSON no limits", false).await;
    check("http_502", "502 a page no limits", false).await;
    check("http_503", "503 JSON no limits", false).await;
    check("http_html", "200 a page no limits", false).await;
    check("http_hang", "no answer", false).await;
    check("http_empty", "202 nothing", true).await;
    check("http_truncated", "202 half", true).await;
    check("http_lost", "hung up", true).await;
    check("http_502_late", "502 a page no limits", true).await;
    check("http_hang_late", "no answer", true).await;
}

#[tokio::test]
async fn odd_answers_are_for_a_call_a_service_or_all() {
    let sim = Sim::start().await;
    let status =
        async |method: Method, path: &str| sim.helix(method, path).send().await.unwrap().status();
    let validate = async || sim.oauth(Method::GET, "/validate").send().await.unwrap().status();
    sim.handle.fault(&FaultCall::new("http_503").service("get_users")).unwrap();
    assert_eq!(validate().await, 401);
    assert_eq!(status(Method::GET, "/streams").await, 200);
    assert_eq!(status(Method::GET, "/users").await, 503);
    sim.handle.fault(&FaultCall::new("http_500").service("oauth")).unwrap();
    assert_eq!(status(Method::GET, "/users").await, 200);
    assert_eq!(validate().await, 500);
    sim.handle.fault(&FaultCall::new("http_404").count(2)).unwrap();
    assert_eq!(
        (status(Method::GET, "/clips").await.as_u16(), validate().await.as_u16()),
        (404, 404)
    );
    assert_eq!(sim.handle.faults(), []);
    let (_, refused) = sim.command("/fault", json!({"fault": "http_500", "service": "irc"})).await;
    let words = refused["error"].as_str().unwrap();
    assert!(words.contains("'irc' is no service; there are: helix, oauth, create_clip"), "{words}");
}

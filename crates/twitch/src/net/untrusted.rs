//! A server whose certificate nobody trusts is not talked to, nor one whose name nobody knows: by
//! HTTPS, by WebSocket, by IRC.

use cliphound_clock::Clock;
use cliphound_twitch_sim::{SimConfig, SimHandle, start};
use serde_json::{Value, json};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use twitch_api::client::{Bytes, Request};
use url::Url;

use super::{Dialler, Endpoint};
use crate::oauth::http::{SendError, http_client, send};

fn url(scheme: &str, sim: &SimHandle) -> Url {
    Url::parse(&format!("{scheme}://{}/ws", sim.info().untrusted_tls)).unwrap()
}

/// What is told of a call that never left.
async fn why_not_sent(here: &str, https: &Url) -> String {
    let mut request = Request::new(Bytes::from_static(b"secret"));
    *request.uri_mut() = "https://api.twitch.tv/helix/users".parse().unwrap();
    // Past the proxy of this machine, if it has one.
    let here = Url::parse(here).unwrap();
    let sent = send(&http_client(&[&here]).unwrap(), https, "/helix/", request).await;
    let Err(SendError::NotSent(why)) = sent else { panic!("{sent:?}") };
    why
}

/// What the simulator has seen; its own control API does not count.
async fn seen(sim: &SimHandle) -> Value {
    let stats = format!("{}/stats", sim.info().control);
    let client = http_client(&[&Url::parse(&stats).unwrap()]).unwrap();
    let answer = client.get(stats).send().await.unwrap().bytes().await.unwrap();
    let told: Value = serde_json::from_slice(&answer).unwrap();
    json!([told["requests"], told["connections_total"], told["eventsub_sessions"]])
}

#[tokio::test]
async fn a_server_with_a_certificate_that_nobody_trusts_is_told_nothing() {
    let (tracker, stop) = (TaskTracker::new(), CancellationToken::new());
    let _end = stop.clone().drop_guard();
    let sim = start(SimConfig::default(), Clock::system(), &tracker, stop).await.unwrap();
    let dialler = Dialler::default();
    let [https, wss, ircs] = ["https", "wss", "ircs"].map(|scheme| url(scheme, &sim));

    let lines = dialler.bytes(&Endpoint::check(&ircs).unwrap()).await.err().unwrap();
    let frames = dialler.frames(&Endpoint::check(&wss).unwrap(), &wss).await.err().unwrap();
    let call = why_not_sent(&sim.info().control, &https).await;

    for why in [lines.to_string(), frames.to_string(), call] {
        assert!(why.contains("invalid peer certificate"), "{why}");
    }
    assert_eq!(seen(&sim).await, json!([{}, 0, 0]));
}

/// What was not sent may be sent again.
#[tokio::test]
async fn a_name_that_nobody_knows_is_told_and_nothing_is_sent() {
    // RFC 6761: there never is such a name.
    let url = |scheme: &str| Url::parse(&format!("{scheme}://nobody.invalid/ws")).unwrap();
    let dialler = Dialler::default();
    let lines = dialler.bytes(&Endpoint::check(&url("ircs")).unwrap()).await.err().unwrap();
    let wss = url("wss");
    let frames = dialler.frames(&Endpoint::check(&wss).unwrap(), &wss).await.err().unwrap();
    let call = why_not_sent("http://127.0.0.1:1", &url("https")).await;
    for why in [lines.to_string(), frames.to_string(), call] {
        assert!(why.contains("failed to lookup address"), "{why}");
    }
}

//! A simulator that speaks TLS, and certificates that nobody trusts.

#![expect(clippy::unwrap_used, reason = "a test may")]

#[cfg(test)]
mod common;

use std::sync::Arc;

use cliphound_twitch_sim::{FaultCall, SimConfig};
use common::{Sim, answer, client};
use futures_util::StreamExt;
use reqwest::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

async fn start() -> Sim {
    let channels = ["small:40", "middle:800"].map(str::to_owned).into();
    Sim::with(SimConfig { channels, tls: true, ..SimConfig::default() }, 100.0).await
}

/// A connection to an address of the simulator's, whose root is trusted.
async fn dial(sim: &Sim, url: &str) -> TlsStream<TcpStream> {
    let at = url.split("://").nth(1).unwrap().split('/').next().unwrap();
    let root = CertificateDer::from_pem_slice(sim.handle.root_pem().unwrap().as_bytes()).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(root).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("127.0.0.1").unwrap();
    let tcp = TcpStream::connect(at).await.unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, tcp).await.unwrap()
}

#[tokio::test]
async fn every_service_speaks_tls_under_the_address_that_is_told() {
    let sim = start().await;
    let info = sim.handle.info();
    for (urls, scheme) in [
        (vec![&info.irc], "ircs://127.0.0.1:"),
        (
            vec![&info.helix, &info.oauth, &info.seventv, &info.bttv, &info.ffz],
            "https://127.0.0.1:",
        ),
        (
            vec![&info.irc_ws, &info.eventsub, &info.seventv_events, &info.bttv_events],
            "wss://127.0.0.1:",
        ),
        (vec![&info.control], "http://127.0.0.1:"),
    ] {
        assert!(urls.iter().all(|url| url.starts_with(scheme)), "{urls:?}");
    }
    assert_eq!(answer(sim.helix(Method::GET, "/users")).await.0, 200);
    for address in [&info.bttv, &info.ffz, &info.seventv] {
        let path = if *address == info.ffz { "set/global" } else { "cached/emotes/global" };
        let path = if *address == info.seventv { "emote-sets/global" } else { path };
        let url = format!("{address}/{path}");
        assert_eq!(client(&sim.handle).get(&url).send().await.unwrap().status(), 200, "{url}");
    }
    for url in [&info.irc_ws, &info.eventsub, &info.seventv_events, &info.bttv_events] {
        let socket = dial(&sim, url).await;
        let (mut socket, _) = tokio_tungstenite::client_async(url.as_str(), socket).await.unwrap();
        if *url == info.eventsub {
            let welcome = socket.next().await.unwrap().unwrap().into_text().unwrap();
            assert!(welcome.contains("session_welcome"), "{welcome}");
        }
    }
    let mut chat = dial(&sim, &info.irc).await;
    chat.write_all(b"NICK justinfan1\r\nPING :one\r\n").await.unwrap();
    let mut seen = String::new();
    while !seen.contains(":one") {
        seen.push(char::from(chat.read_u8().await.unwrap()));
    }
}

#[tokio::test]
async fn addresses_in_answers_are_right_with_and_without_tls() {
    let sim = start().await;
    let (_, made) = answer(sim.create_clip("middle")).await;
    let id = made["data"][0]["id"].as_str().unwrap().to_owned();
    sim.clock.sleep_until_ms(sim.handle.clips()[0].ready_ms).await;
    let info = sim.handle.info();
    let path = format!(
        "/clips/downloads?editor_id={}&broadcaster_id={}&clip_id={id}",
        info.user_id,
        sim.id("middle")
    );
    let control = info.control.trim_end_matches("/control");
    for base in [info.helix.clone(), format!("{control}/helix")] {
        let request = client(&sim.handle).get(format!("{base}{path}"));
        let request = request.header("Client-Id", &info.client_id).bearer_auth(&info.access_token);
        let (_, told) = answer(request).await;
        let url = told["data"][0]["landscape_download_url"].as_str().unwrap();
        assert_eq!(url.split("/media").next(), base.strip_suffix("/helix"), "{told}");
        let video = client(&sim.handle).get(url).send().await.unwrap();
        assert_eq!(video.bytes().await.unwrap().len(), 300_000);
    }
    let form = [("client_id", info.test_tokens[0].client_id.as_str()), ("scopes", "clips:edit")];
    let (_, told) = answer(sim.oauth(Method::POST, "/device").form(&form)).await;
    let page = told["verification_uri"].as_str().unwrap();
    assert!(page.starts_with("https://"), "{told}");
    assert_eq!(client(&sim.handle).get(page).send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn certificates_that_nobody_trusts_come_in_turn() {
    let sim = start().await;
    sim.handle.fault(&FaultCall::new("net_tls").service("helix").count(4)).unwrap();
    for why in ["UnknownIssuer", "Expired", "NotValidForName", "UnknownIssuer"] {
        let refused = sim.fresh().helix(Method::GET, "/users").send().await.unwrap_err();
        assert!(refused.is_connect() && format!("{refused:?}").contains(why), "{refused:?}");
    }
    assert_eq!(answer(sim.fresh().helix(Method::GET, "/users")).await.0, 200);
    let stats = sim.control("/stats").await;
    assert_eq!(stats["requests"]["GET /helix/users"], json!({"200": 1}), "no other was heard");
}

#[tokio::test]
async fn the_networks_faults_are_the_same_over_tls() {
    let sim = start().await;
    let url = sim.handle.info().irc.clone();
    let mut chat = dial(&sim, &url).await;
    chat.write_all(b"NICK justinfan1\r\n").await.unwrap();
    chat.read_u8().await.unwrap();
    sim.handle.fault(&FaultCall::new("net_reset").service("irc")).unwrap();
    let end = async {
        while chat.read_u8().await? != 0 {}
        std::io::Result::Ok(())
    };
    assert_eq!(end.await.unwrap_err().kind(), std::io::ErrorKind::ConnectionReset);

    sim.handle.fault(&FaultCall::new("net_cut").service("helix")).unwrap();
    let broken = async { sim.create_clip("small").send().await?.text().await };
    broken.await.unwrap_err();
    assert_eq!(sim.handle.clips().len(), 1);
    sim.handle.fault(&FaultCall::new("net_slow").service("helix").seconds(600)).unwrap();
    let before_ms = sim.clock.now_ms();
    assert_eq!(answer(sim.helix(Method::GET, "/streams")).await.0, 200);
    assert!(sim.clock.now_ms() - before_ms >= 200, "some hundred bytes");
    sim.handle.fair_weather();
    sim.handle.fault(&FaultCall::new("net_stall").service("helix").seconds(60)).unwrap();
    let before_ms = sim.clock.now_ms();
    assert_eq!(answer(sim.fresh().helix(Method::GET, "/users")).await.0, 200);
    assert!(sim.clock.now_ms() - before_ms >= 60_000);
}

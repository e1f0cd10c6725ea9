//! The network's faults, as raw clients meet them.

#[cfg(test)]
mod common;

use cliphound_twitch_sim::{FaultCall, SimConfig, Storm, start};
use common::{Chat, Sim, answer, raw, until_it_ends};
use reqwest::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

fn net(name: &str, service: &str) -> FaultCall {
    FaultCall::new(name).service(service)
}

#[tokio::test]
async fn new_connections_are_refused_as_often_as_asked_and_to_one_service() {
    let sim = Sim::start().await;
    sim.handle.fault(&net("net_refuse", "irc").count(2)).unwrap();
    let info = sim.handle.info();
    for _ in 0..2 {
        let mut refused = raw(&info.irc).await;
        assert_eq!(until_it_ends(&mut refused).await, (String::new(), true));
    }
    assert_eq!(answer(sim.helix(Method::GET, "/users")).await.0, 200);
    Chat::reader(&sim, "small").await;
    assert_eq!(sim.handle.faults(), []);
}

#[tokio::test]
async fn connections_are_reset_and_the_next_are_well() {
    let sim = Sim::start().await;
    let mut chat = raw(&sim.handle.info().irc).await;
    chat.write_all(b"NICK justinfan1\r\n").await.unwrap();
    chat.read_u8().await.unwrap();
    sim.handle.fault(&net("net_reset", "irc")).unwrap();
    assert!(until_it_ends(&mut chat).await.1);
    Chat::reader(&sim, "small").await;
}

#[tokio::test]
async fn an_answer_is_cut_in_the_middle() {
    let sim = Sim::start().await;
    sim.handle.fault(&net("net_cut", "helix")).unwrap();
    let mut http = raw(&sim.handle.info().helix).await;
    http.write_all(b"GET /helix/users HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let (said, reset) = until_it_ends(&mut http).await;
    assert!(reset && said.starts_with("HTTP/1.1 401") && !said.ends_with('}'), "{said}");

    // A clip whose answer is cut was made all the same; Twitch does not know of the cut.
    sim.handle.fault(&net("net_cut", "helix")).unwrap();
    let broken = async { sim.create_clip("small").send().await?.text().await };
    broken.await.unwrap_err();
    assert_eq!(sim.handle.clips().len(), 1);
    assert_eq!(answer(sim.helix(Method::GET, "/users")).await.0, 200);
}

#[tokio::test]
async fn nothing_follows_what_was_cut_off() {
    let sim = Sim::start().await;
    let (_, made) = answer(sim.create_clip("small")).await;
    let id = made["data"][0]["id"].as_str().unwrap();
    sim.handle.fault(&net("net_cut", "helix").count(2)).unwrap();
    let mut http = raw(&sim.handle.info().helix).await;
    let asked = format!("GET /media/{id}.mp4 HTTP/1.1\r\nHost: x\r\n\r\n");
    http.write_all(asked.as_bytes()).await.unwrap();
    let mut said = Vec::new();
    http.read_to_end(&mut said).await.unwrap_err();
    let head = said.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    let body = &said[head + 4..];
    assert!(body.iter().enumerate().all(|(at, byte)| usize::from(*byte) == at % 251));
}

#[tokio::test]
async fn half_open_connections_carry_nothing_until_the_weather_is_fair() {
    let sim = Sim::start().await;
    let mut chat = raw(&sim.handle.info().irc).await;
    chat.write_all(b"NICK justinfan1\r\nPING :one\r\n").await.unwrap();
    let mut seen = String::new();
    while !seen.contains(":one") {
        seen.push(char::from(chat.read_u8().await.unwrap()));
    }
    sim.handle.fault(&net("net_half_open", "irc")).unwrap();
    chat.write_all(b"PING :two\r\n").await.unwrap();
    // A new connection is well: it is answered after the dead one was written to.
    Chat::reader(&sim, "small").await;
    sim.handle.fair_weather();
    let (said, reset) = until_it_ends(&mut chat).await;
    assert!(reset && !said.contains(":two"), "{said}");
}

#[tokio::test]
async fn a_stall_ends_and_nothing_is_lost() {
    let sim = Sim::start().await;
    sim.handle.fault(&net("net_stall", "helix").seconds(60)).unwrap();
    let before_ms = sim.clock.now_ms();
    assert_eq!(answer(sim.helix(Method::GET, "/users")).await.0, 200);
    assert!(sim.clock.now_ms() - before_ms >= 60_000);
}

#[tokio::test]
async fn what_is_said_slowly_arrives_whole() {
    let sim = Sim::start().await;
    sim.handle.fault(&net("net_slow", "helix").seconds(600)).unwrap();
    let before_ms = sim.clock.now_ms();
    let (status, streams) = answer(sim.helix(Method::GET, "/streams")).await;
    assert_eq!((status.as_u16(), streams["data"].as_array().unwrap().len()), (200, 3));
    assert!(sim.clock.now_ms() - before_ms >= 500, "about 2 kB");
}

#[tokio::test]
async fn plain_text_is_answered_as_by_somebody_who_speaks_tls_only() {
    let sim = Sim::start().await;
    sim.handle.fault(&net("net_tls", "irc").count(2)).unwrap();
    for _ in 0..2 {
        let mut chat = raw(&sim.handle.info().irc).await;
        chat.write_all(b"NICK justinfan1\r\nJOIN #small\r\n").await.unwrap();
        let (said, reset) = until_it_ends(&mut chat).await;
        assert_eq!((said.as_bytes(), reset), (&[21, 3, 3, 0, 2, 2, 10][..], false));
    }
    assert_eq!(answer(sim.helix(Method::GET, "/users")).await.0, 200);
    Chat::reader(&sim, "small").await;
    assert_eq!(sim.handle.faults(), []);

    // What is asked for over HTTP is performed by nobody.
    sim.handle.fault(&net("net_tls", "helix").count(1)).unwrap();
    sim.fresh().create_clip("small").send().await.unwrap_err();
    assert_eq!(sim.handle.clips(), []);
    assert_eq!(answer(sim.fresh().create_clip("small")).await.0, 202);
}

#[tokio::test]
async fn without_a_hosts_file_names_that_fail_are_connections_refused() {
    let sim = Sim::start().await;
    sim.handle.fault(&net("net_dns", "irc").seconds(60)).unwrap();
    let end_ms = sim.clock.now_ms() + 60_000;
    let mut refused = raw(&sim.handle.info().irc).await;
    assert_eq!(until_it_ends(&mut refused).await, (String::new(), true));
    assert_eq!(answer(sim.helix(Method::GET, "/users")).await.0, 200);
    sim.clock.sleep_until_ms(end_ms + 1_000).await;
    Chat::reader(&sim, "small").await;
}

#[tokio::test]
async fn names_vanish_from_the_hosts_file_for_a_while() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("hosts");
    let config = SimConfig { hosts: Some(path.clone()), ..SimConfig::default() };
    let sim = Sim::with(config, 100.0).await;
    let named = || {
        let text = std::fs::read_to_string(&path).unwrap();
        text.lines().any(|line| line.trim() == "127.0.0.1 localhost")
    };
    let info = sim.handle.info();
    assert!(info.helix.starts_with("http://localhost:"), "{}", info.helix);
    assert!(info.eventsub.starts_with("ws://localhost:"), "{}", info.eventsub);
    assert!(named());
    sim.handle.fault(&FaultCall::new("net_dns").seconds(60)).unwrap();
    assert!(!named());
    let end_ms = sim.clock.now_ms() + 60_000;
    // Who knows the address is let in.
    let at = sim.handle.info().irc.replace("localhost", "127.0.0.1");
    let mut chat = raw(&at).await;
    chat.write_all(b"NICK justinfan1\r\n").await.unwrap();
    chat.read_u8().await.unwrap();
    sim.clock.sleep_until_ms(end_ms + 5_000).await;
    assert!(named() && sim.handle.faults().is_empty());

    sim.handle.fault(&FaultCall::new("net_dns").seconds(5_000)).unwrap();
    sim.handle.fair_weather();
    assert!(named());
    let other = dir.path().join("other");
    std::fs::write(&other, "127.0.0.1 mine\n").unwrap();
    let config = SimConfig { hosts: Some(other), ..SimConfig::default() };
    let refused = start(config, sim.clock.clone(), &sim.tracker, sim.stop.clone()).await;
    let words = refused.err().unwrap().to_string();
    assert!(words.contains("can't be kept: it is not the simulator's"), "{words}");
}

#[tokio::test]
async fn a_fault_that_makes_no_sense_is_refused_with_what_to_do() {
    let sim = Sim::start().await;
    let check = async |call: serde_json::Value, expected: &str| {
        let (status, body) = sim.command("/fault", call).await;
        let error = body["error"].as_str().unwrap_or_default();
        assert!(status == 400 && error.contains(expected), "{status} {body}");
    };
    check(json!({"fault": "net_reset", "service": "mail"}), "there are: irc, eventsub, ").await;
    check(json!({"fault": "net_reset", "channel": "small"}), "for a service only").await;
    check(json!({"fault": "clip_503", "service": "irc"}), "for a channel only").await;
    check(json!({"fault": "net_stall", "seconds": 0}), "seconds must be at least 1").await;
    check(json!({"fault": "rain"}), "known are: clip_lost_answer, ").await;
}

#[tokio::test]
async fn the_list_tells_what_waits() {
    let sim = Sim::start().await;
    sim.handle.fault(&net("net_stall", "emotes").seconds(5_000)).unwrap();
    sim.handle.inject("clip_503", Some("small"), 3).unwrap();
    let told = sim.control("/faults").await;
    let names = |key: &str| told[key].as_array().unwrap().len();
    assert_eq!(names("waiting"), 2);
    assert_eq!(told["waiting"][0], json!({"fault": "clip_503", "place": "small", "count": 3}));
    assert!(names("known") > 50);
    assert!(
        told["known"]
            .as_array()
            .unwrap()
            .iter()
            .all(|f| f["what"].as_str().unwrap().ends_with('.'))
    );
}

#[tokio::test]
async fn a_storm_passes_and_leaves_fair_weather() {
    let storm = Storm::new(3).lasting(300);
    let config = SimConfig { storm: Some(storm), ..SimConfig::default() };
    let sim = Sim::with(config, 500.0).await;
    assert!(sim.control("/faults").await["storm_brings"].as_u64() > Some(5));
    let plan = sim.handle.storm(&storm).await;
    let logins: Vec<String> = sim.handle.info().channels.iter().map(|c| c.login.clone()).collect();
    assert_eq!(plan, storm.plan(&logins), "the same as without a simulator");
    assert_eq!(
        (sim.handle.faults(), sim.control("/faults").await["storm_brings"].clone()),
        (vec![], json!(0))
    );
    let again = sim.command("/storm", json!({"seed": 3, "seconds": 300})).await.1;
    assert_eq!(again["plan"], serde_json::to_value(plan).unwrap());
    sim.handle.fair_weather();
    Chat::reader(&sim, "mossykettle").await;
}

#[tokio::test]
async fn a_certificate_that_nobody_trusts_is_shown() {
    let sim = Sim::start().await;
    let url = format!("https://{}/control/stats", sim.handle.info().untrusted_tls);
    let client = |blind| {
        let builder = reqwest::Client::builder().no_proxy().tls_danger_accept_invalid_certs(blind);
        builder.build().unwrap()
    };
    let refused = client(false).get(&url).send().await.unwrap_err();
    assert!(format!("{refused:?}").contains("UnknownIssuer"), "{refused:?}");
    assert_eq!(client(true).get(&url).send().await.unwrap().status(), 200, "it does speak TLS");
}

//! The emote services: what they answer, what they tell live, what goes wrong with them.

#![expect(clippy::unwrap_used, reason = "a test may")]

#[cfg(test)]
mod common;

use cliphound_twitch_sim::{EmoteChange, EmoteService};
use common::{Sim, answer};
use futures_util::{SinkExt, StreamExt};
use reqwest::Method;
use serde_json::{Value, json};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async, tungstenite::Message};

type Socket = WebSocketStream<MaybeTlsStream<tokio::net::TcpStream>>;

async fn said(socket: &mut Socket) -> Value {
    loop {
        if let Message::Text(text) = socket.next().await.unwrap().unwrap() {
            return serde_json::from_str(&text).unwrap();
        }
    }
}

async fn get(url: String) -> (u16, Value) {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let (status, body) = answer(http.get(url)).await;
    (status.as_u16(), body)
}

#[tokio::test]
async fn each_service_answers_in_its_own_shape() {
    let sim = Sim::start().await;
    let (info, id) = (sim.handle.info(), sim.id("small"));
    let (_, user) = get(format!("{}/users/twitch/{id}", info.seventv)).await;
    assert_eq!(user["emote_set"]["emotes"][0]["name"], "GlimmerToad");
    assert_ne!(user["emote_set"]["emotes"][0]["data"]["name"], "GlimmerToad");
    let (_, user) = get(format!("{}/cached/users/twitch/{id}", info.bttv)).await;
    assert_eq!(user["channelEmotes"][0]["code"], "WobbleCat");
    assert_eq!(user["sharedEmotes"][0]["code"], "NoodleDance");
    let (_, room) = get(format!("{}/room/id/{id}", info.ffz)).await;
    assert_eq!(room["sets"]["9"]["emoticons"][0]["name"], "LampPog");
    let (_, global) = get(format!("{}/set/global", info.ffz)).await;
    assert_eq!(global["default_sets"], json!([3]));
    assert_eq!(get(format!("{}/users/twitch/1", info.seventv)).await.0, 404);
    let (_, global) = answer(sim.helix(Method::GET, "/chat/emotes/global")).await;
    assert!(global["data"].as_array().unwrap().iter().any(|e| e["name"] == "Kappa"));
    let path = format!("/chat/emotes?broadcaster_id={id}");
    let (_, own) = answer(sim.helix(Method::GET, &path)).await;
    assert_eq!(own["data"][0]["name"], "smallWave");
}

#[tokio::test]
async fn faults_come_as_often_as_asked() {
    let sim = Sim::start().await;
    let global = format!("{}/emote-sets/global", sim.handle.info().seventv);
    sim.handle.inject("7tv_down", None, 1).unwrap();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    assert_eq!(http.get(&global).send().await.unwrap().status(), 503);
    assert_eq!(get(global.clone()).await.0, 200);
    sim.handle.inject("7tv_html", None, 1).unwrap();
    let html = http.get(&global).send().await.unwrap().text().await.unwrap();
    assert!(html.starts_with("<html>"));
    sim.handle.inject("7tv_null_set", Some("small"), 1).unwrap();
    let user = format!("{}/users/twitch/{}", sim.handle.info().seventv, sim.id("small"));
    assert_eq!(get(user).await.1["emote_set"], Value::Null);
}

#[tokio::test]
async fn a_change_is_told_to_who_listens() {
    let sim = Sim::start().await;
    let (mut bttv, _) = connect_async(&sim.handle.info().bttv_events).await.unwrap();
    let join =
        json!({"name": "join_channel", "data": {"name": format!("twitch:{}", sim.id("small"))}});
    bttv.send(Message::text(join.to_string())).await.unwrap();
    let (mut seventv, _) = connect_async(&sim.handle.info().seventv_events).await.unwrap();
    assert_eq!(said(&mut seventv).await["op"], 1);
    let set = format!("01SET{}", sim.id("small"));
    let condition = json!({"type": "emote_set.update", "condition": {"object_id": set}});
    let subscribe = json!({"op": 35, "d": condition});
    seventv.send(Message::text(subscribe.to_string())).await.unwrap();
    assert_eq!(said(&mut seventv).await["d"]["command"], "SUBSCRIBE");

    let body = json!({"service": "7tv", "channel": "small", "add": ["NewOne"],
        "rename": {"buhJAM": "buhJAM2"}, "remove": ["tinyGasp"]});
    assert_eq!(sim.command("/emotes", body).await.0, 200);
    let told = &said(&mut seventv).await["d"]["body"];
    assert_eq!(told["pushed"][0]["value"]["name"], "NewOne");
    assert_eq!(told["pulled"][0]["old_value"]["name"], "tinyGasp");
    assert_eq!(told["updated"][0]["value"]["name"], "buhJAM2");

    while sim.handle.emote_topics(EmoteService::Bttv).is_empty() {
        tokio::task::yield_now().await;
    }
    let change = EmoteChange { add: vec!["Newer".to_owned()], ..EmoteChange::default() };
    sim.handle.change_emotes(EmoteService::Bttv, Some("small"), &change);
    let told = said(&mut bttv).await;
    assert_eq!(
        (&told["name"], &told["data"]["emote"]["code"]),
        (&json!("emote_create"), &json!("Newer"))
    );
    assert_eq!(sim.command("/emotes", json!({"service": "x"})).await.0, 400);

    sim.handle.inject("7tv_reconnect", None, 1).unwrap();
    assert_eq!(said(&mut seventv).await["op"], 4);
}

//! EventSub over real sockets on loopback.

#![expect(clippy::unwrap_used, reason = "helpers fail as the tests do")]

#[cfg(test)]
mod common;

use common::{Chat, Sim, answer};
use futures_util::{SinkExt, StreamExt};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// A client of EventSub.
struct Client {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    session: String,
}

impl Client {
    async fn connect(sim: &Sim) -> Self {
        Self::at(&sim.handle.info().eventsub).await
    }

    async fn at(url: &str) -> Self {
        let (socket, _) = connect_async(url).await.unwrap();
        let mut client = Self { socket, session: String::new() };
        let welcome = client.next().await.unwrap();
        assert_eq!(welcome["metadata"]["message_type"], "session_welcome", "{welcome}");
        assert_eq!(welcome["payload"]["session"]["keepalive_timeout_seconds"], 10);
        client.session = welcome["payload"]["session"]["id"].as_str().unwrap().to_owned();
        client
    }

    /// The next message; nothing when the server hung up, with its close code.
    async fn next(&mut self) -> Result<Value, u16> {
        loop {
            match self.socket.next().await {
                Some(Ok(Message::Text(text))) => return Ok(serde_json::from_str(&text).unwrap()),
                Some(Ok(Message::Close(Some(frame)))) => return Err(frame.code.into()),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                _ => return Err(0),
            }
        }
    }

    /// Reads until a chat message holds a text; the ids of the messages before it and its own.
    async fn until(&mut self, text: &str) -> Vec<String> {
        let mut ids = Vec::new();
        loop {
            let message = self.next().await.unwrap();
            ids.push(message["metadata"]["message_id"].as_str().unwrap().to_owned());
            if message["payload"]["event"]["message"]["text"] == text {
                return ids;
            }
        }
    }
}

async fn subscribe(sim: &Sim, session: &str, kind: &str, channel: &str) -> (StatusCode, Value) {
    let version = if kind == "channel.update" { "2" } else { "1" };
    let body = json!({
        "type": kind,
        "version": version,
        "condition": {"broadcaster_user_id": sim.id(channel), "user_id": sim.handle.info().user_id},
        "transport": {"method": "websocket", "session_id": session},
    });
    answer(sim.helix(Method::POST, "/eventsub/subscriptions").json(&body)).await
}

async fn hearing(sim: &Sim, channel: &str) -> Client {
    let client = Client::connect(sim).await;
    let (status, _) = subscribe(sim, &client.session, "channel.chat.message", channel).await;
    assert_eq!(status, 202);
    client
}

async fn fault(sim: &Sim, name: &str, channel: &str) {
    let call = json!({"fault": name, "channel": channel});
    assert_eq!(sim.command("/fault", call).await.0, 200);
}

#[tokio::test]
async fn a_chat_line_comes_with_all_its_keys() {
    let sim = Sim::slow().await;
    let mut client = hearing(&sim, "small").await;
    let id = sim.handle.say("small", "ann", "hello Kappa", Default::default()).unwrap();
    let message = loop {
        let message = client.next().await.unwrap();
        if message["payload"]["event"]["message_id"] == id {
            break message;
        }
    };
    let (about, event) = (&message["payload"]["subscription"], &message["payload"]["event"]);
    assert_eq!(message["metadata"]["subscription_type"], "channel.chat.message");
    assert_eq!((&about["status"], &about["cost"]), (&json!("enabled"), &json!(0)));
    assert_eq!(about["transport"]["session_id"], client.session);
    assert_eq!(
        (&event["broadcaster_user_login"], &event["chatter_user_login"]),
        (&json!("small"), &json!("ann"))
    );
    assert_eq!(event["message"]["fragments"][1]["emote"]["id"], "25");
    for key in ["reply", "cheer", "source_message_id", "is_source_only"] {
        assert_eq!(event.get(key), Some(&Value::Null), "{key}");
    }
}

#[tokio::test]
async fn it_tells_what_irc_tells() {
    let sim = Sim::start().await;
    let mut client = hearing(&sim, "large").await;
    let mut irc = Chat::reader(&sim, "large").await;
    sim.handle.say("large", "ann", "from here", Default::default()).unwrap();
    irc.until(":from here").await;
    client.until("from here").await;
    for _ in 0..200 {
        let line = loop {
            let line = irc.next().await.unwrap();
            if line.contains(" PRIVMSG ") {
                break line;
            }
        };
        let event = client.next().await.unwrap()["payload"]["event"].clone();
        let text = event["message"]["text"].as_str().unwrap();
        assert!(line.ends_with(&format!(" PRIVMSG #large :{text}")), "{line}: {event}");
        assert!(line.contains(&format!(";id={};", event["message_id"].as_str().unwrap())));
    }
}

#[tokio::test]
async fn subscriptions_are_listed_and_ended_and_limits_hold() {
    let sim = Sim::slow().await;
    let client = Client::connect(&sim).await;
    let ask = async |kind: &str, channel: &str| {
        let (status, body) = subscribe(&sim, &client.session, kind, channel).await;
        (status.as_u16(), body)
    };
    let (status, made) = ask("stream.online", "small").await;
    assert_eq!(
        (status, &made["total_cost"], &made["max_total_cost"]),
        (202, &json!(1), &json!(10))
    );
    assert_eq!(ask("stream.online", "small").await.0, 409);
    assert_eq!(ask("channel.follow", "small").await.0, 400);
    assert_eq!(ask("channel.cheer", "small").await.0, 403, "not our channel");
    for channel in ["small", "middle", "large"] {
        for kind in ["stream.online", "stream.offline", "channel.update"] {
            ask(kind, channel).await;
        }
    }
    let list = answer(sim.helix(Method::GET, "/eventsub/subscriptions?type=stream.online")).await.1;
    assert_eq!((list["data"].as_array().unwrap().len(), &list["total_cost"]), (3, &json!(9)));
    let id = list["data"][0]["id"].as_str().unwrap();
    let path = format!("/eventsub/subscriptions?id={id}");
    let end = async || sim.helix(Method::DELETE, &path).send().await.unwrap().status();
    assert_eq!((end().await, end().await), (StatusCode::NO_CONTENT, StatusCode::NOT_FOUND));
    let unknown = subscribe(&sim, "nowhere", "stream.online", "small").await.1;
    assert!(unknown["message"].as_str().unwrap().contains("session does not exist"));
    let info = sim.handle.info();
    let bare = info.test_tokens.iter().find(|token| token.name == "no_scopes").unwrap();
    let body = json!({
        "type": "channel.chat.message", "version": "1",
        "condition": {"broadcaster_user_id": sim.id("small"), "user_id": info.user_id},
        "transport": {"method": "websocket", "session_id": client.session},
    });
    let call =
        sim.helix_as(Method::POST, "/eventsub/subscriptions", &bare.client_id, &bare.access_token);
    assert_eq!(answer(call.json(&body)).await.0, 403);
}

#[tokio::test]
async fn a_move_needs_the_new_address_and_brings_the_subscriptions() {
    let sim = Sim::slow().await;
    let mut client = hearing(&sim, "small").await;
    fault(&sim, "eventsub_reconnect", "small").await;
    let url = loop {
        let message = client.next().await.unwrap();
        if message["metadata"]["message_type"] == "session_reconnect" {
            break message["payload"]["session"]["reconnect_url"].as_str().unwrap().to_owned();
        }
    };
    sim.handle.say("small", "ann", "still the old one", Default::default()).unwrap();
    client.until("still the old one").await;
    let mut moved = Client::at(&url).await;
    sim.handle.say("small", "ann", "the new one", Default::default()).unwrap();
    moved.until("the new one").await;
    let (mut wrong, _) = connect_async(&url).await.unwrap();
    let Some(Ok(Message::Close(Some(frame)))) = wrong.next().await else { panic!("not closed") };
    assert_eq!(u16::from(frame.code), 4007, "an address works once");
}

#[tokio::test]
async fn faults_and_what_a_client_may_not_do() {
    let sim = Sim::slow().await;
    let mut client = hearing(&sim, "small").await;
    fault(&sim, "eventsub_duplicate", "small").await;
    sim.handle.say("small", "ann", "twice", Default::default()).unwrap();
    sim.handle.say("small", "ann", "once", Default::default()).unwrap();
    let mut ids = client.until("once").await;
    let before = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(before - ids.len(), 1);

    fault(&sim, "eventsub_revoke", "small").await;
    let revocation = loop {
        let message = client.next().await.unwrap();
        if message["metadata"]["message_type"] == "revocation" {
            break message;
        }
    };
    assert_eq!(revocation["payload"]["subscription"]["status"], "chat_user_banned");
    client.socket.send(Message::text("hello?")).await.unwrap();
    assert_eq!(client.next().await, Err(4001));

    let mut dropped = hearing(&sim, "small").await;
    fault(&sim, "eventsub_drop", "small").await;
    while dropped.next().await.is_ok() {}

    fault(&sim, "eventsub_403", "small").await;
    let client = Client::connect(&sim).await;
    let ask = async || subscribe(&sim, &client.session, "channel.chat.message", "small").await.0;
    assert_eq!((ask().await, ask().await), (StatusCode::FORBIDDEN, StatusCode::ACCEPTED));
}

/// Types and statuses of what is ended next.
async fn ended(client: &mut Client, count: usize) -> Vec<(String, String)> {
    let mut ended = Vec::new();
    while ended.len() < count {
        let message = client.next().await.unwrap();
        if message["metadata"]["message_type"] == "revocation" {
            let about = &message["payload"]["subscription"];
            let text = |key: &str| about[key].as_str().unwrap().to_owned();
            ended.push((text("type"), text("status")));
        }
    }
    ended
}

#[tokio::test]
async fn rights_that_are_taken_back_end_what_was_subscribed_to() {
    let sim = Sim::slow().await;
    let all = ["channel.chat.message", "stream.online", "channel.update"];
    let gone = |status: &str| all.map(|kind| (kind.to_owned(), status.to_owned())).to_vec();
    let mut client = Client::connect(&sim).await;
    let subscribe_all = async |session: &str| {
        for kind in all {
            assert_eq!(subscribe(&sim, session, kind, "small").await.0, StatusCode::ACCEPTED);
        }
    };
    subscribe_all(&client.session).await;
    fault(&sim, "eventsub_user_removed", "small").await;
    assert_eq!(ended(&mut client, 3).await, gone("user_removed"));

    // Another user's are left alone.
    subscribe_all(&client.session).await;
    sim.handle.revoke_user("somebody_else");
    let (_, listed) = answer(sim.helix(Method::GET, "/eventsub/subscriptions")).await;
    assert_eq!(listed["data"].as_array().unwrap().len(), 3);
    let user = json!({"user": sim.handle.info().user_login});
    assert_eq!(sim.command("/revoke", user).await.0, 200);
    assert_eq!(ended(&mut client, 3).await, gone("authorization_revoked"));
}

#[tokio::test]
async fn tokens_that_are_revoked_take_the_subscriptions_along() {
    let sim = Sim::slow().await;
    let mut client = hearing(&sim, "small").await;
    assert_eq!(sim.command("/fault", json!({"fault": "token_revoked"})).await.0, 200);
    let kind = ("channel.chat.message".to_owned(), "authorization_revoked".to_owned());
    assert_eq!(ended(&mut client, 1).await, [kind]);
}

#[tokio::test]
async fn signals_are_made_on_demand_and_by_the_stream() {
    let sim = Sim::slow().await;
    let mut client = Client::connect(&sim).await;
    for kind in ["stream.offline", "channel.update"] {
        assert_eq!(subscribe(&sim, &client.session, kind, "small").await.0, 202);
    }
    sim.handle.set_live("small", false);
    let message = client.next().await.unwrap();
    assert_eq!(message["metadata"]["subscription_type"], "stream.offline");
    let call = json!({"channel": "small", "type": "channel.update", "event": {"title": "New"}});
    assert_eq!(sim.command("/signal", call).await.1, json!({"heard": 1}));
    let event = &client.next().await.unwrap()["payload"]["event"];
    assert_eq!(
        (&event["title"], &event["category_name"]),
        (&json!("New"), &json!("Just Chatting"))
    );
    let call = json!({"channel": "small", "type": "channel.nonsense"});
    assert_eq!(sim.command("/signal", call).await.0, 400);
}

/// Each fault once, before the line `one`; the texts (or types) that came up to the line `end`.
async fn spoilt(name: &str) -> Vec<String> {
    let sim = Sim::quiet(100.0).await;
    let mut client = hearing(&sim, "quiet").await;
    fault(&sim, name, "quiet").await;
    let say = |text: &str| sim.handle.say("quiet", "ann", text, Default::default()).unwrap();
    say("one");
    say("two");
    // The one that is late comes before the end, however busy this machine is.
    let mut waits = name == "eventsub_reorder";
    if !waits {
        say("end");
    }
    let mut heard = Vec::new();
    loop {
        let Some(Ok(Message::Text(text))) = client.socket.next().await else { continue };
        let Ok(message) = serde_json::from_str::<Value>(&text) else {
            heard.push("no JSON".to_owned());
            continue;
        };
        let kind = &message["metadata"]["message_type"];
        let said = message["payload"]["event"]["message"]["text"].as_str();
        match said {
            Some("end") => return heard,
            Some(said) if said.len() > 900_000 => heard.push("a megabyte".to_owned()),
            Some(said) => {
                heard.push(said.to_owned());
                if said == "one" && std::mem::take(&mut waits) {
                    say("end");
                }
            }
            None if kind == "session_keepalive" => {}
            None => heard.push(kind.as_str().unwrap_or("nothing").to_owned()),
        }
    }
}

#[tokio::test]
async fn messages_are_spoilt_as_the_faults_say() {
    let check =
        async |name: &str, expected: &[&str]| assert_eq!(spoilt(name).await, expected, "{name}");
    check("eventsub_duplicate", &["one", "one", "two"]).await;
    check("eventsub_reorder", &["two", "one"]).await;
    check("eventsub_truncate", &["no JSON", "two"]).await;
    check("eventsub_enormous", &["a megabyte", "one", "two"]).await;
    let strangers = ["notification", "session_something_new", "nothing", "one", "two"];
    check("eventsub_unknown", &strangers).await;
    check("eventsub_keys", &["notification", "one", "two"]).await;
}

#[tokio::test]
async fn a_client_is_asked_to_move_again_and_again() {
    let sim = Sim::slow().await;
    let mut client = hearing(&sim, "small").await;
    let (status, _) =
        sim.command("/fault", json!({"fault": "eventsub_reconnect_storm", "count": 2})).await;
    assert_eq!(status, 200);
    for _ in 0..3 {
        let url = loop {
            let message = client.next().await.unwrap();
            if message["metadata"]["message_type"] == "session_reconnect" {
                break message["payload"]["session"]["reconnect_url"].as_str().unwrap().to_owned();
            }
        };
        client = Client::at(&url).await;
    }
    sim.handle.say("small", "ann", "still here", Default::default()).unwrap();
    client.until("still here").await;
}

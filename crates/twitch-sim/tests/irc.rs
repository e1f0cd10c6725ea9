//! Chat over real sockets on loopback.

#[cfg(test)]
mod common;

use common::{Chat, Sim};
use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;

#[tokio::test]
async fn tags_and_notices_come_only_when_they_were_asked_for() {
    let sim = Sim::start().await;
    let mut tagged = Chat::reader(&sim, "large").await;
    let line = tagged.until(" PRIVMSG #large :").await;
    assert!(line.starts_with("@badge-info="), "{line}");
    assert!(line.contains(&format!(";room-id={};", sim.id("large"))), "{line}");

    let mut bare = Chat::connect(&sim).await;
    bare.say("NICK justinfan1").await;
    bare.say("JOIN #large").await;
    bare.until(" 366 ").await;
    for _ in 0..50 {
        let line = bare.next().await.unwrap();
        assert!(line.starts_with(':') && line.contains(" PRIVMSG #large :"), "{line}");
    }
}

#[tokio::test]
async fn joining_too_fast_ends_the_connection() {
    let sim = Sim::start().await;
    let mut chat = Chat::connect(&sim).await;
    chat.say("NICK justinfan1").await;
    let rooms: Vec<String> = (0..21).map(|n| format!("#nobody{n}")).collect();
    chat.say(&format!("JOIN {}", rooms.join(","))).await;
    assert!(chat.rest().await.last().unwrap().contains(" NOTICE * :"));
    let stats = sim.control("/stats").await;
    assert_eq!((&stats["joins"], &stats["join_violations"]), (&json!(21), &json!(1)));
}

#[tokio::test]
async fn a_wrong_token_is_refused() {
    let sim = Sim::start().await;
    let mut chat = Chat::connect(&sim).await;
    chat.say("PASS oauth:nonsense\r\nNICK cliphound_tester").await;
    assert_eq!(chat.rest().await, [":tmi.twitch.tv NOTICE * :Login authentication failed"]);
}

#[tokio::test]
async fn what_an_account_writes_reaches_the_others() {
    let sim = Sim::start().await;
    let mut reader = Chat::reader(&sim, "small").await;
    let mut writer = Chat::connect(&sim).await;
    let info = sim.handle.info();
    writer.say("CAP REQ :twitch.tv/tags twitch.tv/commands").await;
    writer.say(&format!("PASS oauth:{}\r\nNICK {}", info.access_token, info.user_login)).await;
    writer.say("JOIN #small\r\nPRIVMSG #small :is this heard?").await;
    let line = reader.until("is this heard?").await;
    assert!(line.contains(&format!(";user-id={};", info.user_id)), "{line}");
    // The writer hears what comes after, and not its own line.
    sim.handle.say("small", "somebody", "after", Default::default()).unwrap();
    loop {
        let line = writer.next().await.unwrap();
        assert!(!line.contains("is this heard?"), "{line}");
        if line.ends_with(":after") {
            break;
        }
    }
    assert_eq!(sim.control("/sent").await[0]["by"], "irc");
}

#[tokio::test]
async fn the_web_socket_carries_the_same() {
    let sim = Sim::start().await;
    let (mut socket, _) =
        tokio_tungstenite::connect_async(&sim.handle.info().irc_ws).await.unwrap();
    let hello = "CAP REQ :twitch.tv/tags\r\nNICK justinfan5\r\nJOIN #large\r\nPING :now\r\n";
    socket.send(Message::text(hello)).await.unwrap();
    let mut seen = String::new();
    while !(seen.contains("PONG tmi.twitch.tv :now\r\n") && seen.contains(" PRIVMSG #large :")) {
        if let Message::Text(text) = socket.next().await.unwrap().unwrap() {
            assert!(text.ends_with("\r\n"));
            seen.push_str(&text);
        }
    }
    assert!(seen.contains(":justinfan5!justinfan5@justinfan5.tmi.twitch.tv JOIN #large\r\n"));
    assert!(!seen.contains("ROOMSTATE"), "commands were not asked for");
}

#[tokio::test]
async fn someone_with_a_role_speaks() {
    let sim = Sim::start().await;
    let mut chat = Chat::reader(&sim, "small").await;
    let call =
        json!({"channel": "small", "user": "Mo", "text": "!testclip\r\nx", "role": "moderator"});
    let (status, said) = sim.command("/say", call).await;
    assert_eq!(status, 200);
    let line = chat.until("!testclip  x").await;
    assert!(line.starts_with("@badge-info=;badges=moderator/1;"), "{line}");
    assert!(line.contains(&format!(";id={};", said["id"].as_str().unwrap())), "{line}");
}

#[tokio::test]
async fn chat_faults() {
    let sim = Sim::start().await;
    let fault = async |name: &str, channel: &str| {
        let call = json!({"fault": name, "channel": channel});
        assert_eq!(sim.command("/fault", call).await.0, 200);
    };
    let mut elsewhere = Chat::reader(&sim, "small").await;
    let mut chat = Chat::reader(&sim, "large").await;
    fault("irc_reconnect", "large").await;
    assert_eq!(chat.rest().await.last().unwrap(), ":tmi.twitch.tv RECONNECT");

    let mut chat = Chat::reader(&sim, "large").await;
    fault("irc_drop", "large").await;
    assert!(!chat.rest().await.iter().any(|line| line.contains("RECONNECT")));

    let mut silent = Chat::reader(&sim, "large").await;
    fault("irc_silence", "large").await;
    let mut chat = Chat::reader(&sim, "large").await;
    sim.handle.say("large", "somebody", "after the silence", Default::default()).unwrap();
    chat.until("after the silence").await;
    sim.stop.cancel();
    assert!(!silent.rest().await.iter().any(|line| line.ends_with("after the silence")));
    assert!(!elsewhere.rest().await.iter().any(|line| line.contains("RECONNECT")));
}

#[tokio::test]
async fn everything_ends_with_the_token() {
    let sim = Sim::start().await;
    let mut chat = Chat::reader(&sim, "large").await;
    assert_eq!(sim.control("/stats").await["connections"], 1);
    // Not even a client in the middle of a request holds it up.
    let http = sim.handle.info().control.trim_start_matches("http://").to_owned();
    let mut half = TcpStream::connect(http.trim_end_matches("/control")).await.unwrap();
    half.write_all(b"GET /control/stats HTTP/1.1\r\nHost").await.unwrap();
    sim.tracker.close();
    sim.stop.cancel();
    sim.tracker.wait().await;
    chat.rest().await;
}

#[tokio::test]
async fn a_user_takes_another_login_and_keeps_the_id() {
    let sim = Sim::slow().await;
    let mut chat = Chat::reader(&sim, "small").await;
    let id = sim.id("small");
    sim.command("/rename", json!({"from": "small", "to": "tiny"})).await;
    chat.until(" PART #small").await;
    let ask = async |query: String| {
        let answer =
            sim.helix(reqwest::Method::GET, &format!("/users?{query}")).send().await.unwrap();
        answer.json::<serde_json::Value>().await.unwrap()["data"].clone()
    };
    assert_eq!(ask(format!("id={id}")).await[0]["login"], "tiny");
    assert_eq!(ask("login=small".to_owned()).await, json!([]));
    assert_eq!(ask("login=tiny".to_owned()).await[0]["id"], id.as_str());
}

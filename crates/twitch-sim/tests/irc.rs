//! Chat over real sockets on loopback.

#![expect(clippy::unwrap_used, reason = "helpers fail as the tests do")]

#[cfg(test)]
mod common;

use cliphound_twitch_sim::FaultCall;
use common::{Chat, Sim, raw};
use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
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
async fn a_join_is_refused_as_twitch_refuses_it() {
    let sim = Sim::start().await;
    for (fault, told) in [
        (
            "irc_banned",
            "@msg-id=msg_banned :tmi.twitch.tv NOTICE #small :You are permanently banned",
        ),
        (
            "irc_suspended",
            "@msg-id=msg_channel_suspended :tmi.twitch.tv NOTICE #small :This channel",
        ),
    ] {
        sim.handle.inject(fault, Some("small"), 1).unwrap();
        let mut chat = Chat::connect(&sim).await;
        chat.say("CAP REQ :twitch.tv/tags twitch.tv/commands\r\nNICK justinfan7").await;
        chat.say("JOIN #small").await;
        let line = chat.until(" NOTICE ").await;
        assert!(line.starts_with(told), "{line}");
        // It is let in when it asks again.
        chat.say("JOIN #small").await;
        chat.until(" ROOMSTATE ").await;
    }
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

/// What a client hears from a line on that a fault spoils, up to a PING of the client's own.
async fn spoilt(name: &str) -> Vec<u8> {
    let sim = Sim::quiet(100.0).await;
    let mut chat = raw(&sim.handle.info().irc).await;
    let hello = b"CAP REQ :twitch.tv/commands\r\nNICK justinfan1\r\nJOIN #quiet\r\n";
    chat.write_all(hello).await.unwrap();
    read_until(&mut chat, b"ROOMSTATE #quiet\r\n").await;
    sim.handle.inject(name, Some("quiet"), 1).unwrap();
    for text in ["one", "two"] {
        sim.handle.say("quiet", "ann", text, Default::default()).unwrap();
    }
    let last = if name == "irc_reorder" { b":one\r\n" } else { b":two\r\n" };
    read_until(&mut chat, last).await
}

async fn read_until(chat: &mut TcpStream, end: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    while !bytes.ends_with(end) {
        bytes.push(chat.read_u8().await.unwrap());
    }
    bytes
}

#[tokio::test]
async fn lines_are_spoilt_as_the_faults_say() {
    let line = |text: &str| format!(":ann!ann@ann.tmi.twitch.tv PRIVMSG #quiet :{text}\r\n");
    let (one, two) = (line("one"), line("two"));
    let text = async |name: &str| String::from_utf8_lossy(&spoilt(name).await).into_owned();
    assert_eq!(text("irc_duplicate").await, format!("{one}{one}{two}"));
    assert_eq!(text("irc_reorder").await, format!("{two}{one}"));
    let truncated = text("irc_truncate").await;
    assert!(!truncated.contains("one") && truncated.ends_with(&two), "{truncated}");
    assert_eq!(truncated.lines().count(), 2);
    let enormous = text("irc_enormous").await;
    assert!(enormous.lines().next().unwrap().len() > 1_000_000 && enormous.ends_with(&two));
    let invalid = spoilt("irc_invalid").await;
    assert!(std::str::from_utf8(&invalid).is_err() && invalid.contains(&0));
    assert!(invalid.ends_with(format!("{one}{two}").as_bytes()));
    let notices = text("irc_notice").await;
    assert!(notices.contains("NOTICE") && notices.ends_with(&format!("{one}{two}")), "{notices}");
}

#[tokio::test]
async fn those_who_join_are_told_to_reconnect_again_and_again() {
    let sim = Sim::slow().await;
    let mut chat = Chat::reader(&sim, "small").await;
    sim.handle.inject("irc_reconnect_storm", None, 2).unwrap();
    for _ in 0..2 {
        assert_eq!(chat.rest().await.last().unwrap(), ":tmi.twitch.tv RECONNECT");
        chat = Chat::reader(&sim, "small").await;
    }
    assert_eq!(chat.rest().await.last().unwrap(), ":tmi.twitch.tv RECONNECT");
    let mut chat = Chat::reader(&sim, "small").await;
    sim.handle.say("small", "ann", "well again", Default::default()).unwrap();
    chat.until("well again").await;
}

#[tokio::test]
async fn no_sign_of_life_is_answered_while_the_fault_goes_on() {
    let sim = Sim::quiet(100.0).await;
    let mut chat = Chat::reader(&sim, "quiet").await;
    sim.handle.fault(&FaultCall::new("irc_no_ping").seconds(600)).unwrap();
    chat.say("PING :lost").await;
    sim.clock.sleep(std::time::Duration::from_secs(601)).await;
    chat.say("PING :found").await;
    // Nothing came in between: neither an answer nor the server's own question.
    assert_eq!(chat.next().await.unwrap(), ":tmi.twitch.tv PONG tmi.twitch.tv :found");
}

#[tokio::test]
async fn a_flood_fills_one_channel_and_leaves_the_others_alone() {
    let sim = Sim::quiet(1.0).await;
    let mut chat = Chat::reader(&sim, "played").await;
    let mut quiet = Chat::reader(&sim, "quiet").await;
    let call = json!({"fault": "flood", "channel": "played", "seconds": 2, "per_second": 2000});
    assert_eq!(sim.command("/fault", call).await.0, 200);
    let mut lines = 0;
    while lines < 4_000 {
        let line = chat.next().await.expect("the client keeps up");
        lines += usize::from(line.contains(" PRIVMSG #played :"));
    }
    sim.handle.say("played", "ann", "after", Default::default()).unwrap();
    chat.until(":after").await;
    sim.handle.say("quiet", "ann", "calm", Default::default()).unwrap();
    assert!(quiet.next().await.unwrap().ends_with(":calm"), "its first line");
    let nowhere = sim.command("/fault", json!({"fault": "flood"})).await.1;
    assert_eq!(nowhere["error"], "flood: name its channel");
}

#[tokio::test]
async fn twitchs_clock_jumps_and_the_truth_does_not() {
    let sim = Sim::quiet(1.0).await;
    let mut chat = Chat::reader(&sim, "quiet").await;
    let mut stamp = async || {
        sim.handle.say("quiet", "ann", "now", Default::default()).unwrap();
        let line = chat.until(":now").await;
        let after = line.split("tmi-sent-ts=").nth(1).unwrap();
        let stamp: i64 = after.split(';').next().unwrap().parse().unwrap();
        stamp - sim.clock.now_ms()
    };
    let near = |offset_ms: i64, expected_ms: i64| (offset_ms - expected_ms).abs() < 2_000;
    assert!(near(stamp().await, 0));
    sim.handle.fault(&FaultCall::new("clock_jump").seconds(-3_600)).unwrap();
    assert!(near(stamp().await, -3_600_000));
    let answer = sim.create_clip("quiet").send().await.unwrap();
    let date = answer.headers()["date"].to_str().unwrap().to_owned();
    // 2023-11-14 22:13:20, an hour earlier.
    assert!(date.starts_with("Tue, 14 Nov 2023 21:13:"), "{date}");
    let made_ms = sim.handle.clips()[0].call_ms;
    assert!(near(made_ms, sim.clock.now_ms()), "records keep the true time");
    sim.handle.fair_weather();
    assert!(near(stamp().await, 0));
}

/// Each as IRC tells it and as EventSub does; see `eventsub.rs` for the latter.
#[tokio::test]
async fn chat_is_cleared_and_gifts_are_announced() {
    let sim = Sim::quiet(1.0).await;
    let mut chat = Chat::reader(&sim, "quiet").await;
    let gifts = json!({"channel": "quiet", "user": "AnAnonymousGifter", "gifts": 2});
    assert_eq!(sim.command("/announce", gifts).await.1["ok"], true);
    let batch = chat.until("USERNOTICE").await;
    assert!(batch.contains(";msg-id=submysterygift;"), "{batch}");
    assert!(batch.contains(";msg-param-mass-gift-count=2;"), "{batch}");
    assert!(batch.contains(";login=ananonymousgifter;"), "{batch}");
    for _ in 0..2 {
        let gift = chat.until("USERNOTICE").await;
        assert!(gift.contains(";msg-id=subgift;"), "{gift}");
    }
    let resub = json!({"channel": "quiet", "user": "kim", "resub": 7});
    sim.command("/announce", resub).await;
    assert!(chat.until("USERNOTICE").await.contains(";msg-id=resub;"));
    sim.command("/delete", json!({"channel": "quiet"})).await;
    assert!(chat.until("CLEARCHAT").await.ends_with(" CLEARCHAT #quiet"));
    let nobody = json!({"channel": "quiet", "user": "not a login", "raid": 5});
    assert_eq!(sim.command("/announce", nobody).await.0.as_u16(), 400);
}

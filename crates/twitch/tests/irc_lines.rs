//! Lines as Twitch sends them, and what they mean.

#![expect(clippy::expect_used, clippy::panic, reason = "helpers fail as the tests do")]

use cliphound_twitch::{
    ChannelLogin,
    irc::{
        ChatEvent, ChatMessage, Line,
        event::{Loss, NoticeKind, RoomState, UserNotice},
        parse_line,
    },
};

const OWN: &str = "justinfan4711";

/// The event of a line in #dallas.
fn event(line: &str) -> ChatEvent {
    match parse_line(line, OWN) {
        Line::Event { channel, event, .. } => {
            assert_eq!(channel, ChannelLogin::parse("dallas").expect("a login"), "{line}");
            event
        }
        other => panic!("{line}: {other:?}"),
    }
}

fn message(line: &str) -> ChatMessage {
    match event(line) {
        ChatEvent::Message(message) => message,
        other => panic!("{line}: {other:?}"),
    }
}

fn notice(line: &str) -> UserNotice {
    match event(line) {
        ChatEvent::UserNotice(notice) => notice,
        other => panic!("{line}: {other:?}"),
    }
}

/// A message with these tags and this text.
fn said(tags: &str, text: &str) -> ChatMessage {
    message(&format!("@{tags} :ronni!ronni@ronni.tmi.twitch.tv PRIVMSG #dallas :{text}"))
}

#[test]
fn a_whole_message() {
    let line = "@badge-info=subscriber/12;badges=moderator/1,subscriber/12,bits/100;bits=250;client-nonce=9a8b;color=#0D4200;display-name=Ronni;emotes=25:0-4,12-16/1902:6-10;first-msg=0;flags=;id=b34ccfc7-4977-403a-8a94-33c6bac34fb8;mod=1;returning-chatter=0;room-id=1337;subscriber=1;tmi-sent-ts=1507246572675;turbo=1;user-id=4242;user-type=mod :ronni!ronni@ronni.tmi.twitch.tv PRIVMSG #dallas :Kappa Keepo Kappa cheer250\r\n";
    assert_eq!(
        parse_line(line, OWN),
        Line::Event {
            channel: ChannelLogin::parse("dallas").expect("a login"),
            room_id: Some("1337".to_owned()),
            sent_ms: Some(1_507_246_572_675),
            event: ChatEvent::Message(ChatMessage {
                id: "b34ccfc7-4977-403a-8a94-33c6bac34fb8".to_owned(),
                user_id: "4242".to_owned(),
                login: "ronni".to_owned(),
                text: "Kappa Keepo Kappa cheer250".to_owned(),
                emotes: vec!["Kappa".to_owned(), "Keepo".to_owned()],
                broadcaster: false,
                moderator: true,
                vip: false,
                subscriber: true,
                bits: 250,
            }),
        }
    );
}

#[test]
fn a_message_without_any_tags_is_still_a_message() {
    let line = ":Ronni!ronni@ronni.tmi.twitch.tv PRIVMSG #Dallas :hi : there ";
    let expected = ChatMessage {
        login: "ronni".to_owned(),
        text: "hi : there ".to_owned(),
        ..ChatMessage::default()
    };
    assert_eq!(message(line), expected);
    assert!(matches!(parse_line(line, OWN), Line::Event { room_id: None, sent_ms: None, .. }));
    let nobody = message("@id=1 PRIVMSG #dallas :hi");
    assert_eq!((nobody.login.as_str(), nobody.text.as_str()), ("", "hi"));
}

#[test]
fn texts() {
    for (sent, expected) in [
        ("", ""),
        (":)", ":)"),
        ("one word", "one word"),
        ("\u{1}ACTION waves\u{1}", "waves"),
        ("\u{1}ACTION  two blanks\u{1}", " two blanks"),
        ("\u{1}ACTION cut off", "cut off"),
        ("\u{1}ACTION\u{1}", ""),
        ("ACTION hero", "ACTION hero"),
        ("日本語 🎉 \u{e0000}", "日本語 🎉 \u{e0000}"),
    ] {
        assert_eq!(said("id=1", sent).text, expected, "{sent:?}");
    }
}

#[test]
fn emote_names_are_cut_from_the_text_by_code_points() {
    for (emotes, text, expected) in [
        ("", "Kappa", &[][..]),
        ("25:0-4", "Kappa", &["Kappa"]),
        ("25:2-6", "🎉 Kappa", &["Kappa"]),
        ("25:4-8", "👩‍🚀 Kappa", &["Kappa"]),
        ("25:3-7", "日本 Kappa", &["Kappa"]),
        ("1902:6-10/25:0-4,12-16", "Kappa Keepo Kappa", &["Kappa", "Keepo"]),
        ("emotesv2_a1:0-7", "forsenE1", &["forsenE1"]),
        ("555:0-1/556:3-4", ":) :)", &[":)"]),
        // The frame of /me does not count.
        ("25:0-4", "\u{1}ACTION Kappa dances\u{1}", &["Kappa"]),
        // Broken ranges.
        ("25:3-90", "Kappa", &[]),
        ("25:90-95", "Kappa", &[]),
        ("25:4-0", "Kappa", &[]),
        ("25:0-18446744073709551615", "Kappa", &[]),
        ("25:-1-4", "Kappa", &[]),
        ("25:0", "Kappa", &[]),
        ("25", "Kappa", &[]),
        ("25:,/:/-", "Kappa", &[]),
        ("25:0-7", "Kappa hi", &[]),
        ("25:x-y,0-4", "Kappa", &["Kappa"]),
        ("25:90-95/1902:0-4", "Keepo", &["Keepo"]),
    ] {
        let found = said(&format!("emotes={emotes}"), text).emotes;
        assert_eq!(found, expected, "{emotes:?} {text:?}");
    }
}

#[test]
fn roles() {
    for (tags, broadcaster, moderator) in [
        ("badges=;mod=0", false, false),
        ("badges=broadcaster/1,subscriber/0;mod=0", true, false),
        ("badges=moderator/1;mod=1", false, true),
        ("badges=lead_moderator/1;mod=0", false, true),
        ("badges=subscriber/3,moderator/1", false, true),
        ("badges=vip/1;mod=0;vip=1", false, false),
        ("badges=;mod=1", false, true),
        ("badges=moderator-fan/1,not-broadcaster/1;mod=0", false, false),
    ] {
        let message = said(tags, "hi");
        assert_eq!((message.broadcaster, message.moderator), (broadcaster, moderator), "{tags}");
    }
}

#[test]
fn bits_that_are_no_number_are_none() {
    for (tags, bits) in [("bits=1", 1), ("bits=", 0), ("bits=-5", 0), ("bits=99999999999", 0)] {
        assert_eq!(said(tags, "cheer1").bits, bits, "{tags}");
    }
}

#[test]
fn shared_chat_of_other_rooms_is_left_out() {
    let usernotice = |tags: &str| format!("@{tags} :tmi.twitch.tv USERNOTICE #dallas");
    let privmsg = |tags: &str| format!("@{tags} :a!a@a PRIVMSG #dallas :hi");
    for (line, foreign) in [
        (privmsg("room-id=1;source-room-id=2;source-id=x"), true),
        (privmsg("room-id=1;source-room-id=1;source-id=x"), false),
        (privmsg("room-id=1;source-room-id="), false),
        (privmsg("room-id=1"), false),
        (usernotice("msg-id=raid;room-id=1;source-room-id=2"), true),
        (usernotice("msg-id=raid;room-id=1;source-room-id=1"), false),
        (usernotice("msg-id=sharedchatnotice;source-msg-id=sub;room-id=1"), true),
        (usernotice("msg-id=sharedchatnotice;source-msg-id=submysterygift;room-id=1"), true),
        // What is shown in the room it was written in only, is of that room.
        (privmsg("room-id=1;source-room-id=1;source-only=1"), false),
        (usernotice("msg-id=resub;room-id=1;source-room-id=1;source-only=1"), false),
        (usernotice("msg-id=subgift;room-id=1;source-room-id=1;source-msg-id=subgift"), false),
    ] {
        assert_eq!(parse_line(&line, OWN) == Line::Foreign, foreign, "{line}");
    }
}

#[test]
fn a_whole_user_notice() {
    let line = "@badge-info=;badges=staff/1,premium/1;color=#0000FF;display-name=TWW2;emotes=;id=e9176cd8;login=TWW2;mod=0;msg-id=resub;msg-param-cumulative-months=6;msg-param-sub-plan=Prime;room-id=1337;subscriber=1;system-msg=TWW2\\shas\\ssubscribed\\sfor\\s6\\smonths!;tmi-sent-ts=1507246572675;user-id=13405587 :tmi.twitch.tv USERNOTICE #dallas :Great stream -- keep it up!";
    assert_eq!(
        notice(line),
        UserNotice {
            kind: NoticeKind::Subscription,
            login: "tww2".to_owned(),
            text: Some("Great stream -- keep it up!".to_owned()),
            id: "e9176cd8".to_owned(),
        }
    );
}

#[test]
fn kinds_of_user_notice() {
    let other = |name: &str| NoticeKind::Other(name.to_owned());
    let gift = |count: u32| NoticeKind::Gift { count };
    for (tags, kind) in [
        ("msg-id=raid;msg-param-viewerCount=15", NoticeKind::Raid { viewers: 15 }),
        ("msg-id=raid", NoticeKind::Raid { viewers: 0 }),
        ("msg-id=sub;msg-param-sub-plan=1000", NoticeKind::Subscription),
        ("msg-id=resub", NoticeKind::Subscription),
        ("msg-id=subgift;msg-param-origin-id=da\\s39", gift(1)),
        ("msg-id=subgift;msg-param-community-gift-id=77", other("subgift")),
        ("msg-id=submysterygift;msg-param-mass-gift-count=50", gift(50)),
        ("msg-id=submysterygift;msg-param-community-gift-id=7", gift(1)),
        ("msg-id=submysterygift;msg-param-mass-gift-count=5;login=ananonymousgifter", gift(5)),
        ("msg-id=anonsubgift", gift(1)),
        ("msg-id=anonsubgift;msg-param-community-gift-id=7", other("anonsubgift")),
        ("msg-id=anonsubmysterygift;msg-param-mass-gift-count=20", gift(20)),
        ("msg-id=primepaidupgrade", other("primepaidupgrade")),
        ("msg-id=communitypayforward", other("communitypayforward")),
        ("msg-id=announcement;msg-param-color=PRIMARY", other("announcement")),
        ("msg-id=viewermilestone", other("viewermilestone")),
        ("msg-id=unraid", other("unraid")),
        ("msg-id=invented-next-year;msg-param-what=ever", other("invented-next-year")),
        ("login=x", other("")),
    ] {
        let line = format!("@{tags} :tmi.twitch.tv USERNOTICE #dallas");
        let notice = notice(&line);
        assert_eq!((notice.kind, notice.text), (kind, None), "{line}");
    }
}

#[test]
fn deletions() {
    let of_ronni = ChatEvent::ChatCleared { user: Some("ronni".to_owned()) };
    for (line, expected) in [
        (
            "@room-id=12345678;target-user-id=87654321;tmi-sent-ts=1642715756806 :tmi.twitch.tv CLEARCHAT #dallas :Ronni",
            of_ronni.clone(),
        ),
        (
            "@ban-duration=350;room-id=12345678;target-user-id=87654321 :tmi.twitch.tv CLEARCHAT #dallas :ronni",
            of_ronni,
        ),
        (
            "@room-id=12345678;tmi-sent-ts=1642715695392 :tmi.twitch.tv CLEARCHAT #dallas",
            ChatEvent::ChatCleared { user: None },
        ),
        (
            "@login=foo;room-id=;target-msg-id=94e6c7ff-bf98;tmi-sent-ts=1642720582342 :tmi.twitch.tv CLEARMSG #dallas :what a great day",
            ChatEvent::MessageDeleted { id: "94e6c7ff-bf98".to_owned() },
        ),
    ] {
        assert_eq!(event(line), expected, "{line}");
    }
    assert_eq!(parse_line("@login=foo :tmi.twitch.tv CLEARMSG #dallas :x", OWN), Line::Unknown);
}

#[test]
fn room_states() {
    let nothing = RoomState::default();
    for (tags, expected) in [
        (
            "emote-only=0;followers-only=-1;r9k=0;room-id=1;slow=0;subs-only=0",
            RoomState {
                slow_s: Some(0),
                followers_only_min: Some(-1),
                subscribers_only: Some(false),
                emote_only: Some(false),
            },
        ),
        ("room-id=1;slow=10", RoomState { slow_s: Some(10), ..nothing.clone() }),
        ("room-id=1;subs-only=1", RoomState { subscribers_only: Some(true), ..nothing.clone() }),
        ("followers-only=30", RoomState { followers_only_min: Some(30), ..nothing.clone() }),
        ("room-id=1;slow=;emote-only=", nothing),
    ] {
        let line = format!("@{tags} :tmi.twitch.tv ROOMSTATE #dallas");
        assert_eq!(event(&line), ChatEvent::RoomState(expected), "{line}");
    }
}

#[test]
fn notices() {
    for (line, msg_id, text) in [
        (
            "@msg-id=msg_channel_suspended :tmi.twitch.tv NOTICE #dallas :This channel has been suspended.",
            "msg_channel_suspended",
            "This channel has been suspended.",
        ),
        (
            ":tmi.twitch.tv NOTICE #dallas :Login authentication failed",
            "",
            "Login authentication failed",
        ),
    ] {
        let (msg_id, text) = (msg_id.to_owned(), text.to_owned());
        assert_eq!(event(line), ChatEvent::Notice { msg_id, text }, "{line}");
    }
}

#[test]
fn refused_logins() {
    for words in ["Login authentication failed", "Improperly formatted auth", "Invalid NICK"] {
        let line = format!(":tmi.twitch.tv NOTICE * :{words}");
        assert_eq!(parse_line(&line, OWN), Line::LoginFailed(words.to_owned()));
    }
    assert_eq!(parse_line(":tmi.twitch.tv NOTICE * :Something else", OWN), Line::Unknown);
}

#[test]
fn lines_of_the_connection() {
    for (line, expected) in [
        ("PING :tmi.twitch.tv", Line::Ping("tmi.twitch.tv".to_owned())),
        ("PING", Line::Ping(String::new())),
        (":tmi.twitch.tv PONG tmi.twitch.tv :cliphound", Line::Pong("cliphound".to_owned())),
        (":tmi.twitch.tv RECONNECT", Line::Reconnect),
        (":tmi.twitch.tv 001 justinfan4711 :Welcome, GLHF!", Line::Welcome),
        (":tmi.twitch.tv CAP * ACK :twitch.tv/tags twitch.tv/commands", Line::CapAck),
        (":tmi.twitch.tv CAP * NAK :twitch.tv/tags", Line::Unknown),
        (":tmi.twitch.tv 002 justinfan4711 :Your host is tmi.twitch.tv", Line::Known),
        (":a.tmi.twitch.tv 353 justinfan4711 = #dallas :justinfan4711", Line::Known),
        (":a.tmi.twitch.tv 366 justinfan4711 #dallas :End of /NAMES list", Line::Known),
        (":tmi.twitch.tv 376 justinfan4711 :>", Line::Known),
        ("@badge-info=;mod=0 :tmi.twitch.tv USERSTATE #dallas", Line::Known),
        ("@user-id=1 :tmi.twitch.tv GLOBALUSERSTATE", Line::Known),
        (":ann!ann@ann.tmi.twitch.tv JOIN #dallas", Line::Known),
        (":ann!ann@ann.tmi.twitch.tv PART #dallas", Line::Known),
        (":tmi.twitch.tv HOSTTARGET #dallas :ann 3", Line::Known),
        (":tmi.twitch.tv 421 you WHAT :Unknown command", Line::Unknown),
        ("@id=1 :a!a@a PRIVMSG #not+a+login :hi", Line::Unknown),
        ("@id=1 :a!a@a PRIVMSG #dallas", Line::Unknown),
        ("@id=1 :a!a@a PRIVMSG", Line::Unknown),
        ("@only=tags", Line::Unknown),
        ("", Line::Unknown),
        ("\r\n", Line::Unknown),
    ] {
        assert_eq!(parse_line(line, OWN), expected, "{line:?}");
    }
}

#[test]
fn our_own_joins_and_parts_are_ours_in_any_case() {
    for (line, expected) in [
        (":justinfan4711!justinfan4711@tmi.twitch.tv JOIN #dallas", ChatEvent::Joined),
        (":JustinFan4711!x@x JOIN :#dallas", ChatEvent::Joined),
        (":justinfan4711!justinfan4711@tmi.twitch.tv PART #dallas", ChatEvent::Lost(Loss::PUT_OUT)),
    ] {
        assert_eq!(event(line), expected, "{line}");
    }
}

#[test]
fn what_the_parser_can_not_take_is_unknown() {
    let many = format!("@{} :a!a@a PRIVMSG #dallas :hi", vec!["a=b"; 129].join(";"));
    assert_eq!(parse_line(&many, OWN), Line::Unknown);
    let enough = format!("@{} :a!a@a PRIVMSG #dallas :hi;;;", vec!["a=b"; 128].join(";"));
    assert_eq!(message(&enough).text, "hi;;;");
    let long = format!("@a={} :a!a@a PRIVMSG #dallas :hi", "é".repeat(40_000));
    assert_eq!(parse_line(&long, OWN), Line::Unknown);
}

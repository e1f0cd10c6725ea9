//! No line, however broken, makes the parser panic.

use cliphound_twitch::irc::{ChatEvent, Line, parse_line};
use proptest::{prelude::*, sample::select};

/// Words that lines are made of.
fn piece() -> impl Strategy<Value = String> {
    const WORDS: [&str; 26] = [
        "PRIVMSG",
        "USERNOTICE",
        "CLEARCHAT",
        "CLEARMSG",
        "NOTICE",
        "ROOMSTATE",
        "JOIN",
        "PING",
        "CAP",
        "001",
        "353",
        "#dallas",
        ":#x",
        " ",
        " :",
        "@",
        "!",
        ";",
        "=",
        "emotes=25:0-4",
        "emotes=a:3-9,1-2/b:",
        "\u{1}ACTION ",
        "\u{1}",
        "🎉",
        "\0",
        "msg-id=raid",
    ];
    prop_oneof![4 => select(&WORDS[..]).prop_map(str::to_owned), 1 => "\\PC{0,6}"]
}

fn tag() -> impl Strategy<Value = String> {
    const KEYS: [&str; 9] = [
        "id",
        "emotes",
        "badges",
        "room-id",
        "source-room-id",
        "msg-id",
        "bits",
        "tmi-sent-ts",
        "user-id",
    ];
    let key = prop_oneof![select(&KEYS[..]).prop_map(str::to_owned), "[a-z-]{0,20}"];
    let value = prop_oneof!["[0-9]{0,25}", "[0-9a-z:,/-]{0,30}", "[^ ;\\r\\n]{0,30}"];
    (key, value, prop::bool::weighted(0.9))
        .prop_map(|(key, value, has_value)| if has_value { format!("{key}={value}") } else { key })
}

proptest! {
    #[test]
    fn any_text(line in any::<String>(), own in "[a-z0-9]{0,10}") {
        let _ = parse_line(&line, &own);
    }

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = parse_line(&String::from_utf8_lossy(&bytes), "me");
    }

    #[test]
    fn any_heap_of_pieces(pieces in prop::collection::vec(piece(), 0..40)) {
        let _ = parse_line(&pieces.concat(), "me");
    }

    /// Whatever the tags, the text comes through, and emote names are parts of it.
    #[test]
    fn any_tags(
        tags in prop::collection::vec(tag(), 0..200),
        text in "[^\\r\\n\\x01]{0,60}",
    ) {
        let tags = tags.join(";");
        let line = format!("@{tags} :ann!ann@ann PRIVMSG #dallas :{text}");
        match parse_line(&line, "me") {
            Line::Event { event: ChatEvent::Message(message), .. } => {
                prop_assert!(message.emotes.iter().all(|name| text.contains(name.as_str())));
                prop_assert_eq!(message.text, text);
            }
            Line::Foreign => prop_assert!(tags.contains("source-room-id=")),
            other => {
                prop_assert_eq!(other, Line::Unknown);
                prop_assert!(tags.matches(';').count() >= 128);
            }
        }
    }

    #[test]
    fn any_emote_ranges_over_any_text(
        ranges in prop::collection::vec((0_usize..40, 0_usize..40), 0..10),
        text in "[a-c é🎉]{0,30}",
    ) {
        let ranges: Vec<_> = ranges.iter().map(|(a, b)| format!("x:{a}-{b}")).collect();
        let line = format!("@emotes={} :a!a@a PRIVMSG #dallas :{text}", ranges.join("/"));
        let Line::Event { event: ChatEvent::Message(message), .. } = parse_line(&line, "me") else {
            return Err(TestCaseError::fail("no message"));
        };
        let mut names = message.emotes.clone();
        names.sort();
        names.dedup();
        prop_assert_eq!(names.len(), message.emotes.len(), "each name once");
        prop_assert!(message.emotes.iter().all(|name| text.contains(name.as_str())));
    }
}

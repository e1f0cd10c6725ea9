//! Real lines, where they are at hand: every one must be understood. They are not part
//! of the repository; `CLIPHOUND_SHARED` names the folder that holds `data/`.

use std::{
    fs::File,
    io::{BufRead, BufReader, Write, stderr},
    path::{Path, PathBuf},
};

use cliphound_twitch::irc::{ChatEvent, Line, parse_line};

fn recording() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let shared = std::env::var_os("CLIPHOUND_SHARED").map_or(beside, PathBuf::from);
    let file = shared.join("data/raw/irc-tagged.txt.gz");
    if !file.is_file() {
        // Not `eprintln`, whose output is swallowed when a test passes.
        let path = file.display();
        let _ = writeln!(stderr(), "SKIPPED: no {path} (CLIPHOUND_SHARED names its folder)");
        return None;
    }
    Some(file)
}

#[test]
fn every_recorded_line_is_an_event() {
    let Some(path) = recording() else { return };
    let file = File::open(path).expect("readable");
    let (mut lines, mut messages, mut emotes) = (0, 0, 0);
    for line in BufReader::new(flate2::read::GzDecoder::new(file)).lines() {
        let line = line.expect("UTF-8");
        let Line::Event { event, sent_ms, room_id, .. } = parse_line(&line, "me") else {
            panic!("not understood: {line}");
        };
        assert!(sent_ms.is_some() && room_id.is_some(), "{line}");
        lines += 1;
        if let ChatEvent::Message(message) = event {
            assert!(!message.login.is_empty() && !message.text.is_empty(), "{line}");
            assert!(line.contains(&message.text), "{line}");
            messages += 1;
            emotes += message.emotes.len();
        }
    }
    println!("{lines} lines, {messages} messages, {emotes} emotes");
    assert!(messages > 0 && emotes > 0);
}

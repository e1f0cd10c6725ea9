//! Stored chat in every format, plain and packed: read, and run through an engine.

use std::{fs, io::Write as _};

use cliphound::replay::{
    Options,
    detect::{self, Format},
    event::Tally,
    formats::{read_lines, vod_json},
    lines::Lines,
    replay_file,
};
use flate2::{Compression, write::GzEncoder};
use indicatif::ProgressBar;
use proptest::prelude::*;

use crate::{bytes::spoilt, hold::hold};

/// A few lines of each format, invented.
fn samples() -> Vec<Vec<u8>> {
    let comment = |at: &str, text: &str| {
        format!(
            r#"{{"_id":"c1","created_at":"2026-05-01T20:00:05.5Z","content_offset_seconds":{at},"commenter":{{"display_name":"Ann","name":"ann"}},"message":{{"body":"{text}","bits_spent":0,"user_badges":[{{"_id":"moderator","version":"1"}}],"fragments":[{{"text":"{text}","emoticon":null}}]}}}}"#
        )
    };
    let (one, two) = (comment("1.5", "hello"), comment("3", "LETS GOOO"));
    [
        "{\"t_ms\": -500, \"user\": null, \"text\": \"early\"}\n{\"t_ms\": 1500, \"user\": \"ann\", \"text\": \"hi\"}\n{\"t_ms\": 2500.5, \"user\": \"bob\", \"text\": \"KEKW \\ud83c\\udf89\"}\n".to_owned(),
        format!("{{\n\"video\": {{\"id\": \"1\", \"length\": 60}},\n\"streamer\": {{\"name\": \"Ninja\", \"id\": 7}},\n\"comments\": [\n{one},\n{two}\n]}}\n"),
        format!("[{one},{two}]"),
        format!("{one}\n{two}\n"),
        "@tmi-sent-ts=1507246572675;badges=moderator/1;id=m1 :ann!ann@ann PRIVMSG #dallas :hi\r\n[2026-05-01 20:00:05] :bob!bob@bob PRIVMSG #other :yo\r\n@tmi-sent-ts=1507246573675 :tmi.twitch.tv CLEARCHAT #dallas :ann\r\n".to_owned(),
        "# Start logging at 2026-05-01 20:00:00 CEST\n[20:00:05] ann: hi there: you\n[23:59:59] bob: late\n[00:00:01] ann: early\n# Stop logging at 2026-05-02 00:00:02 CEST\n".to_owned(),
        "# Log started: 2026-05-01 20:00:00 +0200\n[20:00:05] <%@ann> hi <3\n[2026-05-01 20:00:06] <+Bob> yo\n[20:00:07] JOIN: carl\n".to_owned(),
        "[0:00:30] Ann: hi: there\n[1:00:31] bob: KEKW\n[101:00:00] carl: late\n".to_owned(),
    ]
    .into_iter()
    .map(String::into_bytes)
    .collect()
}

/// Each format reads what is meant for another, too.
#[test]
fn any_log_in_any_format() {
    hold("chat logs", 160, spoilt(samples(), 8), |bytes| {
        let lines = Lines::new(bytes.as_slice()).look_ahead(detect::LINES_LOOKED_AT).to_vec();
        let _ = (detect::is_document(&bytes), detect::from_lines(&lines));
        let most = bytes.len() as u64 + 1;
        for format in Format::ALL {
            let (mut tally, mut fed) = (Tally::default(), 0);
            read_lines(format, &mut Lines::new(bytes.as_slice()), &mut tally, &mut |_| fed += 1);
            prop_assert!(fed + tally.unreadable + tally.untimed <= most);
        }
        let (mut tally, mut fed) = (Tally::default(), 0);
        vod_json::read(bytes.as_slice(), &mut tally, &mut |_| fed += 1);
        prop_assert!(fed + tally.unreadable + tally.untimed <= most);
        Ok(())
    });
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn any_file_is_replayed_or_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut all = samples();
    all.extend(samples().iter().map(|bytes| packed(bytes)));
    let case = (spoilt(all, 5), prop::option::of(1..5_usize));
    hold("chat logs through an engine", 5, case, move |(bytes, top)| {
        let path = folder.path().join("chat.log");
        fs::write(&path, &bytes).unwrap();
        let options = Options { top, ..Options::default() };
        match replay_file(path.to_str().unwrap(), &options, &ProgressBar::hidden()) {
            Ok(result) => prop_assert!(!result.streams.is_empty()),
            Err(error) => prop_assert!(error.to_string().len() < 1_000),
        }
        Ok(())
    });
}

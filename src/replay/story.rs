//! Stories of whole replays with the real engine: one made-up evening in every format.

use std::{fmt::Write as _, path::Path};

use cliphound_engine::{Effect, Engine, EventTime, Input, Message, Settings};
use cliphound_twitch::login::ChannelLogin;
use indicatif::ProgressBar;

use super::{
    file::{FileResult, Options, replay_file},
    recording_writer::{DEFAULT_LIMIT, RecordingWriter, Start},
    report,
    seed::seed,
};

/// 2024-05-01 23:40:00 UTC: midnight falls into the evening.
const BEGIN_S: i64 = 1_714_606_800;

struct Said {
    at_s: i64,
    user: String,
    text: &'static str,
}

/// Forty minutes of slow talk of 30 people, and 50 people at once after 25 and 33 minutes.
fn evening() -> Vec<Said> {
    const TALK: [&str; 5] =
        ["how are you", "what song is this", "nice weather", "ok then", "I like tea"];
    let mut state = 7_u64;
    let mut random = |below: u64| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let mut said = Vec::new();
    for at_s in 0..2400 {
        let burst = [1500, 1980].iter().any(|start| (*start..start + 8).contains(&at_s));
        let lines = if burst { 12 } else { u64::from(at_s == 0 || random(3) == 0) };
        for _ in 0..lines {
            let user = format!("user{}", random(if burst { 50 } else { 30 }));
            let text = if burst { "WOW WHAT WAS THAT" } else { TALK[random(5) as usize] };
            said.push(Said { at_s, user, text });
        }
    }
    said
}

fn written(line: impl Fn(&Said) -> String) -> String {
    evening().iter().map(|said| line(said) + "\n").collect()
}

fn clock(said: &Said) -> String {
    let second = (BEGIN_S + said.at_s) % 86_400;
    format!("{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60)
}

fn comment(said: &Said) -> String {
    let Said { at_s, user, text } = said;
    format!(
        r#"{{"content_offset_seconds":{at_s},"commenter":{{"name":"{user}"}},"message":{{"body":"{text}"}}}}"#
    )
}

fn every_format() -> Vec<(&'static str, String)> {
    let comments: Vec<_> = evening().iter().map(comment).collect();
    let said = |said: &Said| format!("{}: {}", said.user, said.text);
    vec![
        (
            "x.jsonl",
            written(|s| {
                format!(r#"{{"t_ms":{},"user":"{}","text":"{}"}}"#, s.at_s * 1000, s.user, s.text)
            }),
        ),
        ("x.json", format!("{{\n\"comments\": [\n{}\n]}}\n", comments.join(",\n"))),
        ("x.comments", comments.join("\n")),
        (
            "x.txt",
            written(|s| {
                format!(
                    "[{}:{:02}:{:02}] {}",
                    s.at_s / 3600,
                    s.at_s / 60 % 60,
                    s.at_s % 60,
                    said(s)
                )
            }),
        ),
        (
            "chatterino.log",
            "# Start logging at 2024-05-01 23:39:00 UTC\n".to_owned()
                + &written(|s| format!("[{}] {}", clock(s), said(s))),
        ),
        (
            "chatty.log",
            "\u{feff}# Log started: 2024-05-01 23:39:00 +0000\r\n".to_owned()
                + &written(|s| format!("[{}] <{}> {}\r", clock(s), s.user, s.text)),
        ),
        (
            "irc.log",
            written(|s| {
                let (ms, user) = ((BEGIN_S + s.at_s) * 1000, &s.user);
                format!("@tmi-sent-ts={ms} :{user}!{user}@{user} PRIVMSG #ninja :{}", s.text)
            }),
        ),
        (
            "untagged.log",
            written(|s| format!("[{}] :{2}!{2}@{2} PRIVMSG #ninja :{1}", clock(s), s.text, s.user)),
        ),
    ]
}

fn options() -> Options {
    Options { channel: ChannelLogin::parse("ninja").ok(), ..Options::default() }
}

fn replayed(folder: &Path, name: &str, content: &str, options: &Options) -> FileResult {
    let path = folder.join(name);
    std::fs::write(&path, content).unwrap();
    replay_file(path.to_str().unwrap(), options, &ProgressBar::hidden()).unwrap()
}

/// What a script sees, without the file's name.
fn json(mut result: FileResult) -> String {
    result.file.clear();
    let mut out = Vec::new();
    report::write_json(&mut out, &result).unwrap();
    String::from_utf8(out).unwrap()
}

/// As some sites export it.
#[test]
fn chat_with_the_newest_first_is_told_and_not_half_read() {
    let folder = tempfile::tempdir().unwrap();
    let (_, lines) = every_format().swap_remove(0);
    let lines: Vec<&str> = lines.lines().rev().collect();
    let path = folder.path().join("x.chat.jsonl");
    std::fs::write(&path, lines.join("\n")).unwrap();
    let path = path.to_str().unwrap();
    let error = replay_file(path, &options(), &ProgressBar::hidden()).unwrap_err().to_string();
    assert!(error.contains("is the newest first, sort them by time"), "{error}");
    assert_eq!(crate::evaluate::chat::read(path).unwrap_err().to_string(), error);
}

#[test]
fn every_format_gives_the_same_moments() {
    let folder = tempfile::tempdir().unwrap();
    let mut expected = None;
    for (name, content) in every_format() {
        let result = replayed(folder.path(), name, &content, &options());
        assert_eq!(report::left_out(&result.tally), None, "{name}");
        let found = json(result);
        assert_eq!(found.lines().count(), 2, "{name}: {found}");
        assert_eq!(&found, expected.get_or_insert(found.clone()), "{name}");
    }
}

#[test]
fn the_future_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let rows = |name: &str, content: &str| {
        let timeline = folder.path().join(format!("{name}.csv"));
        let options = Options { timeline: Some(timeline.clone()), ..options() };
        replayed(folder.path(), name, content, &options);
        std::fs::read_to_string(timeline).unwrap()
    };
    let (_, content) = every_format().swap_remove(0);
    let whole = rows("whole", &content);
    let cut_at = content.find("\"t_ms\":1990000").unwrap();
    let cut_at = content[..cut_at].rfind('\n').unwrap();
    let cut = rows("cut", &content[..cut_at]);
    let known: Vec<_> = cut.lines().take(1990).collect();
    assert_eq!(known, whole.lines().take(1990).collect::<Vec<_>>());
    let last = evening().last().map_or(0, |said| said.at_s as usize);
    assert_eq!(whole.lines().count(), 1 + last + 15);
    assert_eq!(whole.lines().filter(|row| row.ends_with(",1")).count(), 2);
    assert_eq!(rows("again", &content), whole);
}

#[test]
fn peaks_are_the_bursts() {
    let folder = tempfile::tempdir().unwrap();
    let (name, content) = every_format().swap_remove(0);
    let result = replayed(folder.path(), name, &content, &Options { top: Some(5), ..options() });
    let triggers: Vec<_> = result.streams[0].moments.iter().map(|m| m.trigger.0 / 1000).collect();
    assert_eq!(triggers.len(), 5);
    let mut best = [triggers[0], triggers[1]];
    best.sort_unstable();
    assert!((1500..1520).contains(&best[0]) && (1980..2000).contains(&best[1]), "{triggers:?}");
}

/// Feeds the evening as the daemon would, and records it.
fn record(channel: &ChannelLogin) -> (String, Vec<Effect>) {
    let settings = Settings { budget_per_hour: 6.0, ..Settings::default() };
    let mut engine = Engine::new(settings.clone(), seed(channel.as_str()));
    let mut writer = RecordingWriter::new(Vec::new(), 0, DEFAULT_LIMIT).unwrap();
    let start = Start {
        broadcaster_id: Some("1"),
        seed: seed(channel.as_str()),
        settings: &settings,
        model: None,
    };
    writer.start(channel, start).unwrap();
    let mut effects = Vec::new();
    let end = EventTime((BEGIN_S + 2405) * 1000);
    let inputs = evening().into_iter().map(|said| {
        let message =
            Message { user: Some(said.user), text: said.text.to_owned(), ..Message::default() };
        (EventTime((BEGIN_S + said.at_s) * 1000 + 137), Some(Input::Message(message)))
    });
    let viewers = (EventTime((BEGIN_S - 30) * 1000), Some(Input::Viewers(Some(120))));
    for (at, input) in [viewers].into_iter().chain(inputs).chain([(end, None)]) {
        while let Some(due) = engine.deadline().filter(|due| *due <= at) {
            for effect in engine.wake(due) {
                writer.effect(channel, due, &effect).unwrap();
                effects.push(effect);
            }
        }
        if let Some(input) = input {
            writer.input(channel, at, &input).unwrap();
            for effect in engine.handle(at, &input) {
                writer.effect(channel, at, &effect).unwrap();
                effects.push(effect);
            }
        }
    }
    writer.end(channel, end).unwrap();
    effects.retain(|effect| matches!(effect, Effect::Moment(_) | Effect::Extended(_)));
    (String::from_utf8(writer.finish().unwrap()).unwrap(), effects)
}

#[test]
fn a_recording_replays_to_the_moments_of_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let channel = ChannelLogin::parse("ninja").unwrap();
    let (recording, effects) = record(&channel);
    let result = replayed(folder.path(), "recording", &recording, &Options::default());
    assert_eq!(result.problems, [] as [String; 0]);
    let live: Vec<_> = effects
        .iter()
        .filter_map(|e| match e {
            Effect::Moment(moment) => Some(moment.trigger),
            _ => None,
        })
        .collect();
    let again: Vec<_> = result.streams[0].moments.iter().map(|m| m.trigger).collect();
    assert_eq!((again.len(), &again), (2, &live));
    assert_eq!(result.zero, EventTime(BEGIN_S * 1000 + 137));
    let first: serde_json::Value =
        serde_json::from_str(json(result).lines().next().unwrap()).unwrap();
    assert!((1500.0..1515.0).contains(&first["trigger_s"].as_f64().unwrap()), "{first}");
}

/// What a program of before wrote, whose lines do not lead to each other.
#[test]
fn a_recording_of_version_2_replays_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let (recording, effects) = record(&ChannelLogin::parse("ninja").unwrap());
    let mut old = String::new();
    for line in recording.lines() {
        let line = line.replace(r#""cliphound_recording":3"#, r#""cliphound_recording":2"#);
        let back = line.split_once(r#""back":{"#);
        let rest = back.and_then(|(before, rest)| Some((before, rest.split_once("},")?.1)));
        let (before, after) = rest.unwrap_or((&line, ""));
        writeln!(old, "{before}{after}").unwrap();
    }
    assert!(!old.contains("back\":") && old.len() < recording.len());
    let result = replayed(folder.path(), "old", &old, &Options::default());
    assert_eq!(result.problems, [] as [String; 0]);
    let told = effects.iter().filter(|effect| matches!(effect, Effect::Moment(_))).count();
    assert_eq!(result.streams[0].moments.len(), told);
}

#[test]
fn a_changed_recording_is_found_out() {
    let folder = tempfile::tempdir().unwrap();
    let (recording, _) = record(&ChannelLogin::parse("ninja").unwrap());
    let without_burst: String = recording
        .lines()
        .filter(|line| !line.contains("WOW") || line.contains("moment"))
        .fold(String::new(), |mut text, line| {
            writeln!(text, "{line}").unwrap();
            text
        });
    let result = replayed(folder.path(), "changed", &without_burst, &Options::default());
    assert_eq!(result.problems.len(), 1);
    assert!(result.problems[0].contains("is not found again"), "{:?}", result.problems);
}

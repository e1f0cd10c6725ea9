//! Whatever a viewer types, work grows with its length and nothing else: each input is doubled,
//! and what then takes much more than double the time is refused.
//!
//! Chat's lines have 500 characters; here they are as long as the parser takes them, so that
//! what grows faster shows.

use std::{hint::black_box, process::ExitCode, time::Duration};

use cliphound::{config::title::plain_title, feed};
use cliphound_clock::Stopwatch;
use cliphound_engine::{EmoteSet, Engine, EventTime, Input, Settings};
use cliphound_twitch::irc::parse::{Line, parse_line};

/// Characters of the shorter text; a line may have 64 KiB.
const LENGTH: usize = 12_000;
/// Doubled input may take so much longer: twice, and what a busy machine adds. Work that grows
/// with the square takes four times as long.
const MOST: f64 = 3.2;
/// A measure is the quickest of so many: that one was disturbed least.
const TRIES: usize = 40;

/// Something that somebody may type, so many characters of it.
type Typed = fn(usize) -> String;

const TEXTS: &[(&str, Typed)] = &[
    ("one letter", |n| "a".repeat(n)),
    ("one mark", |n| "!".repeat(n)),
    ("short words", |n| "ab ".repeat(n / 3)),
    ("blanks", |n| format!("a{}b", " ".repeat(n))),
    ("distinct words", |n| (0..n / 6).map(|i| format!("w{i:04} ")).collect()),
    ("distinct characters", |n| ('\u{4e00}'..).take(n / 3).collect()),
    ("capitals that grow", |n| "İ".repeat(n / 2)),
    ("marks that combine", |n| format!("e{}", "\u{301}".repeat(n / 2))),
    ("emote names", |n| "KEKW LULW PogChamp ".repeat(n / 19)),
    ("names that begin like emotes", |n| "emote1 emote10 emote100x ".repeat(n / 25)),
    ("laughter", |n| "haha ahah ".repeat(n / 10)),
    ("laughter without an end", |n| "ha".repeat(n / 2)),
    ("wwww and 555", |n| "wwww 555 www5 ".repeat(n / 14)),
    ("negations", |n| "not not never good bad ".repeat(n / 23)),
    ("a clip's title", |n| format!("!clip {}", "x\u{202e}\u{200b} ".repeat(n / 8))),
    ("commands", |n| "!testclip ".repeat(n / 10)),
    ("digits", |n| format!("!cliphound mute {}m", "9".repeat(n))),
    ("a prompt", |n| "type JOIN to win ".repeat(n / 17)),
    ("votes", |n| "1 ".repeat(n / 2)),
];

/// Tags that somebody may bring about, for about so many bytes of a line.
const TAGS: &[(&str, Typed)] = &[
    ("emotes", |n| format!("emotes=25:{}0-4", "0-4,".repeat(n / 4))),
    ("many emotes", |n| {
        format!("emotes={}", (0..n / 10).map(|i| format!("{i}:0-4/")).collect::<String>())
    }),
    ("emotes far behind", |n| format!("emotes={}", "9:400-404/".repeat(n / 10))),
    ("escapes", |n| format!("display-name={}", "\\s\\:\\\\".repeat(n / 6))),
    ("many tags", |n| (0..n / 8).map(|i| format!("t{i:05}=;")).collect()),
    ("semicolons", |n| ";".repeat(n)),
    ("badges", |n| format!("badges={}", "vip/1,".repeat(n / 6))),
];

fn line(tags: &str, text: &str) -> String {
    format!("@{tags};tmi-sent-ts=1700000000000 :ann!ann@ann.tmi.twitch.tv PRIVMSG #ninja :{text}")
}

/// Everything that is done for a line.
fn work(engine: &mut Engine, line: &str) {
    if let Line::Event { sent_ms, event, .. } = parse_line(line, "justinfan1")
        && let Some(input) = feed::input(event)
    {
        if let Input::Message(message) = &input {
            black_box(plain_title(&message.text));
        }
        black_box(engine.handle(EventTime(sent_ms.unwrap_or_default()), &input));
    }
}

fn time(engine: &mut Engine, line: &str) -> Duration {
    let once = || {
        let stopwatch = Stopwatch::start();
        work(engine, black_box(line));
        stopwatch.elapsed()
    };
    std::iter::repeat_with(once).take(TRIES).min().unwrap_or_default()
}

fn main() -> ExitCode {
    // `cargo test` starts benches, too, and asks them for tests: there are none, for what a busy
    // machine measures says nothing.
    if !std::env::args().any(|argument| argument == "--bench") {
        return ExitCode::SUCCESS;
    }
    let mut engine = Engine::new(Settings::default(), 1);
    let names = (0..5_000).map(|i| format!("emote{i}"));
    engine.handle(EventTime(0), &Input::Emotes(EmoteSet::new(names)));
    let mut is_linear = true;
    let mut judge = |name: &str, short: String, long: String| {
        let (short, long) = (time(&mut engine, &short), time(&mut engine, &long));
        let ratio = long.as_secs_f64() / short.as_secs_f64().max(1e-9);
        let verdict = if ratio <= MOST { "" } else { "  GROWS FASTER THAN ITS INPUT" };
        eprintln!("{name:32} {short:>10.1?} {long:>10.1?}  x{ratio:.1}{verdict}");
        is_linear &= ratio <= MOST;
    };
    for (name, typed) in TEXTS {
        for role in ["badges=", "badges=moderator/1"] {
            judge(name, line(role, &typed(LENGTH)), line(role, &typed(2 * LENGTH)));
        }
    }
    for (name, typed) in TAGS {
        let text = "KEKW what a play ".repeat(30);
        judge(name, line(&typed(LENGTH), &text), line(&typed(2 * LENGTH), &text));
    }
    if is_linear { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

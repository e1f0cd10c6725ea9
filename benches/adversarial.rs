//! Whatever a viewer types, work grows with its length and nothing else: each input is doubled,
//! and what then takes much more than double the time is refused.
//!
//! Chat's lines have 500 characters; here they are as long as the parser takes them, so that
//! what grows faster shows. It measures time, so it is no test: `tests/linear` is, and counts.

#[path = "../tests/linear/typed.rs"]
mod typed;

use std::{hint::black_box, process::ExitCode, time::Duration};

use cliphound::{config::title::plain_title, feed};
use cliphound_clock::Stopwatch;
use cliphound_engine::{EmoteSet, Engine, EventTime, Input, Settings};
use cliphound_twitch::irc::parse::{Line, parse_line};

use self::typed::{TAGS, TEXTS, line};

/// Characters of the shorter text; a line may have 64 KiB.
const LENGTH: usize = 12_000;
/// Doubled input may take so much longer: twice, and what a busy machine adds. Work that grows
/// with the square takes four times as long.
const MOST: f64 = 3.2;
/// A measure is the quickest of so many: that one was disturbed least.
const TRIES: usize = 40;

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

//! Many lines within the window of one channel, and what is deleted of them.

use cliphound::feed;
use cliphound_engine::{CommandRules, Engine, EventTime, Input, Least, Settings};
use cliphound_twitch::irc::parse::{Line, parse_line};

use super::{check, doubled, steps};

/// Steps for each line with its share of deletions: about 150 bytes are read several times, and
/// the words kept from announcements (256 at most) are compared once.
const MOST_A_LINE: u64 = 2_500;
/// Lines of the smallest crowd; the largest is twice what the window holds.
const SMALLEST: usize = 128;
const DOUBLED: usize = 8;
/// All lines come within so many milliseconds: the seconds between are few, and all are held.
const WITHIN_MS: i64 = 5_000;

/// What the line of a number is.
type Said = fn(usize) -> String;

fn said(number: usize, user: usize, text: &str) -> String {
    said_by("", number, user, text)
}

fn said_by(badges: &str, number: usize, user: usize, text: &str) -> String {
    format!(
        "@badges={badges};id=id-{number};room-id=7 :ann{user}!a@a.tmi.twitch.tv PRIVMSG #ninja :{text}"
    )
}

fn deleted(number: usize) -> String {
    format!("@target-msg-id=id-{number} :tmi.twitch.tv CLEARMSG #ninja :gone")
}

fn cleared(user: usize) -> String {
    format!("@room-id=7 :tmi.twitch.tv CLEARCHAT #ninja :ann{user}")
}

/// Steps of so many lines of each part, one part behind the other, and of the second after them.
fn steps_of(parts: &[Said], count: usize) -> u64 {
    let commands = CommandRules { clip: Least::Everyone, cooldown_s: 0, ..CommandRules::default() };
    let mut engine = Engine::new(Settings { commands, ..Settings::default() }, 1);
    let all = (count * parts.len()) as i64;
    let lines = parts.iter().flat_map(|part| (0..count).map(part));
    let lines: Vec<String> = lines.collect();
    steps(|| {
        for (at_ms, line) in (0..all).map(|at| 60_000 + at * WITHIN_MS / all).zip(&lines) {
            let Line::Event { event, .. } = parse_line(line, "justinfan1") else {
                panic!("{line} is none");
            };
            let input: Input = feed::input(event).expect("it changes something");
            engine.handle(EventTime(at_ms), &input);
        }
        engine.wake(EventTime(60_000 + WITHIN_MS));
        drop((engine.top_emotes(8), engine.top_words(8)));
    })
}

fn hold(name: &str, parts: &[Said]) {
    check(name, doubled(SMALLEST, DOUBLED), MOST_A_LINE, |count| (steps_of(parts, count), count));
}

#[test]
fn a_crowd() {
    hold("one person", &[|i| said(i, 1, "hello there")]);
    hold("distinct people on one text", &[|i| said(i, i, "raffle")]);
    hold("distinct people on one emote", &[|i| said(i, i, "KEKW")]);
    hold("distinct texts", &[|i| said(i, i, &format!("well {i}"))]);
    hold("distinct words", &[|i| said(i, i, &format!("a{i} b{i} c{i} d{i} e{i}"))]);
    hold("people with three lines each", &[|i| said(i, i / 3, &format!("KEKW LUL {i} wow"))]);
    hold("one id", &[|i| said(1, i, "hello there")]);
}

#[test]
fn distinct_emotes() {
    hold(
        "distinct emotes",
        &[|i| {
            let line = said(i, i, &format!("ann{i:05} bob{i:05} wow"));
            line.replacen("@badges", "@emotes=1:0-7/2:9-16;badges", 1)
        }],
    );
}

/// All is said before the first of it is deleted.
#[test]
fn deletions() {
    let all: Said = |i| said(i, i, &format!("KEKW well {i}"));
    hold("each line deleted", &[all, deleted]);
    hold("each person cleared", &[all, cleared]);
    hold("deleted and cleared", &[all, deleted, cleared]);
    hold("deleted twice", &[all, deleted, deleted]);
    hold("deleted in another order", &[all, |i| deleted(i ^ 127)]);
    hold("what nobody said", &[all, |i| deleted(i + 1_000_000), |i| cleared(i + 1_000_000)]);
    let trios: Said = |i| said(i, i / 3, "ok");
    hold("people with three lines each", &[trios, |i| cleared(i / 3)]);
    hold("all of one id", &[|i| said(1, i, "ok"), |_| deleted(1)]);
    hold(
        "said and cleared in turns",
        &[|i| if i % 2 == 0 { said(i, 1, "ok") } else { cleared(1) }],
    );
    hold(
        "everything cleared in turns",
        &[
            |i| {
                if i % 2 == 0 {
                    said(i, i, "ok")
                } else {
                    "@room-id=7 :t CLEARCHAT #ninja".to_owned()
                }
            },
        ],
    );
}

#[test]
fn commands_and_prompts() {
    hold("commands of everybody", &[|i| said(i, i, "!clip what a play")]);
    hold("commands of moderators", &[|i| said_by("moderator/1", i, i, "!cliphound mute 5m")]);
    let prompt: Said =
        |i| said_by("moderator/1", i, i, &format!("type join{i} or leave{i} or stay{i} now"));
    hold("prompts", &[prompt]);
    hold("prompts and answers", &[prompt, |i| said(i, i, &format!("join{i}"))]);
    hold("votes", &[|i| said(i, i, "1 1 1")]);
}

//! Ordinary talk: small talk, conversations, commands and their answers, little deletions.

use std::sync::Arc;

use rand::RngExt;

use super::cast::Person;
use super::stage::Stage;
use super::words::{ABOUT, BOT_NOTES, COMMANDS, ORDINARY_EMOTES, TONGUES};
use crate::chat::{ChatEvent, NoticeKind};

/// Share of ordinary lines that come from somebody new.
const NEWCOMERS: f64 = 0.03;

/// One ordinary thing at a time: mostly a line, now and then something around it.
pub(crate) fn ordinary(stage: &mut Stage, at_ms: i64) {
    let chance: f64 = stage.rng.random();
    match chance {
        c if c < 0.02 => command(stage, at_ms),
        c if c < 0.026 => deletion(stage, at_ms),
        c if c < 0.032 => resub(stage, at_ms),
        c if c < 0.037 => cheer(stage, at_ms),
        c if c < 0.06 => little_burst(stage, at_ms),
        c if c < 0.06 + NEWCOMERS => {
            let person = stage.cast.newcomer(&mut stage.rng);
            let text = small_talk(stage, &person, at_ms);
            stage.say_first(at_ms, &person.author, text);
        }
        _ => line(stage, at_ms),
    }
}

/// The bot's own words, every few minutes.
pub(crate) fn bot_note(stage: &mut Stage, at_ms: i64) {
    let text = stage.word(BOT_NOTES).to_owned();
    let bot = Arc::clone(&stage.cast.bot);
    stage.say(at_ms, &bot, text);
}

/// One line of somebody.
pub(crate) fn line(stage: &mut Stage, at_ms: i64) {
    let person = stage.cast.someone(&mut stage.rng);
    let text = small_talk(stage, &person, at_ms);
    let me = stage.rng.random_bool(0.01);
    stage.line(at_ms, &person.author, text, |line| line.action = me);
}

/// What a person says when nothing happens.
pub(crate) fn small_talk(stage: &mut Stage, person: &Person, at_ms: i64) -> String {
    let chance: f64 = stage.rng.random();
    let text = match chance {
        c if c < 0.10 => return emotes(stage),
        c if c < 0.28 => reply(stage, person),
        c if c < 0.42 && person.language == 0 => about(stage, at_ms),
        _ => varied(stage, person),
    };
    if stage.rng.random_bool(0.12) { format!("{text} {}", emotes(stage)) } else { text }
}

/// People hardly ever say the same in the same words: two thoughts in one line, a number,
/// a slip of the finger.
fn varied(stage: &mut Stage, person: &Person) -> String {
    let talk = TONGUES[person.language].talk;
    let first = stage.word(talk);
    match stage.rng.random_range(0..10) {
        0..3 => format!("{first}, {}", stage.word(talk)),
        3 => format!("{first} {}", stage.rng.random_range(2..100)),
        4 => {
            let slip = stage.rng.random_range(0..first.chars().count().max(1));
            first.chars().enumerate().filter(|(at, _)| *at != slip).map(|(_, c)| c).collect()
        }
        5 => format!("{first} ^^"),
        _ => first.to_owned(),
    }
}

fn emotes(stage: &mut Stage) -> String {
    let emote = match stage.rng.random_range(0..4) {
        0 => stage.own_emote(),
        _ => stage.word(ORDINARY_EMOTES).to_owned(),
    };
    if stage.rng.random_bool(0.2) { format!("{emote} {emote}") } else { emote }
}

fn reply(stage: &mut Stage, person: &Person) -> String {
    let words = stage.word(TONGUES[person.language].replies);
    let newest = stage.recent.len().min(6);
    if newest == 0 {
        return words.to_owned();
    }
    let index = stage.recent.len() - stage.rng.random_range(1..=newest);
    format!("@{} {words}", stage.recent[index].1.display)
}

/// Talk about the topic of these minutes.
fn about(stage: &mut Stage, at_ms: i64) -> String {
    let topics = stage.style.subject.topics();
    let topic = topics[(at_ms.div_euclid(400_000) as usize) % topics.len()];
    stage.word(ABOUT).replace("{}", topic)
}

fn command(stage: &mut Stage, at_ms: i64) {
    let person = stage.cast.someone(&mut stage.rng);
    let (command, answer) = COMMANDS[stage.rng.random_range(0..COMMANDS.len())];
    stage.say(at_ms, &person.author, command.to_owned());
    let bot = Arc::clone(&stage.cast.bot);
    let after = stage.between(400, 1500);
    stage.say(at_ms + after, &bot, format!("@{} {answer}", person.author.display));
}

/// A few people answer one of them within seconds: ordinary chat comes in clumps.
fn little_burst(stage: &mut Stage, at_ms: i64) {
    line(stage, at_ms);
    for _ in 0..stage.rng.random_range(1..4) {
        let after = stage.between(1_500, 9_000);
        line(stage, at_ms + after);
    }
}

/// A moderator deletes a line, or times somebody out.
fn deletion(stage: &mut Stage, at_ms: i64) {
    let deletable = |(_, author, _): &&(_, Arc<crate::chat::Author>, _)| {
        author.standing == crate::chat::Standing::Viewer
    };
    let Some((line_id, author, text)) = stage.recent.iter().rev().find(deletable).cloned() else {
        return;
    };
    let login = author.login.clone();
    if stage.rng.random_bool(0.5) {
        stage.push(at_ms, ChatEvent::Deleted { line_id, login, text });
    } else {
        stage.push(at_ms, ChatEvent::TimedOut { login, id: author.id, seconds: 60 });
    }
}

fn resub(stage: &mut Stage, at_ms: i64) {
    let person = stage.cast.someone(&mut stage.rng);
    let months = person.author.months + 1;
    let text = if stage.rng.random_bool(0.5) { "still here <3" } else { "" };
    stage.notice(at_ms, &person.author, NoticeKind::Resub { months }, text);
}

fn cheer(stage: &mut Stage, at_ms: i64) {
    let person = stage.cast.someone(&mut stage.rng);
    let bits = if stage.rng.random_bool(0.2) { 500 } else { 100 };
    let text = format!("Cheer{bits} {}", stage.word(TONGUES[person.language].talk));
    stage.line(at_ms, &person.author, text, |line| line.bits = bits);
}

//! What looks like a moment and is none: raids, giveaways, floods and the like.

use std::sync::Arc;

use rand::RngExt;

use super::cast::{Person, stranger};
use super::plan::{Happening, Kind};
use super::reaction;
use super::stage::Stage;
use super::words::{COPYPASTA, FLOOD, GREETINGS, KEYWORDS, QUESTIONS, THANKS};
use crate::chat::NoticeKind;

/// Plays a decoy. `partner` is the other room of a shared chat, if there is one.
pub(crate) fn play(stage: &mut Stage, decoy: &Happening, partner: Option<u64>) {
    match decoy.kind {
        Kind::Raid => raid(stage, decoy),
        Kind::Giveaway => giveaway(stage, decoy),
        Kind::Flood => flood(stage, decoy),
        Kind::Copypasta => copypasta(stage, decoy),
        Kind::GiftSubs => gifts(stage, decoy),
        Kind::Poll => poll(stage, decoy),
        Kind::SharedChat => shared_chat(stage, decoy, partner),
        _ => {}
    }
}

/// Viewers that a raid of this strength brings to so many who are there.
pub(crate) fn raiders(decoy: &Happening, viewers: u32) -> u32 {
    (f64::from(viewers) * (0.1 + 0.5 * decoy.strength)).ceil() as u32 + 5
}

fn raid(stage: &mut Stage, decoy: &Happening) {
    let leader = stranger(&mut stage.rng);
    let viewers = raiders(decoy, stage.viewers);
    stage.notice(decoy.start_ms, &leader.author, NoticeKind::Raid { viewers }, "");
    let count = (f64::from(viewers).powf(0.75) * 0.5).ceil() as usize;
    for _ in 0..count.min(1_000) {
        let guest = stage.cast.newcomer(&mut stage.rng);
        let (a, b) = times(stage, decoy, 1_000);
        let text = match stage.rng.random_range(0..4) {
            0 => format!("{} raid", leader.author.display),
            _ => stage.word(GREETINGS).to_owned(),
        };
        stage.say_first(a.min(b), &guest.author, text);
    }
}

fn giveaway(stage: &mut Stage, decoy: &Happening) {
    let keyword = stage.word(KEYWORDS);
    let bot = Arc::clone(&stage.cast.bot);
    stage.say(decoy.start_ms, &bot, format!("Giveaway! Type {keyword} to take part."));
    let count = stage.people(0.15 + 0.35 * decoy.strength).max(5);
    for person in stage.cast.crowd(count, &mut stage.rng) {
        let (a, b) = times(stage, decoy, 2_000);
        stage.say(a.min(b), &person.author, keyword.to_owned());
    }
    stage.say(decoy.end_ms, &bot, "The giveaway is closed. Congratulations!".to_owned());
}

fn flood(stage: &mut Stage, decoy: &Happening) {
    let Person { author, .. } = stage.cast.newcomer(&mut stage.rng);
    for _ in 0..100 {
        let text = stage.word(FLOOD).to_owned();
        let at_ms = stage.between(decoy.start_ms, decoy.end_ms);
        stage.say(at_ms, &author, text);
    }
}

fn copypasta(stage: &mut Stage, decoy: &Happening) {
    let text = stage.word(COPYPASTA);
    let count = stage.rng.random_range(3..=4);
    for person in stage.cast.crowd(count, &mut stage.rng) {
        for _ in 0..stage.rng.random_range(6..=10) {
            let at_ms = stage.between(decoy.start_ms, decoy.end_ms);
            stage.say(at_ms, &person.author, text.to_owned());
        }
    }
}

fn gifts(stage: &mut Stage, decoy: &Happening) {
    let giver = stage.cast.someone(&mut stage.rng).author;
    let count = 5 + (stage.people(0.2) as f64 * decoy.strength) as u32;
    let count = count.min(100);
    let origin = stage.id();
    let batch = NoticeKind::GiftBatch { count, total: count * 2, origin: origin.clone() };
    stage.notice(decoy.start_ms, &giver, batch, "");
    let mut at_ms = decoy.start_ms + 300;
    for person in stage.cast.crowd(count as usize, &mut stage.rng) {
        let recipient = Arc::clone(&person.author);
        let gift = NoticeKind::Gift { recipient, total: count * 2, origin: origin.clone() };
        stage.notice(at_ms, &giver, gift, "");
        at_ms += stage.between(80, 250);
        if stage.rng.random_bool(0.5) {
            let thanks = stage.word(THANKS).replace("{}", &giver.display);
            let later = stage.between(at_ms, decoy.end_ms);
            stage.say(later, &person.author, thanks);
        }
    }
}

/// The streamer asks; answers come in a slow lift over minutes.
fn poll(stage: &mut Stage, decoy: &Happening) {
    let (question, answers) = QUESTIONS[stage.rng.random_range(0..QUESTIONS.len())];
    let streamer = Arc::clone(&stage.cast.broadcaster);
    stage.say(decoy.start_ms, &streamer, question.to_owned());
    let count = stage.people(0.1 + 0.2 * decoy.strength).max(5);
    let lean = stage.rng.random_range(0.3..0.7);
    for person in stage.cast.crowd(count, &mut stage.rng) {
        let (a, b) = times(stage, decoy, 3_000);
        let answer = answers[usize::from(stage.rng.random_bool(lean))];
        stage.say((a + b) / 2, &person.author, answer.to_owned());
    }
}

/// The other room's chat is excited about its own stream.
fn shared_chat(stage: &mut Stage, decoy: &Happening, partner: Option<u64>) {
    for _ in 0..stage.people(0.3).max(8) {
        let at_ms = stage.between(decoy.start_ms, decoy.end_ms);
        let person = stranger(&mut stage.rng);
        let text = reaction::words(stage, Kind::TextHype, &["LETS GO{O}", "wow"]);
        stage.line(at_ms, &person.author, text, |line| line.source_room = partner);
    }
}

/// Two times within the decoy, the first `after_ms` after its start at the earliest.
fn times(stage: &mut Stage, decoy: &Happening, after_ms: i64) -> (i64, i64) {
    let from = decoy.start_ms + after_ms;
    (stage.between(from, decoy.end_ms), stage.between(from, decoy.end_ms))
}

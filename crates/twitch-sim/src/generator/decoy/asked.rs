//! People do as they are asked: giveaways, polls, predictions. They answer when the
//! streamer's words reach them, so the rise is as steep as that of a moment.

use std::sync::Arc;

use rand::RngExt;

use super::{any, soon};
use crate::chat::{Author, Standing};
use crate::generator::plan::Happening;
use crate::generator::stage::Stage;
use crate::generator::words::{BETS, JOIN_COMMANDS};

/// Everybody writes one keyword, many more than once; at the end somebody has won.
pub(crate) fn giveaway(stage: &mut Stage, decoy: &Happening, command: bool) {
    let keyword = stage.word(if command { JOIN_COMMANDS } else { stage.tongue().keywords });
    let bot = Arc::clone(&stage.cast.bot);
    stage.say(decoy.start_ms, &bot, format!("Giveaway! Type {keyword} to take part."));
    let count = stage.people(0.15 + 0.35 * decoy.strength).max(5);
    let delay_ms = stage.style.delay_ms / 2;
    for person in stage.cast.crowd(count, &mut stage.rng) {
        let mut at_ms = match stage.rng.random_bool(0.6) {
            true => soon(stage, decoy, delay_ms, 15_000.0),
            false => any(stage, decoy, delay_ms),
        };
        for _ in 0..1 + usize::from(stage.rng.random_bool(0.25)) {
            let text = match stage.rng.random_range(0..12) {
                0 => keyword.to_uppercase(),
                1 => format!("{keyword} {}", stage.own_emote()),
                _ => keyword.to_owned(),
            };
            stage.say(at_ms.min(decoy.end_ms), &person.author, text);
            at_ms += stage.between(5_000, 40_000);
        }
    }
    stage.say(decoy.end_ms, &bot, "The giveaway is closed. Congratulations!".to_owned());
}

/// The streamer asks; half of the answers come in the first quarter of a minute.
pub(crate) fn poll(stage: &mut Stage, decoy: &Happening) {
    let questions = stage.tongue().questions;
    let (question, answers) = questions[stage.rng.random_range(0..questions.len())];
    let streamer = Arc::clone(&stage.cast.broadcaster);
    if stage.rng.random_bool(0.5) {
        // Else it is only said aloud.
        stage.say(decoy.start_ms, &streamer, question.to_owned());
    }
    let count = stage.people(0.1 + 0.3 * decoy.strength).max(5);
    let lean = stage.rng.random_range(0.2..0.8);
    let delay_ms = stage.style.delay_ms;
    for person in stage.cast.crowd(count, &mut stage.rng) {
        let at_ms = soon(stage, decoy, delay_ms, 15_000.0);
        let answer = answers[usize::from(stage.rng.random_bool(lean))];
        let text = match stage.rng.random_range(0..10) {
            0 => format!("{answer}{answer}{answer}"),
            1 => format!("{answer} pls"),
            2 => answer.to_uppercase(),
            _ => answer.to_owned(),
        };
        stage.say(at_ms, &person.author, text);
    }
}

/// A bot announces a prediction; people say what they bet on.
pub(crate) fn prediction(stage: &mut Stage, decoy: &Happening) {
    let bot = Arc::new(Author {
        login: "streamelements".to_owned(),
        display: "StreamElements".to_owned(),
        id: 100_135_110,
        color: "#5B99FF".to_owned(),
        standing: Standing::Moderator,
        months: 0,
    });
    let announcement = "A new prediction has begun: will it work? 1: yes, 2: no";
    stage.say(decoy.start_ms, &bot, announcement.to_owned());
    let count = stage.people(0.08 + 0.17 * decoy.strength).max(4);
    for person in stage.cast.crowd(count, &mut stage.rng) {
        let at_ms = soon(stage, decoy, 2_000, 30_000.0);
        let text = match stage.rng.random_range(0..5) {
            0 => "1".to_owned(),
            1 => "2".to_owned(),
            2 => stage.own_emote(),
            _ => stage.word(BETS).to_owned(),
        };
        stage.say(at_ms, &person.author, text);
    }
    stage.say(decoy.end_ms, &bot, "The prediction is closed.".to_owned());
}

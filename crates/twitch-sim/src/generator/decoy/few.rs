//! Few people, much text: floods, copies, advertisements, quarrels.

use std::sync::Arc;

use rand::RngExt;

use super::{any, soon};
use crate::chat::ChatEvent;
use crate::generator::cast::{Person, stranger};
use crate::generator::plan::Happening;
use crate::generator::stage::Stage;
use crate::generator::words::{ADVERTS, FLOOD};

/// One person writes a hundred lines.
pub(crate) fn flood(stage: &mut Stage, decoy: &Happening) {
    let Person { author, .. } = stage.cast.newcomer(&mut stage.rng);
    for _ in 0..100 {
        let text = stage.word(FLOOD).to_owned();
        let at_ms = any(stage, decoy, 0);
        stage.say(at_ms, &author, text);
    }
}

/// Three or four people repeat a long text.
pub(crate) fn copypasta(stage: &mut Stage, decoy: &Happening) {
    let text = stage.word(stage.tongue().pastes);
    let count = stage.rng.random_range(3..=4);
    for person in stage.cast.crowd(count, &mut stage.rng) {
        for _ in 0..stage.rng.random_range(6..=10) {
            let at_ms = any(stage, decoy, 0);
            stage.say(at_ms, &person.author, text.to_owned());
        }
    }
}

/// Ten to twenty-five people (fewer in a small room) paste a long text once each.
pub(crate) fn long_paste(stage: &mut Stage, decoy: &Happening) {
    let text = stage.word(stage.tongue().pastes);
    let most = stage.people(0.6).max(5);
    let count = (10 + (15.0 * decoy.strength) as usize).min(most);
    for person in stage.cast.crowd(count, &mut stage.rng) {
        let at_ms = soon(stage, decoy, 0, 10_000.0);
        stage.say(at_ms, &person.author, text.to_owned());
    }
}

/// Accounts that nobody knows repeat an advertisement, until a moderator times them out.
pub(crate) fn advert(stage: &mut Stage, decoy: &Happening) {
    for _ in 0..stage.rng.random_range(1..=3) {
        let text = stage.word(ADVERTS);
        let Person { author, .. } = stranger(&stage.style, &mut stage.rng);
        for number in 0..stage.rng.random_range(3..=8) {
            let at_ms = any(stage, decoy, 0);
            stage.line(at_ms, &author, text.to_owned(), |line| line.first = number == 0);
        }
        if stage.rng.random_bool(0.6) {
            let login = author.login.clone();
            let timed_out = ChatEvent::TimedOut { login, id: author.id, seconds: 600 };
            stage.push(decoy.end_ms, timed_out);
        }
    }
}

/// Two people quarrel; a few others look on.
pub(crate) fn quarrel(stage: &mut Stage, decoy: &Happening) {
    let two = stage.cast.crowd(2, &mut stage.rng);
    let lines = 12 + (20.0 * decoy.strength) as usize;
    let tongue = stage.tongue();
    for number in 0..lines {
        let (one, other) = (&two[number % 2].author, &two[(number + 1) % 2].author);
        let said = stage.word(tongue.quarrel);
        let said = if stage.rng.random_bool(0.3) { said.to_uppercase() } else { said.to_owned() };
        let at_ms = any(stage, decoy, 0);
        let other = other.display.clone();
        let text = if stage.rng.random_bool(0.5) { format!("@{other} {said}") } else { said };
        stage.say(at_ms, &Arc::clone(one), text);
    }
    for _ in 0..3 {
        let at_ms = any(stage, decoy, 10_000);
        let person = stage.cast.someone(&mut stage.rng);
        let text = stage.word(tongue.laughter);
        let text = super::super::reaction::stretch(text, 2);
        stage.say(at_ms, &person.author, text);
    }
}

//! Money: gifts, trains of subscriptions, advertisements.

use std::sync::Arc;

use rand::RngExt;

use super::{any, soon};
use crate::chat::NoticeKind;
use crate::generator::plan::{Happening, Kind};
use crate::generator::reaction;
use crate::generator::stage::Stage;

/// Gifts at once, as Twitch's menu offers them.
const BATCHES: [u32; 6] = [3, 5, 10, 20, 50, 100];

/// Subscriptions are given away; those who got one say thanks, others cheer.
pub(crate) fn gifts(stage: &mut Stage, decoy: &Happening) {
    let giver = stage.cast.someone(&mut stage.rng).author;
    let wished = 5 + (stage.people(0.3) as f64 * decoy.strength) as u32;
    let count = BATCHES.into_iter().rfind(|batch| *batch <= wished).unwrap_or(BATCHES[0]);
    let origin = stage.id();
    let batch = NoticeKind::GiftBatch { count, total: count * 2, origin: origin.clone() };
    stage.notice(decoy.start_ms, &giver, batch, "");
    let mut at_ms = decoy.start_ms + 300;
    let tongue = stage.tongue();
    for person in stage.cast.crowd(count as usize, &mut stage.rng) {
        let recipient = Arc::clone(&person.author);
        let gift = NoticeKind::Gift { recipient, total: count * 2, origin: origin.clone() };
        stage.notice(at_ms, &giver, gift, "");
        at_ms += stage.between(80, 250);
        if stage.rng.random_bool(0.5) {
            let thanks = stage.word(tongue.thanks).replace("{}", &giver.display);
            let later = soon(stage, decoy, at_ms - decoy.start_ms, 15_000.0);
            stage.say(later, &person.author, thanks);
        }
    }
    let favourites = reaction::favourites(stage, Kind::EmoteBurst);
    let cheering = stage.people(0.02 + 0.15 * decoy.strength).min(2 * count as usize);
    for person in stage.cast.crowd(cheering, &mut stage.rng) {
        let later = soon(stage, decoy, 2_000, 12_000.0);
        let text = reaction::words(stage, Kind::EmoteBurst, &favourites, &person);
        stage.say(later, &person.author, text);
    }
}

/// One subscription brings the next (a hype train); each gets its welcome.
pub(crate) fn sub_train(stage: &mut Stage, decoy: &Happening) {
    let subs = 4 + (stage.people(0.06) as f64 * decoy.strength) as usize;
    let favourites = reaction::favourites(stage, Kind::EmoteBurst);
    for person in stage.cast.crowd(subs.min(60), &mut stage.rng) {
        let at_ms = any(stage, decoy, 0);
        let months = person.author.months + 1;
        stage.notice(at_ms, &person.author, NoticeKind::Resub { months }, "");
    }
    let count = stage.people(0.05 + 0.2 * decoy.strength).max(4);
    for person in stage.cast.crowd(count, &mut stage.rng) {
        let at_ms = any(stage, decoy, 2_000);
        let text = reaction::words(stage, Kind::EmoteBurst, &favourites, &person);
        stage.say(at_ms, &person.author, text);
    }
}

/// Advertisements: people complain as they begin, and are back when they end.
pub(crate) fn ad_break(stage: &mut Stage, decoy: &Happening) {
    let count = stage.people(0.03 + 0.15 * decoy.strength).max(3);
    let tongue = stage.tongue();
    for person in stage.cast.crowd(count, &mut stage.rng) {
        let at_ms = soon(stage, decoy, 2_000, 12_000.0);
        let text = stage.word(tongue.ads).to_owned();
        stage.say(at_ms, &person.author, text);
    }
    for _ in 0..count / 4 {
        let at_ms = stage.between(decoy.end_ms - 10_000, decoy.end_ms);
        super::super::talk::line(stage, at_ms);
    }
}

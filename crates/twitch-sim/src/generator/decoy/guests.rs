//! People arrive: raids, the stream's start, another room's chat.

use rand::RngExt;

use super::{any, soon};
use crate::chat::NoticeKind;
use crate::generator::cast::stranger;
use crate::generator::plan::{Happening, Kind};
use crate::generator::reaction;
use crate::generator::stage::Stage;

/// Viewers that a raid of this strength brings to so many who are there.
pub(crate) fn raiders(decoy: &Happening, viewers: u32) -> u32 {
    (f64::from(viewers) * (0.1 + 0.5 * decoy.strength)).ceil() as u32 + 5
}

/// Another channel's viewers arrive and greet, some with that channel's emote.
pub(crate) fn raid(stage: &mut Stage, decoy: &Happening) {
    let leader = stranger(&stage.style, &mut stage.rng);
    let viewers = raiders(decoy, stage.viewers);
    stage.notice(decoy.start_ms, &leader.author, NoticeKind::Raid { viewers }, "");
    let letters = leader.author.login.chars().filter(char::is_ascii_lowercase);
    let emote = format!("{}Hype", letters.take(6).collect::<String>());
    let count = (f64::from(viewers).powf(0.75) * 0.5).ceil() as usize;
    for _ in 0..count.min(1_000) {
        let guest = stage.cast.newcomer(&mut stage.rng);
        let at_ms = soon(stage, decoy, 1_000, 20_000.0);
        let text = match stage.rng.random_range(0..6) {
            0 => format!("{} raid", leader.author.display),
            1 => "RAID HYPE".to_owned(),
            2 => emote.clone(),
            3 => format!("{emote} {emote} {emote}"),
            _ => stage.word(stage.tongue().greetings).to_owned(),
        };
        stage.say_first(at_ms, &guest.author, text);
    }
}

/// The stream has just begun: those who waited greet.
pub(crate) fn greetings(stage: &mut Stage, decoy: &Happening) {
    let count = stage.people(0.15 + 0.25 * decoy.strength).max(4);
    for person in stage.cast.crowd(count, &mut stage.rng) {
        let at_ms = soon(stage, decoy, 0, 45_000.0);
        let tongue = stage.tongue_of(&person);
        let text = stage.word(tongue.greetings).to_owned();
        stage.say(at_ms, &person.author, text);
    }
}

/// The other room's chat is excited about its own stream.
pub(crate) fn shared_chat(stage: &mut Stage, decoy: &Happening, partner: Option<u64>) {
    let favourites = reaction::favourites(stage, Kind::TextHype);
    for _ in 0..stage.people(0.3).max(8) {
        let at_ms = any(stage, decoy, 0);
        let person = stranger(&stage.style, &mut stage.rng);
        let text = reaction::words(stage, Kind::TextHype, &favourites, &person);
        stage.line(at_ms, &person.author, text, |line| line.source_room = partner);
    }
}

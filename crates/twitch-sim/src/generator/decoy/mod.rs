//! What looks like a moment and is none. Each kind as chat does it, not as a detector
//! would like it: those that many people join begin as steeply as a moment does.

mod asked;
mod few;
mod guests;
mod support;

use super::plan::{Happening, Kind};
use super::stage::{Stage, exponential};
pub(crate) use guests::raiders;

/// Plays a decoy. `partner` is the other room of a shared chat, if there is one.
pub(crate) fn play(stage: &mut Stage, decoy: &Happening, partner: Option<u64>) {
    match decoy.kind {
        Kind::Raid => guests::raid(stage, decoy),
        Kind::Greetings => guests::greetings(stage, decoy),
        Kind::SharedChat => guests::shared_chat(stage, decoy, partner),
        Kind::Giveaway => asked::giveaway(stage, decoy, false),
        Kind::GiveawayCommand => asked::giveaway(stage, decoy, true),
        Kind::Poll => asked::poll(stage, decoy),
        Kind::Prediction => asked::prediction(stage, decoy),
        Kind::GiftSubs => support::gifts(stage, decoy),
        Kind::SubTrain => support::sub_train(stage, decoy),
        Kind::AdBreak => support::ad_break(stage, decoy),
        Kind::Flood => few::flood(stage, decoy),
        Kind::Copypasta => few::copypasta(stage, decoy),
        Kind::LongPaste => few::long_paste(stage, decoy),
        Kind::Advert => few::advert(stage, decoy),
        Kind::Quarrel => few::quarrel(stage, decoy),
        _ => {}
    }
}

/// A time from `after_ms` after the decoy's start on, sooner rather than later.
fn soon(stage: &mut Stage, decoy: &Happening, after_ms: i64, mean_ms: f64) -> i64 {
    let at_ms = decoy.start_ms + after_ms + exponential(&mut stage.rng, mean_ms) as i64;
    if at_ms < decoy.end_ms { at_ms } else { any(stage, decoy, after_ms) }
}

/// Any time from `after_ms` after the decoy's start to its end.
fn any(stage: &mut Stage, decoy: &Happening, after_ms: i64) -> i64 {
    stage.between(decoy.start_ms + after_ms, decoy.end_ms)
}

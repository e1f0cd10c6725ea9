//! Ripples: what the streamer says or does all the time stirs a few people up. Neither
//! moments nor decoys, but the reason why real chat is not Poisson's.
//!
//! Measured on real chat outside of marked highlights: the Fano factor (variance over
//! mean) of counts of 10 s is 1.5 to 4 in chats of 2,500 lines an hour, of 60 s 2 to 8,
//! and it grows with the chat: a ripple takes a share of the audience, not a number.

use rand::RngExt;

use super::plan::Kind;
use super::reaction;
use super::stage::{Stage, exponential, long_tailed};
use super::talk;

/// Share of ordinary lines that come in ripples.
pub(crate) const SHARE: f64 = 0.35;
/// Lines of a middling ripple, in seconds of the channel's usual chat …
const SECONDS: f64 = 5.0;
/// … and how far their sizes spread (of the logarithm).
const SPREAD: f64 = 0.9;
/// Nobody answers alone.
const FEWEST: f64 = 1.5;

/// Lines that a ripple has on the average, when a channel usually has so many a second.
pub(crate) fn mean_lines(per_s: f64, lively: f64) -> f64 {
    middling(per_s, lively) * (SPREAD * SPREAD / 2.0).exp()
}

fn middling(per_s: f64, lively: f64) -> f64 {
    FEWEST + SECONDS * per_s * lively
}

/// A ripple begins.
pub(crate) fn play(stage: &mut Stage, at_ms: i64, per_s: f64) {
    let size = middling(per_s, stage.style.lively) * long_tailed(&mut stage.rng, SPREAD);
    let lines = (size.round() as usize).clamp(1, 400);
    let kind = match stage.rng.random_range(0..10) {
        0..3 => Some(Kind::Laughter),
        3 => Some(Kind::Surprise),
        4 => Some(Kind::TextHype),
        5 => Some(Kind::Sadness),
        _ => None,
    };
    let favourites = reaction::favourites(stage, kind.unwrap_or(Kind::Laughter));
    for _ in 0..lines {
        let later_ms = at_ms + exponential(&mut stage.rng, 7_000.0) as i64;
        match kind {
            Some(kind) => {
                let person = stage.cast.someone(&mut stage.rng);
                let text = reaction::words(stage, kind, &favourites, &person);
                stage.say(later_ms, &person.author, text);
            }
            None => talk::line(stage, later_ms),
        }
    }
}

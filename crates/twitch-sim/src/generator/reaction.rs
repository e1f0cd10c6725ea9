//! How chat reacts to a true moment: late, steeply, then decaying.

use rand::RngExt;

use super::plan::{Happening, Kind};
use super::stage::{Stage, exponential};
use super::words::{HYPE_EMOTES, HYPE_TEXT, LAUGHTER, SADNESS, SURPRISE};

/// Fewest people that make a moment, weak and strong: in a small room most take part.
const FEWEST: std::ops::Range<f64> = 7.0..13.0;

/// Lets chat react to a moment.
pub(crate) fn react(stage: &mut Stage, moment: &Happening) {
    let onset_ms = onset(stage, moment);
    let share = 0.08 * 7.5_f64.powf(moment.strength);
    let fewest = FEWEST.start + moment.strength * (FEWEST.end - FEWEST.start);
    let count = stage.people(share).max(fewest as usize);
    let favourites = favourites(stage, moment.kind);
    for person in stage.cast.crowd(count, &mut stage.rng) {
        let mut at_ms = onset_ms + delay(stage);
        let lines = if stage.rng.random_bool(0.3) { 2 } else { 1 };
        for _ in 0..lines {
            let text = words(stage, moment.kind, &favourites);
            stage.say(at_ms, &person.author, text);
            at_ms += stage.between(2_000, 9_000);
        }
    }
}

/// When the first people react: in the later half of the moment plus the stream's
/// latency, 5 to 20 s after the moment's start.
fn onset(stage: &mut Stage, moment: &Happening) -> i64 {
    let length = (moment.end_ms - moment.start_ms) as f64;
    let happened = length * stage.rng.random_range(0.3..0.8);
    let latency = stage.between(4_000, 8_000);
    moment.start_ms + (happened as i64 + latency).clamp(5_000, 20_000)
}

/// One person's delay after the first: a third within the rise of about 4 s, the others
/// along a tail of about 20 s.
fn delay(stage: &mut Stage) -> i64 {
    if stage.rng.random_bool(0.35) {
        let (a, b) = (stage.between(0, 4_000), stage.between(0, 4_000));
        return a.max(b);
    }
    2_500 + exponential(&mut stage.rng, 6_000.0) as i64
}

/// The two things that most people write this time.
fn favourites(stage: &mut Stage, kind: Kind) -> [&'static str; 2] {
    let table = table(kind);
    [stage.word(table), stage.word(table)]
}

fn table(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::EmoteBurst => HYPE_EMOTES,
        Kind::Laughter => LAUGHTER,
        Kind::Sadness => SADNESS,
        Kind::Surprise => SURPRISE,
        _ => HYPE_TEXT,
    }
}

/// What one person writes.
pub(crate) fn words(stage: &mut Stage, kind: Kind, favourites: &[&'static str; 2]) -> String {
    let chance: f64 = stage.rng.random();
    let pattern = match chance {
        c if c < 0.35 => favourites[0],
        c if c < 0.5 => favourites[1],
        _ => stage.word(table(kind)),
    };
    let text = stretch(pattern, stage.between(1, 9) as usize);
    match (kind, stage.rng.random_range(0..10)) {
        (Kind::EmoteBurst, 0..3) => format!("{text} {text} {text}"),
        (Kind::EmoteBurst, 3) => {
            let more = stretch(stage.word(HYPE_TEXT), 3);
            format!("{more} {text}")
        }
        (Kind::TextHype | Kind::Surprise, 0..3) => text.to_uppercase(),
        (Kind::TextHype, 3..5) => format!("{text}!!"),
        _ => text,
    }
}

/// Repeats the letter in braces.
fn stretch(pattern: &str, times: usize) -> String {
    match (pattern.find('{'), pattern.find('}')) {
        (Some(open), Some(close)) if open < close => {
            let letters = pattern[open + 1..close].repeat(times);
            format!("{}{letters}{}", &pattern[..open], &pattern[close + 1..])
        }
        _ => pattern.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_stretch() {
        assert_eq!(stretch("GO{O}!", 3), "GOOOO!");
        assert_eq!(stretch("ахаха{х}а", 2), "ахахахха");
        assert_eq!(stretch("plain", 3), "plain");
    }
}

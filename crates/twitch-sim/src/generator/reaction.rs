//! How chat reacts to a true moment: late, steeply, then decaying.

use rand::RngExt;

use super::cast::Person;
use super::plan::{Happening, Kind};
use super::stage::{Stage, exponential};
use super::words::{HYPE_EMOTES, LAUGHTER_EMOTES, SADNESS_EMOTES, SURPRISE_EMOTES, Tongue};

/// Fewest people that make a moment, faint and strong: in a small room most take part.
const FEWEST: std::ops::Range<f64> = 3.0..11.0;
/// Share of the audience that reacts to the faintest moment …
const FAINTEST: f64 = 0.06;
/// … and so many times more to the strongest.
const RANGE: f64 = 10.0;

/// Lets chat react to a moment.
pub(crate) fn react(stage: &mut Stage, moment: &Happening) {
    let onset_ms = onset(stage, moment);
    let share = FAINTEST * RANGE.powf(moment.strength);
    let fewest = FEWEST.start + moment.strength * (FEWEST.end - FEWEST.start);
    let count = stage.people(share * stage.style.tempo).max(fewest as usize);
    let favourites = favourites(stage, moment.kind);
    for person in stage.cast.crowd(count, &mut stage.rng) {
        let mut at_ms = onset_ms + delay(stage);
        let lines = if stage.rng.random_bool(0.3) { 2 } else { 1 };
        for _ in 0..lines {
            let text = words(stage, moment.kind, &favourites, &person);
            stage.say(at_ms, &person.author, text);
            at_ms += stage.between(2_000, 9_000);
        }
    }
}

/// When the first people react: in the later half of the moment plus the channel's
/// delay, 5 to 20 s after the moment's start.
fn onset(stage: &mut Stage, moment: &Happening) -> i64 {
    let length = (moment.end_ms - moment.start_ms) as f64;
    let happened = length * stage.rng.random_range(0.3..0.8);
    let delay = stage.style.delay_ms + stage.between(-1_500, 1_500);
    moment.start_ms + (happened as i64 + delay).clamp(5_000, 20_000)
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

/// The two things that most people write this time: words or emotes.
pub(crate) struct Favourites([String; 2]);

/// Draws them.
pub(crate) fn favourites(stage: &mut Stage, kind: Kind) -> Favourites {
    let tongue = stage.tongue();
    Favourites([pattern(stage, kind, tongue), pattern(stage, kind, tongue)])
}

/// What one person writes.
pub(crate) fn words(
    stage: &mut Stage,
    kind: Kind,
    Favourites([most, second]): &Favourites,
    person: &Person,
) -> String {
    let chance: f64 = stage.rng.random();
    let pattern = match chance {
        c if c < 0.35 => most.clone(),
        c if c < 0.5 => second.clone(),
        _ => {
            let tongue = stage.tongue_of(person);
            pattern(stage, kind, tongue)
        }
    };
    let text = stretch(&pattern, stage.between(1, 9) as usize);
    match (kind, stage.rng.random_range(0..10)) {
        (Kind::EmoteBurst, 0..3) => format!("{text} {text} {text}"),
        (Kind::EmoteBurst, 3) => {
            let more = stage.word(stage.tongue().hype);
            format!("{} {text}", stretch(more, 3))
        }
        (Kind::TextHype, 0..3) => text.to_uppercase(),
        (Kind::TextHype, 3..5) => format!("{text}!!"),
        _ => text,
    }
}

/// Something to write about a moment: an emote or words, by its kind.
fn pattern(stage: &mut Stage, kind: Kind, tongue: &'static Tongue) -> String {
    let (emotes, words) = match kind {
        Kind::Laughter => (LAUGHTER_EMOTES, tongue.laughter),
        Kind::Sadness => (SADNESS_EMOTES, tongue.sadness),
        Kind::Surprise => (SURPRISE_EMOTES, tongue.surprise),
        _ => (HYPE_EMOTES, tongue.hype),
    };
    let as_emote = match kind {
        Kind::EmoteBurst => 1.0,
        Kind::TextHype => 0.0,
        _ => 0.4,
    };
    if !stage.rng.random_bool(as_emote) {
        stage.word(words).to_owned()
    } else if stage.rng.random_bool(0.2) {
        stage.own_emote()
    } else {
        stage.word(emotes).to_owned()
    }
}

/// Repeats the letter in braces.
pub(crate) fn stretch(pattern: &str, times: usize) -> String {
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

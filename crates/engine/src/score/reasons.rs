//! Why a window is unusual, in figures and in words.

use super::{
    features::{FEATURES, NAMES, Vector, index},
    hybrid,
    sound::DB_A_NEPER,
};
use crate::{effect::Reason, teach::Kind};

/// Length of the window in the words.
const WINDOW_S: i64 = crate::engine::WINDOW_MS / 1000;
/// A feature below this many nats above the usual is no reason.
const LEAST_NATS: f32 = 0.3;
/// Fewer people than these, and less than this share of the chatters, are no reason.
const LEAST_PEOPLE: f32 = 2.0;
/// See [`LEAST_PEOPLE`].
const LEAST_SHARE: f32 = 0.15;
/// A smaller share that the forest takes away is not told.
const LEAST_DOUBT: f32 = 0.1;
/// A smaller share that editors taught is not told.
const LEAST_TAUGHT: f32 = 0.05;
/// Reasons given at most, besides `chatters`.
const MOST: usize = 3;

/// The reasons of a window, `chatters` first, then by strength.
#[must_use]
pub fn reasons(
    levels: &Vector,
    usual: &Vector,
    normalised: &Vector,
    top_emote: Option<&str>,
    vote: Option<f32>,
) -> Vec<Reason> {
    let features = std::iter::once(index::CHATTERS).chain(strongest(levels, normalised));
    let told = features.map(|i| Reason {
        name: NAMES[i].to_owned(),
        value: rounded(levels[i]),
        usual: rounded(usual[i]),
        text: words(i, levels, usual, top_emote),
    });
    told.chain(vote.map(hybrid::doubt).filter(|d| *d >= LEAST_DOUBT).map(forest)).collect()
}

/// The feature that leads a window besides the number of people: the first that is told.
#[must_use]
pub fn lead(levels: &Vector, normalised: &Vector) -> Option<usize> {
    strongest(levels, normalised).first().copied()
}

/// The features that are told besides `chatters`, by strength.
fn strongest(levels: &Vector, normalised: &Vector) -> Vec<usize> {
    let mut order: Vec<usize> =
        (0..FEATURES).filter(|i| is_told(*i, levels) && normalised[*i] >= LEAST_NATS).collect();
    order.sort_by(|a, b| normalised[*b].total_cmp(&normalised[*a]).then(a.cmp(b)));
    order.truncate(MOST);
    order
}

/// `reactions` and `messages` say what `chatters` says; a few people of many are no reason.
fn is_told(feature: usize, levels: &Vector) -> bool {
    let enough = LEAST_PEOPLE.max(LEAST_SHARE * levels[index::CHATTERS]);
    match feature {
        index::REACTIONS | index::CHATTERS | index::MESSAGES => false,
        index::BREVITY | index::SENTIMENT => true,
        _ => levels[feature] >= enough,
    }
}

fn words(feature: usize, levels: &Vector, usual: &Vector, top_emote: Option<&str>) -> String {
    let now = levels[feature];
    let people = |n: f32| if n == 1.0 { "1 person".to_owned() } else { format!("{n} people") };
    let usually = format!("usually {}", figure(usual[feature]));
    match feature {
        index::CHATTERS => format!("{} in {WINDOW_S} s, {usually}", people(now)),
        index::EMOTE => {
            let name = top_emote.unwrap_or("one emote");
            format!("{now} of them {name}, {usually} on one emote")
        }
        index::REPETITION => format!("{now} of them wrote the same words, {usually}"),
        index::LAUGHTER => format!("{now} of them laughing, {usually}"),
        index::EXCITEMENT => format!("{now} of them loud, {usually}"),
        index::BREVITY => {
            format!("{} characters a message, {usually}", figure(now))
        }
        _ => {
            let mood = if now > usual[feature] { "gladder" } else { "sadder or angrier" };
            format!("a {mood} mood ({now:+.2}, usually {:+.2})", usual[feature])
        }
    }
}

/// Loudness above the usual, in nats of amplitude, as a reason.
#[must_use]
pub fn sound(nats: f32) -> Option<Reason> {
    let decibels = nats * DB_A_NEPER;
    (nats >= LEAST_NATS).then(|| Reason {
        name: "sound".to_owned(),
        value: rounded(decibels),
        usual: 0.0,
        text: format!("{decibels:.0} dB louder than usual"),
    })
}

/// Whether a vote of the forest is told, as what speaks against the moment.
#[must_use]
pub fn doubts(vote: Option<f32>) -> bool {
    vote.is_some_and(|vote| hybrid::doubt(vote) >= LEAST_DOUBT)
}

/// What editors taught about moments of this kind, as the share that is added to the nats.
#[must_use]
pub fn taught(kind: Kind, weight: f32) -> Option<Reason> {
    (weight.abs() >= LEAST_TAUGHT).then(|| Reason {
        name: "taught".to_owned(),
        value: rounded(weight),
        usual: 0.0,
        text: kind.in_a_reason(weight),
    })
}

/// What speaks against the moment: the share that was taken away.
fn forest(doubt: f32) -> Reason {
    let percent = libm::roundf(doubt * 100.0);
    Reason {
        name: "forest".to_owned(),
        value: rounded(doubt),
        usual: 0.0,
        text: format!("less {percent} %: an odd crowd here (one wording for long, newcomers)"),
    }
}

/// Whole from ten on, else one decimal.
fn figure(x: f32) -> String {
    if x >= 10.0 { format!("{x:.0}") } else { format!("{x:.1}").trim_end_matches(".0").to_owned() }
}

fn rounded(x: f32) -> f32 {
    libm::roundf(x * 100.0) / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_words_with_the_usual_beside_them() {
        let mut levels = Vector::default();
        let mut usual = Vector::default();
        let mut normalised = Vector::default();
        (levels[index::CHATTERS], usual[index::CHATTERS]) = (31.0, 6.04);
        (levels[index::EMOTE], usual[index::EMOTE]) = (24.0, 2.0);
        normalised[index::EMOTE] = 1.5;
        (levels[index::LAUGHTER], usual[index::LAUGHTER]) = (2.0, 0.0);
        normalised[index::LAUGHTER] = 1.1;
        let texts: Vec<String> = reasons(&levels, &usual, &normalised, Some("KEKW"), Some(1.5))
            .into_iter()
            .map(|r| r.text)
            .collect();
        assert_eq!(
            texts,
            [
                "31 people in 15 s, usually 6",
                "24 of them KEKW, usually 2 on one emote",
                "less 50 %: an odd crowd here (one wording for long, newcomers)"
            ]
        );
    }
}

//! One stream's triggers held against its truth. Pure.

use std::collections::BTreeSet;

use cliphound_engine::{Moment, engine::WINDOW_MS};
use cliphound_twitch_sim::{ChatForm, Kind, MadeStream, Truth};

/// A trigger counts for a moment from its start until so long after its end: chat is late.
const FOUND_MS: i64 = 45_000;
/// A decoy is to blame for a trigger in whose window it brought at least this share of the
/// people: half of what is too many when a window has three times as many as usual. (Decoys
/// last for minutes; ordinary chat may well stir meanwhile, and that is another mistake.)
const BLAMED_SHARE: f64 = 1.0 / 3.0;
/// A start may be so much too early.
const EARLY_MS: i64 = 10_000;

/// What became of one stream.
#[derive(Debug)]
pub struct Judged {
    /// See [`MadeStream::name`].
    pub name: String,
    /// Users' names and Twitch's notices were known.
    pub told: bool,
    /// Length.
    pub hours: f64,
    /// All triggers.
    pub triggers: usize,
    /// Each true moment and each decoy, with what was triggered by it.
    pub happenings: Vec<Happening>,
    /// Triggers (s from the start) that belong to nothing.
    pub elsewhere_s: Vec<i64>,
}

/// One thing that truly happened.
#[derive(Debug)]
pub struct Happening {
    /// What.
    pub kind: Kind,
    /// No moment.
    pub decoy: bool,
    /// 0 (few) to 1 (most).
    pub strength: f64,
    /// Start, seconds.
    pub start_s: i64,
    /// Triggers that count for it.
    pub triggers: usize,
    /// The first of them estimated the moment's start right.
    pub start_right: bool,
}

/// Gives each trigger to what caused it.
pub fn judge(stream: MadeStream, moments: &[Moment], hours: f64) -> Judged {
    let causes: Vec<Option<usize>> = moments.iter().map(|m| cause(&stream, m.trigger.0)).collect();
    let of = |scene: usize| -> Vec<&Moment> {
        let caused = moments.iter().zip(&causes).filter(|(_, cause)| **cause == Some(scene));
        caused.map(|(moment, _)| moment).collect()
    };
    let truths = stream.truth.iter().enumerate();
    let elsewhere = moments.iter().zip(&causes).filter(|(_, cause)| cause.is_none());
    Judged {
        told: stream.form == ChatForm::Irc,
        hours,
        triggers: moments.len(),
        happenings: truths.map(|(scene, truth)| happening(truth, &of(scene))).collect(),
        elsewhere_s: elsewhere.map(|(moment, _)| moment.trigger.0 / 1000).collect(),
        name: stream.name,
    }
}

/// What a trigger belongs to: a moment that it follows in time, else the decoy that brought
/// the people.
fn cause(stream: &MadeStream, trigger_ms: i64) -> Option<usize> {
    let follows = |t: &Truth| !t.decoy && (t.start_ms..=t.end_ms + FOUND_MS).contains(&trigger_ms);
    stream.truth.iter().position(follows).or_else(|| {
        let is_to_blame = |scene: &usize| brought(stream, *scene, trigger_ms) >= BLAMED_SHARE;
        (0..stream.truth.len()).find(|scene| stream.truth[*scene].decoy && is_to_blame(scene))
    })
}

/// Share of the people in the window before a trigger who write because of a scene.
fn brought(stream: &MadeStream, scene: usize, trigger_ms: i64) -> f64 {
    let window = stream
        .lines
        .iter()
        .filter(|line| (trigger_ms - WINDOW_MS..trigger_ms).contains(&line.at_ms));
    let (mut people, mut brought) = (BTreeSet::new(), BTreeSet::new());
    for line in window {
        people.insert(line.user_id);
        if line.scene == Some(scene) {
            brought.insert(line.user_id);
        }
    }
    brought.len() as f64 / people.len().max(1) as f64
}

fn happening(truth: &Truth, caused: &[&Moment]) -> Happening {
    let right =
        |moment: &&&Moment| (truth.start_ms - EARLY_MS..=truth.end_ms).contains(&moment.start.0);
    Happening {
        kind: truth.kind,
        decoy: truth.decoy,
        strength: truth.strength,
        start_s: truth.start_ms / 1000,
        triggers: caused.len(),
        start_right: caused.first().is_some_and(|first| right(&first)),
    }
}

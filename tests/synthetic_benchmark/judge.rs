//! One stream's triggers held against its truth. Pure.

use cliphound_engine::Moment;
use cliphound_twitch_sim::{Kind, MadeStream, Truth};

/// A trigger counts for a moment from its start until so long after its end: chat is late.
const FOUND_MS: i64 = 45_000;
/// A trigger is blamed on a decoy until so long after its end: the last lines leave the
/// window after 15 s, and the score falls.
const BLAMED_MS: i64 = 30_000;
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
    /// Seconds outside of what [`Judged::happenings`] could be blamed for.
    pub free_s: f64,
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
    /// Seconds in which a trigger counts for it.
    pub span_s: f64,
    /// Triggers that count for it.
    pub triggers: usize,
    /// The first of them estimated the moment's start right.
    pub start_right: bool,
}

/// Gives each trigger to what caused it. Happenings are at least 100 s apart: a trigger
/// never belongs to two.
pub fn judge(stream: MadeStream, moments: &[Moment], hours: f64) -> Judged {
    let happenings: Vec<Happening> = stream.truth.iter().map(|t| happening(t, moments)).collect();
    let caused = |moment: &&Moment| stream.truth.iter().any(|t| causes(t, moment));
    let elsewhere = moments.iter().filter(|moment| !caused(moment));
    let spent: f64 = happenings.iter().map(|h| h.span_s).sum();
    Judged {
        told: stream.form == cliphound_twitch_sim::ChatForm::Irc,
        hours,
        triggers: moments.len(),
        elsewhere_s: elsewhere.map(|moment| moment.trigger.0 / 1000).collect(),
        free_s: (hours * 3600.0 - spent).max(0.0),
        happenings,
        name: stream.name,
    }
}

fn happening(truth: &Truth, moments: &[Moment]) -> Happening {
    let caused: Vec<&Moment> = moments.iter().filter(|moment| causes(truth, moment)).collect();
    let right =
        |moment: &&Moment| (truth.start_ms - EARLY_MS..=truth.end_ms).contains(&moment.start.0);
    Happening {
        kind: truth.kind,
        decoy: truth.decoy,
        strength: truth.strength,
        start_s: truth.start_ms / 1000,
        span_s: (until(truth) - truth.start_ms) as f64 / 1000.0,
        triggers: caused.len(),
        start_right: caused.first().is_some_and(right),
    }
}

fn causes(truth: &Truth, moment: &Moment) -> bool {
    (truth.start_ms..=until(truth)).contains(&moment.trigger.0)
}

fn until(truth: &Truth) -> i64 {
    truth.end_ms + if truth.decoy { BLAMED_MS } else { FOUND_MS }
}

//! Which moments are to be judged, and in which order.

use std::{fmt, str::FromStr};

use crate::{
    review::Review,
    rows::{IntentKey, MomentRow},
    state::{DRY_RUN, IntentState, OVERLAPS},
    verdict::Verdict,
};

/// Which moments to list.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Queue {
    /// Of these channels (logins) only; of all without it.
    pub channels: Option<Vec<String>>,
    /// With such a verdict.
    pub judged: JudgedAs,
    /// Whose clips stand so.
    pub clip: Option<ClipIs>,
    /// Whose cause is `hype`, or begins with this word and a colon.
    pub cause: Option<String>,
    /// Triggered at this instant or later.
    pub from_ms: Option<i64>,
    /// Triggered before this instant.
    pub to_ms: Option<i64>,
    /// The best first; without it, the newest.
    pub best_first: bool,
    /// Only those after this place of the order.
    pub after: Option<Place>,
    /// Only those before this place of the order; then the nearest to it come first.
    pub before: Option<Place>,
}

/// Which verdict the moments of a list have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum JudgedAs {
    /// None.
    #[default]
    Undecided,
    /// This one.
    As(Verdict),
    /// Any or none.
    Any,
}

/// How the clip of a moment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClipIs {
    /// There is one.
    Made,
    /// It waits for somebody's yes.
    Asked,
    /// It is on its way.
    Open,
    /// There is none, and none will come.
    None,
}

/// A place in the order of a list: that of one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// Its score.
    pub score: f32,
    /// Its key.
    pub key: IntentKey,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}~{}", self.score, self.key)
    }
}

impl FromStr for Place {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('~');
        let place = parts.and_then(|(score, key)| {
            Some(Self { score: score.parse().ok()?, key: key.parse().ok()? })
        });
        place.ok_or_else(|| format!("“{text}” is no place in a list of moments"))
    }
}

/// A moment of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    /// The moment.
    pub moment: MomentRow,
    /// The verdict that holds.
    pub verdict: Option<Verdict>,
    /// Who gave it.
    pub by: Option<String>,
    /// The number of the newest change of what was said of it, grows with each; 0 before the first.
    pub change: i64,
    /// How far its clip has come; `None` without a promise.
    pub state: Option<IntentState>,
    /// Without a promise: the trigger of the moment whose promise has its stretch.
    pub covered_by_ms: Option<i64>,
    /// Its promise ended without anybody asking Twitch: a dry run, or no account.
    pub is_dry: bool,
    /// Whether somebody is asked.
    pub review: Review,
    /// What it is called.
    pub title: Option<String>,
}

impl Listed {
    /// The word for how far its clip has come, as moments.tsv has it: without a promise
    /// [`OVERLAPS`] where another one has its stretch, and else `missed`.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self.state {
            Some(_) if self.is_dry => DRY_RUN,
            Some(state) => state.as_str(),
            None if self.covered_by_ms.is_some() => OVERLAPS,
            None => IntentState::Missed.as_str(),
        }
    }

    /// Its place in the order.
    #[must_use]
    pub fn place(&self) -> Place {
        Place { score: self.moment.score, key: self.moment.key.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_back() {
        for (score, id) in [(0.1_f32 + 0.2, "7"), (1.0, "login:a~b@c"), (0.0, "x")] {
            let key = IntentKey { broadcaster_id: id.to_owned(), trigger_ms: -5 };
            let place = Place { score, key };
            assert_eq!(place.to_string().parse(), Ok(place));
        }
        for wrong in ["", "0.5", "0.5~7", "x~7@5"] {
            assert!(wrong.parse::<Place>().is_err(), "{wrong}");
        }
    }
}

//! Clips in figures: by day, channel, trigger and outcome, by the hour of the week, and how
//! often editors agreed. Pure.

mod hours;
mod sums;

use cliphound_store::{IntentState, Outcome, Verdict};

pub use hours::{Hours, WEEKDAYS};
pub use sums::{Count, Sums};

/// A moment, as far as figures need it.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// The channel's login.
    pub login: String,
    /// The instant of the decision, ms since 1970.
    pub trigger_ms: i64,
    /// `hype`, `emote:NAME`, `manual:LOGIN`, `signal:NAME`.
    pub cause: String,
    /// What became of it.
    pub fate: Fate,
    /// What editors said.
    pub judged: Option<Verdict>,
}

/// What became of a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// There is a clip.
    Clipped,
    /// Twitch refused, it came too late, or its clip never appeared.
    Lost,
    /// Somebody has to say yes first, or it is still being made.
    Open,
    /// Somebody said no.
    Rejected,
    /// Nobody asked Twitch: no account, or a dry run.
    NotAsked,
}

impl Item {
    /// From what the database knows.
    #[must_use]
    pub fn of(outcome: &Outcome) -> Self {
        let state = outcome.intent.as_ref().map(|intent| intent.state);
        let fate = fate(state);
        Self {
            login: outcome.moment.login.clone(),
            trigger_ms: outcome.moment.key.trigger_ms,
            cause: outcome.moment.cause.clone(),
            fate,
            judged: outcome.verdict.or((fate == Fate::Rejected).then_some(Verdict::Rejected)),
        }
    }
}

fn fate(state: Option<IntentState>) -> Fate {
    match state {
        Some(IntentState::Confirmed | IntentState::Created) => Fate::Clipped,
        Some(IntentState::Unconfirmed | IntentState::Refused | IntentState::Missed) => Fate::Lost,
        Some(IntentState::Rejected) => Fate::Rejected,
        Some(
            IntentState::Waiting | IntentState::Requested | IntentState::Unknown | IntentState::Vod,
        ) => Fate::Open,
        None => Fate::NotAsked,
    }
}

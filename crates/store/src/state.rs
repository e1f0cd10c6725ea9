//! The states of an intent: which there are, and which one may follow which.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// How far a promise to clip has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IntentState {
    /// Promised; Twitch has not been asked, or certainly did nothing when it was.
    Waiting,
    /// The call is under way. Found after a crash: it may have worked.
    Requested,
    /// Twitch gave a clip id; the clip can't be seen yet.
    Created,
    /// The clip can be seen. Final.
    Confirmed,
    /// Twitch gave an id, but the clip never appeared. Final.
    Unconfirmed,
    /// The answer was lost: the clip may exist, so the call is not repeated.
    Unknown,
    /// The clip of the live stream was certainly not made: it is to be made from the VOD.
    Vod,
    /// Twitch will not make this clip. Final.
    Refused,
    /// The time to ask went by, or no clip came of an unknown call. Final.
    Missed,
    /// Somebody said no before it was made. Final.
    Rejected,
}

/// Every state, in the order of a life.
pub const ALL_STATES: [IntentState; 10] = [
    IntentState::Waiting,
    IntentState::Requested,
    IntentState::Created,
    IntentState::Confirmed,
    IntentState::Unconfirmed,
    IntentState::Unknown,
    IntentState::Vod,
    IntentState::Refused,
    IntentState::Missed,
    IntentState::Rejected,
];

/// What records and pages call an intent of which no clip was wanted: a dry run, or no account.
pub const DRY_RUN: &str = "dry_run";
/// The word for a moment without a promise of its own, as another one has its stretch.
pub const OVERLAPS: &str = "overlaps";

impl IntentState {
    /// There is a clip: Twitch made it. One that it never showed is none.
    #[must_use]
    pub const fn has_clip(self) -> bool {
        matches!(self, Self::Created | Self::Confirmed)
    }

    /// The word in the database and the records.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Requested => "requested",
            Self::Created => "created",
            Self::Confirmed => "confirmed",
            Self::Unconfirmed => "unconfirmed",
            Self::Unknown => "unknown",
            Self::Vod => "vod",
            Self::Refused => "refused",
            Self::Missed => "missed",
            Self::Rejected => "rejected",
        }
    }

    /// It is promised, and no call that may work is under way: a no lets go of it.
    #[must_use]
    pub const fn is_uncalled(self) -> bool {
        matches!(self, Self::Waiting | Self::Vod)
    }

    /// Something is still to be done: a restart takes these up again.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Waiting | Self::Requested | Self::Created | Self::Unknown | Self::Vod)
    }

    /// The stretch is taken: no other automatic intent may overlap it.
    #[must_use]
    pub const fn holds_its_stretch(self) -> bool {
        !matches!(self, Self::Refused | Self::Missed)
    }

    /// Whether `next` may follow. A call is only repeated by way of `waiting` or `vod`:
    /// see [`crate::StateChange::Again`] and [`crate::StateChange::Vod`].
    #[must_use]
    pub const fn may_become(self, next: Self) -> bool {
        match self {
            Self::Waiting => matches!(
                next,
                Self::Requested | Self::Vod | Self::Refused | Self::Missed | Self::Rejected
            ),
            Self::Requested => matches!(
                next,
                Self::Waiting | Self::Vod | Self::Created | Self::Unknown | Self::Refused
            ),
            Self::Unknown => {
                matches!(next, Self::Created | Self::Confirmed | Self::Vod | Self::Missed)
            }
            Self::Vod => {
                matches!(next, Self::Requested | Self::Refused | Self::Missed | Self::Rejected)
            }
            Self::Created => matches!(next, Self::Confirmed | Self::Unconfirmed),
            Self::Confirmed | Self::Unconfirmed | Self::Refused | Self::Missed | Self::Rejected => {
                false
            }
        }
    }
}

impl fmt::Display for IntentState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that is no state.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is no state of an intent")]
pub struct BadState(String);

impl FromStr for IntentState {
    type Err = BadState;
    fn from_str(word: &str) -> Result<Self, BadState> {
        let found = ALL_STATES.into_iter().find(|state| state.as_str() == word);
        found.ok_or_else(|| BadState(word.to_owned()))
    }
}

impl TryFrom<String> for IntentState {
    type Error = BadState;
    fn try_from(word: String) -> Result<Self, BadState> {
        word.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_is_read_back() {
        for state in ALL_STATES {
            assert_eq!(state.as_str().parse(), Ok(state));
        }
        assert!("done".parse::<IntentState>().is_err());
    }

    #[test]
    fn nothing_follows_a_final_state() {
        for state in ALL_STATES {
            let goes_on = ALL_STATES.into_iter().any(|next| state.may_become(next));
            assert_eq!(goes_on, state.is_open(), "{state}");
        }
    }

    #[test]
    fn every_state_can_be_reached() {
        let mut reached = vec![IntentState::Waiting];
        for _ in ALL_STATES {
            let next = |&s: &IntentState| reached.iter().any(|from| from.may_become(s));
            let more: Vec<_> = ALL_STATES.into_iter().filter(next).collect();
            reached.extend(more);
        }
        assert!(ALL_STATES.iter().all(|state| reached.contains(state)));
    }
}

//! The states of a clip and what each of them knows. Times are Unix milliseconds; the
//! instant of the call is on Twitch's clock, everything else on ours.

use cliphound_twitch::helix::CreatedClip;

use super::{looks::Looks, vod::Place};
use crate::records::MomentState;

/// Where a clip is in its life.
#[derive(Debug, Clone, PartialEq)]
pub enum State {
    /// Promised; Create Clip is called at `at_ms`.
    Waiting {
        /// When to call.
        at_ms: i64,
        /// Requests that never left so far.
        tries: u32,
    },
    /// Nothing is asked of Twitch until somebody says yes.
    InReview,
    /// The call is under way, or was when Cliphound ended.
    Requested {
        /// Instant of the call on Twitch's clock.
        called_ms: i64,
        /// Requests before it that never left.
        tries: u32,
        /// Where in the VOD, of a clip from it.
        place: Option<Place>,
    },
    /// It is to be made from the VOD, which is looked for.
    Vod {
        /// When to look.
        at_ms: i64,
    },
    /// Twitch answered with an id; Get Clips does not show the clip yet.
    Created {
        /// Twitch's answer.
        clip: CreatedClip,
        /// Instant of the call on Twitch's clock.
        called_ms: i64,
        /// How Get Clips was asked so far.
        looks: Looks,
    },
    /// The call may have worked: our clip of that time is looked for.
    Unknown {
        /// Instant of the call on Twitch's clock.
        called_ms: i64,
        /// How Get Clips was asked so far.
        looks: Looks,
        /// Calls so far, when Twitch said itself that it could not do it (503): if no clip
        /// shows up, it may be asked once more. `None` when the answer was lost.
        down: Option<u32>,
        /// The call was for a clip from the VOD.
        is_vod: bool,
    },
    /// Get Clips shows the clip.
    Confirmed {
        /// The clip.
        clip: CreatedClip,
        /// Its public address.
        url: String,
        /// Instant of the call on Twitch's clock.
        called_ms: i64,
    },
    /// Twitch answered with an id, but Get Clips never showed the clip.
    Unconfirmed {
        /// The clip.
        clip: CreatedClip,
        /// Instant of the call on Twitch's clock.
        called_ms: i64,
        /// Why it is not known to be there, in plain words.
        reason: String,
    },
    /// Twitch said no.
    Refused {
        /// Why, in plain words.
        reason: String,
    },
    /// There is no clip, for a reason on our side or between us and Twitch.
    Missed {
        /// Why, in plain words.
        reason: String,
    },
    /// Somebody said no, in review or before Twitch was asked.
    Rejected {
        /// Why, in plain words.
        reason: String,
    },
    /// The clip of another moment has this stretch: no clip was asked for.
    Covered {
        /// Its trigger, in Unix milliseconds.
        by_ms: i64,
        /// Which, in plain words.
        reason: String,
    },
    /// The moment was recorded; no clip was asked for.
    DryRun {
        /// Why, in plain words.
        reason: String,
    },
}

impl State {
    /// The word for it in the database and in moments.tsv.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Waiting { .. } | Self::InReview => "waiting",
            Self::Vod { .. } => "vod",
            // A restart must not call again by itself: to the disk the call is still open.
            Self::Requested { .. } | Self::Unknown { down: Some(_), .. } => "requested",
            Self::Created { .. } => "created",
            Self::Unknown { .. } => "unknown",
            Self::Confirmed { .. } => "confirmed",
            Self::Unconfirmed { .. } => "unconfirmed",
            Self::Refused { .. } => "refused",
            Self::Missed { .. } => "missed",
            Self::Rejected { .. } => "rejected",
            Self::Covered { .. } => "overlaps",
            Self::DryRun { .. } => "dry_run",
        }
    }

    /// The clip, from Twitch's answer on.
    #[must_use]
    pub fn clip(&self) -> Option<&CreatedClip> {
        match self {
            Self::Created { clip, .. }
            | Self::Confirmed { clip, .. }
            | Self::Unconfirmed { clip, .. } => Some(clip),
            _ => None,
        }
    }

    /// No call that may work is under way or was made: a no lets go of it.
    #[must_use]
    pub fn is_uncalled(&self) -> bool {
        matches!(self, Self::Waiting { .. } | Self::Vod { .. })
    }

    /// Instant of the call on Twitch's clock, once it was made and may have worked.
    #[must_use]
    pub fn called_ms(&self) -> Option<i64> {
        match self {
            Self::Requested { called_ms, .. }
            | Self::Created { called_ms, .. }
            | Self::Unknown { called_ms, .. }
            | Self::Confirmed { called_ms, .. }
            | Self::Unconfirmed { called_ms, .. } => Some(*called_ms),
            _ => None,
        }
    }

    /// Nothing more will happen to it.
    #[must_use]
    pub fn is_end(&self) -> bool {
        self.fate().is_some()
    }

    /// What became of the moment, once nothing more will happen.
    #[must_use]
    pub fn fate(&self) -> Option<MomentState> {
        match self {
            Self::Confirmed { .. } => Some(MomentState::Confirmed),
            Self::Unconfirmed { .. } => Some(MomentState::Unconfirmed),
            Self::Refused { .. } => Some(MomentState::Refused),
            Self::Missed { .. } => Some(MomentState::Missed),
            Self::Rejected { .. } => Some(MomentState::Rejected),
            Self::Covered { .. } => Some(MomentState::Overlaps),
            Self::DryRun { .. } => Some(MomentState::DryRun),
            Self::Waiting { .. }
            | Self::InReview
            | Self::Vod { .. }
            | Self::Requested { .. }
            | Self::Created { .. }
            | Self::Unknown { .. } => None,
        }
    }

    /// Why there is no clip, in plain words.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Refused { reason }
            | Self::Missed { reason }
            | Self::Rejected { reason }
            | Self::Covered { reason, .. }
            | Self::DryRun { reason } => Some(reason),
            Self::InReview => Some("it waits for somebody's yes (cliphound review)"),
            _ => None,
        }
    }
}

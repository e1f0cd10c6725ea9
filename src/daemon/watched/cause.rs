//! Why a live channel was not watched. Pure.

use std::str::FromStr;

use cliphound_twitch::chat::WhyLost;

/// Why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// Somebody had stopped Cliphound.
    Stopped,
    /// Cliphound had ended without saying so: a crash, a kill, a power cut.
    Crashed,
    /// Twitch had not let us in yet.
    Joining,
    /// Twitch said that it does not let us in: suspended, banned.
    Refused,
    /// The connection broke or fell silent.
    Connection,
    /// Twitch asked us to connect anew.
    Reconnect,
    /// Twitch put us out of the channel.
    PutOut,
    /// EventSub broke or fell silent.
    EventSub,
    /// A queue was full: part of chat was left out.
    Overflow,
    /// The channel's task had panicked and was not started anew yet.
    Failed,
    /// The machine slept, stood still, or its clock was set forward.
    Asleep,
}

/// All of them.
pub const ALL: [Cause; 11] = [
    Cause::Stopped,
    Cause::Crashed,
    Cause::Joining,
    Cause::Refused,
    Cause::Connection,
    Cause::Reconnect,
    Cause::PutOut,
    Cause::EventSub,
    Cause::Overflow,
    Cause::Failed,
    Cause::Asleep,
];

impl Cause {
    /// The word in the database and in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stopped => "stopped",
            Self::Crashed => "crashed",
            Self::Joining => "joining",
            Self::Refused => "refused",
            Self::Connection => "connection",
            Self::Reconnect => "reconnect",
            Self::PutOut => "put_out",
            Self::EventSub => "eventsub",
            Self::Overflow => "overflow",
            Self::Failed => "failed",
            Self::Asleep => "asleep",
        }
    }

    /// The cause in a few words, for people.
    #[must_use]
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Stopped => "Cliphound was not running (stopped)",
            Self::Crashed => "Cliphound was not running (crash or power cut)",
            Self::Joining => "not in the channel yet",
            Self::Refused => "Twitch did not let us in",
            Self::Connection => "the connection to chat was lost",
            Self::Reconnect => "Twitch asked to reconnect",
            Self::PutOut => "Twitch put us out of the channel",
            Self::EventSub => "the connection to EventSub was lost",
            Self::Overflow => "too much chat for this machine",
            Self::Failed => "a part of Cliphound failed and was started anew",
            Self::Asleep => "the machine slept (or its clock was set)",
        }
    }
}

impl From<WhyLost> for Cause {
    fn from(why: WhyLost) -> Self {
        match why {
            WhyLost::Connection => Self::Connection,
            WhyLost::Reconnect => Self::Reconnect,
            WhyLost::PutOut => Self::PutOut,
            WhyLost::EventSub => Self::EventSub,
        }
    }
}

/// A word that is no cause of this version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an unknown cause")]
pub struct UnknownCause;

impl FromStr for Cause {
    type Err = UnknownCause;
    fn from_str(word: &str) -> Result<Self, UnknownCause> {
        ALL.into_iter().find(|cause| cause.as_str() == word).ok_or(UnknownCause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cause_is_read_back() {
        for cause in ALL {
            assert_eq!(cause.as_str().parse(), Ok(cause));
        }
        assert_eq!("later".parse::<Cause>(), Err(UnknownCause));
    }
}

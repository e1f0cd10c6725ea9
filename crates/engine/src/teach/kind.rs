//! Of which kind a moment is: what leads it besides the number of people.

use serde::{Deserialize, Serialize};

use crate::{effect::Reason, score::features::index};

/// What leads a moment: the strongest of its reasons. A moment has one kind, so that no verdict
/// counts twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Kind {
    /// Nothing but many people.
    Chatters,
    /// Many on one emote.
    Emote,
    /// Many on one plain text.
    Repetition,
    /// Many laugh.
    Laughter,
    /// Many are loud.
    Excitement,
    /// Short lines.
    Brevity,
    /// Another mood than usual.
    Sentiment,
    /// The forest doubts the crowd, whatever else leads.
    Forest,
}

impl Kind {
    /// Every kind, in the order of their numbers.
    pub const ALL: [Self; 8] = [
        Self::Chatters,
        Self::Emote,
        Self::Repetition,
        Self::Laughter,
        Self::Excitement,
        Self::Brevity,
        Self::Sentiment,
        Self::Forest,
    ];

    /// The kind of a moment with these reasons, as it told them: those of the features come the
    /// strongest first.
    #[must_use]
    pub fn of(reasons: &[Reason]) -> Self {
        if reasons.iter().any(|reason| reason.name == Self::Forest.name()) {
            return Self::Forest;
        }
        let known = |reason: &Reason| Self::ALL.into_iter().find(|kind| kind.name() == reason.name);
        let led = reasons.iter().filter_map(known).find(|kind| *kind != Self::Chatters);
        led.unwrap_or(Self::Chatters)
    }

    /// The kind of a window that this feature leads, or none but the number of people.
    #[must_use]
    pub fn of_feature(lead: Option<usize>) -> Self {
        match lead {
            Some(index::EMOTE) => Self::Emote,
            Some(index::REPETITION) => Self::Repetition,
            Some(index::LAUGHTER) => Self::Laughter,
            Some(index::EXCITEMENT) => Self::Excitement,
            Some(index::BREVITY) => Self::Brevity,
            Some(index::SENTIMENT) => Self::Sentiment,
            _ => Self::Chatters,
        }
    }

    /// The reason's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Chatters => "chatters",
            Self::Emote => "emote",
            Self::Repetition => "repetition",
            Self::Laughter => "laughter",
            Self::Excitement => "excitement",
            Self::Brevity => "brevity",
            Self::Sentiment => "sentiment",
            Self::Forest => "forest",
        }
    }

    /// Moments of this kind, in words.
    #[must_use]
    pub fn moments(self) -> &'static str {
        match self {
            Self::Chatters => "moments of many people and nothing else",
            Self::Emote => "moments led by one emote",
            Self::Repetition => "moments led by the same words",
            Self::Laughter => "moments led by laughter",
            Self::Excitement => "moments led by loud lines",
            Self::Brevity => "moments led by short lines",
            Self::Sentiment => "moments led by another mood",
            Self::Forest => "moments of an odd crowd",
        }
    }

    /// "less 12 %: moments led by one emote are seldom kept here", as a reason of a window.
    #[must_use]
    pub fn in_a_reason(self, weight: f32) -> String {
        let percent = libm::roundf(weight.abs() * 100.0);
        let (sense, how) = if weight < 0.0 { ("less", "seldom") } else { ("more", "often") };
        format!("{sense} {percent} %: {} are {how} kept here", self.moments())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::features::NAMES;

    fn reasons(names: &[&str]) -> Vec<Reason> {
        let reason = |name: &&str| Reason {
            name: (*name).to_owned(),
            value: 9.0,
            usual: 1.0,
            text: String::new(),
        };
        names.iter().map(reason).collect()
    }

    #[test]
    fn the_strongest_reason_leads_and_doubt_before_all() {
        for (names, expected) in [
            (&["chatters", "laughter", "emote"][..], Kind::Laughter),
            (&["chatters"], Kind::Chatters),
            (&["chatters", "sound"], Kind::Chatters),
            (&["chatters", "repetition", "forest"], Kind::Forest),
            (&[], Kind::Chatters),
        ] {
            assert_eq!(Kind::of(&reasons(names)), expected, "{names:?}");
        }
    }

    #[test]
    fn a_window_and_what_is_told_of_it_are_of_one_kind() {
        for (feature, name) in NAMES.iter().enumerate() {
            let told = Kind::of(&reasons(&["chatters", name]));
            assert_eq!(Kind::of_feature(Some(feature)), told, "{name}");
        }
        for (number, kind) in Kind::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, number);
        }
    }
}

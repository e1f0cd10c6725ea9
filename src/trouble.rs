//! What keeps Cliphound from its work, in words that say what to do: one list for the pages, the
//! channels at a glance, and the alerts. Pure.

use std::{fmt, str::FromStr, sync::Arc};

use tokio::sync::watch;

/// What keeps Cliphound from its work now, for whoever follows it.
pub type Watched = watch::Receiver<Arc<Troubles>>;

/// What keeps Cliphound from its work.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Troubles {
    /// What is wrong, the most important first; of each kind one at most.
    pub all: Vec<Trouble>,
    /// What is known to be well. What stands in neither list is not known yet.
    pub well: Vec<Kind>,
}

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// What.
    pub kind: Kind,
    /// Why, and what to do about it. It may name files of this machine, and never holds a secret.
    pub why: String,
}

/// What can be wrong, the most important first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// What is written does not reach the disk.
    Disk,
    /// No chat is heard.
    Deaf,
    /// Nothing is clipped, for the settings say so.
    DryRun,
    /// Nothing is clipped, for nobody who may is logged in at Twitch.
    NoLogIn,
    /// Nothing is clipped, for Twitch takes the log-in no more.
    LogInEnded,
}

/// How bad something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// Somebody may want it so.
    Wanted,
    /// Nobody wants that.
    Bad,
}

impl Troubles {
    /// Of this kind, if it is wrong.
    #[must_use]
    pub fn of(&self, kind: Kind) -> Option<&Trouble> {
        self.all.iter().find(|trouble| trouble.kind == kind)
    }

    /// Why nothing is clipped, if nothing is.
    #[must_use]
    pub fn unclipped(&self) -> Option<Kind> {
        self.all.iter().map(|trouble| trouble.kind).find(|kind| kind.no_clips().is_some())
    }
}

impl Kind {
    /// A sentence for everybody, without a cause.
    #[must_use]
    pub const fn headline(self) -> &'static str {
        match self {
            Self::Disk => "The disk does not take what Cliphound writes.",
            Self::Deaf => "No chat is heard.",
            Self::DryRun => "Nothing is clipped: this is a dry run.",
            Self::NoLogIn => {
                "Nothing is clipped: there is no log-in at Twitch that may make clips."
            }
            Self::LogInEnded => "Nothing is clipped: the log-in at Twitch has ended.",
        }
    }

    /// A word for it, in the API and in keys of alerts.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Disk => "disk",
            Self::Deaf => "no_chat",
            Self::DryRun => "dry_run",
            Self::NoLogIn => "no_log_in",
            Self::LogInEnded => "log_in_ended",
        }
    }

    /// Why nothing is clipped, in two words, where this is why.
    #[must_use]
    pub const fn no_clips(self) -> Option<&'static str> {
        match self {
            Self::Disk | Self::Deaf => None,
            Self::DryRun => Some("dry run"),
            Self::NoLogIn => Some("no log-in"),
            Self::LogInEnded => Some("log-in ended"),
        }
    }

    /// How bad it is.
    #[must_use]
    pub const fn weight(self) -> Weight {
        match self {
            Self::DryRun | Self::NoLogIn => Weight::Wanted,
            Self::Disk | Self::Deaf | Self::LogInEnded => Weight::Bad,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Kind {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let all = [Self::Disk, Self::Deaf, Self::DryRun, Self::NoLogIn, Self::LogInEnded];
        all.into_iter().find(|kind| kind.as_str() == text).ok_or(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_read_back_and_each_sentence_is_one() {
        for kind in [Kind::Disk, Kind::Deaf, Kind::DryRun, Kind::NoLogIn, Kind::LogInEnded] {
            assert_eq!(kind.to_string().parse(), Ok(kind));
            let headline = kind.headline();
            assert!(headline.ends_with('.') && headline.matches('.').count() == 1, "{headline}");
            assert_eq!(kind.no_clips().is_some(), headline.starts_with("Nothing is clipped"));
        }
        assert_eq!("x".parse::<Kind>(), Err(()));
    }

    #[test]
    fn what_keeps_clips_from_being_made_is_found() {
        let trouble = |kind| Trouble { kind, why: String::new() };
        let of = |kinds: &[Kind]| Troubles {
            all: kinds.iter().copied().map(trouble).collect(),
            ..Troubles::default()
        };
        assert_eq!(of(&[]).unclipped(), None);
        assert_eq!(of(&[Kind::Disk, Kind::Deaf]).unclipped(), None);
        let both = of(&[Kind::Disk, Kind::DryRun, Kind::LogInEnded]);
        assert_eq!(both.unclipped(), Some(Kind::DryRun));
        assert!(both.of(Kind::LogInEnded).is_some() && both.of(Kind::Deaf).is_none());
    }
}

//! Faults of the emote services. Pure.

use super::EmoteService::{self, Bttv, Ffz, SevenTv};

/// A fault of one service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct EmoteTrouble {
    pub service: EmoteService,
    pub kind: Kind,
}

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// 503.
    Down,
    /// 200 with a page for people.
    Html,
    /// No answer.
    Hang,
    /// 404: no account.
    Missing,
    /// An account without a set (7TV), or `null` for lists.
    NullSet,
    /// Sockets are told to reconnect, then closed.
    Reconnect,
    /// Sockets are closed without a word.
    Drop,
    /// Sockets are closed, and no session can be resumed.
    Forget,
}

const fn of(service: EmoteService, kind: Kind) -> EmoteTrouble {
    EmoteTrouble { service, kind }
}

/// Names of the faults, and what each does. Those of sockets act at once and need no count.
const KNOWN: &[(&str, EmoteTrouble, &str)] = &[
    ("7tv_down", of(SevenTv, Kind::Down), "7TV answers 503."),
    ("7tv_html", of(SevenTv, Kind::Html), "7TV answers with a page for people."),
    ("7tv_hang", of(SevenTv, Kind::Hang), "7TV never answers."),
    ("7tv_missing", of(SevenTv, Kind::Missing), "7TV knows no such channel."),
    ("7tv_null_set", of(SevenTv, Kind::NullSet), "7TV tells an account without a set."),
    (
        "7tv_reconnect",
        of(SevenTv, Kind::Reconnect),
        "7TV's clients are told to reconnect, then closed.",
    ),
    ("7tv_drop", of(SevenTv, Kind::Drop), "7TV's clients are closed without a word."),
    ("7tv_forget", of(SevenTv, Kind::Forget), "7TV's clients are closed, and can't resume."),
    ("bttv_down", of(Bttv, Kind::Down), "BTTV answers 503."),
    ("bttv_html", of(Bttv, Kind::Html), "BTTV answers with a page for people."),
    ("bttv_hang", of(Bttv, Kind::Hang), "BTTV never answers."),
    ("bttv_missing", of(Bttv, Kind::Missing), "BTTV knows no such channel."),
    ("bttv_null_set", of(Bttv, Kind::NullSet), "BTTV tells null for lists."),
    ("bttv_drop", of(Bttv, Kind::Drop), "BTTV's clients are closed without a word."),
    ("ffz_down", of(Ffz, Kind::Down), "FFZ answers 503."),
    ("ffz_html", of(Ffz, Kind::Html), "FFZ answers with a page for people."),
    ("ffz_hang", of(Ffz, Kind::Hang), "FFZ never answers."),
    ("ffz_missing", of(Ffz, Kind::Missing), "FFZ knows no such channel."),
    ("ffz_null_set", of(Ffz, Kind::NullSet), "FFZ tells null for sets."),
];

impl EmoteTrouble {
    /// Finds a fault by its name.
    pub fn parse(name: &str) -> Option<Self> {
        KNOWN.iter().find(|(known, ..)| *known == name).map(|(_, trouble, _)| *trouble)
    }

    pub fn name(self) -> &'static str {
        KNOWN.iter().find(|(_, trouble, _)| *trouble == self).map_or("", |(name, ..)| name)
    }

    /// The names of all, and what each does.
    pub fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
        KNOWN.iter().map(|(name, _, what)| (*name, *what))
    }

    /// Acts at once instead of waiting for a request.
    pub fn is_of_sockets(self) -> bool {
        matches!(self.kind, Kind::Reconnect | Kind::Drop | Kind::Forget)
    }
}

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

/// Names of the faults. Those of sockets act at once and need no count.
const KNOWN: &[(&str, EmoteTrouble)] = &[
    ("7tv_down", of(SevenTv, Kind::Down)),
    ("7tv_html", of(SevenTv, Kind::Html)),
    ("7tv_hang", of(SevenTv, Kind::Hang)),
    ("7tv_missing", of(SevenTv, Kind::Missing)),
    ("7tv_null_set", of(SevenTv, Kind::NullSet)),
    ("7tv_reconnect", of(SevenTv, Kind::Reconnect)),
    ("7tv_drop", of(SevenTv, Kind::Drop)),
    ("7tv_forget", of(SevenTv, Kind::Forget)),
    ("bttv_down", of(Bttv, Kind::Down)),
    ("bttv_html", of(Bttv, Kind::Html)),
    ("bttv_hang", of(Bttv, Kind::Hang)),
    ("bttv_missing", of(Bttv, Kind::Missing)),
    ("bttv_null_set", of(Bttv, Kind::NullSet)),
    ("bttv_drop", of(Bttv, Kind::Drop)),
    ("ffz_down", of(Ffz, Kind::Down)),
    ("ffz_html", of(Ffz, Kind::Html)),
    ("ffz_hang", of(Ffz, Kind::Hang)),
    ("ffz_missing", of(Ffz, Kind::Missing)),
    ("ffz_null_set", of(Ffz, Kind::NullSet)),
];

impl EmoteTrouble {
    /// Finds a fault by its name.
    pub fn parse(name: &str) -> Option<Self> {
        KNOWN.iter().find(|(known, _)| *known == name).map(|(_, trouble)| *trouble)
    }

    pub fn name(self) -> &'static str {
        KNOWN.iter().find(|(_, trouble)| *trouble == self).map_or("", |(name, _)| name)
    }

    /// The names of all.
    pub fn names() -> impl Iterator<Item = &'static str> {
        KNOWN.iter().map(|(name, _)| *name)
    }

    /// Acts at once instead of waiting for a request.
    pub fn is_of_sockets(self) -> bool {
        matches!(self.kind, Kind::Reconnect | Kind::Drop | Kind::Forget)
    }
}

//! What is to be seen of a daemon that runs.

use futures_util::future::BoxFuture;
use serde::Serialize;

use super::metrics::Sample;
use crate::{crew::Late, trouble::Watched};

/// A daemon that runs, as whoever looks at it sees it. It must hold nothing that keeps a part
/// of the daemon from ending.
pub trait Live: Send + Sync + 'static {
    /// The tasks that hang.
    fn late(&self) -> Vec<Late>;

    /// Whether it can do its work now. Answers within some seconds.
    fn readiness(&self) -> BoxFuture<'_, Readiness>;

    /// What keeps it from its work, as it was found last, and told of each change.
    fn troubles(&self) -> Watched;

    /// Everything that is counted. Answers within some seconds.
    fn samples(&self) -> BoxFuture<'_, Vec<Sample>>;
}

/// Whether a daemon can do its work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Readiness {
    /// Whether chat is heard.
    pub chat: Part,
    /// Whether promises and figures can be kept.
    pub database: Part,
    /// Whether models and records can be written.
    pub folders: Part,
}

/// Whether one part of it works.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Part {
    /// It works.
    pub ok: bool,
    /// What is wrong, or how it is, for people.
    pub detail: String,
}

impl Readiness {
    /// Whether all parts work.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.chat.ok && self.database.ok && self.folders.ok
    }

    /// Leaves out the details: whoever is not on this machine sees what is wrong, and not where.
    pub fn hide(&mut self) {
        for part in [&mut self.chat, &mut self.database, &mut self.folders] {
            part.detail.clear();
        }
    }
}

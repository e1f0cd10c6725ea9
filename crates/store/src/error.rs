//! What can go wrong with the database, each as one sentence that says what to do.

use std::path::PathBuf;

use crate::{rows::IntentKey, state::IntentState};

/// Why the database did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file is no database, or its content is broken.
    #[error(
        "the database {path} is damaged ({detail}): `cliphound run` sets it aside and begins a new one; or stop Cliphound and bring a backup back with `cliphound restore`"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// SQLite's words.
        detail: String,
    },
    /// Another program kept the file locked for longer than we wait.
    #[error(
        "the database {path} is locked by another program: see whether Cliphound runs twice on this folder, or a tool has the file open"
    )]
    Locked {
        /// The file.
        path: PathBuf,
    },
    /// The file or its folder can't be opened or written.
    #[error(
        "the database {path} can't be opened for writing ({detail}): check that its folder exists and that Cliphound may write there, or choose another with --dir"
    )]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// The system's words.
        detail: String,
    },
    /// No room, or the disk fails.
    #[error("the disk of the database {path} is full or failing ({detail}): make room or check it")]
    Disk {
        /// The file.
        path: PathBuf,
        /// SQLite's words.
        detail: String,
    },
    /// Its tables are not the ones that this version knows.
    #[error(
        "the database {path} was made by another version of Cliphound ({detail}): use that version, or move the file away (a new one is made)"
    )]
    OtherVersion {
        /// The file.
        path: PathBuf,
        /// What differs.
        detail: String,
    },
    /// The store was closed.
    #[error("the database is closed: Cliphound is stopping")]
    Closed,
    /// No such intent.
    #[error("there is no intent {0}")]
    NoIntent(IntentKey),
    /// No such moment.
    #[error("there is no moment {0}")]
    NoMoment(IntentKey),
    /// The step can't follow the state that the intent is in.
    #[error("intent {key} can't go from {from} to {to}")]
    Impossible {
        /// The intent.
        key: IntentKey,
        /// Its state.
        from: IntentState,
        /// Where it should have gone.
        to: IntentState,
    },
    /// Somebody said no before Twitch was asked for the clip.
    #[error("moment {0} was turned down: Twitch is not asked for its clip")]
    TurnedDown(IntentKey),
    /// Nobody is asked about this moment, or what was said has been acted upon.
    #[error("moment {key} is not waiting for review (it is {state}): see `cliphound review list`")]
    NotInReview {
        /// The intent.
        key: IntentKey,
        /// Its state.
        state: IntentState,
    },
    /// Two people can't be called the same, or be the same at Twitch.
    #[error("there is already somebody called {0}: take another name")]
    NameTaken(String),
    /// As many as there may be.
    #[error("there are too many {0}: remove some that are not needed any more")]
    TooMany(&'static str),
    /// Nobody could change who may do what any more.
    #[error("this is the last owner with a password: make somebody else an owner first")]
    LastOwner,
    /// The clip is already the clip of another moment.
    #[error("clip {clip_id} already belongs to intent {owner}")]
    ClipTaken {
        /// Twitch's id of the clip.
        clip_id: String,
        /// Whose clip it is.
        owner: IntentKey,
    },
    /// Anything else, such as a row that breaks the tables' rules.
    #[error("the database {path} failed: {source}")]
    Other {
        /// The file.
        path: PathBuf,
        /// The driver's words.
        source: sqlx::Error,
    },
}

impl StoreError {
    /// Whether it may go away by itself: the same may be tried again later.
    #[must_use]
    pub const fn may_pass(&self) -> bool {
        matches!(self, Self::Locked { .. } | Self::Unwritable { .. } | Self::Disk { .. })
    }
}

impl StoreError {
    /// Whether the disk does not let the file be opened or written. A store that was begun says
    /// so once itself, and once when it is over ([`crate::Store::begin`]): who meets it meanwhile
    /// need not repeat it.
    #[must_use]
    pub const fn is_of_disk(&self) -> bool {
        matches!(self, Self::Unwritable { .. } | Self::Disk { .. })
    }

    /// Whether what was to be written can wait for the file.
    pub(crate) const fn may_wait(&self) -> bool {
        self.may_pass() || matches!(self, Self::Damaged { .. } | Self::OtherVersion { .. })
    }
}

/// What an adapter's function gives back: the caller knows the path, it does not.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The database failed.
    Sql(sqlx::Error),
    /// The database works and the answer is no.
    Answer(StoreError),
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Answer(error)
    }
}

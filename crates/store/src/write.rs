//! What a caller may write, as data: the same can go to the disk, or wait in memory for it.

use crate::{
    intent::{NewIntent, Promise, StateChange},
    rows::{IntentKey, MomentRow, ViewerClip, WaitingLine, WindowRow},
};

/// A write that is not lost when the disk does not take it.
#[derive(Debug, Clone, Copy)]
pub enum Write<'a> {
    /// Keep a moment.
    Moment(&'a MomentRow),
    /// Promise a clip, and keep its moment with it: both or neither.
    Promise {
        /// Its moment, unless that is kept already.
        moment: Option<&'a MomentRow>,
        /// The promise.
        intent: &'a NewIntent,
    },
    /// Take an intent one step further.
    Step {
        /// Which.
        key: &'a IntentKey,
        /// The step.
        change: &'a StateChange,
        /// What the records are to say of it: kept with the step, or, while the disk fails, not
        /// at all.
        line: Option<&'a WaitingLine>,
        /// Now.
        now_ms: i64,
    },
    /// Another title for a clip that was not made yet; nobody's words.
    Retitle {
        /// Which.
        key: &'a IntentKey,
        /// The title.
        title: &'a str,
        /// Only where it still has this one.
        of: Option<&'a str>,
    },
    /// What became of the video of a clip.
    Download {
        /// Twitch's id of the clip.
        clip_id: &'a str,
        /// `wanted`, `done` or `failed`.
        word: &'static str,
    },
    /// Keep windows.
    Windows(&'a [WindowRow]),
    /// Keep clips that others made.
    ViewerClips(&'a [ViewerClip]),
}

/// What came of a write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// It is done.
    Done,
    /// What became of a promise.
    Promise(Promise),
}

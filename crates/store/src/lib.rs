//! The database: moments, intents, clips, windows, viewers' clips, what was watched, who may look.
//!
//! [`Store`] is the port; its rows, its errors and the life of an intent know no
//! database, and `sqlite/` is the one adapter so far. `tests/story.rs` tells what
//! every adapter must do.

pub mod access;
pub mod chat;
mod disk;
pub mod error;
pub mod forget;
pub mod intent;
mod keeper;
mod memory;
pub mod outbox;
pub mod outcome;
pub mod queue;
pub mod recut;
pub mod review;
pub mod rows;
pub mod setting;
mod sqlite;
pub mod state;
pub mod store;
pub mod verdict;
pub mod watched;
mod write;

pub use chat::{Around, ChatLine, Erased, Erasure, LINES_OF_A_MOMENT, Titled, Words};
pub use disk::{FullDisks, Waited};
pub use error::StoreError;
pub use forget::{Forgetting, Forgotten};
pub use intent::{Intent, NewIntent, Promise, StateChange};
pub use outbox::{NewAlert, OutboxRow, OutboxStep, OutboxSum};
pub use outcome::{Changed, Outcome, Span};
pub use queue::{ClipIs, JudgedAs, Listed, Place, Queue};
pub use recut::{NewRecut, Recut, RecutAsked, SaidRecut};
pub use review::Review;
pub use rows::{
    BadKey, ClipRow, IntentKey, MomentRow, Page, ViewerClip, WaitingLine, WantedDownload, WindowRow,
};
pub use setting::{NewSetting, SettingRow};
pub use sqlite::{
    copy::{copy, verify},
    look::{Looked, look, look_at_alerts, look_at_people, look_at_reason, peek_settings},
    remove_unfinished,
};
pub use state::IntentState;
pub use store::Store;
pub use verdict::{Judged, LastVerdict, Undone, Verdict, VerdictChange, VerdictRow};
pub use watched::{Kind, LastRun, Rewrite, Run, Stretch, StretchRow, VodRow, WatchLog};

//! Alerts: who is told of clips, streams and trouble, each once and in order, never in a clip's
//! way.
//!
//! Downhill: [`Alerts`] takes what happens and never waits; [`desk`] puts what somebody wants
//! to hear into the outbox of the database, and [`sender`]s, one task an alert, send what is
//! in it. Pure: [`news`], [`text`], [`form`] (what each kind of receiver gets), [`sign`],
//! [`verdict`], [`starts`], [`troubles`]. [`trial`] sends a test. `docs/alerts.md` is for whoever
//! sets them up.

pub mod desk;
pub mod form;
pub mod handle;
pub mod mail;
pub mod net;
pub mod news;
pub mod post;
pub mod sender;
pub mod sign;
pub mod starts;
pub mod tally;
pub mod text;
pub mod trial;
pub mod troubles;
pub mod verdict;

#[cfg(test)]
pub(crate) mod story;

pub use handle::{Alerts, QUEUE, Told};
pub use news::News;
pub use tally::Tally;

//! The daemon: clock, channel tasks, supervision, shutdown.
//!
//! Downhill: [`supervisor`] watches over what [`wiring`] starts (its tasks are
//! [`posts`]) and [`stopping`] ends, [`status`] is how it is. [`sources`] and [`own_signals`] hear
//! chat, [`chat`] hands it to
//! each [`channel`], which owns an engine; [`follow`] starts and leaves channels as [`reload`] and
//! [`ids`] tell, and [`inboxes`] is who is followed now; [`news`], [`figures`], [`models`] and [`record`]
//! take what comes out; [`account`], [`ids`] and [`viewers`] ask Twitch, [`emotes`] the emote
//! services; [`watched`] knows when each channel was really watched; `desk` is what editors see
//! of all this, `verdicts` what they teach,
//! [`witness`] the chat that they read, `untitle` what goes when it is deleted. Pure parts: [`core`], [`lateness`].

pub mod account;
mod alerting;
pub mod answers;
pub mod channel;
pub mod chat;
pub mod controls;
pub mod core;
pub mod dashboard;
mod desk;
pub mod directory;
mod door;
pub mod emotes;
mod erase;
pub mod figures;
pub mod follow;
mod forgetter;
pub mod ids;
pub mod inboxes;
pub mod lateness;
pub mod live_settings;
pub mod lock;
mod mend;
pub mod models;
mod named;
mod names;
pub mod news;
pub mod own_signals;
pub mod posts;
pub mod queues;
pub mod record;
pub mod reload;
pub mod sd;
pub mod signals;
pub mod sources;
pub mod stats;
pub mod status;
pub mod stopping;
pub mod supervisor;
mod troubles;
mod untitle;
mod verdicts;
pub mod viewers;
pub mod watched;
pub mod wiring;
pub mod witness;

pub use supervisor::{RunOptions, run};

//! The life of a clip: intent, wait, call, confirmation.
//!
//! Downhill: [`worker`] takes orders and gives each a [`task`], which performs what the
//! pure [`life`] asks for, with [`book`] for what is kept and [`question`] for Get Clips. The
//! other pure parts: [`order`], [`state`], [`looks`], [`steps`], [`lookup`], [`row`], [`links`],
//! [`vod`], [`breaker`], [`refusal`], and [`stands`], which words how a clip stands. [`told`] is what the records say. Beside it: [`marker`], [`download`], [`viewers`].

pub mod api;
pub mod book;
pub mod breaker;
pub mod context;
pub mod download;
mod editors;
pub mod life;
pub mod links;
pub mod looks;
pub mod lookup;
pub mod marker;
pub mod order;
pub mod question;
pub mod refusal;
pub mod row;
pub mod stands;
pub mod state;
pub mod steps;
pub mod task;
pub mod told;
pub mod viewers;
pub mod vod;
pub mod worker;

#[cfg(test)]
pub(crate) mod sample;
#[cfg(test)]
mod story;

pub use api::{ClipApi, NoCreator};
pub use context::{Context, Wishes};
pub use order::{ClipNews, ClipOrder, LetGone, OfflineFlag, Said, ToClips};
pub use worker::{CLIP, ClipWorker, ORDERS};

//! The life of a clip: intent, wait, call, confirmation.
//!
//! Downhill: [`worker`] takes orders and gives each a [`task`], which performs what the
//! pure [`life`] asks for. The other pure parts: [`order`], [`state`], [`steps`], [`lookup`], [`row`].

pub mod api;
pub mod context;
pub mod life;
pub mod lookup;
pub mod order;
pub mod row;
pub mod state;
pub mod steps;
pub mod task;
pub mod worker;

#[cfg(test)]
mod story;

pub use api::ClipApi;
pub use context::Context;
pub use order::{ClipNews, ClipOrder, OfflineFlag, ToClips};
pub use worker::{ClipWorker, ORDERS};

//! EventSub by WebSocket: chat as an alternative to IRC, and signals that only it has.
//!
//! Downhill: [`client`] starts the connections of a [`plan`]; `connection` is the life of
//! one (dial, session, wait, again), `session` with `answers` and `audit` the time in which it
//! listens, subscribes through [`api`], and moves to another address when Twitch asks for it; `socket` is what
//! the messages come through. `places` says what each is to have while channels come and go. The
//! rest is pure: [`envelope`] and [`mod@read`] with `chat`, `signals` and `json`, [`kind`],
//! `wants`, [`recent`].

pub mod api;
pub mod client;
mod endings;
pub mod envelope;
pub mod kind;
pub mod plan;
pub mod read;
pub mod recent;
pub mod stats;

mod answers;
mod audit;
mod chat;
mod connection;
mod json;
mod places;
mod session;
mod signals;
mod socket;
mod wants;

#[cfg(test)]
mod story;

pub use api::{SubscribeError, Subscribed, Subscriptions};
pub use client::{EventSubConfig, EventSubHandle, Refused, start};
pub use kind::Kind;
pub use plan::{Plan, Want, Watched, Wishes};
pub use recent::Recent;
pub use stats::EventSubStats;

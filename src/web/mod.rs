//! How Cliphound is looked at from outside: one HTTP listener on this machine.
//!
//! `server` listens and `host` refuses strangers; each group of routes is a file and is put
//! together in [`routes`]: [`pages`] for people, [`api`] for programs, and what machines ask
//! (health, metrics) without a log-in. [`access`] says who looks and what they may do. What is
//! shown comes from the store and from a [`Live`], which the daemon is: nothing here touches an
//! engine.

pub mod access;
pub mod api;
pub mod assets;
pub mod chart;
pub mod figures;
mod headers;
mod health;
mod host;
mod live;
pub mod metrics;
pub mod page;
pub mod pages;
pub mod problem;
pub mod range;
mod server;
pub mod settings;
pub mod streams;
#[cfg(test)]
pub mod testing;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::{Router, middleware};
use cliphound_clock::Clock;
use cliphound_store::Store;

pub use live::{Live, Part, Readiness};
pub use metrics::Metrics;
pub use problem::Problem;
pub use server::Server;
pub use settings::Settings;

/// What the routes share.
#[derive(Clone)]
pub struct App {
    /// The daemon as it is now.
    pub live: Arc<dyn Live>,
    /// What is measured between two looks.
    pub metrics: Metrics,
    /// The database.
    pub store: Store,
    /// Our time.
    pub clock: Clock,
    /// What can be set, and what was learned.
    pub settings: Arc<dyn Settings>,
}

/// All routes.
pub fn routes(app: App) -> Router {
    let behind_log_in = Router::new()
        .merge(api::routes())
        .merge(pages::routes())
        .layer(middleware::from_fn(access::identify));
    Router::new()
        .merge(health::routes())
        .merge(metrics::routes())
        .merge(assets::routes())
        .merge(behind_log_in)
        .with_state(app)
        .layer(middleware::from_fn(headers::harden))
        .layer(middleware::from_fn(host::refuse_strangers))
}

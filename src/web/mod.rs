//! How Cliphound is looked at from outside: one HTTP listener on this machine.
//!
//! `server` listens and `host` refuses strangers; each group of routes is a file and is put
//! together in [`routes`]. What is shown comes from a [`Live`], which the daemon is: nothing
//! here touches an engine.

mod health;
mod host;
mod live;
pub mod metrics;
mod server;

use std::sync::Arc;

use axum::{Router, middleware};

pub use live::{Live, Part, Readiness};
pub use metrics::Metrics;
pub use server::Server;

/// What the routes share.
#[derive(Clone)]
pub struct App {
    /// The daemon as it is now.
    pub live: Arc<dyn Live>,
    /// What is measured between two looks.
    pub metrics: Metrics,
}

/// All routes.
pub fn routes(app: App) -> Router {
    Router::new()
        .merge(health::routes())
        .merge(metrics::routes())
        .with_state(app)
        .layer(middleware::from_fn(host::refuse_strangers))
}

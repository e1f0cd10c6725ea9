//! How Cliphound is looked at from outside: one HTTP listener on this machine.
//!
//! `server` listens and `host` refuses strangers; each group of routes is a file and is put
//! together in [`routes`]: [`pages`] for people, [`api`] for programs, and what machines ask
//! (health, metrics) without a log-in. [`access`] says who looks and what they may do. What is
//! shown comes from the store and from a [`Live`], which the daemon is: nothing here touches an
//! engine.

pub mod access;
pub mod alerts;
pub mod api;
pub mod assets;
pub mod banner;
mod browser;
pub mod chart;
pub mod controls;
pub mod deletion;
pub mod events;
pub mod figures;
pub mod glance;
mod headers;
mod health;
mod host;
mod live;
pub mod metrics;
pub mod names;
pub mod narrowed;
pub mod page;
pub mod pages;
pub mod paging;
pub mod problem;
pub mod range;
mod rejected;
pub mod review;
pub mod sent;
mod server;
pub mod settings;
pub mod streams;
pub mod sure;
#[cfg(test)]
pub mod testing;
#[cfg(test)]
mod tests;
mod turns;
pub mod words;
pub mod zone;

use std::sync::Arc;

use axum::{Router, middleware};
use cliphound_clock::Clock;
use cliphound_store::Store;

use crate::board::Board;

pub use access::Access;
pub use controls::Controls;
pub use events::Feeds;
pub use live::{Live, Part, Readiness};
pub use metrics::Metrics;
pub use problem::Problem;
pub use server::{At, Server};
pub use settings::Settings;
pub use turns::Turns;
pub use zone::Zone;

/// What the routes share.
#[derive(Clone)]
pub struct App {
    /// The daemon as it is now.
    pub live: Arc<dyn Live>,
    /// What each channel shows now.
    pub board: Board,
    /// What pages follow.
    pub feeds: Feeds,
    /// What may be done with the channels.
    pub controls: Arc<dyn Controls>,
    /// The daemon, as far as editing needs it.
    pub desk: Arc<dyn review::Desk>,
    /// What is measured between two looks.
    pub metrics: Metrics,
    /// The database.
    pub store: Store,
    /// Our time.
    pub clock: Clock,
    /// What can be set, and what was learned.
    pub settings: Arc<dyn Settings>,
    /// Who knows whether there is a channel of a name.
    pub names: Arc<dyn names::Names>,
    /// Who forgets channels and users.
    pub forget: Arc<dyn deletion::Forget>,
    /// Who is told of clips and streams.
    pub alerting: Arc<dyn alerts::Alerting>,
    /// Who may look.
    pub access: Access,
    /// Who may keep a processor busy.
    pub turns: Turns,
}

/// All routes.
pub fn routes(app: App) -> Router {
    let access = app.access.clone();
    let identified = middleware::from_fn_with_state(access.clone(), access::identify);
    let from_here = middleware::from_fn_with_state(access.clone(), access::same_origin);
    let machines = middleware::from_fn_with_state(access.clone(), access::local_or_logged_in);
    let pages = Router::new()
        .merge(pages::routes().layer(identified.clone()))
        .merge(pages::before_log_in().layer(from_here))
        .layer(middleware::from_fn(problem::on_pages));
    Router::new()
        .merge(health::routes())
        .merge(metrics::routes().layer(machines))
        .merge(assets::routes())
        .merge(api::routes().layer(identified))
        .merge(pages)
        .with_state(app)
        .layer(middleware::from_fn_with_state(access.clone(), headers::harden))
        .layer(middleware::from_fn_with_state(access, host::refuse_strangers))
}

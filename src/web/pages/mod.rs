//! The pages: one file a page, its template of the same name.

mod analytics;
pub mod channel;
mod channels;
pub mod overview;
mod review;
mod streams;

use axum::{Router, middleware};

use super::{App, problem};

/// All pages.
pub fn routes() -> Router<App> {
    Router::new()
        .merge(analytics::routes())
        .merge(channels::routes())
        .merge(streams::routes())
        .merge(overview::routes())
        .merge(channel::routes())
        .merge(review::routes())
        .fallback(problem::no_such_page)
        .layer(middleware::from_fn(problem::on_pages))
}

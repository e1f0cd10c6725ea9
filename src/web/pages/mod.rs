//! The pages: one file a page, its template of the same name.

mod analytics;
mod channels;
mod streams;

use axum::{Router, middleware};

use super::{App, problem};

/// All pages.
pub fn routes() -> Router<App> {
    Router::new()
        .merge(analytics::routes())
        .merge(channels::routes())
        .merge(streams::routes())
        .fallback(problem::no_such_page)
        .layer(middleware::from_fn(problem::on_pages))
}

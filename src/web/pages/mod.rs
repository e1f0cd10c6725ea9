//! The pages: one file a page, its template of the same name.

pub mod channel;
pub mod overview;

use axum::{Router, middleware};

use super::{App, problem};

/// All pages.
pub fn routes() -> Router<App> {
    Router::new()
        .merge(overview::routes())
        .merge(channel::routes())
        .fallback(problem::no_such_page)
        .layer(middleware::from_fn(problem::on_pages))
}

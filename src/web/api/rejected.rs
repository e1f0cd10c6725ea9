//! What is refused before a handler sees it (a body that is no JSON, a number that is none) is
//! told as all else that goes wrong.

use axum::{
    body::to_bytes,
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::web::Problem;

/// Longer words are not passed on.
const MOST_BYTES: usize = 4_096;

/// Turns refusals in plain words into [`Problem`]s.
pub async fn told(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let status = response.status();
    if !status.is_client_error() || response.extensions().get::<Problem>().is_some() {
        return response;
    }
    let words = to_bytes(response.into_body(), MOST_BYTES).await.unwrap_or_default();
    let words = String::from_utf8_lossy(&words).into_owned();
    let usual = || status.canonical_reason().unwrap_or("refused").to_owned();
    Problem::new(status, if words.is_empty() { usual() } else { words }).into_response()
}

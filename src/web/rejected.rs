//! What is refused before a handler sees it (a body that is no JSON, a number that is none) is
//! told as all else that goes wrong.

use axum::{
    body::to_bytes,
    extract::Request,
    http::{StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::Problem;

/// Longer words are not passed on.
const MOST_BYTES: usize = 4_096;

/// Turns refusals in plain words into [`Problem`]s.
pub async fn told(request: Request, next: Next) -> Response {
    as_problem(next.run(request).await).await
}

/// The same for an answer; any other stays as it is.
pub async fn as_problem(response: Response) -> Response {
    if !is_bare(&response) {
        return response;
    }
    let status = response.status();
    let words = to_bytes(response.into_body(), MOST_BYTES).await.unwrap_or_default();
    let words = String::from_utf8_lossy(&words).into_owned();
    let usual = || status.canonical_reason().unwrap_or("refused").to_owned();
    Problem::new(status, if words.is_empty() { usual() } else { words }).into_response()
}

/// Whether it is a refusal in plain words, or in none. What a video can't be sent of says so in
/// its headers.
fn is_bare(response: &Response) -> bool {
    let status = response.status();
    let kind = response.headers().get(header::CONTENT_TYPE);
    let is_plain = kind.is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"));
    status.is_client_error()
        && status != StatusCode::RANGE_NOT_SATISFIABLE
        && is_plain
        && response.extensions().get::<Problem>().is_none()
}

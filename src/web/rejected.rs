//! What is refused before a handler sees it (a form without a field, a method that there is not) is
//! told as all else that goes wrong, and in plain words: those of the frame are for programmers.

use axum::{
    extract::Request,
    http::{StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::Problem;

/// Turns refusals in a programmer's words, or in none, into [`Problem`]s.
pub async fn told(request: Request, next: Next) -> Response {
    as_problem(next.run(request).await)
}

/// The same for an answer; any other stays as it is.
pub fn as_problem(response: Response) -> Response {
    if is_bare(&response) { plain(response.status()).into_response() } else { response }
}

/// What a status means for whoever asked.
pub fn plain(status: StatusCode) -> Problem {
    let usual = status.canonical_reason().unwrap_or("this is refused");
    let words = match status {
        StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => {
            "what was sent can't be read: go back and load the page again (programs: /api/v1/openapi.json says what is expected)"
        }
        StatusCode::NOT_FOUND => "there is no such address: it may be mistyped",
        StatusCode::METHOD_NOT_ALLOWED => {
            "this can't be done at this address: /api/v1/openapi.json lists what can"
        }
        StatusCode::PAYLOAD_TOO_LARGE => "this is too large to be taken",
        StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            "this kind of content is not taken here: see its content-type, and /api/v1/openapi.json"
        }
        _ => usual,
    };
    Problem::new(status, words)
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

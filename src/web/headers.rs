//! What browsers are told of every answer: nothing of it is kept, guessed at, framed, or loads
//! anything from elsewhere but Twitch's player.

use axum::{
    extract::{Request, State},
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};

use super::access::Access;

/// Content Security Policy: no script and no style but our two files, no foreign host but
/// Twitch's players (<https://dev.twitch.tv/docs/embed/>).
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; \
connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; \
frame-src https://clips.twitch.tv https://player.twitch.tv";

const HEADERS: [(HeaderName, &str); 6] = [
    (header::CACHE_CONTROL, "no-store"),
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    // Twitch's player wants to know who embeds it; no path is told.
    (header::REFERRER_POLICY, "strict-origin-when-cross-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
];

/// For a year, only over TLS. Said to whoever came over TLS; others would not believe it.
const TLS_ONLY: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// Adds the headers that an answer does not have itself.
pub(super) async fn harden(State(access): State<Access>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let is_tls = access.is_tls(&parts);
    let mut response = next.run(Request::from_parts(parts, body)).await;
    if is_tls {
        response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, TLS_ONLY);
    }
    for (name, value) in HEADERS {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

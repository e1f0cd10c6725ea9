//! What browsers are told of every answer: nothing of it is kept, guessed at, framed, or loads
//! anything from elsewhere but Twitch's player.

use std::sync::LazyLock;

use axum::{
    extract::{Request, State},
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};

use super::{access::Access, assets};

/// Content Security Policy: no script and no style but our two files (the style stands in pages, too, and is
/// known by its hash), no foreign host but Twitch's players (<https://dev.twitch.tv/docs/embed/>).
static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self' 'sha256-{}'; img-src 'self'; media-src 'self'; \
connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; \
frame-src https://clips.twitch.tv https://player.twitch.tv",
        assets::style_hash()
    );
    HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
});

const HEADERS: [(HeaderName, &str); 5] = [
    (header::CACHE_CONTROL, "no-store"),
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
    let policy = || POLICY.clone();
    response.headers_mut().entry(header::CONTENT_SECURITY_POLICY).or_insert_with(policy);
    for (name, value) in HEADERS {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

//! Who may call Helix, and how often.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::http::ApiError;
use crate::world::{Access, Bucket, Fault, World};

/// Points a minute for each application and user.
const POINTS: u32 = 800;
/// The fault `helix_429` asks for so much patience.
const FAULT_RESET_S: i64 = 10;
/// The fault `helix_low` leaves so many points …
const FEW_POINTS: u32 = POINTS / 8;
/// … until a time so far ahead, that whoever asks every minute always hears of it in time.
const FEW_RESET_S: i64 = 300;

/// A response that was never sent; it is counted as status 0.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NeverSent;

/// Counts every call, takes a point for it, and tells the limit in headers.
pub(crate) async fn limit(
    State(world): State<Arc<World>>,
    request: Request,
    next: Next,
) -> Response {
    let name = format!("{} /helix{}", request.method(), request.uri().path());
    let now_ms = world.clock.now_ms();
    let (mut level, broken) = {
        let state = &mut *world.state();
        let caller = caller(request.headers(), |token| {
            state.tokens.access(token, now_ms).map(|a| format!("{} {}", a.client_id, a.login))
        });
        let bucket = state.points.entry(caller).or_insert_with(|| Bucket::new(POINTS, now_ms));
        let mut level = bucket.take(now_ms);
        if state.faults.take(Fault::Helix429, None) {
            level.allowed = false;
            level.remaining = 0;
            level.reset_s = now_ms / 1000 + FAULT_RESET_S;
        }
        if state.faults.goes_on(Fault::HelixLow, None) {
            level.remaining = level.remaining.min(FEW_POINTS);
            level.reset_s = now_ms / 1000 + FEW_RESET_S;
        }
        level.reset_s += (state.time.shown(now_ms) - now_ms) / 1000;
        (level, state.faults.take(Fault::Helix500, None))
    };
    let mut response = if !level.allowed {
        level.remaining = 0;
        ApiError::new(StatusCode::TOO_MANY_REQUESTS, "").into_response()
    } else if broken {
        ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "").into_response()
    } else {
        next.run(request).await
    };
    let headers = response.headers_mut();
    put(headers, "ratelimit-limit", level.limit);
    put(headers, "ratelimit-remaining", level.remaining);
    put(headers, "ratelimit-reset", level.reset_s);
    let sent = response.extensions().get::<NeverSent>().is_none();
    let status = if sent { response.status().as_u16() } else { 0 };
    world.state().stats.count(name, status);
    response
}

/// Adds a header that tells a number.
pub(crate) fn put(headers: &mut HeaderMap, name: &'static str, value: impl Into<i64>) {
    headers.insert(HeaderName::from_static(name), HeaderValue::from(value.into()));
}

/// The valid token of a call, with the scope that it needs.
pub(crate) fn authorize(
    world: &World,
    headers: &HeaderMap,
    scope: Option<&str>,
) -> Result<Access, ApiError> {
    let refuse = |words: String| ApiError::new(StatusCode::UNAUTHORIZED, words);
    let token = bearer(headers).ok_or_else(|| refuse("OAuth token is missing".to_owned()))?;
    let client_id = headers.get("client-id").and_then(|id| id.to_str().ok());
    let client_id = client_id.ok_or_else(|| refuse("Client ID is missing".to_owned()))?;
    let state = world.state();
    let access = state.tokens.access(token, world.clock.now_ms());
    let access = access.ok_or_else(|| refuse("Invalid OAuth token".to_owned()))?;
    if access.client_id != client_id {
        return Err(refuse("Client ID and OAuth token do not match".to_owned()));
    }
    match scope {
        Some(scope) if !access.has(scope) => Err(refuse(format!("Missing scope: {scope}"))),
        _ => Ok(access.clone()),
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

/// Whom a call is counted for; callers without a valid token share one bucket.
fn caller(headers: &HeaderMap, known: impl FnOnce(&str) -> Option<String>) -> String {
    bearer(headers).and_then(known).unwrap_or_default()
}

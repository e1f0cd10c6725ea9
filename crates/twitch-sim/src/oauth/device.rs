//! The device code flow: a device asks, and its user says yes on a page.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Html;
use serde_json::{Value, json};

use super::{Given, OauthError};
use crate::helix::Query;
use crate::world::{AskedLogin, DEVICE_LIFETIME_MS, Refusal, World};

/// Seconds between two questions.
const INTERVAL_S: u32 = 5;

/// A device asks. Whoever opens the address that it is told says yes. Without scopes the token
/// tells whose it is, and nothing else.
pub(super) async fn ask(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    query: Query,
    body: String,
) -> Result<Json<Value>, OauthError> {
    let given = Given::new(query, &body);
    let client_id = given.need("client_id", "missing client id")?.to_owned();
    let scopes = given.scopes("scopes");
    let now_ms = world.clock.now_ms();
    let state = &mut *world.state();
    if !state.tokens.knows_client(&client_id) {
        return Err(Refusal::InvalidClient.into());
    }
    let asked = AskedLogin { client_id, scopes };
    let (code, user_code) = state.logins.ask(asked, now_ms, &mut state.rng);
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let host = host.unwrap_or("127.0.0.1");
    let scheme = state.scheme_at(host);
    Ok(Json(json!({
        "device_code": code,
        "expires_in": DEVICE_LIFETIME_MS / 1000,
        "interval": INTERVAL_S,
        "user_code": user_code,
        "verification_uri": format!("{scheme}://{host}/activate?public=true&device-code={user_code}"),
    })))
}

/// The page on which the user says yes, by opening it.
pub(super) async fn activate(
    State(world): State<Arc<World>>,
    query: Query,
) -> (StatusCode, Html<&'static str>) {
    let given = Given::new(query, "");
    let code = given.get("device-code").unwrap_or_default();
    if world.state().logins.answer(code, None, true) {
        (StatusCode::OK, Html("<p>The device is logged in. You can close this page."))
    } else {
        (StatusCode::NOT_FOUND, Html("<p>No device waits with this code."))
    }
}

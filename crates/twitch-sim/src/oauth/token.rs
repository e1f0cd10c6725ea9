//! Tokens for a refresh token, a device's code or a browser's code; and for an application.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::{Given, OauthError};
use crate::helix::Query;
use crate::world::{Fault, Grant, State as WorldState, TOKEN_LIFETIME_MS, World};

const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";

pub(super) async fn grant(
    State(world): State<Arc<World>>,
    query: Query,
    body: String,
) -> Result<Json<Value>, OauthError> {
    let given = Given::new(query, &body);
    let client_id = given.need("client_id", "missing client id")?;
    let now_ms = world.clock.now_ms();
    let state = &mut *world.state();
    let grant = match given.get("grant_type") {
        Some("refresh_token") => {
            let refresh = given.need("refresh_token", "missing refresh token")?;
            let secret = given.get("client_secret");
            state.tokens.refresh(client_id, secret, refresh, now_ms, &mut state.rng)?
        }
        Some(DEVICE) => by_device(state, &given, client_id, now_ms)?,
        Some("authorization_code") => by_code(state, &given, client_id, now_ms)?,
        Some("client_credentials") => {
            let secret = given.get("client_secret");
            let access = state.tokens.application(client_id, secret, now_ms, &mut state.rng)?;
            return Ok(Json(json!({
                "access_token": access,
                "expires_in": TOKEN_LIFETIME_MS / 1000,
                "token_type": "bearer",
            })));
        }
        _ => return Err(OauthError::bad("Invalid grant type")),
    };
    Ok(Json(json!({
        "access_token": grant.access,
        "expires_in": TOKEN_LIFETIME_MS / 1000,
        "refresh_token": grant.refresh,
        "scope": grant.scopes,
        "token_type": "bearer",
    })))
}

fn by_device(
    state: &mut WorldState,
    given: &Given,
    client_id: &str,
    now_ms: i64,
) -> Result<Grant, OauthError> {
    let code = given.need("device_code", "missing device code")?;
    if state.faults.take(Fault::DeviceSlowDown, None) {
        return Err(OauthError::bad("slow_down"));
    }
    if state.faults.take(Fault::DeviceExpired, None) {
        state.logins.forget(code);
    }
    if state.faults.take(Fault::LoginDenied, None) {
        state.logins.forget(code);
        return Err(OauthError::bad("access_denied"));
    }
    let (user, asked) = state.logins.poll(client_id, code, now_ms)?;
    let (secret, user) = (given.get("client_secret"), (user.as_str(), asked.scopes));
    Ok(state.tokens.log_in(client_id, secret, user, now_ms, &mut state.rng)?)
}

fn by_code(
    state: &mut WorldState,
    given: &Given,
    client_id: &str,
    now_ms: i64,
) -> Result<Grant, OauthError> {
    let code = given.need("code", "missing code")?;
    let redirect = given.need("redirect_uri", "missing redirect_uri")?;
    let secret = given.get("client_secret");
    state.tokens.check_client(client_id, secret)?;
    let (user, asked) = state.logins.trade(client_id, code, redirect, now_ms)?;
    let user = (user.as_str(), asked.scopes);
    Ok(state.tokens.log_in(client_id, secret, user, now_ms, &mut state.rng)?)
}

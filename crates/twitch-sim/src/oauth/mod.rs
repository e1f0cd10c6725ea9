//! Twitch's log-in server: validate, refresh, device code.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::helix::Query;
use crate::world::{Refusal, World};

/// All of OAuth that is simulated.
pub(crate) fn routes(world: Arc<World>) -> Router {
    Router::new()
        .route("/validate", get(validate))
        .route("/token", post(token))
        .route("/device", post(device))
        .layer(from_fn_with_state(Arc::clone(&world), count))
        .with_state(world)
}

async fn count(State(world): State<Arc<World>>, request: Request, next: Next) -> Response {
    let name = format!("{} /oauth2{}", request.method(), request.uri().path());
    let response = next.run(request).await;
    world.state().stats.count(name, response.status().as_u16());
    response
}

/// An error in the form that OAuth gives it.
struct OauthError(StatusCode, &'static str);

impl IntoResponse for OauthError {
    fn into_response(self) -> Response {
        let body = json!({"status": self.0.as_u16(), "message": self.1});
        (self.0, Json(body)).into_response()
    }
}

impl From<Refusal> for OauthError {
    fn from(refusal: Refusal) -> Self {
        let bad = StatusCode::BAD_REQUEST;
        match refusal {
            Refusal::InvalidClient => Self(bad, "invalid client"),
            Refusal::MissingSecret => Self(bad, "missing client secret"),
            Refusal::InvalidSecret => Self(StatusCode::FORBIDDEN, "invalid client secret"),
            Refusal::InvalidRefresh => Self(bad, "Invalid refresh token"),
            Refusal::InvalidDevice => Self(bad, "invalid device code"),
            Refusal::Pending => Self(bad, "authorization_pending"),
        }
    }
}

async fn validate(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
) -> Result<Json<Value>, OauthError> {
    let missing = OauthError(StatusCode::UNAUTHORIZED, "missing authorization token");
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let (scheme, token) = given.and_then(|value| value.split_once(' ')).ok_or(missing)?;
    let now_ms = world.clock.now_ms();
    let state = world.state();
    let access =
        state.tokens.access(token, now_ms).filter(|_| matches!(scheme, "OAuth" | "Bearer"));
    let access = access.ok_or(OauthError(StatusCode::UNAUTHORIZED, "invalid access token"))?;
    Ok(Json(json!({
        "client_id": access.client_id,
        "login": access.login,
        "scopes": access.scopes,
        "user_id": access.user_id.to_string(),
        "expires_in": (access.expires_ms - now_ms) / 1000,
    })))
}

/// Grants by refresh token and by device code. Parameters may come in the query or as a
/// form, as Twitch takes them.
async fn token(
    State(world): State<Arc<World>>,
    query: Query,
    body: String,
) -> Result<Json<Value>, OauthError> {
    let given = parameters(query, &body);
    let get = |name: &str| given.get(name).map(String::as_str).filter(|value| !value.is_empty());
    let missing = |words| OauthError(StatusCode::BAD_REQUEST, words);
    let client_id = get("client_id").ok_or_else(|| missing("missing client id"))?;
    let now_ms = world.clock.now_ms();
    let state = &mut *world.state();
    let grant = match get("grant_type") {
        Some("refresh_token") => {
            let refresh = get("refresh_token").ok_or_else(|| missing("missing refresh token"))?;
            let secret = get("client_secret");
            state.tokens.refresh(client_id, secret, refresh, now_ms, &mut state.rng)?
        }
        Some("urn:ietf:params:oauth:grant-type:device_code") => {
            let code = get("device_code").ok_or_else(|| missing("missing device code"))?;
            state.tokens.device(client_id, code, now_ms, &mut state.rng)?
        }
        _ => return Err(missing("Invalid grant type")),
    };
    Ok(Json(json!({
        "access_token": grant.access,
        "expires_in": crate::world::TOKEN_LIFETIME_MS / 1000,
        "refresh_token": grant.refresh,
        "scope": grant.scopes,
        "token_type": "bearer",
    })))
}

/// The start of the device code flow. Nobody needs to do anything: an invented person
/// approves after a few seconds.
async fn device(
    State(world): State<Arc<World>>,
    query: Query,
    body: String,
) -> Result<Json<Value>, OauthError> {
    let given = parameters(query, &body);
    let client_id = given.get("client_id").map(String::as_str).unwrap_or_default();
    let scopes = given.get("scopes").map(String::as_str).unwrap_or_default();
    let scopes = scopes.split_whitespace().map(str::to_owned).collect();
    let now_ms = world.clock.now_ms();
    let state = &mut *world.state();
    let code = state.tokens.ask(client_id, scopes, now_ms, &mut state.rng)?;
    let user_code = code[..8].to_uppercase();
    Ok(Json(json!({
        "device_code": code,
        "expires_in": 1800,
        "interval": 5,
        "user_code": user_code,
        "verification_uri": format!("https://www.twitch.tv/activate?device-code={user_code}"),
    })))
}

fn parameters(query: Query, body: &str) -> BTreeMap<String, String> {
    let form = url::form_urlencoded::parse(body.as_bytes());
    query.0.into_iter().chain(form.map(|(k, v)| (k.into_owned(), v.into_owned()))).collect()
}

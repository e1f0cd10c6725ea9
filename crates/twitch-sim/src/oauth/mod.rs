//! Twitch's log-in server: validate, revoke, and tokens by refresh, device and browser.

mod authorize;
mod device;
mod token;

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
use crate::odd;
use crate::world::{Fault, Refusal, World};

/// All of OAuth that is simulated.
pub(crate) fn routes(world: Arc<World>) -> Router {
    Router::new()
        .route("/validate", get(validate))
        .route("/token", post(token::grant))
        .route("/device", post(device::ask))
        .route("/authorize", get(authorize::ask))
        .route("/revoke", post(revoke))
        .layer(from_fn_with_state(Arc::clone(&world), count))
        .layer(from_fn_with_state(Arc::clone(&world), odd::oauth))
        .with_state(world)
}

/// Pages for people, beside OAuth.
pub(crate) fn pages(world: Arc<World>) -> Router {
    Router::new().route("/activate", get(device::activate)).with_state(world)
}

async fn count(State(world): State<Arc<World>>, request: Request, next: Next) -> Response {
    let name = format!("{} /oauth2{}", request.method(), request.uri().path());
    let broken = world.state().faults.take(Fault::Oauth503, None);
    let response = if broken {
        OauthError(StatusCode::SERVICE_UNAVAILABLE, "").into_response()
    } else {
        next.run(request).await
    };
    world.state().stats.count(name, response.status().as_u16());
    response
}

/// An error in the form that OAuth gives it.
struct OauthError(StatusCode, &'static str);

impl OauthError {
    fn bad(words: &'static str) -> Self {
        Self(StatusCode::BAD_REQUEST, words)
    }
}

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
            Refusal::InvalidCode => Self(bad, "Invalid authorization code"),
            Refusal::InvalidRedirect => {
                Self(bad, "Parameter redirect_uri does not match registered URI")
            }
            Refusal::Pending => Self(bad, "authorization_pending"),
            Refusal::Denied => Self(bad, "access_denied"),
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
    let mut answer = json!({
        "client_id": access.client_id,
        "scopes": access.scopes,
        "expires_in": (access.expires_ms - now_ms) / 1000,
    });
    if access.has_user() {
        answer["login"] = json!(access.login);
        answer["user_id"] = json!(access.user_id.to_string());
    }
    Ok(Json(answer))
}

/// Ends an access token, with what would renew it.
async fn revoke(
    State(world): State<Arc<World>>,
    query: Query,
    body: String,
) -> Result<StatusCode, OauthError> {
    let given = Given::new(query, &body);
    let client_id = given.need("client_id", "missing client id")?;
    let token = given.need("token", "missing oauth token")?;
    match world.state().tokens.revoke(client_id, token) {
        Ok(true) => Ok(StatusCode::OK),
        Ok(false) => Err(OauthError::bad("Invalid token")),
        Err(_) => Err(OauthError(StatusCode::NOT_FOUND, "client does not exist")),
    }
}

/// Parameters, which may come in the query or as a form, as Twitch takes them.
struct Given(BTreeMap<String, String>);

impl Given {
    fn new(query: Query, body: &str) -> Self {
        let form = url::form_urlencoded::parse(body.as_bytes());
        let form = form.map(|(key, value)| (key.into_owned(), value.into_owned()));
        Self(query.0.into_iter().chain(form).collect())
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    fn need(&self, name: &str, refusal: &'static str) -> Result<&str, OauthError> {
        self.get(name).ok_or(OauthError::bad(refusal))
    }

    /// A list between blanks.
    fn scopes(&self, name: &str) -> Vec<String> {
        self.get(name).unwrap_or_default().split_whitespace().map(str::to_owned).collect()
    }
}

//! Levers for log-ins: who sits at the browser, what they say, and whose tokens end.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{ControlError, read};
use crate::config::is_login;
use crate::world::World;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AuthorizeCall {
    /// The code of a device; without it, `user` sits at the browser from now on.
    user_code: Option<String>,
    user: Option<String>,
    #[serde(default)]
    deny: bool,
}

pub(super) async fn authorize(
    State(world): State<Arc<World>>,
    body: Bytes,
) -> Result<Json<Value>, ControlError> {
    let call: AuthorizeCall = read(&body)?;
    let user = call.user.map(|user| login(&user)).transpose()?;
    let logins = &mut world.state().logins;
    match (call.user_code, user) {
        (Some(code), user) => {
            if !logins.answer(&code, user.as_deref(), !call.deny) {
                let words = format!("no device waits with the code '{code}'");
                return Err(ControlError(StatusCode::NOT_FOUND, words));
            }
        }
        (None, Some(user)) => logins.seat(&user),
        (None, None) => {
            let words = "give user_code (a device's code), user, or both".to_owned();
            return Err(ControlError(StatusCode::BAD_REQUEST, words));
        }
    }
    Ok(Json(json!({"ok": true})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RevokeCall {
    user: String,
}

pub(super) async fn revoke(
    State(world): State<Arc<World>>,
    body: Bytes,
) -> Result<Json<Value>, ControlError> {
    let call: RevokeCall = read(&body)?;
    let user = login(&call.user)?;
    world.revoke_user(&user);
    Ok(Json(json!({"ok": true})))
}

fn login(given: &str) -> Result<String, ControlError> {
    let login = given.to_lowercase();
    let refuse = || ControlError(StatusCode::BAD_REQUEST, format!("'{given}' is not a login"));
    is_login(&login).then_some(login).ok_or_else(refuse)
}

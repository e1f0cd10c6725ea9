//! Get Channel Editors: who may edit a channel, told to its broadcaster only.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::access::authorize;
use super::{Asked, Query};
use crate::chat::{display_name, id_of};
use crate::http::ApiError;
use crate::world::{USER, World};

pub(crate) async fn get(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    query: Query,
) -> Result<Json<Value>, ApiError> {
    let access = authorize(&world, &headers, Some("channel:read:editors"))?;
    let asked = Asked(query.0);
    let broadcaster = asked.one("broadcaster_id");
    if broadcaster != Some(access.user_id.to_string().as_str()) {
        let words = "The ID in broadcaster_id must match the user ID in the OAuth token";
        return Err(ApiError::new(StatusCode::UNAUTHORIZED, words));
    }
    // Everybody here has made the usual user an editor.
    let editor = json!({
        "user_id": id_of(USER).to_string(),
        "user_name": display_name(USER),
        "created_at": "2024-05-04T10:00:00Z",
    });
    let is_own = access.login == USER;
    Ok(Json(json!({"data": if is_own { Vec::new() } else { vec![editor] }})))
}

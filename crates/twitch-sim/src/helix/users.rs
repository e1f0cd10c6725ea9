//! Get Users.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::access::authorize;
use super::{Asked, Query};
use crate::chat::display_name;
use crate::http::ApiError;
use crate::world::World;

pub(crate) async fn get(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    query: Query,
) -> Result<Json<Value>, ApiError> {
    let access = authorize(&world, &headers, None)?;
    let asked = Asked(query.0);
    let (ids, logins) = (asked.list("id")?, asked.list("login")?);
    if ids.len() + logins.len() > 100 {
        return Err(ApiError::new(StatusCode::BAD_REQUEST, "more than 100 users"));
    }
    if ids.is_empty() && logins.is_empty() && !access.has_user() {
        let words = "Must provide an ID, Login or OAuth Token.";
        return Err(ApiError::new(StatusCode::BAD_REQUEST, words));
    }
    let own = access.has_user().then(|| (access.user_id, access.login.clone()));
    let mut people: BTreeSet<(u64, String)> = own.iter().cloned().collect();
    let state = world.state();
    people.extend(state.channels.values().map(|c| (c.id(), c.login().to_owned())));
    if ids.is_empty() && logins.is_empty() {
        people = own.into_iter().collect();
    } else {
        people.retain(|(id, login)| {
            ids.contains(&id.to_string().as_str())
                || logins.iter().any(|asked| asked.eq_ignore_ascii_case(login))
        });
    }
    let data: Vec<Value> = people.iter().map(|(id, login)| user(*id, login)).collect();
    Ok(Json(json!({ "data": data })))
}

fn user(id: u64, login: &str) -> Value {
    json!({
        "id": id.to_string(),
        "login": login,
        "display_name": display_name(login),
        "type": "",
        "broadcaster_type": "",
        "description": "An invented user.",
        "profile_image_url": "",
        "offline_image_url": "",
        "view_count": 0,
        "created_at": "2019-05-04T10:00:00Z",
    })
}

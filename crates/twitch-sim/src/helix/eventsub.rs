//! EventSub's subscriptions: made, listed, ended.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::access::authorize;
use super::{Asked, Query, page};
use crate::eventsub::{MAX_COST, Refusal, Subscription, Type, Wish};
use crate::http::ApiError;
use crate::world::{Access, Fault, World};

#[derive(Deserialize)]
struct Body {
    #[serde(rename = "type")]
    kind: String,
    version: String,
    condition: Value,
    transport: Transport,
}

#[derive(Deserialize)]
struct Transport {
    method: String,
    session_id: Option<String>,
}

pub(crate) async fn create(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let access = authorize(&world, &headers, None)?;
    let bad = |words: &str| ApiError::new(StatusCode::BAD_REQUEST, words);
    let body: Body = serde_json::from_slice(&body)
        .map_err(|_| bad("The body must give type, version, condition and transport"))?;
    let session_id = body.transport.session_id.filter(|_| body.transport.method == "websocket");
    let session_id =
        session_id.ok_or_else(|| bad("The transport must be a websocket with its session_id"))?;
    if !access.has_user() {
        return Err(bad("invalid transport and auth combination"));
    }
    let kind = Type::named(&body.kind).filter(|kind| kind.version == body.version);
    let kind = kind.ok_or_else(|| bad("invalid subscription type and version"))?;
    let forbidden = || {
        let words = "subscription missing proper authorization";
        ApiError::new(StatusCode::FORBIDDEN, words)
    };
    if !kind.scopes.is_empty() && !kind.scopes.iter().any(|scope| access.has(scope)) {
        return Err(forbidden());
    }
    let now_ms = world.clock.now_ms();
    let state = &mut *world.state();
    let broadcaster = kind.broadcaster(&body.condition).unwrap_or_default();
    let channel = state.channel_by_id(broadcaster).map(|channel| channel.login().to_owned());
    if kind.name == "channel.chat.message"
        && state.faults.take(Fault::EventSub403, channel.as_deref())
    {
        return Err(forbidden());
    }
    let wish = Wish {
        client_id: &access.client_id,
        user_id: access.user_id,
        kind,
        condition: &body.condition,
        session_id: &session_id,
    };
    let made = state.eventsub.subscribe(&wish, now_ms).map_err(refused)?;
    let (mut answer, _) = totals(state.eventsub.of(&access.client_id, access.user_id));
    answer["data"] = json!([made]);
    Ok((StatusCode::ACCEPTED, Json(answer)))
}

fn refused(refusal: Refusal) -> ApiError {
    let (status, words) = match refusal {
        Refusal::BadCondition => (StatusCode::BAD_REQUEST, "invalid condition"),
        Refusal::NoSession => (
            StatusCode::BAD_REQUEST,
            "websocket transport session does not exist or has already disconnected",
        ),
        // Twitch does not tell these apart.
        Refusal::NotYours | Refusal::TooManyRooms => {
            (StatusCode::FORBIDDEN, "subscription missing proper authorization")
        }
        Refusal::Exists => (StatusCode::CONFLICT, "subscription already exists"),
        Refusal::TooManySessions => {
            (StatusCode::TOO_MANY_REQUESTS, "number of websocket transports limit exceeded")
        }
        Refusal::TooMany => (StatusCode::TOO_MANY_REQUESTS, "maximum subscriptions exceeded"),
        Refusal::TooDear => (StatusCode::TOO_MANY_REQUESTS, "total cost exceeded"),
    };
    ApiError::new(status, words)
}

pub(crate) async fn list(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    query: Query,
) -> Result<Json<Value>, ApiError> {
    let access = authorize(&world, &headers, None)?;
    let asked = Asked(query.0);
    let fits = |one: &Value| {
        ["status", "type"].iter().all(|key| asked.one(key).is_none_or(|value| one[key] == value))
    };
    let state = world.state();
    let (mut answer, all) = totals(state.eventsub.of(&access.client_id, access.user_id));
    let mut listed = page(all.into_iter().filter(fits).collect(), &asked)?;
    answer["data"] = listed["data"].take();
    answer["pagination"] = listed["pagination"].take();
    Ok(Json(answer))
}

pub(crate) async fn delete(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    query: Query,
) -> Result<StatusCode, ApiError> {
    let Access { client_id, user_id, .. } = authorize(&world, &headers, None)?;
    let asked = Asked(query.0);
    let id = asked.one("id");
    let id = id.ok_or_else(|| ApiError::new(StatusCode::BAD_REQUEST, "id is missing"))?;
    if world.state().eventsub.remove(id, &client_id, user_id) {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(ApiError::new(StatusCode::NOT_FOUND, "subscription not found"))
}

/// The sums that every answer holds, and the subscriptions.
fn totals<'a>(all: impl Iterator<Item = &'a Subscription>) -> (Value, Vec<Value>) {
    let (mut cost, mut shown) = (0, Vec::new());
    for subscription in all {
        cost += subscription.cost;
        shown.push(subscription.json());
    }
    let sums = json!({"total": shown.len(), "total_cost": cost, "max_total_cost": MAX_COST});
    (sums, shown)
}

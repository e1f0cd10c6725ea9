//! Get Streams: those that are live, the largest first.

use std::cmp::Reverse;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use serde_json::{Value, json};

use super::access::authorize;
use super::{Asked, Query, page, rfc3339};
use crate::chat::display_name;
use crate::http::ApiError;
use crate::world::{Channel, TwitchTime, World};

pub(crate) async fn get(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    query: Query,
) -> Result<Json<Value>, ApiError> {
    authorize(&world, &headers, None)?;
    let asked = Asked(query.0);
    let (ids, logins) = (asked.list("user_id")?, asked.list("user_login")?);
    let now_ms = world.clock.now_ms();
    let everybody = ids.is_empty() && logins.is_empty();
    let wanted = |channel: &Channel| {
        everybody
            || ids.contains(&channel.id().to_string().as_str())
            || logins.iter().any(|login| login.eq_ignore_ascii_case(channel.login()))
    };
    let state = world.state();
    let mut live: Vec<(u32, Value)> = state
        .channels
        .values()
        .filter(|channel| wanted(channel))
        .filter_map(|c| {
            Some((c.viewers(now_ms), stream(c, c.live_since_ms()?, now_ms, &state.time)))
        })
        .collect();
    live.sort_by_key(|(viewers, _)| Reverse(*viewers));
    page(live.into_iter().map(|(_, stream)| stream).collect(), &asked).map(Json)
}

/// A new stream has a new id.
pub(super) fn stream_id(channel_id: u64, since_ms: i64) -> String {
    (40_000_000_000 + since_ms / 1000 + channel_id.cast_signed()).to_string()
}

fn stream(channel: &Channel, since_ms: i64, now_ms: i64, time: &TwitchTime) -> Value {
    json!({
        "id": stream_id(channel.id(), since_ms),
        "user_id": channel.id().to_string(),
        "user_login": channel.login(),
        "user_name": display_name(channel.login()),
        "game_id": "509658",
        "game_name": "Just Chatting",
        "type": "live",
        "title": "a simulated evening",
        "tags": ["English"],
        "viewer_count": channel.viewers(now_ms),
        "started_at": rfc3339(time.shown(since_ms)),
        "language": "en",
        "thumbnail_url": "",
        "tag_ids": [],
        "is_mature": false,
    })
}

//! Send Chat Message.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::access::authorize;
use super::{Asked, Query};
use crate::chat::{Standing, one_line};
use crate::http::ApiError;
use crate::world::{Fault, World, guest};

/// Longest message, in characters.
const MAX_CHAT: usize = 500;
/// The same text again within this time is dropped.
const REPEAT_MS: i64 = 30_000;
/// Messages of a user in a channel within [`REPEAT_MS`].
const MAX_RECENT: usize = 20;

#[derive(Deserialize)]
struct Message {
    broadcaster_id: String,
    sender_id: String,
    message: String,
}

pub(crate) async fn send(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    query: Query,
    body: Bytes,
) -> Result<Json<Value>, ApiError> {
    let access = authorize(&world, &headers, Some("user:write:chat"))?;
    let bad = |words: &str| ApiError::new(StatusCode::BAD_REQUEST, words);
    let message = read(&body, &Asked(query.0))
        .ok_or_else(|| bad("The body must give broadcaster_id, sender_id and message"))?;
    if message.sender_id != access.user_id.to_string() {
        let words = "The ID in sender_id must match the user ID in the access token";
        return Err(ApiError::new(StatusCode::UNAUTHORIZED, words));
    }
    if message.message.trim().is_empty() {
        return Err(bad("The message is empty"));
    }
    if message.message.chars().count() > MAX_CHAT {
        return Err(ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "The message is too large"));
    }
    let login = world.state().channel_by_id(&message.broadcaster_id).map(|c| c.login().to_owned());
    let login = login.ok_or_else(|| bad("The broadcaster could not be found"))?;
    if let Some((code, words)) = drop_reason(&world, &login, &access.login, &message.message) {
        let reason = json!({"code": code, "message": words});
        return Ok(Json(sent("", false, reason)));
    }
    let author = guest(&access.login, Standing::Viewer);
    let id = world.say(&login, author, &message.message, "helix").unwrap_or_default();
    Ok(Json(sent(&id, true, Value::Null)))
}

/// The body, as documented; without one the query, which some clients use.
fn read(body: &[u8], asked: &Asked) -> Option<Message> {
    if !body.is_empty() {
        return serde_json::from_slice(body).ok();
    }
    let get = |name: &str| asked.one(name).map(str::to_owned);
    Some(Message {
        broadcaster_id: get("broadcaster_id")?,
        sender_id: get("sender_id")?,
        message: get("message")?,
    })
}

fn sent(id: &str, is_sent: bool, drop_reason: Value) -> Value {
    json!({"data": [{"message_id": id, "is_sent": is_sent, "drop_reason": drop_reason}]})
}

/// Why Twitch would drop a message that it accepts.
fn drop_reason(
    world: &World,
    channel: &str,
    user: &str,
    text: &str,
) -> Option<(&'static str, &'static str)> {
    let since_ms = world.clock.now_ms() - REPEAT_MS;
    let state = &mut *world.state();
    if state.faults.take(Fault::ChatDropped, Some(channel)) {
        return Some((
            "msg_rejected",
            "Your message is being checked by mods and has not been sent.",
        ));
    }
    let recent = state.sent.iter().rev().take_while(|sent| sent.at_ms > since_ms);
    let own: Vec<_> = recent.filter(|s| s.channel == channel && s.user == user).collect();
    if own.iter().any(|sent| sent.text == one_line(text)) {
        return Some(("msg_duplicate", "Your message is identical to one you sent recently."));
    }
    (own.len() >= MAX_RECENT).then_some(("msg_ratelimit", "You are sending messages too quickly."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_comes_as_body_or_query() {
        let pairs = [("broadcaster_id", "1"), ("sender_id", "2"), ("message", "hi")];
        let asked = |count: usize| {
            Asked(pairs[..count].iter().map(|(k, v)| ((*k).into(), (*v).into())).collect())
        };
        let said = |body: &str, count| read(body.as_bytes(), &asked(count)).map(|m| m.message);
        assert_eq!(said("", 3).as_deref(), Some("hi"));
        assert_eq!(said("", 2), None);
        let body = r#"{"broadcaster_id": "1", "sender_id": "2", "message": "ho"}"#;
        assert_eq!(said(body, 3).as_deref(), Some("ho"));
        assert_eq!(said("{}", 3), None);
    }
}

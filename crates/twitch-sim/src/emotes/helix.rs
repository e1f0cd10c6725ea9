//! Get Global Emotes and Get Channel Emotes: Twitch's own.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use crate::helix::{Asked, Query, access::authorize};
use crate::http::ApiError;
use crate::world::World;

const TEMPLATE: &str =
    "https://static-cdn.jtvnw.net/emoticons/v2/{{id}}/{{format}}/{{theme_mode}}/{{scale}}";

pub(crate) async fn global(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
) -> Result<Json<Value>, ApiError> {
    authorize(&world, &headers, None)?;
    let names = crate::chat::twitch_emotes();
    let data: Vec<Value> = names.map(|(name, id)| emote(name, id)).collect();
    Ok(Json(json!({"data": data, "template": TEMPLATE})))
}

pub(crate) async fn channel(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    query: Query,
) -> Result<Json<Value>, ApiError> {
    authorize(&world, &headers, None)?;
    let asked = Asked(query.0);
    let refuse = |words: &str| ApiError::new(StatusCode::BAD_REQUEST, words);
    let id = asked.one("broadcaster_id").ok_or_else(|| {
        refuse("The parameter \"broadcaster_id\" was malformed: the value must be set")
    })?;
    let state = world.state();
    let login = state.channel_by_id(id).map(|channel| channel.login().to_owned());
    let data = login.map_or_else(Vec::new, |login| {
        let prefix: String = login.chars().filter(char::is_ascii_alphabetic).take(5).collect();
        let mut own = emote(&format!("{prefix}Wave"), &format!("emotesv2_{id}"));
        own["tier"] = json!("1000");
        own["emote_type"] = json!("subscriptions");
        own["emote_set_id"] = json!("301590448");
        vec![own]
    });
    Ok(Json(json!({"data": data, "template": TEMPLATE})))
}

fn emote(name: &str, id: &str) -> Value {
    let url = |scale: u8| {
        format!("https://static-cdn.jtvnw.net/emoticons/v2/{id}/static/light/{scale}.0")
    };
    json!({
        "id": id,
        "name": name,
        "images": {"url_1x": url(1), "url_2x": url(2), "url_4x": url(3)},
        "format": ["static"],
        "scale": ["1.0", "2.0", "3.0"],
        "theme_mode": ["light", "dark"],
    })
}

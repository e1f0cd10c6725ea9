//! Get Videos, Create Clip From VOD, Get Clips Download, Create Stream Marker.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use super::access::authorize;
use super::clips::{MAX_TITLE, Made, answer, duration};
use super::streams::stream_id;
use super::{Asked, Query, page, rfc3339};
use crate::chat::display_name;
use crate::http::{ApiError, HangUp};
use crate::world::{
    Access, Channel, Fault, Marker, NewClip, State as Twitch, TwitchTime, USER, VodRecord, World,
};

/// Ids in one call of Get Clips Download.
const MAX_DOWNLOADS: usize = 10;
/// Longest description of a marker, in characters.
const MAX_DESCRIPTION: usize = 140;

pub(crate) async fn get(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    query: Query,
) -> Result<Json<Value>, ApiError> {
    authorize(&world, &headers, None)?;
    let asked = Asked(query.0);
    let now_ms = world.clock.now_ms();
    let state = &mut *world.state();
    let user = asked.one("user_id").ok_or_else(|| bad("user_id must be given"))?;
    let kind = asked.one("type").unwrap_or("all");
    let channel = state.channel_by_id(user).map(|c| (c.id(), c.login().to_owned()));
    let Some((id, login)) = channel else { return page(Vec::new(), &asked).map(Json) };
    if !matches!(kind, "all" | "archive") || state.faults.take(Fault::VodNone, Some(&login)) {
        return page(Vec::new(), &asked).map(Json);
    }
    let vods = state.vods.of(&login).filter(|vod| vod.length_s(now_ms) > 0);
    let all = vods.map(|vod| video(id, &login, vod, (now_ms, &state.time))).collect();
    page(all, &asked).map(Json)
}

fn video(user: u64, login: &str, vod: &VodRecord, (now_ms, time): (i64, &TwitchTime)) -> Value {
    let length_s = vod.length_s(now_ms);
    let (hours, minutes, seconds) = (length_s / 3600, length_s / 60 % 60, length_s % 60);
    json!({
        "id": vod.id,
        "stream_id": stream_id(user, vod.start_ms),
        "user_id": user.to_string(),
        "user_login": login,
        "user_name": display_name(login),
        "title": "a simulated evening",
        "description": "",
        "created_at": rfc3339(time.shown(vod.start_ms)),
        "published_at": rfc3339(time.shown(vod.start_ms)),
        "url": format!("https://www.twitch.tv/videos/{}", vod.id),
        "thumbnail_url": "",
        "viewable": "public",
        "view_count": 3,
        "language": "en",
        "type": "archive",
        "duration": format!("{hours}h{minutes}m{seconds}s"),
        "muted_segments": null,
    })
}

pub(crate) async fn create(
    State(world): State<Arc<World>>,
    ConnectInfo(hang_up): ConnectInfo<HangUp>,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, ApiError> {
    let access = authorize(&world, &headers, Some("editor:manage:clips"))?;
    let asked = Asked(query.0);
    let now_ms = world.clock.now_ms();
    let made = make(&mut world.state(), &access, &asked, now_ms)?;
    Ok(answer(made, &hang_up))
}

fn make(state: &mut Twitch, access: &Access, asked: &Asked, now_ms: i64) -> Result<Made, ApiError> {
    editor(access, asked)?;
    let (channel, login) = broadcaster(state, asked)?;
    may_edit(access, &login)?;
    let length = duration(asked.one("duration")).ok_or_else(|| bad("duration is malformed"))?;
    let title = asked.one("title").ok_or_else(|| bad("title must be given"))?.to_owned();
    if title.chars().count() > MAX_TITLE {
        return Err(bad("The parameter \"title\" was malformed: it is too long"));
    }
    let offset = asked.one("vod_offset").and_then(|offset| offset.parse::<i64>().ok());
    let offset = offset.ok_or_else(|| bad("vod_offset must be whole seconds"))?;
    if (offset as f64) < length {
        return Err(bad("vod_offset must not be less than duration"));
    }
    let vod_id = asked.one("vod_id").unwrap_or_default();
    let vod = state.vods.of(&login).find(|vod| vod.id == vod_id).cloned();
    let vod = vod.ok_or_else(|| ApiError::new(StatusCode::NOT_FOUND, "The VOD was not found"))?;
    if offset > vod.length_s(now_ms) {
        return Err(bad("vod_offset is beyond the end of the VOD"));
    }
    for (fault, status, words) in [
        (Fault::ClipTitle, StatusCode::BAD_REQUEST, "The title did not pass AutoMod checks."),
        (Fault::Vod403, StatusCode::FORBIDDEN, "The user is not an editor of the channel."),
        (Fault::Vod500, StatusCode::INTERNAL_SERVER_ERROR, ""),
        (Fault::Vod503, StatusCode::SERVICE_UNAVAILABLE, "clips service unavailable"),
    ] {
        if state.faults.take(fault, Some(&login)) {
            return Err(ApiError::new(status, words));
        }
    }
    let answered = !state.faults.take(Fault::VodLostAnswer, Some(&login));
    let clip = NewClip {
        channel: login.clone(),
        broadcaster_id: channel,
        creator_id: access.user_id.to_string(),
        title,
        duration_s: length,
        live_since_ms: vod.start_ms,
        late_ms: 0,
        answered,
        fault: (!answered).then(|| Fault::VodLostAnswer.name()),
        vod_end_ms: Some(vod.start_ms + offset * 1000),
    };
    let id = state.clips.create(clip, now_ms, &mut state.rng);
    Ok(Made { id, login, answered })
}

pub(crate) async fn downloads(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    query: Query,
) -> Result<Json<Value>, ApiError> {
    let access = authorize(&world, &headers, Some("editor:manage:clips"))?;
    let asked = Asked(query.0);
    editor(&access, &asked)?;
    let ids = asked.list("clip_id")?;
    if ids.is_empty() || ids.len() > MAX_DOWNLOADS {
        return Err(bad("clip_id must be given 1 to 10 times"));
    }
    let host = headers.get("host").and_then(|host| host.to_str().ok()).unwrap_or_default();
    let now_ms = world.clock.now_ms();
    let state = &mut *world.state();
    let (_, login) = broadcaster(state, &asked)?;
    may_edit(&access, &login)?;
    let none = state.faults.take(Fault::DownloadNone, Some(&login));
    let scheme = state.scheme_at(host);
    let known = state.clips.shown(now_ms).filter(|clip| ids.contains(&clip.id.as_str()));
    let urls = known.map(|clip| {
        let url = format!("{scheme}://{host}/media/{}.mp4", clip.id);
        json!({
            "clip_id": clip.id,
            "landscape_download_url": if none { Value::Null } else { Value::String(url) },
            "portrait_download_url": null,
        })
    });
    let data: Vec<Value> = urls.collect();
    Ok(Json(json!({"data": data})))
}

#[derive(Deserialize)]
struct MarkerBody {
    user_id: String,
    #[serde(default)]
    description: String,
}

pub(crate) async fn mark(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, ApiError> {
    authorize(&world, &headers, Some("channel:manage:broadcast"))?;
    let body: MarkerBody =
        serde_json::from_slice(&body).map_err(|_| bad("The body must give user_id"))?;
    if body.description.chars().count() > MAX_DESCRIPTION {
        return Err(bad("The description is too long"));
    }
    let now_ms = world.clock.now_ms();
    let state = &mut *world.state();
    let found = state.channel_by_id(&body.user_id);
    let live = found.and_then(|c| Some((c.login().to_owned(), c.live_since_ms()?)));
    let (channel, since_ms) =
        live.ok_or_else(|| ApiError::new(StatusCode::NOT_FOUND, "The user is not streaming live"))?;
    let answer = json!({"data": [{
        "id": format!("marker{now_ms}"),
        "created_at": rfc3339(state.time.shown(now_ms)),
        "description": body.description,
        "position_seconds": (now_ms - since_ms).max(0) / 1000,
    }]});
    state.mark(Marker { channel, at_ms: now_ms, description: body.description });
    Ok(Json(answer))
}

fn editor(access: &Access, asked: &Asked) -> Result<(), ApiError> {
    if asked.one("editor_id") == Some(access.user_id.to_string().as_str()) {
        return Ok(());
    }
    let words = "The ID in editor_id must match the user ID in the access token";
    Err(ApiError::new(StatusCode::UNAUTHORIZED, words))
}

/// Who may edit a channel: see Get Channel Editors.
fn may_edit(access: &Access, channel: &str) -> Result<(), ApiError> {
    if access.login == USER || access.login == channel {
        return Ok(());
    }
    Err(ApiError::new(StatusCode::FORBIDDEN, "The user is not an editor of the channel."))
}

fn broadcaster(state: &Twitch, asked: &Asked) -> Result<(String, String), ApiError> {
    let id = asked.one("broadcaster_id").ok_or_else(|| bad("broadcaster_id must be given"))?;
    let login = state.channel_by_id(id).map(Channel::login).map(str::to_owned);
    Ok((id.to_owned(), login.ok_or_else(|| bad("The broadcaster could not be found"))?))
}

fn bad(words: &str) -> ApiError {
    ApiError::new(StatusCode::BAD_REQUEST, words)
}

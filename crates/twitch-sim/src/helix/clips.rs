//! Create Clip and Get Clips.

use std::sync::Arc;

use axum::Json;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::access::{NeverSent, authorize, put};
use super::{Asked, Query, page, rfc3339};
use crate::chat::{display_name, id_of};
use crate::http::{ApiError, HangUp};
use crate::odd::MadeClip;
use crate::world::{
    Access, Bucket, ClipRecord, Fault, NewClip, OFFSET_AFTER_MS, State as Twitch, TwitchTime, USER,
    VIEWERS, World,
};

/// Clips a minute and user.
const CLIP_POINTS: u32 = 600;
/// The fault `clip_late` delays a clip by so much.
const LATE_MS: i64 = 200_000;
/// The fault `clip_never` delays it by a year.
const NEVER_MS: i64 = 31_536_000_000;
/// Longest title, in characters.
pub(super) const MAX_TITLE: usize = 140;

pub(crate) async fn create(
    State(world): State<Arc<World>>,
    ConnectInfo(hang_up): ConnectInfo<HangUp>,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, ApiError> {
    let access = authorize(&world, &headers, Some("clips:edit"))?;
    let asked = Asked(query.0);
    let now_ms = world.clock.now_ms();
    let state = &mut *world.state();
    let bucket = state.clip_points.entry(access.login.clone());
    let level = bucket.or_insert_with(|| Bucket::new(CLIP_POINTS, now_ms)).take(now_ms);
    let mut response = if level.allowed {
        match make(state, &access, &asked, now_ms) {
            Ok(made) => answer(made, &hang_up),
            Err(refusal) => refusal.into_response(),
        }
    } else {
        ApiError::new(StatusCode::TOO_MANY_REQUESTS, "").into_response()
    };
    put(response.headers_mut(), "ratelimit-helixclipscreation-limit", level.limit);
    put(response.headers_mut(), "ratelimit-helixclipscreation-remaining", level.remaining);
    Ok(response)
}

/// A clip that was made.
pub(super) struct Made {
    pub id: String,
    pub login: String,
    pub answered: bool,
}

pub(super) fn answer(made: Made, hang_up: &HangUp) -> Response {
    let edit_url = format!("https://www.twitch.tv/{}/clip/{}", made.login, made.id);
    let body = json!({"data": [{"id": made.id, "edit_url": edit_url}]});
    let mut response = (StatusCode::ACCEPTED, Json(body)).into_response();
    response.extensions_mut().insert(MadeClip(made.id));
    if !made.answered {
        hang_up.now();
        response.extensions_mut().insert(NeverSent);
    }
    response
}

fn make(state: &mut Twitch, access: &Access, asked: &Asked, now_ms: i64) -> Result<Made, ApiError> {
    let bad = |words: &str| ApiError::new(StatusCode::BAD_REQUEST, words);
    let broadcaster_id = asked
        .one("broadcaster_id")
        .ok_or_else(|| bad("The parameter \"broadcaster_id\" was malformed: it is missing"))?;
    let duration_s = duration(asked.one("duration")).ok_or_else(|| {
        bad("The parameter \"duration\" was malformed: the value must be from 5 to 60, in steps of 0.1")
    })?;
    let title = asked.one("title").unwrap_or_default();
    if title.chars().count() > MAX_TITLE {
        return Err(bad("The parameter \"title\" was malformed: it is too long"));
    }
    let channel = state
        .channel_by_id(broadcaster_id)
        .ok_or_else(|| bad("The broadcaster could not be found"))?;
    let (login, live_since_ms) = (channel.login().to_owned(), channel.live_since_ms());
    let Some(live_since_ms) = live_since_ms else {
        let words = "Clipping is not possible for an offline channel.";
        return Err(ApiError::new(StatusCode::NOT_FOUND, words));
    };
    refuse(state, &login)?;
    let answered = !state.faults.take(Fault::ClipLostAnswer, Some(&login));
    let late = state.faults.take(Fault::ClipLate, Some(&login));
    let never = state.faults.take(Fault::ClipNever, Some(&login));
    let came =
        [(!answered, Fault::ClipLostAnswer), (never, Fault::ClipNever), (late, Fault::ClipLate)];
    let fault = came.into_iter().find(|(came, _)| *came).map(|(_, fault)| fault.name());
    let clip = NewClip {
        channel: login.clone(),
        broadcaster_id: broadcaster_id.to_owned(),
        creator_id: access.user_id.to_string(),
        title: title.to_owned(),
        duration_s,
        live_since_ms,
        late_ms: if never { NEVER_MS } else { i64::from(late) * LATE_MS },
        answered,
        fault,
        vod_end_ms: None,
    };
    let id = state.clips.create(clip, now_ms, &mut state.rng);
    Ok(Made { id, login, answered })
}

/// The refusals that wait for this channel.
fn refuse(state: &mut Twitch, login: &str) -> Result<(), ApiError> {
    const REFUSALS: [(Fault, StatusCode, &str); 9] = [
        (Fault::Clip429, StatusCode::TOO_MANY_REQUESTS, ""),
        (Fault::ClipTitle, StatusCode::BAD_REQUEST, "The title did not pass AutoMod checks."),
        (Fault::ClipCategory, StatusCode::BAD_REQUEST, "The category is not clippable."),
        (
            Fault::Clip403,
            StatusCode::FORBIDDEN,
            "User does not have permissions to Clip on this channel.",
        ),
        (Fault::ClipFollowers, StatusCode::FORBIDDEN, "Clips are restricted to followers."),
        (Fault::ClipBanned, StatusCode::FORBIDDEN, "The user is banned from the channel."),
        (Fault::Clip404, StatusCode::NOT_FOUND, "Clipping is not possible for an offline channel."),
        (Fault::Clip500, StatusCode::INTERNAL_SERVER_ERROR, ""),
        (Fault::Clip503, StatusCode::SERVICE_UNAVAILABLE, "clips service unavailable"),
    ];
    for (fault, status, words) in REFUSALS {
        if state.faults.take(fault, Some(login)) {
            return Err(ApiError::new(status, words));
        }
    }
    Ok(())
}

/// 5 to 60 s in steps of 0.1; 30 when it was not said.
pub(super) fn duration(asked: Option<&str>) -> Option<f64> {
    let Some(asked) = asked else { return Some(30.0) };
    let seconds: f64 = asked.parse().ok()?;
    let steps = seconds * 10.0;
    ((5.0..=60.0).contains(&seconds) && (steps - steps.round()).abs() < 1e-3).then_some(seconds)
}

pub(crate) async fn get(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    query: Query,
) -> Result<Json<Value>, ApiError> {
    authorize(&world, &headers, None)?;
    let asked = Asked(query.0);
    let (ids, broadcaster) = (asked.list("id")?, asked.one("broadcaster_id"));
    if ids.is_empty() == broadcaster.is_none() {
        let words = "Exactly one of id, broadcaster_id or game_id must be provided";
        return Err(ApiError::new(StatusCode::BAD_REQUEST, words));
    }
    let (from_ms, to_ms) = (time(&asked, "started_at")?, time(&asked, "ended_at")?);
    let now_ms = world.clock.now_ms();
    let state = world.state();
    let found = state.clips.shown(now_ms).filter(|clip| match broadcaster {
        Some(id) => {
            // Without an end, Twitch takes a week from the start.
            let to_ms = to_ms.or(from_ms.map(|from| from + 604_800_000));
            let made_ms = state.time.shown(clip.call_ms);
            clip.broadcaster_id == id
                && from_ms.is_none_or(|from| made_ms >= from)
                && to_ms.is_none_or(|to| made_ms <= to)
        }
        None => ids.contains(&clip.id.as_str()),
    });
    let all: Vec<Value> = found.map(|clip| shown(clip, now_ms, &state.time)).collect();
    if broadcaster.is_some() {
        return page(all, &asked).map(Json);
    }
    Ok(Json(json!({"data": all, "pagination": {}})))
}

fn time(asked: &Asked, name: &str) -> Result<Option<i64>, ApiError> {
    let Some(text) = asked.one(name) else { return Ok(None) };
    let time: Result<jiff::Timestamp, _> = text.parse();
    let words = format!("The parameter \"{name}\" was malformed: give an RFC 3339 time");
    time.map(|t| Some(t.as_millisecond()))
        .map_err(|_| ApiError::new(StatusCode::BAD_REQUEST, words))
}

fn shown(clip: &ClipRecord, now_ms: i64, time: &TwitchTime) -> Value {
    let offset = clip.vod_offset.filter(|_| now_ms >= clip.call_ms + OFFSET_AFTER_MS);
    let title = if clip.title.is_empty() { "a simulated evening" } else { &clip.title };
    json!({
        "id": clip.id,
        "url": clip.url,
        "embed_url": format!("https://clips.twitch.tv/embed?clip={}", clip.id),
        "broadcaster_id": clip.broadcaster_id,
        "broadcaster_name": display_name(&clip.channel),
        "creator_id": clip.creator_id,
        "creator_name": creator_name(clip),
        "video_id": "",
        "game_id": "509658",
        "language": "en",
        "title": title,
        "view_count": 0,
        "created_at": rfc3339(time.shown(clip.call_ms)),
        "thumbnail_url": format!("https://static-cdn.jtvnw.net/twitch-clips/{}/preview.jpg", clip.id),
        "duration": clip.duration_s,
        "vod_offset": offset,
        "is_featured": false,
    })
}

fn creator_name(clip: &ClipRecord) -> String {
    let is_of = |viewer: &&&str| id_of(viewer).to_string() == clip.creator_id;
    let viewer = VIEWERS.iter().find(is_of);
    display_name(viewer.copied().unwrap_or(USER))
}

#[cfg(test)]
mod tests {
    use super::duration;

    #[test]
    fn durations_are_5_to_60_in_steps() {
        let cases = [
            (None, Some(30.0)),
            (Some("5"), Some(5.0)),
            (Some("59.9"), Some(59.9)),
            (Some("60.0"), Some(60.0)),
            (Some("60.1"), None),
            (Some("4.9"), None),
            (Some("12.34"), None),
            (Some("NaN"), None),
            (Some("long"), None),
        ];
        for (asked, expected) in cases {
            assert_eq!(duration(asked), expected, "{asked:?}");
        }
    }
}

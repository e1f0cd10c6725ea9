//! The control API: what truly happened, and levers for tests. Other people's scripts use it.
//!
//! | call | answer |
//! |---|---|
//! | `GET /control/truth` | list of moments and decoys so far |
//! | `GET /control/clips` | list of all clips, also unanswered and unconfirmed ones |
//! | `GET /control/viewer_clips` | list of the clips that viewers made |
//! | `GET /control/markers` | list of the newest 1000 stream markers |
//! | `GET /control/stats` | figures: connections, JOIN violations, requests by status |
//! | `GET /control/sent` | list of the newest 1000 chat lines from outside |
//! | `GET /control/report` | moments clipped, clips a moment, decoys clipped |
//! | `GET /control/faults` | all faults with a sentence each, what waits, what a storm still brings |
//! | `POST /control/fault` `{fault, channel?, service?, count?, seconds?}` | a fault comes `count` times (1), or for a while |
//! | `POST /control/storm` `{seed, seconds?, calm_seconds?}` | faults at random from a seed; answers with the plan |
//! | `POST /control/say` `{channel, user, text, role?}` | a chat line at once |
//! | `POST /control/delete` `{channel, user?, id?, text?}` | a line goes, or (without `id`) all of a user, or (without `user`) the whole chat |
//! | `POST /control/announce` `{channel, user, raid \| resub \| gifts}` | a notice in chat: viewers, months, how many |
//! | `POST /control/live` `{channel, live}` | a stream begins or ends |
//! | `POST /control/viewer_clip` `{channel}` | a viewer makes a clip now; answers with its `id` |
//! | `POST /control/rename` `{from, to}` | a user takes another login, and keeps the id |
//! | `GET /control/emotes` | what is listened to at the sockets of 7TV and BTTV |
//! | `POST /control/emotes` `{service, channel?, add?, remove?, rename?}` | a set changes live |
//! | `POST /control/authorize` `{user_code?, user?, deny?}` | see `login.rs` |
//! | `POST /control/revoke` `{user}` | the user's tokens and subscriptions end |
//! | `POST /control/signal` `{channel, type, event?}` | an event of EventSub at once; `event` replaces keys |

mod login;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::chat::Standing;
use crate::config::is_login;
use crate::generator::Truth;
use crate::report::Report;
use crate::storm::Storm;
use crate::world::{
    Announcement, ClipRecord, FaultCall, FaultError, KnownFault, Marker, Sent, Stats, World, guest,
    known_faults,
};
use crate::{emotes, eventsub::Type};

/// All of the control API.
pub(crate) fn routes(world: Arc<World>) -> Router {
    Router::new()
        .route("/truth", get(truth))
        .route("/clips", get(clips))
        .route("/viewer_clips", get(viewer_clips))
        .route("/markers", get(markers))
        .route("/stats", get(stats))
        .route("/sent", get(sent))
        .route("/report", get(report))
        .route("/faults", get(faults))
        .route("/fault", post(fault))
        .route("/storm", post(storm))
        .route("/say", post(say))
        .route("/delete", post(delete))
        .route("/announce", post(announce))
        .route("/live", post(live))
        .route("/viewer_clip", post(viewer_clip))
        .route("/rename", post(rename))
        .route("/emotes", get(emotes::control::topics).post(emotes::control::change))
        .route("/authorize", post(login::authorize))
        .route("/revoke", post(login::revoke))
        .route("/signal", post(signal))
        .with_state(world)
}

/// What somebody is in a channel.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Nobody special.
    #[default]
    Viewer,
    /// A VIP.
    Vip,
    /// A moderator.
    Moderator,
    /// The owner of the channel.
    Broadcaster,
}

impl From<Role> for Standing {
    fn from(role: Role) -> Self {
        match role {
            Role::Viewer => Self::Viewer,
            Role::Vip => Self::Vip,
            Role::Moderator => Self::Moderator,
            Role::Broadcaster => Self::Broadcaster,
        }
    }
}

/// A refusal, with what to do.
pub(crate) struct ControlError(StatusCode, String);

impl IntoResponse for ControlError {
    fn into_response(self) -> Response {
        (self.0, Json(json!({"error": self.1}))).into_response()
    }
}

async fn truth(State(world): State<Arc<World>>) -> Json<Vec<Truth>> {
    Json(world.truth())
}

async fn clips(State(world): State<Arc<World>>) -> Json<Vec<ClipRecord>> {
    Json(world.state().clips.all().to_vec())
}

async fn viewer_clips(State(world): State<Arc<World>>) -> Json<Vec<ClipRecord>> {
    Json(world.state().clips.of_viewers().to_vec())
}

async fn markers(State(world): State<Arc<World>>) -> Json<Vec<Marker>> {
    Json(world.state().markers.iter().cloned().collect())
}

async fn stats(State(world): State<Arc<World>>) -> Json<Stats> {
    Json(world.stats())
}

async fn sent(State(world): State<Arc<World>>) -> Json<Vec<Sent>> {
    Json(world.state().sent.iter().cloned().collect())
}

async fn report(State(world): State<Arc<World>>) -> Json<Report> {
    let truth = world.truth();
    let report = Report::new(&truth, world.state().clips.all(), world.clock.now_ms());
    Json(report)
}

async fn faults(State(world): State<Arc<World>>) -> Json<Value> {
    let (waiting, to_come) = world.faults();
    let known: Vec<KnownFault> = known_faults().collect();
    Json(json!({"known": known, "waiting": waiting, "storm_brings": to_come}))
}

async fn fault(State(world): State<Arc<World>>, body: Bytes) -> Result<Json<Value>, ControlError> {
    let mut call: FaultCall = read(&body)?;
    call.channel = call.channel.map(|channel| known(&world, &channel)).transpose()?;
    let refuse = |error: FaultError| ControlError(StatusCode::BAD_REQUEST, error.to_string());
    world.fault(&call).map_err(refuse)?;
    Ok(Json(json!({"ok": true})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StormCall {
    seed: u64,
    seconds: Option<u32>,
    calm_seconds: Option<u32>,
}

async fn storm(State(world): State<Arc<World>>, body: Bytes) -> Result<Json<Value>, ControlError> {
    let call: StormCall = read(&body)?;
    let mut storm = Storm::new(call.seed);
    storm = call.seconds.map_or(storm, |seconds| storm.lasting(seconds));
    storm = call.calm_seconds.map_or(storm, |calm| storm.calm(calm));
    Ok(Json(json!({ "plan": world.storm(&storm) })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SayCall {
    channel: String,
    user: String,
    text: String,
    #[serde(default)]
    role: Role,
}

async fn say(State(world): State<Arc<World>>, body: Bytes) -> Result<Json<Value>, ControlError> {
    let call: SayCall = read(&body)?;
    let channel = known(&world, &call.channel)?;
    let user = somebody(&call.user)?;
    let author = guest(&user, call.role.into());
    let id = world.say(&channel, author, &call.text, "control");
    Ok(Json(json!({"id": id})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DeleteCall {
    channel: String,
    #[serde(default)]
    user: String,
    id: Option<String>,
    #[serde(default)]
    text: String,
}

async fn delete(State(world): State<Arc<World>>, body: Bytes) -> Result<Json<Value>, ControlError> {
    let call: DeleteCall = read(&body)?;
    let login = known(&world, &call.channel)?;
    let line = call.id.as_deref().map(|id| (id, call.text.as_str()));
    let ok = world.delete(&login, &call.user.to_lowercase(), line);
    Ok(Json(json!({ "ok": ok })))
}

#[derive(Deserialize)]
struct AnnounceCall {
    channel: String,
    user: String,
    #[serde(flatten)]
    what: Announcement,
}

async fn announce(
    State(world): State<Arc<World>>,
    body: Bytes,
) -> Result<Json<Value>, ControlError> {
    let call: AnnounceCall = read(&body)?;
    let login = known(&world, &call.channel)?;
    let user = somebody(&call.user)?;
    Ok(Json(json!({ "ok": world.announce(&login, &user, call.what) })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LiveCall {
    channel: String,
    live: bool,
}

async fn live(State(world): State<Arc<World>>, body: Bytes) -> Result<Json<Value>, ControlError> {
    let call: LiveCall = read(&body)?;
    let login = known(&world, &call.channel)?;
    world.set_live(&login, call.live);
    Ok(Json(json!({"ok": true})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ViewerClipCall {
    channel: String,
}

async fn viewer_clip(
    State(world): State<Arc<World>>,
    body: Bytes,
) -> Result<Json<Value>, ControlError> {
    let call: ViewerClipCall = read(&body)?;
    let login = known(&world, &call.channel)?;
    let refused = || ControlError(StatusCode::CONFLICT, format!("{login} is not live"));
    let id = world.viewer_clips(&login).ok_or_else(refused)?;
    Ok(Json(json!({ "id": id })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RenameCall {
    from: String,
    to: String,
}

async fn rename(State(world): State<Arc<World>>, body: Bytes) -> Result<Json<Value>, ControlError> {
    let call: RenameCall = read(&body)?;
    let (from, to) = (known(&world, &call.from)?, call.to.to_lowercase());
    if !is_login(&to) || !world.rename(&from, &to) {
        let words = format!("'{}' is not a login, or is taken", call.to);
        return Err(ControlError(StatusCode::BAD_REQUEST, words));
    }
    Ok(Json(json!({"ok": true})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignalCall {
    channel: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    event: Value,
}

async fn signal(State(world): State<Arc<World>>, body: Bytes) -> Result<Json<Value>, ControlError> {
    let call: SignalCall = read(&body)?;
    let login = known(&world, &call.channel)?;
    let Some(heard) = world.signal(&login, &call.kind, &call.event) else {
        let all: Vec<&str> = Type::names().collect();
        let words = format!("'{}' is no type; known are: {}", call.kind, all.join(", "));
        return Err(ControlError(StatusCode::BAD_REQUEST, words));
    };
    Ok(Json(json!({ "heard": heard })))
}

pub(crate) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, ControlError> {
    serde_json::from_slice(body)
        .map_err(|error| ControlError(StatusCode::BAD_REQUEST, format!("bad JSON: {error}")))
}

fn somebody(user: &str) -> Result<String, ControlError> {
    let login = user.to_lowercase();
    if is_login(&login) {
        return Ok(login);
    }
    Err(ControlError(StatusCode::BAD_REQUEST, format!("'{user}' is not a login")))
}

pub(crate) fn known(world: &World, channel: &str) -> Result<String, ControlError> {
    let login = channel.trim_start_matches('#').to_lowercase();
    if world.room(&login).is_some() {
        return Ok(login);
    }
    Err(ControlError(StatusCode::NOT_FOUND, format!("there is no channel '{channel}'")))
}

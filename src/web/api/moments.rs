//! Moments: to list, look at, judge, name, cut anew, and their videos.

use axum::{
    Json,
    extract::{Request, State},
    http::StatusCode,
    response::Response,
};
use cliphound_store::{Queue, RecutAsked, Verdict};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::web::{
    App,
    access::{Role, Viewer},
    problem::Problem,
    review::{
        act::{self, Cut},
        filter::{self, Filter},
        video,
        view::{self, Summary, Whole},
        words,
    },
    sent::{Path, Query, Sent},
    settings,
};

/// Moments of a page, where nobody says how many.
const USUAL: u32 = 50;
/// Moments of a page at most.
const MOST: u32 = 500;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(count))
        .routes(routes!(one))
        .routes(routes!(chat))
        .routes(routes!(judge, undo))
        .routes(routes!(entitle))
        .routes(routes!(recut))
        .routes(routes!(download))
        .routes(routes!(send))
}

/// A page of moments.
#[derive(Serialize, ToSchema)]
struct Moments {
    /// The moments, in the order that was asked for.
    moments: Vec<Summary>,
    /// `after` of the next page; nothing when this is the last.
    next: Option<String>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct HowMany {
    /// How many moments, 1 to 500; 50 without it.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<u32>,
}

/// Lists moments, by default the undecided ones, the newest first.
#[utoipa::path(get, path = "/moments", tag = "moments", params(Filter, HowMany),
    responses((status = 200, body = Moments), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn list(
    State(app): State<App>,
    viewer: Viewer,
    Query(filter): Query<Filter>,
    Query(HowMany { limit }): Query<HowMany>,
) -> Result<Json<Moments>, Problem> {
    let limit = limit.unwrap_or(USUAL);
    if !(1..=MOST).contains(&limit) {
        return Err(Problem::bad(format!("“limit” must be from 1 to {MOST}")));
    }
    let queue = queue(&app, &viewer, &filter).await?;
    let mut rows = app.store.queue(&queue, limit.min(MOST - 1) + 1).await?;
    let has_more = rows.len() > limit as usize || rows.len() == MOST as usize;
    rows.truncate(limit as usize);
    let next = rows.last().filter(|_| has_more).map(|row| row.place().to_string());
    Ok(Json(Moments { moments: rows.iter().map(Summary::of).collect(), next }))
}

/// How many moments there are.
#[derive(Serialize, ToSchema)]
struct HowManyThere {
    /// So many, 1,000 at most.
    count: u32,
    /// There are as many, or more: counting ends there.
    is_cut: bool,
}

/// How many moments a list has on all of its pages: without a filter, how many wait for a verdict.
#[utoipa::path(get, path = "/moments/count", tag = "moments", params(Filter),
    responses((status = 200, body = HowManyThere), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn count(
    State(app): State<App>,
    viewer: Viewer,
    Query(filter): Query<Filter>,
) -> Result<Json<HowManyThere>, Problem> {
    let queue = queue(&app, &viewer, &filter).await?;
    let count = filter::count(&app, &queue).await?;
    Ok(Json(HowManyThere { count, is_cut: count >= filter::MOST_COUNTED }))
}

/// What a filter means, of a channel of which something is known.
async fn queue(app: &App, viewer: &Viewer, filter: &Filter) -> Result<Queue, Problem> {
    let queue = filter.queue(viewer)?;
    if !filter.channel.is_empty() {
        settings::seen(app, viewer, &filter.channel, Role::Viewer).await?;
    }
    Ok(queue)
}

/// One moment with all that belongs to it.
#[utoipa::path(get, path = "/moments/{key}", tag = "moments",
    params(("key" = String, Path, description = "`BROADCASTER_ID@TRIGGER_MS`")),
    responses((status = 200, body = Whole), (status = 404, body = Problem)))]
async fn one(
    State(app): State<App>,
    viewer: Viewer,
    Path(key): Path<String>,
) -> Result<Json<Whole>, Problem> {
    seen(&app, &viewer, &key).await
}

async fn seen(app: &App, viewer: &Viewer, key: &str) -> Result<Json<Whole>, Problem> {
    let (row, _) = act::entry(app, viewer, key, Role::Viewer).await?;
    Ok(Json(view::whole(app, row).await?.whole))
}

/// A line of chat.
#[derive(Serialize, ToSchema)]
struct Said {
    /// When, RFC 3339 UTC.
    sent: String,
    /// Who wrote it.
    login: String,
    /// What they wrote.
    text: String,
}

/// The lines of chat around a moment that are kept, the oldest first: at most 60, for
/// `storage.chat_days` days, without those that were deleted in chat.
#[utoipa::path(get, path = "/moments/{key}/chat", tag = "moments",
    params(("key" = String, Path, description = "`BROADCASTER_ID@TRIGGER_MS`")),
    responses((status = 200, body = Vec<Said>), (status = 404, body = Problem)))]
async fn chat(
    State(app): State<App>,
    viewer: Viewer,
    Path(key): Path<String>,
) -> Result<Json<Vec<Said>>, Problem> {
    let (row, _) = act::entry(&app, &viewer, &key, Role::Viewer).await?;
    let lines = app.store.chat_around(&row.moment.key).await?.into_iter();
    let said = |line: cliphound_store::ChatLine| Said {
        sent: words::rfc3339(line.sent_ms),
        login: line.login,
        text: line.text,
    };
    Ok(Json(lines.map(said).collect()))
}

/// What an editor thinks of a moment.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewVerdict {
    /// `kept` or `rejected`.
    verdict: String,
    /// `change` of the moment as you saw it: if somebody else has said the opposite since, the answer
    /// is 409 and theirs stays. Without it yours holds.
    seen: Option<i64>,
}

/// Keeps or rejects a moment. With `publish = "review"`, `kept` has its clip made.
#[utoipa::path(post, path = "/moments/{key}/verdict", tag = "moments",
    params(("key" = String, Path, description = "`BROADCASTER_ID@TRIGGER_MS`")),
    request_body = NewVerdict,
    responses((status = 200, body = Whole), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn judge(
    State(app): State<App>,
    viewer: Viewer,
    Path(key): Path<String>,
    Sent(new): Sent<NewVerdict>,
) -> Result<Json<Whole>, Problem> {
    let verdict: Verdict = new.verdict.parse().map_err(|error| Problem::bad(format!("{error}")))?;
    if act::judge(&app, &viewer, &key, verdict, new.seen).await? == act::Judged::Crossed {
        let (row, _) = act::entry(&app, &viewer, &key, Role::Viewer).await?;
        return Err(Problem::conflict(words::crossed(&row, verdict)));
    }
    seen(&app, &viewer, &key).await
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Which {
    /// Only the verdict with this `id`: when another one was given since, nothing is taken back.
    id: Option<i64>,
}

/// Takes back the last verdict on a moment; the one before it holds again.
#[utoipa::path(delete, path = "/moments/{key}/verdict", tag = "moments",
    params(("key" = String, Path, description = "`BROADCASTER_ID@TRIGGER_MS`"), Which),
    responses((status = 200, body = Whole), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn undo(
    State(app): State<App>,
    viewer: Viewer,
    Path(key): Path<String>,
    Query(Which { id }): Query<Which>,
) -> Result<Json<Whole>, Problem> {
    act::undo(&app, &viewer, &key, id).await?;
    seen(&app, &viewer, &key).await
}

/// What a moment is to be called.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewTitle {
    /// At most 140 characters; longer ones are cut.
    title: String,
}

/// Names a moment. A clip that waits for a yes will be called so; Twitch can't rename one that
/// is made.
#[utoipa::path(post, path = "/moments/{key}/title", tag = "moments",
    params(("key" = String, Path, description = "`BROADCASTER_ID@TRIGGER_MS`")),
    request_body = NewTitle,
    responses((status = 200, body = Whole), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn entitle(
    State(app): State<App>,
    viewer: Viewer,
    Path(key): Path<String>,
    Sent(new): Sent<NewTitle>,
) -> Result<Json<Whole>, Problem> {
    act::entitle(&app, &viewer, &key, &new.title).await?;
    seen(&app, &viewer, &key).await
}

/// Where to cut.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewCut {
    /// Start in seconds from the trigger, before it below 0.
    start_s: f64,
    /// End; 5 to 60 s after the start.
    end_s: f64,
}

/// A clip that was asked for.
#[derive(Serialize, ToSchema)]
struct Asked {
    /// Its own key: its state is among the `recuts` of the moment.
    key: String,
    /// False when this very stretch had been asked for before.
    is_new: bool,
}

/// Has a clip of a moment made anew from the VOD; the old one stays.
#[utoipa::path(post, path = "/moments/{key}/recut", tag = "moments",
    params(("key" = String, Path, description = "`BROADCASTER_ID@TRIGGER_MS`")),
    request_body = NewCut,
    responses((status = 202, body = Asked), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn recut(
    State(app): State<App>,
    viewer: Viewer,
    Path(key): Path<String>,
    Sent(new): Sent<NewCut>,
) -> Result<(StatusCode, Json<Asked>), Problem> {
    let cut = Cut { start_s: new.start_s, end_s: new.end_s };
    let (key, is_new) = match act::recut(&app, &viewer, &key, cut).await? {
        RecutAsked::Asked(key) => (key.to_string(), true),
        RecutAsked::Repeated(key) => (key.to_string(), false),
        RecutAsked::TooMany => return Err(Problem::conflict("it was cut anew too often")),
    };
    Ok((StatusCode::ACCEPTED, Json(Asked { key, is_new })))
}

/// Has the video of a moment's clip fetched; `video` of the moment tells how far it has come.
#[utoipa::path(post, path = "/moments/{key}/download", tag = "moments",
    params(("key" = String, Path, description = "`BROADCASTER_ID@TRIGGER_MS`")),
    responses((status = 202, body = Whole), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn download(
    State(app): State<App>,
    viewer: Viewer,
    Path(key): Path<String>,
) -> Result<(StatusCode, Json<Whole>), Problem> {
    act::download(&app, &viewer, &key).await?;
    Ok((StatusCode::ACCEPTED, seen(&app, &viewer, &key).await?))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct AsFile {
    /// To be kept as a file, not played.
    #[serde(default)]
    download: bool,
}

/// The video of a moment's clip, whole or by `Range`.
#[utoipa::path(get, path = "/moments/{key}/video", tag = "moments",
    params(("key" = String, Path, description = "`BROADCASTER_ID@TRIGGER_MS`"), AsFile),
    responses((status = 200, content_type = "video/mp4"), (status = 206, content_type = "video/mp4"), (status = 404, body = Problem)))]
async fn send(
    State(app): State<App>,
    viewer: Viewer,
    Path(key): Path<String>,
    Query(AsFile { download }): Query<AsFile>,
    request: Request,
) -> Result<Response, Problem> {
    let (row, _) = act::entry(&app, &viewer, &key, Role::Viewer).await?;
    let clip = app.store.clip_of(&row.moment.key).await?;
    let clip = clip.ok_or_else(|| Problem::not_found("there is no clip of this moment"))?;
    video::send(video::path(app.desk.as_ref(), &row.moment, &clip), request, download).await
}

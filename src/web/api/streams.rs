//! Streams and the mirror.

use axum::{Json, extract::State};
use cliphound_store::StretchRow;
use serde::{Deserialize, Serialize};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    mirror::Compared,
    web::{
        App,
        access::Viewer,
        figures,
        problem::Problem,
        range::Asked,
        review::player,
        sent::{Path, Query},
        streams::{
            self, Fetching, Listed, TOP, Whole,
            points::{self, Point},
        },
    },
};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(one))
        .routes(routes!(mirror))
        .routes(routes!(curve))
}

/// A stream. Times are ms since 1970.
#[derive(Serialize, utoipa::ToSchema)]
struct StreamItem {
    /// The channel's login.
    channel: String,
    /// When it began, as far as Cliphound saw it.
    start_ms: i64,
    /// When it ended, or what is known of it ends.
    end_ms: i64,
    /// Twitch was asked whether it is live; else it is a day of the channel.
    is_known: bool,
    /// Moments found.
    moments: usize,
    /// Clips made.
    clips: usize,
    /// Highlights that viewers clipped.
    highlights: usize,
    /// Of the (at most ten) most watched of these, how many were caught …
    caught: usize,
    /// … and how many these are.
    top: usize,
    /// It has more than 100,000 moments or 20,000 clips of viewers: not all are counted here.
    is_cut: bool,
    /// The stream has ended, and viewers' clips are asked for until then; null when that was
    /// before, or the stream is live (then they are asked for every hour).
    viewer_clips_until_ms: Option<i64>,
}

/// Streams of a time, the newest first.
#[utoipa::path(get, path = "/streams", tag = "figures", params(Asked), responses(
    (status = 200, body = Vec<StreamItem>),
    (status = 404, body = Problem),
    (status = 422, body = Problem),
))]
async fn list(
    State(app): State<App>,
    viewer: Viewer,
    Query(asked): Query<Asked>,
) -> Result<Json<Vec<StreamItem>>, Problem> {
    let range = figures::range(&app, &viewer, &asked).await?;
    let list = streams::list(&app, &viewer, &range).await?;
    if list.is_cut {
        return Err(Problem::bad(format!(
            "there are more than {} streams in this time: ask for a shorter one, or for a channel",
            streams::STREAMS
        )));
    }
    Ok(Json(list.streams.into_iter().map(StreamItem::from).collect()))
}

/// Until when viewers' clips are asked for.
fn until_ms(fetching: Fetching) -> Option<i64> {
    match fetching {
        Fetching::Until(until_ms) => Some(until_ms),
        Fetching::Live | Fetching::Over => None,
    }
}

impl From<Listed> for StreamItem {
    fn from(one: Listed) -> Self {
        let (caught, top) = one.caught;
        Self {
            channel: one.stream.login,
            start_ms: one.stream.start_ms,
            end_ms: one.stream.end_ms,
            is_known: one.stream.is_known,
            moments: one.moments,
            clips: one.clips,
            highlights: one.highlights,
            caught,
            top,
            is_cut: one.is_cut,
            viewer_clips_until_ms: until_ms(one.fetching),
        }
    }
}

/// A stream with what its page shows besides its moments and the mirror. Times are ms since 1970.
#[derive(Serialize, utoipa::ToSchema)]
struct StreamWhole {
    /// What lists show, too.
    #[serde(flatten)]
    stream: StreamItem,
    /// Highlights of which there was a clip before any viewer made one.
    earlier: usize,
    /// Its VOD at its start, where Twitch told of one that it may still have.
    vod_url: Option<String>,
    /// When chat was not heard, or moments were held back, by time; gaps are kept for
    /// `storage.windows_days`.
    gaps: Vec<GapItem>,
}

/// A stretch in which nothing could be found by itself.
#[derive(Serialize, utoipa::ToSchema)]
struct GapItem {
    /// Its start.
    start_ms: i64,
    /// Its end.
    end_ms: i64,
    /// `gap`: chat was not heard; `held`: moments were held back by a pause or a mute.
    kind: String,
    /// Why, in one word, as `cliphound night --json` has it.
    cause: String,
}

impl GapItem {
    fn of(row: &StretchRow) -> Self {
        Self {
            start_ms: row.start_ms,
            end_ms: row.end_ms,
            kind: row.kind.clone(),
            cause: row.word.clone(),
        }
    }
}

/// The stream that was live at a time: its figures, its gaps, its VOD.
#[utoipa::path(get, path = "/streams/{channel}/{at_ms}", tag = "figures",
    params(("channel" = String, Path, description = "login"),
           ("at_ms" = i64, Path, description = "a time within the stream, ms since 1970"), Days),
    responses((status = 200, body = StreamWhole), (status = 404, body = Problem)))]
async fn one(
    State(app): State<App>,
    viewer: Viewer,
    Path((login, at_ms)): Path<(String, i64)>,
    Query(days): Query<Days>,
) -> Result<Json<StreamWhole>, Problem> {
    let whole = streams::found(&app, &viewer, &login, at_ms, &days.zone).await?;
    let (caught, top) = whole.mirror.caught_of_top(TOP);
    let stream = &whole.stream;
    Ok(Json(StreamWhole {
        earlier: whole.mirror.earlier(),
        vod_url: whole.vod.as_ref().map(|vod| player::vod_page(vod, stream.start_ms)),
        gaps: whole.stretches.iter().map(GapItem::of).collect(),
        stream: StreamItem {
            channel: stream.login.clone(),
            start_ms: stream.start_ms,
            end_ms: stream.end_ms,
            is_known: stream.is_known,
            moments: whole.outcomes.len(),
            clips: whole.clips(),
            highlights: whole.mirror.highlights.len(),
            caught,
            top,
            is_cut: whole.is_cut,
            viewer_clips_until_ms: until_ms(whole.fetching),
        },
    }))
}

/// A highlight that viewers clipped. Times are ms since 1970.
#[derive(Serialize, utoipa::ToSchema)]
struct HighlightItem {
    /// Where the first of the clips begins.
    start_ms: i64,
    /// Where the last of them ends.
    end_ms: i64,
    /// Their ids, the most watched first.
    clips: Vec<String>,
    /// How often they were watched.
    views: i64,
    /// `caught`, `found` (but not clipped) or `missed`.
    became: &'static str,
    /// Our moment, by its trigger.
    trigger_ms: Option<i64>,
    /// So long before any viewer Twitch was asked for ours, ms; negative: after.
    ahead_ms: Option<i64>,
    /// Why it was missed.
    advice: Option<String>,
    /// The setting that would have caught it …
    key: Option<&'static str>,
    /// … and its value.
    value: Option<String>,
}

/// Where days begin, of a channel of which only days are known (`is_known` is false).
#[derive(Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
struct Days {
    /// The time zone of the list, such as Europe/Berlin [default: that of the browser's cookie
    /// `cliphound_zone`, else of Cliphound's machine].
    zone: String,
}

/// What viewers clipped of the stream that was live at a time, and what became of it here.
#[utoipa::path(get, path = "/streams/{channel}/{at_ms}/mirror", tag = "figures",
    params(("channel" = String, Path, description = "login"),
           ("at_ms" = i64, Path, description = "a time within the stream, ms since 1970"), Days),
    responses((status = 200, body = Vec<HighlightItem>), (status = 404, body = Problem)))]
async fn mirror(
    State(app): State<App>,
    viewer: Viewer,
    Path((login, at_ms)): Path<(String, i64)>,
    Query(days): Query<Days>,
) -> Result<Json<Vec<HighlightItem>>, Problem> {
    let whole = streams::found(&app, &viewer, &login, at_ms, &days.zone).await?;
    Ok(Json(items(&whole)))
}

/// Which part of a stream, ms since 1970.
#[derive(Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
struct Part {
    /// Its start [default: the stream's].
    from_ms: Option<i64>,
    /// Its end [default: the stream's].
    to_ms: Option<i64>,
    /// The time zone of the list, as for the stream.
    zone: String,
}

/// The curve of a stream, or of a part of it. Times are ms since 1970.
#[derive(Serialize, utoipa::ToSchema)]
struct Curve {
    /// Its start.
    from_ms: i64,
    /// Its end.
    to_ms: i64,
    /// Length of a step: 5 s up to 25 minutes, longer ones in at most 300 steps.
    step_ms: i64,
    /// The highest values of each step.
    points: Vec<Point>,
}

/// The curve of the stream that was live at a time, or of a part of it, such as what is around a
/// highlight of its mirror. It is kept for `storage.windows_days`.
#[utoipa::path(get, path = "/streams/{channel}/{at_ms}/curve", tag = "figures",
    params(("channel" = String, Path, description = "login"),
           ("at_ms" = i64, Path, description = "a time within the stream, ms since 1970"), Part),
    responses((status = 200, body = Curve), (status = 404, body = Problem),
              (status = 422, body = Problem)))]
async fn curve(
    State(app): State<App>,
    viewer: Viewer,
    Path((login, at_ms)): Path<(String, i64)>,
    Query(part): Query<Part>,
) -> Result<Json<Curve>, Problem> {
    let asked = (part.from_ms.unwrap_or(i64::MIN), part.to_ms.unwrap_or(i64::MAX));
    let whole = streams::part(&app, &viewer, &login, at_ms, &part.zone, asked).await?;
    let stream = &whole.stream;
    let from_ms = part.from_ms.unwrap_or(stream.start_ms).max(stream.start_ms);
    let to_ms = part.to_ms.unwrap_or(stream.end_ms).min(stream.end_ms);
    if from_ms > to_ms {
        return Err(Problem::bad("to_ms must come after from_ms, both within the stream"));
    }
    let step_ms = points::step_ms(from_ms, to_ms);
    let points = points::points(&whole.windows, from_ms, to_ms);
    Ok(Json(Curve { from_ms, to_ms, step_ms, points }))
}

fn items(whole: &Whole) -> Vec<HighlightItem> {
    let trigger = |nth: &usize| whole.outcomes.get(*nth).map(|one| one.moment.key.trigger_ms);
    let highlights = whole.mirror.highlights.iter();
    highlights
        .map(|(highlight, compared)| {
            let (became, trigger_ms, ahead_ms, advice) = match compared {
                Compared::Caught { ours, ahead_ms } => ("caught", trigger(ours), *ahead_ms, None),
                Compared::Found { ours } => ("found", trigger(ours), None, None),
                Compared::Missed(advice) => ("missed", None, None, Some(advice)),
            };
            let remedy = advice.and_then(|advice| advice.remedy);
            HighlightItem {
                start_ms: highlight.start_ms,
                end_ms: highlight.end_ms,
                clips: highlight.clips.iter().map(|clip| clip.clip_id.clone()).collect(),
                views: highlight.views(),
                became,
                trigger_ms,
                ahead_ms,
                advice: advice.map(|advice| advice.text.clone()),
                key: remedy.map(crate::mirror::Remedy::key),
                value: remedy.map(crate::mirror::Remedy::value),
            }
        })
        .collect()
}

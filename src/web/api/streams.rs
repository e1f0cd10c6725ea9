//! Streams and the mirror.

use axum::{
    Json,
    extract::{Path, Query, State},
};
use cliphound_twitch::ChannelLogin;
use serde::{Deserialize, Serialize};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    mirror::Compared,
    web::{
        App,
        access::{Role, Viewer},
        problem::Problem,
        range::Asked,
        streams::{self, Fetching, Listed, Whole},
    },
};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(one))
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
    (status = 422, body = Problem),
))]
async fn list(
    State(app): State<App>,
    viewer: Viewer,
    Query(asked): Query<Asked>,
) -> Result<Json<Vec<StreamItem>>, Problem> {
    let range = asked.range(app.clock.now_ms(), &viewer.zone)?;
    let list = streams::list(&app, &viewer, &range).await?;
    if list.is_cut {
        return Err(Problem::bad(format!(
            "there are more than {} streams in this time: ask for a shorter one, or for a channel",
            streams::STREAMS
        )));
    }
    Ok(Json(list.streams.into_iter().map(StreamItem::from).collect()))
}

impl From<Listed> for StreamItem {
    fn from(one: Listed) -> Self {
        let (caught, top) = one.caught;
        let viewer_clips_until_ms = match one.fetching {
            Fetching::Until(until_ms) => Some(until_ms),
            Fetching::Live | Fetching::Over => None,
        };
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
            viewer_clips_until_ms,
        }
    }
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
async fn one(
    State(app): State<App>,
    viewer: Viewer,
    Path((login, at_ms)): Path<(String, i64)>,
    Query(days): Query<Days>,
) -> Result<Json<Vec<HighlightItem>>, Problem> {
    let login =
        ChannelLogin::parse(&login).map_err(|error| Problem::not_found(error.to_string()))?;
    viewer.must_be(Role::Viewer, &login)?;
    let zone = viewer.zone.or_typed(&days.zone)?;
    let whole = streams::whole(&app, &viewer, &login, at_ms, &zone).await?;
    let whole = whole
        .ok_or_else(|| Problem::not_found(format!("no stream of {login} is known of that time")))?;
    Ok(Json(items(&whole)))
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

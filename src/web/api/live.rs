//! The channels as they are now, and what can be done with them by hand.

use axum::{Json, extract::State, http::StatusCode};
use cliphound_engine::Quieting;
use cliphound_twitch::ChannelLogin;
use serde::{Deserialize, Serialize};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    board::{chat::Said, history::Point, state::State as Shown},
    plain::plain,
    trouble::Trouble,
    web::{
        App, Problem,
        access::{Role, Viewer},
        banner, controls,
        glance::{Glance, MomentGlance},
        pages::channel::{LONGEST_MUTE_M, channel},
        sent::{Path, Sent},
        words::At,
    },
};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(channels))
        .routes(routes!(one))
        .routes(routes!(chat))
        .routes(routes!(clip))
        .routes(routes!(pause))
        .routes(routes!(mute))
        .routes(routes!(resume))
        .routes(routes!(troubles))
}

/// Something that keeps Cliphound from its work.
#[derive(Serialize, utoipa::ToSchema)]
struct TroubleNow {
    /// `disk`, `no_chat`, `dry_run`, `no_log_in` or `log_in_ended`.
    kind: &'static str,
    /// What is wrong, a sentence.
    what: &'static str,
    /// Why, and what to do; null for who is no editor everywhere.
    why: Option<String>,
}

/// What keeps Cliphound from its work now, the most important first.
#[utoipa::path(get, path = "/troubles", tag = "live", responses(
    (status = 200, body = Vec<TroubleNow>),
    (status = 401, body = Problem),
))]
async fn troubles(viewer: Viewer) -> Json<Vec<TroubleNow>> {
    let now = |trouble: &Trouble| TroubleNow {
        kind: trouble.kind.as_str(),
        what: trouble.kind.headline(),
        why: banner::why(trouble, &viewer).map(str::to_owned),
    };
    Json(viewer.troubles.all.iter().map(now).collect())
}

/// All channels as they are now.
#[utoipa::path(get, path = "/channels", tag = "live", responses(
    (status = 200, body = Vec<Glance>),
    (status = 401, body = Problem),
))]
async fn channels(viewer: Viewer, State(app): State<App>) -> Json<Vec<Glance>> {
    let now_ms = app.board.now_ms();
    let all =
        app.board.each(|login, state| viewer.sees(login).then(|| Glance::of(login, state, now_ms)));
    Json(all.into_iter().flatten().collect())
}

/// A channel with its last half hour.
#[derive(Serialize, utoipa::ToSchema)]
struct ChannelNow {
    #[serde(flatten)]
    glance: Glance,
    /// Category of the stream; empty when not known.
    category: String,
    /// Title of the stream; empty when not known.
    title: String,
    /// Clips an hour that are wanted.
    budget_per_hour: f32,
    /// Messages an hour that are usual.
    usual_messages_per_hour: f32,
    /// Windows that the model holds, of 512 at most.
    model_samples: usize,
    /// The model is of an earlier run.
    model_goes_on: bool,
    /// What is unusual about the last second, the strongest first.
    reasons: Vec<ReasonNow>,
    /// Emotes of the last half hour, those of most people first.
    emotes: Vec<EmoteCount>,
    /// The newest moments, the newest first.
    moments: Vec<MomentGlance>,
    /// The last half hour in steps of five seconds, the oldest first.
    history: Vec<Step>,
}

/// One thing that is unusual.
#[derive(Serialize, utoipa::ToSchema)]
struct ReasonNow {
    /// Its name, as in the records.
    name: String,
    /// The value now, in the unit of that name.
    value: f32,
    /// What is usual, in the same unit.
    usual: f32,
    /// In words.
    text: String,
}

/// An emote that many were on.
#[derive(Serialize, utoipa::ToSchema)]
struct EmoteCount {
    /// The emote.
    name: String,
    /// People on it, each once in 15 s.
    people: u32,
}

/// Five seconds.
#[derive(Serialize, utoipa::ToSchema)]
struct Step {
    /// Their end.
    #[schema(value_type = String, format = DateTime)]
    at: jiff::Timestamp,
    /// Messages in them.
    messages: u32,
    /// Distinct people in them.
    chatters: u32,
    /// Highest score in them, 0 to 1.
    score: f32,
    /// Threshold at their end, 0 to 1.
    threshold: f32,
    /// Mean sentiment of their messages, -1 to 1.
    sentiment: f32,
    /// Viewers, where known.
    viewers: Option<u32>,
}

impl Step {
    fn of(point: &Point) -> Self {
        let Point { end_ms, messages, chatters, score, threshold, sentiment, viewers } = *point;
        let at = At(end_ms).timestamp();
        Self { at, messages, chatters, score, threshold, sentiment, viewers }
    }
}

impl ChannelNow {
    fn of(login: &ChannelLogin, state: &Shown, now_ms: i64) -> Self {
        let reason = |reason: &cliphound_engine::Reason| ReasonNow {
            name: reason.name.clone(),
            value: reason.value,
            usual: reason.usual,
            text: reason.text.clone(),
        };
        let emotes = state.emotes.top(usize::MAX);
        Self {
            glance: Glance::of(login, state, now_ms),
            category: state.game.clone(),
            title: state.title.clone(),
            budget_per_hour: state.budget_per_hour,
            usual_messages_per_hour: state.usual_per_hour,
            model_samples: state.samples,
            model_goes_on: state.goes_on,
            reasons: state.unusual(now_ms).map(reason).collect(),
            emotes: emotes
                .map(|(name, people)| EmoteCount { name: name.to_owned(), people })
                .collect(),
            moments: state.moments.newest().map(MomentGlance::of).collect(),
            history: state.history.since(now_ms).map(Step::of).collect(),
        }
    }
}

/// One channel as it is now, with its last half hour.
#[utoipa::path(get, path = "/channels/{channel}", tag = "live", params(("channel" = String, Path, description = "login")), responses(
    (status = 200, body = ChannelNow),
    (status = 401, body = Problem),
    (status = 404, body = Problem),
))]
async fn one(
    viewer: Viewer,
    State(app): State<App>,
    Path(login): Path<String>,
) -> Result<Json<ChannelNow>, Problem> {
    let login = channel(&app, &viewer, Role::Viewer, &login)?;
    let gone = || Problem::not_found(format!("there is no channel {login} here"));
    let state = app.board.look(&login).ok_or_else(gone)?;
    Ok(Json(ChannelNow::of(&login, &state, app.board.now_ms())))
}

/// A line of the chat that goes on.
#[derive(Serialize, utoipa::ToSchema)]
struct LineNow {
    /// When it was sent.
    #[schema(value_type = String, format = DateTime)]
    at: jiff::Timestamp,
    /// Who wrote it.
    login: String,
    /// What their badges say: `broadcaster`, `moderator`, `VIP`, or nothing.
    role: &'static str,
    /// What they wrote.
    text: String,
}

/// The newest lines of a channel's chat, the newest first: at most 50, which are in memory only, without
/// those that were deleted in chat.
#[utoipa::path(get, path = "/channels/{channel}/chat", tag = "live", params(("channel" = String, Path, description = "login")), responses(
    (status = 200, body = Vec<LineNow>),
    (status = 401, body = Problem),
    (status = 404, body = Problem),
))]
async fn chat(
    viewer: Viewer,
    State(app): State<App>,
    Path(login): Path<String>,
) -> Result<Json<Vec<LineNow>>, Problem> {
    let login = channel(&app, &viewer, Role::Viewer, &login)?;
    let line = |said: &Said| LineNow {
        at: At(said.at_ms).timestamp(),
        login: said.login.clone(),
        role: said.role,
        text: plain(&said.text),
    };
    let lines = app.board.read(&login, |state| state.chat.newest().map(line).collect());
    Ok(Json(lines.unwrap_or_default()))
}

/// What is wanted of a clip.
#[derive(Default, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
struct ClipWish {
    /// Its title; without one, the channel's usual title.
    title: Option<String>,
}

/// A clip of the last seconds, now. It is asked for, not made yet: follow `/events`. A second
/// call within the cooldown of chat commands is the same clip.
#[utoipa::path(post, path = "/channels/{channel}/clip", tag = "live", params(("channel" = String, Path, description = "login")), request_body = Option<ClipWish>, responses(
    (status = 202),
    (status = 401, body = Problem),
    (status = 403, body = Problem),
    (status = 404, body = Problem),
    (status = 503, body = Problem, description = "The channel is too busy"),
))]
async fn clip(
    viewer: Viewer,
    State(app): State<App>,
    Path(login): Path<String>,
    Sent(wish): Sent<ClipWish>,
) -> Result<StatusCode, Problem> {
    let login = channel(&app, &viewer, Role::Editor, &login)?;
    app.controls.clip(&login, &viewer.name, wish.title.as_deref())?;
    Ok(StatusCode::ACCEPTED)
}

/// No moments until somebody resumes. For some minutes: `/mute`.
#[utoipa::path(post, path = "/channels/{channel}/pause", tag = "live", params(("channel" = String, Path, description = "login")), responses(
    (status = 202),
    (status = 401, body = Problem),
    (status = 403, body = Problem),
    (status = 404, body = Problem),
    (status = 503, body = Problem, description = "The channel is too busy"),
))]
async fn pause(
    viewer: Viewer,
    State(app): State<App>,
    Path(login): Path<String>,
) -> Result<StatusCode, Problem> {
    quiet(&viewer, &app, &login, Quieting::Pause)
}

/// How long.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct MuteWish {
    /// Minutes, 1 to 1,440.
    #[schema(value_type = u32, minimum = 1, maximum = 1440)]
    minutes: i64,
}

/// No moments for some minutes.
#[utoipa::path(post, path = "/channels/{channel}/mute", tag = "live", params(("channel" = String, Path, description = "login")), request_body = MuteWish, responses(
    (status = 202),
    (status = 401, body = Problem),
    (status = 403, body = Problem),
    (status = 404, body = Problem),
    (status = 422, body = Problem),
    (status = 503, body = Problem, description = "The channel is too busy"),
))]
async fn mute(
    viewer: Viewer,
    State(app): State<App>,
    Path(login): Path<String>,
    Sent(MuteWish { minutes }): Sent<MuteWish>,
) -> Result<StatusCode, Problem> {
    let minutes = u32::try_from(minutes).ok().filter(|m| (1..=LONGEST_MUTE_M).contains(m));
    let minutes = minutes.ok_or_else(|| {
        Problem::bad(format!("“minutes” must be a whole number from 1 to {LONGEST_MUTE_M}"))
    })?;
    quiet(&viewer, &app, &login, Quieting::Mute(minutes))
}

/// Ends a pause or a mute.
#[utoipa::path(post, path = "/channels/{channel}/resume", tag = "live", params(("channel" = String, Path, description = "login")), responses(
    (status = 202),
    (status = 401, body = Problem),
    (status = 403, body = Problem),
    (status = 404, body = Problem),
    (status = 409, body = Problem, description = "Its settings pause the channel"),
    (status = 503, body = Problem, description = "The channel is too busy"),
))]
async fn resume(
    viewer: Viewer,
    State(app): State<App>,
    Path(login): Path<String>,
) -> Result<StatusCode, Problem> {
    quiet(&viewer, &app, &login, Quieting::Resume)
}

fn quiet(
    viewer: &Viewer,
    app: &App,
    login: &str,
    quieting: Quieting,
) -> Result<StatusCode, Problem> {
    let login = channel(app, viewer, Role::Editor, login)?;
    controls::quiet(app, &login, &viewer.name, quieting)?;
    Ok(StatusCode::ACCEPTED)
}

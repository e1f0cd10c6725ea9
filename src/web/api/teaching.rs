//! What channels have learned from verdicts.

use axum::{Json, extract::State};
use cliphound_engine::Teaching;
use serde::Serialize;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::web::{
    App,
    access::{Role, Viewer},
    problem::Problem,
    sent::Path,
    settings::seen,
};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(teaching))
}

/// What a channel has learned from verdicts.
#[derive(Serialize, utoipa::ToSchema)]
struct Lesson {
    /// Moments kept, of those that count.
    kept: u32,
    /// Moments rejected, of those that count.
    rejected: u32,
    /// The share of the budget that the threshold aims at, 0.5 to 1.
    aim: f32,
    /// What is added to the threshold now, on the score's scale from 0 to 1.
    threshold_shift: f32,
    /// The threshold in a sentence; empty while there is no verdict.
    text: String,
    /// What the verdicts on each kind of moment changed, the strongest change first.
    reasons: Vec<TaughtReason>,
}

/// What the verdicts on moments of one kind changed.
#[derive(Serialize, utoipa::ToSchema)]
struct TaughtReason {
    /// The reason that led them, as in the reasons of moments.
    name: String,
    /// Moments of this kind kept.
    kept: u32,
    /// Moments of this kind rejected.
    rejected: u32,
    /// The share that is added to what such moments count; below 0: taken away.
    weight: f32,
    /// The same in a sentence.
    text: String,
}

impl From<Teaching> for Lesson {
    fn from(teaching: Teaching) -> Self {
        let reasons = teaching.reasons.into_iter().map(|taught| TaughtReason {
            name: taught.name,
            kept: taught.kept,
            rejected: taught.rejected,
            weight: taught.weight,
            text: taught.text,
        });
        Self {
            reasons: reasons.collect(),
            kept: teaching.kept,
            rejected: teaching.rejected,
            aim: teaching.aim,
            threshold_shift: teaching.threshold_shift,
            text: teaching.text,
        }
    }
}

/// What a channel has learned from verdicts; `null` for one that is not followed. A verdict that is
/// taken back (`DELETE /moments/{key}/verdict`) teaches no more.
#[utoipa::path(get, path = "/channels/{channel}/teaching", tag = "channels",
    params(("channel" = String, Path, description = "login")),
    responses((status = 200, body = Option<Lesson>), (status = 404, body = Problem)))]
async fn teaching(
    State(app): State<App>,
    viewer: Viewer,
    Path(login): Path<String>,
) -> Result<Json<Option<Lesson>>, Problem> {
    let login = seen(&app, &viewer, &login, Role::Viewer).await?;
    Ok(Json(app.desk.teaching(&login).await.map(Lesson::from)))
}

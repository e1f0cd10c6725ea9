//! Everything about a channel or a user, deleted, for owners.

use axum::{Json, extract::State};
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::web::{
    App, Problem,
    access::Viewer,
    deletion::{self, Outlook, UnderWay, What},
    sent::{Path, Sent},
};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(under_way)).routes(routes!(look, forget))
}

/// Deletions that are not over: for up to 33 minutes it is looked again for what was under way.
#[utoipa::path(get, path = "/deletions", tag = "deletion",
    responses((status = 200, body = [UnderWay]), (status = 403, body = Problem)))]
async fn under_way(State(app): State<App>, viewer: Viewer) -> Result<Json<Vec<UnderWay>>, Problem> {
    Ok(Json(deletion::under_way(&app, &viewer).await?))
}

/// What is kept about a channel or a user, and would be deleted.
#[utoipa::path(get, path = "/deletions/{kind}/{login}", tag = "deletion",
    params(("kind" = String, Path, description = "`channel` or `user`"), ("login" = String, Path)),
    responses((status = 200, body = Outlook), (status = 403, body = Problem), (status = 422, body = Problem)))]
async fn look(
    State(app): State<App>,
    viewer: Viewer,
    Path((kind, login)): Path<(String, String)>,
) -> Result<Json<Outlook>, Problem> {
    Ok(Json(deletion::look(&app, &viewer, &kind, &login).await?))
}

/// That it is meant.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Sure {
    /// The name once more.
    confirm: String,
}

/// Deletes everything about a channel or a user; answers with what was there. A channel that is
/// followed is removed first. It can't be undone.
#[utoipa::path(post, path = "/deletions/{kind}/{login}", tag = "deletion",
    params(("kind" = String, Path, description = "`channel` or `user`"), ("login" = String, Path)),
    request_body = Sure,
    responses((status = 200, body = What), (status = 403, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn forget(
    State(app): State<App>,
    viewer: Viewer,
    Path((kind, login)): Path<(String, String)>,
    Sent(sure): Sent<Sure>,
) -> Result<Json<What>, Problem> {
    Ok(Json(deletion::forget(&app, &viewer, &kind, &login, &sure.confirm).await?))
}

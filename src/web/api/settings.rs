//! Which channels are followed, their own settings, and their models.

use axum::{
    Json,
    body::Bytes,
    extract::{DefaultBodyLimit, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa_axum::{
    router::{OpenApiRouter, UtoipaMethodRouterExt as _},
    routes,
};

use crate::{
    records::model_file,
    web::{
        App,
        access::{Role, Viewer},
        names::{self, Followed},
        problem::Problem,
        sent::{Path, Sent},
        settings::{self, Change, Learned, Listed, Shown, login_of, seen},
    },
};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(listed))
        .routes(routes!(is_followed))
        .routes(routes!(follow))
        .routes(routes!(leave))
        .routes(routes!(all))
        .routes(routes!(change))
        .routes(routes!(changes))
        .routes(routes!(undo))
        .routes(routes!(model))
        .routes(routes!(learned))
        .routes(routes!(import).layer(DefaultBodyLimit::max(model_file::MAX_BYTES as usize)))
        .routes(routes!(reset))
}

/// The channels that are followed or have settings of their own, by login: also such as do not want to
/// be clipped, or that Twitch does not know. How they are now: `/channels`.
#[utoipa::path(get, path = "/followed", tag = "channels", responses((status = 200, body = Vec<Listed>)))]
async fn listed(State(app): State<App>, viewer: Viewer) -> Json<Vec<Listed>> {
    let mut all = app.settings.channels();
    all.retain(|channel| viewer.sees(&channel.login));
    Json(all)
}

/// Whether a channel is followed, and whether Twitch knows it.
#[utoipa::path(get, path = "/channels/{channel}/follow", tag = "channels",
    params(("channel" = String, Path, description = "login")),
    responses((status = 200, body = Listed), (status = 404, body = Problem)))]
async fn is_followed(
    State(app): State<App>,
    viewer: Viewer,
    Path(login): Path<String>,
) -> Result<Json<Listed>, Problem> {
    let login = seen(&app, &viewer, &login, Role::Viewer).await?;
    let listed = app.settings.channels().into_iter().find(|listed| listed.login == login);
    Ok(Json(listed.unwrap_or_else(|| Listed::nothing_of(login))))
}

/// Follows a channel from now on, also after a restart. Twitch is asked for its name first: one
/// that it does not know is not followed (404). Where it can't be asked, the channel is followed,
/// and `note` says so.
#[utoipa::path(put, path = "/channels/{channel}/follow", tag = "channels",
    params(("channel" = String, Path, description = "login")),
    responses((status = 200, body = Followed), (status = 404, body = Problem),
              (status = 409, body = Problem)))]
async fn follow(
    State(app): State<App>,
    viewer: Viewer,
    Path(login): Path<String>,
) -> Result<Json<Followed>, Problem> {
    viewer.must_be_everywhere(Role::Owner)?;
    Ok(Json(names::follow(&app, &viewer, &login_of(&login)?).await?))
}

/// Follows a channel no more. What was learned and clipped stays.
#[utoipa::path(delete, path = "/channels/{channel}/follow", tag = "channels",
    params(("channel" = String, Path, description = "login")),
    responses((status = 204), (status = 409, body = Problem)))]
async fn leave(
    State(app): State<App>,
    viewer: Viewer,
    Path(login): Path<String>,
) -> Result<StatusCode, Problem> {
    viewer.must_be_everywhere(Role::Owner)?;
    app.settings.follow(&login_of(&login)?, false, &viewer.name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What holds in a channel, and where each value came from.
#[utoipa::path(get, path = "/channels/{channel}/settings", tag = "channels",
    params(("channel" = String, Path, description = "login")),
    responses((status = 200, body = Vec<Shown>), (status = 404, body = Problem)))]
async fn all(
    State(app): State<App>,
    viewer: Viewer,
    Path(login): Path<String>,
) -> Result<Json<Vec<Shown>>, Problem> {
    let login = seen(&app, &viewer, &login, Role::Viewer).await?;
    Ok(Json(app.settings.of(&login)))
}

/// Changes settings of a channel, all or none; they hold at once. A value of `null` takes back what
/// was set.
#[utoipa::path(patch, path = "/channels/{channel}/settings", tag = "channels",
    params(("channel" = String, Path, description = "login")), request_body = Vec<Change>,
    responses((status = 200, body = Vec<Shown>), (status = 422, body = Problem)))]
async fn change(
    State(app): State<App>,
    viewer: Viewer,
    Path(login): Path<String>,
    Sent(changes): Sent<Vec<Change>>,
) -> Result<Json<Vec<Shown>>, Problem> {
    let login = seen(&app, &viewer, &login, Role::Editor).await?;
    settings::change(&app, &viewer, &login, &changes).await?;
    Ok(Json(app.settings.of(&login)))
}

/// One change that was made. Times are ms since 1970.
#[derive(Serialize, utoipa::ToSchema)]
struct Changed {
    /// Its number: later changes have higher ones.
    id: i64,
    /// Key.
    key: String,
    /// Its value; `null`: it was taken back.
    value: Option<String>,
    /// Who changed it.
    by: String,
    /// When.
    at_ms: i64,
}

/// The changes of a channel's settings, the newest first.
#[utoipa::path(get, path = "/channels/{channel}/settings/changes", tag = "channels",
    params(("channel" = String, Path, description = "login")),
    responses((status = 200, body = Vec<Changed>), (status = 404, body = Problem)))]
async fn changes(
    State(app): State<App>,
    viewer: Viewer,
    Path(login): Path<String>,
) -> Result<Json<Vec<Changed>>, Problem> {
    let login = seen(&app, &viewer, &login, Role::Viewer).await?;
    let rows = app.store.setting_changes(login.as_str(), 500).await?;
    let changed = rows.into_iter().map(|row| Changed {
        id: row.id,
        key: row.key,
        value: row.value,
        by: row.by,
        at_ms: row.at_ms,
    });
    Ok(Json(changed.collect()))
}

/// Undoes a change, the newest one of its setting: what was said before holds again.
#[utoipa::path(delete, path = "/channels/{channel}/settings/changes/{id}", tag = "channels",
    params(("channel" = String, Path, description = "login"), ("id" = i64, Path)),
    responses((status = 200, body = Vec<Shown>), (status = 404, body = Problem),
              (status = 409, body = Problem)))]
async fn undo(
    State(app): State<App>,
    viewer: Viewer,
    Path((login, id)): Path<(String, i64)>,
) -> Result<Json<Vec<Shown>>, Problem> {
    let login = seen(&app, &viewer, &login, Role::Editor).await?;
    settings::undo(&app, &viewer, &login, id).await?;
    Ok(Json(app.settings.of(&login)))
}

/// What was learned of a channel; `null`: nothing yet.
#[utoipa::path(get, path = "/channels/{channel}/learned", tag = "channels",
    params(("channel" = String, Path, description = "login")),
    responses((status = 200, body = Option<Learned>), (status = 404, body = Problem)))]
async fn learned(
    State(app): State<App>,
    viewer: Viewer,
    Path(login): Path<String>,
) -> Result<Json<Option<Learned>>, Problem> {
    let login = seen(&app, &viewer, &login, Role::Viewer).await?;
    Ok(Json(app.settings.model(&login).await))
}

/// What was learned of a channel, as the file `models/LOGIN.bin`.
#[utoipa::path(get, path = "/channels/{channel}/model", tag = "channels",
    params(("channel" = String, Path, description = "login")),
    responses((status = 200, content_type = "application/octet-stream"),
              (status = 409, body = Problem)))]
async fn model(
    State(app): State<App>,
    viewer: Viewer,
    Path(login): Path<String>,
) -> Result<Response, Problem> {
    let login = seen(&app, &viewer, &login, Role::Owner).await?;
    let bytes = app.settings.export(&login).await?;
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{login}.bin\"")),
    ];
    Ok((headers, bytes).into_response())
}

/// The channel goes on with a model from a file; the one before is kept as
/// `models/LOGIN.bin.before`.
#[utoipa::path(put, path = "/channels/{channel}/model", tag = "channels",
    params(("channel" = String, Path, description = "login")),
    request_body(content_type = "application/octet-stream"),
    responses((status = 204), (status = 422, body = Problem)))]
async fn import(
    State(app): State<App>,
    viewer: Viewer,
    Path(login): Path<String>,
    file: Bytes,
) -> Result<StatusCode, Problem> {
    let login = seen(&app, &viewer, &login, Role::Owner).await?;
    app.settings.renew(&login, Some(file.to_vec()), &viewer.name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The channel forgets what it learned; it is kept as `models/LOGIN.bin.before`.
#[utoipa::path(delete, path = "/channels/{channel}/model", tag = "channels",
    params(("channel" = String, Path, description = "login")),
    responses((status = 204), (status = 409, body = Problem)))]
async fn reset(
    State(app): State<App>,
    viewer: Viewer,
    Path(login): Path<String>,
) -> Result<StatusCode, Problem> {
    let login = seen(&app, &viewer, &login, Role::Owner).await?;
    app.settings.renew(&login, None, &viewer.name).await?;
    Ok(StatusCode::NO_CONTENT)
}

//! Whoever calls: what they may do, their password, their sessions.

use std::collections::BTreeMap;

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::at;
use crate::web::{
    App, Problem,
    access::{Role, Viewer},
    sent::{Path, Sent},
};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(me))
        .routes(routes!(change_password))
        .routes(routes!(sessions))
        .routes(routes!(end_session))
}

/// Who calls, and what they may do.
#[derive(Debug, Serialize, ToSchema)]
struct Me {
    name: String,
    /// In every channel.
    role: Option<Role>,
    /// In single channels, by login; the higher one counts.
    grants: BTreeMap<String, Role>,
}

/// Who you are, and what you may do
#[utoipa::path(get, path = "/me", tag = "me", responses((status = 200, body = Me), (status = 401, body = Problem)))]
async fn me(viewer: Viewer) -> Json<Me> {
    let grants = viewer.grants.into_iter().map(|(at, role)| (at.to_string(), role));
    Json(Me { name: viewer.name, role: viewer.role, grants: grants.collect() })
}

/// A password instead of another.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewPassword {
    /// The one of now.
    #[schema(value_type = String)]
    #[serde(default)]
    now: SecretString,
    /// 10 letters or more.
    #[schema(value_type = String)]
    password: SecretString,
}

/// Change your password: all your sessions end, and a new one begins (`set-cookie`)
#[utoipa::path(post, path = "/me/password", tag = "me", request_body = NewPassword,
    responses((status = 204), (status = 403, body = Problem), (status = 422, body = Problem)))]
async fn change_password(
    State(app): State<App>,
    viewer: Viewer,
    parts: Parts,
    Sent(new): Sent<NewPassword>,
) -> Result<Response, Problem> {
    let sender = app.access.sender(&parts);
    let begun = app.access.change_password(&viewer, new.now, new.password, &sender).await?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, begun.cookie)]).into_response())
}

/// Where somebody is logged in.
#[derive(Debug, Serialize, ToSchema)]
struct Session {
    id: i64,
    /// What the browser calls itself.
    browser: String,
    /// Where it was begun from.
    address: String,
    /// RFC 3339.
    began: String,
    /// RFC 3339, to the minute.
    seen: String,
    /// Whether it is the one of this request.
    is_this: bool,
}

/// Your sessions, the last used first
#[utoipa::path(get, path = "/me/sessions", tag = "me",
    responses((status = 200, body = [Session]), (status = 403, body = Problem)))]
async fn sessions(State(app): State<App>, viewer: Viewer) -> Result<Json<Vec<Session>>, Problem> {
    let own = viewer.pass.and_then(|pass| pass.session);
    let sessions = app.access.sessions(viewer.must_open_doors()?).await?;
    let told = sessions.into_iter().map(|row| Session {
        id: row.id,
        began: at(row.created_ms),
        seen: at(row.seen_ms),
        is_this: own == Some(row.id),
        browser: row.agent,
        address: row.address,
    });
    Ok(Json(told.collect()))
}

/// End one of your sessions
#[utoipa::path(delete, path = "/me/sessions/{id}", tag = "me", params(("id" = i64, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
async fn end_session(
    State(app): State<App>,
    viewer: Viewer,
    Path(id): Path<i64>,
) -> Result<StatusCode, Problem> {
    app.access.end_session(viewer.must_open_doors()?, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

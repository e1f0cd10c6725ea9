//! Alerts: how they go, and a test, for owners.

use axum::{Json, extract::State};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::web::{
    App, Problem,
    access::Viewer,
    alerts::{self, Overview, Tried},
    sent::Path,
};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(overview)).routes(routes!(test))
}

/// The alerts of the settings file, without their secrets, how they go, and the newest of what
/// they told.
#[utoipa::path(get, path = "/alerts", tag = "alerts",
    responses((status = 200, body = Overview), (status = 403, body = Problem)))]
async fn overview(State(app): State<App>, viewer: Viewer) -> Result<Json<Overview>, Problem> {
    Ok(Json(alerts::overview(&app, &viewer).await?))
}

/// Sends a test by an alert, past quiet hours; answers with what came back, within a minute.
#[utoipa::path(post, path = "/alerts/{name}/test", tag = "alerts",
    params(("name" = String, Path, description = "its name in the settings")),
    responses((status = 200, body = Tried), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn test(
    State(app): State<App>,
    viewer: Viewer,
    Path(name): Path<String>,
) -> Result<Json<Tried>, Problem> {
    Ok(Json(alerts::test(&app, &viewer, &name).await?))
}

//! The API, version 1: everything that the pages do. Errors are [`Problem`]s as JSON.
//!
//! One file a resource, with its routes and their description for OpenAPI.

mod analytics;
mod export;
mod settings;
mod streams;

use axum::{Json, Router, routing::get};
use utoipa::{OpenApi, openapi};
use utoipa_axum::router::OpenApiRouter;

use super::{App, problem::Problem};

/// Where it is.
pub const AT: &str = "/api/v1";

#[derive(OpenApi)]
#[openapi(info(
    title = "Cliphound",
    description = "What the dashboard does, for programs. Log in by a session or an API token (`Authorization: Bearer …`). Errors are problem details (RFC 9457)."
))]
struct Described;

/// All routes, and `openapi.json`, which describes them.
pub fn routes() -> Router<App> {
    let (router, api) = described().split_for_parts();
    router.route(&format!("{AT}/openapi.json"), get(async || Json(api))).route(
        &format!("{AT}/{{*rest}}"),
        axum::routing::any(async || {
            Problem::not_found(
                "there is no such address in the API: /api/v1/openapi.json lists all",
            )
        }),
    )
}

fn described() -> OpenApiRouter<App> {
    let all = OpenApiRouter::new()
        .merge(analytics::routes())
        .merge(export::routes())
        .merge(settings::routes())
        .merge(streams::routes());
    OpenApiRouter::with_openapi(Described::openapi()).nest(AT, all)
}

/// What the API is, for tools.
#[must_use]
pub fn openapi() -> openapi::OpenApi {
    described().into_openapi()
}

//! The API, version 1: everything that the pages do. Errors are [`Problem`]s as JSON. Unknown keys
//! are refused, in bodies ([`Sent`](super::sent::Sent)) and in addresses (`keys`).
//!
//! One file a resource, with its routes and their description for OpenAPI.

mod alerts;
mod analytics;
mod deletion;
mod events;
mod export;
mod keys;
mod live;
mod me;
mod moments;
mod people;
mod settings;
mod streams;
mod teaching;
mod tokens;
mod whole;

use std::sync::Arc;

use axum::{
    Json, Router, middleware,
    routing::{any, get},
};
use utoipa::{OpenApi, openapi};
use utoipa_axum::router::OpenApiRouter;

use super::{App, problem::Problem, rejected};

/// Where it is.
pub const AT: &str = "/api/v1";

#[derive(OpenApi)]
#[openapi(info(
    title = "Cliphound",
    description = "What the dashboard does, for programs. Log in by a session or an API token (`Authorization: Bearer …`). Errors are problem details (RFC 9457). Keys that are not described are refused, in bodies and in queries; no body at all, or `null`, is the same as `{}`."
))]
struct Described;

/// All routes, and `openapi.json`, which describes them.
pub fn routes() -> Router<App> {
    let (router, api) = described().split_for_parts();
    let api = whole::whole(api);
    let known = middleware::from_fn_with_state(Arc::new(api.clone()), keys::known);
    let mut all = router.route(&format!("{AT}/openapi.json"), get(async || Json(api)));
    // Programs that are beside the mark are told so as programs are, not by a page.
    for beside in ["/api", "/api/", "/api/{*rest}", "/api/v1/", "/api/v1/{*rest}"] {
        all = all.route(beside, any(nothing_here));
    }
    all.layer(known).layer(middleware::from_fn(rejected::told))
}

async fn nothing_here() -> Problem {
    Problem::not_found("there is no such address in the API: /api/v1/openapi.json lists all")
}

fn described() -> OpenApiRouter<App> {
    let all = OpenApiRouter::new()
        .merge(live::routes())
        .merge(events::routes())
        .merge(analytics::routes())
        .merge(export::routes())
        .merge(moments::routes())
        .merge(settings::routes())
        .merge(alerts::routes())
        .merge(deletion::routes())
        .merge(streams::routes())
        .merge(teaching::routes())
        .merge(me::routes())
        .merge(people::routes())
        .merge(tokens::routes());
    OpenApiRouter::with_openapi(Described::openapi()).nest(AT, all)
}

/// A time in milliseconds as RFC 3339, to the second.
fn at(ms: i64) -> String {
    let time = jiff::Timestamp::from_millisecond(ms).unwrap_or_default();
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// What the API is, for tools.
#[must_use]
pub fn openapi() -> openapi::OpenApi {
    whole::whole(described().into_openapi())
}

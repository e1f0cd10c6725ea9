//! Clips in figures.

use axum::{Json, extract::State};
use serde::Serialize;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    analytics::Sums,
    web::{
        App,
        access::Viewer,
        figures::{self, figures},
        problem::Problem,
        range::Asked,
        sent::Query,
    },
};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(analytics))
}

/// Sums of a time.
#[derive(Serialize, utoipa::ToSchema)]
struct Analytics {
    /// First day.
    from: String,
    /// Last day.
    to: String,
    /// Zone of the days and hours.
    zone: String,
    /// There were more than 100,000 moments, and the newest are left out.
    is_cut: bool,
    /// The sums.
    #[serde(flatten)]
    sums: Sums,
}

/// Moments and clips by day, channel, trigger and hour of the week.
#[utoipa::path(get, path = "/analytics", tag = "figures", params(Asked), responses(
    (status = 200, body = Analytics),
    (status = 404, body = Problem),
    (status = 422, body = Problem),
))]
async fn analytics(
    State(app): State<App>,
    viewer: Viewer,
    Query(asked): Query<Asked>,
) -> Result<Json<Analytics>, Problem> {
    let range = figures::range(&app, &viewer, &asked).await?;
    let found = figures(&app, &viewer, &range).await?;
    Ok(Json(Analytics {
        from: range.from.to_string(),
        to: range.to.to_string(),
        zone: range.zone_name().to_owned(),
        is_cut: found.is_cut,
        sums: found.sums,
    }))
}

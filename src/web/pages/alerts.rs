//! Settings, Alerts: who is told of clips and streams, and whether that works, for owners.

use askama::Template;
use axum::{
    Router,
    extract::State,
    response::Redirect,
    routing::{get, post},
};
use serde::Deserialize;
use url::form_urlencoded;

use super::settings::Nav;
use crate::web::{
    App, Problem,
    access::Viewer,
    alerts::{self, Overview, Tried},
    page::{Frame, PageResult, Tab, page},
    sent::{Address, Path},
};

const PATH: &str = "/settings/alerts";

pub(super) fn routes() -> Router<App> {
    Router::new().route(PATH, get(show)).route("/settings/alerts/{name}/test", post(test))
}

#[derive(Template)]
#[template(path = "alerts.html")]
struct Page {
    frame: Frame,
    nav: Nav,
    overview: Overview,
    /// What came of a test that was just sent.
    tried: Option<Tried>,
}

/// Which alert was just tested.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Tested {
    tested: String,
}

async fn show(
    State(app): State<App>,
    viewer: Viewer,
    Address(Tested { tested }, _): Address<Tested>,
) -> PageResult {
    page(&Page {
        nav: Nav::new(&viewer, PATH),
        overview: alerts::overview(&app, &viewer).await?,
        tried: app.alerting.tried(&tested),
        frame: Frame::new(viewer, Tab::Settings, "Alerts"),
    })
}

/// What came of it stands on another page, which can be loaded again without another test.
async fn test(
    State(app): State<App>,
    viewer: Viewer,
    Path(name): Path<String>,
) -> Result<Redirect, Problem> {
    alerts::test(&app, &viewer, &name).await?;
    let query =
        form_urlencoded::Serializer::new(String::new()).append_pair("tested", &name).finish();
    Ok(Redirect::to(&format!("{PATH}?{query}")))
}

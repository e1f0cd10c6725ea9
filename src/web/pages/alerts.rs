//! Settings, Alerts: who is told of clips and streams, and whether that works, for owners.

use askama::Template;
use axum::{
    Router,
    extract::State,
    routing::{get, post},
};

use super::settings::Nav;
use crate::web::{
    App,
    access::Viewer,
    alerts::{self, Overview, Tried},
    page::{Frame, PageResult, Tab, page},
    sent::Path,
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

async fn show(State(app): State<App>, viewer: Viewer) -> PageResult {
    shown(&app, viewer, None).await
}

async fn test(State(app): State<App>, viewer: Viewer, Path(name): Path<String>) -> PageResult {
    let tried = alerts::test(&app, &viewer, &name).await?;
    shown(&app, viewer, Some(tried)).await
}

async fn shown(app: &App, viewer: Viewer, tried: Option<Tried>) -> PageResult {
    page(&Page {
        nav: Nav::new(&viewer, PATH),
        overview: alerts::overview(app, &viewer).await?,
        tried,
        frame: Frame::new(viewer, Tab::Settings, "Alerts"),
    })
}

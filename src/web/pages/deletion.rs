//! Settings, Deletion: everything about a channel or a user, for owners.

use askama::Template;
use axum::{Form, Router, extract::State, routing::get};
use serde::Deserialize;

use super::settings::Nav;
use crate::web::{
    App,
    access::Viewer,
    deletion::{self, Outlook, UnderWay, What},
    page::{Frame, PageResult, Tab, page},
    sent::Address,
};

const PATH: &str = "/settings/deletion";

pub(super) fn routes() -> Router<App> {
    Router::new().route(PATH, get(show).post(forget))
}

#[derive(Template)]
#[template(path = "deletion.html")]
struct Page {
    frame: Frame,
    nav: Nav,
    asked: Asked,
    /// What there is of whom was asked for.
    outlook: Option<Outlook>,
    /// What was just deleted.
    gone: Option<What>,
    under_way: Vec<UnderWay>,
}

/// Of whom.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    kind: String,
    name: String,
}

async fn show(
    State(app): State<App>,
    viewer: Viewer,
    Address(asked, _): Address<Asked>,
) -> PageResult {
    let outlook = match asked.name.trim() {
        "" => None,
        name => Some(deletion::look(&app, &viewer, &asked.kind, name).await?),
    };
    shown(&app, viewer, asked, outlook, None).await
}

#[derive(Deserialize)]
struct Sure {
    kind: String,
    name: String,
    /// The name once more.
    typed: String,
}

async fn forget(State(app): State<App>, viewer: Viewer, Form(sure): Form<Sure>) -> PageResult {
    let Sure { kind, name, typed } = sure;
    let gone = deletion::forget(&app, &viewer, &kind, &name, &typed).await?;
    shown(&app, viewer, Asked { kind, name }, None, Some(gone)).await
}

async fn shown(
    app: &App,
    viewer: Viewer,
    asked: Asked,
    outlook: Option<Outlook>,
    gone: Option<What>,
) -> PageResult {
    let under_way = deletion::under_way(app, &viewer).await?;
    page(&Page {
        nav: Nav::new(&viewer, PATH),
        asked,
        outlook,
        gone,
        under_way,
        frame: Frame::new(viewer, Tab::Settings, "Deletion"),
    })
}

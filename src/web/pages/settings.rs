//! Settings, and what everybody has of their own there: the password and the sessions.
//!
//! A further section is a line in [`SECTIONS`] and a page with a [`Nav`].

use askama::Template;
use axum::{
    Form, Router,
    extract::State,
    http::{header, request::Parts},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use cliphound_store::access::SessionRow;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::web::{
    App, Problem,
    access::{Role, Viewer},
    browser,
    page::{Frame, PageResult, Tab, page},
    sent::Path,
};

/// A part of the settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Section {
    /// Its first page.
    pub path: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Who sees it: whoever is this everywhere; `None`: everybody.
    pub least: Option<Role>,
}

/// All parts, in their order.
pub const SECTIONS: &[Section] = &[
    Section { path: "/settings", name: "You", least: None },
    Section { path: "/settings/people", name: "People", least: Some(Role::Owner) },
    Section { path: "/settings/alerts", name: "Alerts", least: Some(Role::Owner) },
    Section { path: "/settings/tokens", name: "Tokens and API", least: None },
    Section { path: "/settings/deletion", name: "Deletion", least: Some(Role::Owner) },
];

/// The way between the parts: the field `nav` of a template with `settings_nav.html`.
#[derive(Debug)]
pub struct Nav {
    /// What this viewer sees, and whether it is the page of now.
    pub items: Vec<(Section, bool)>,
}

impl Nav {
    /// On the page at `path`.
    #[must_use]
    pub fn new(viewer: &Viewer, path: &str) -> Self {
        let sees = |section: &&Section| section.least.is_none_or(|role| viewer.is_everywhere(role));
        let items = SECTIONS.iter().filter(sees).map(|s| (*s, s.path == path)).collect();
        Self { items }
    }
}

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/settings", get(show))
        .route("/settings/password", post(change_password))
        .route("/settings/sessions/{id}/end", post(end_session))
}

#[derive(Template)]
#[template(path = "settings.html")]
struct Page {
    frame: Frame,
    nav: Nav,
    roles: Vec<(String, &'static str)>,
    has_password: bool,
    sessions: Vec<Session>,
}

struct Session {
    row: SessionRow,
    browser: String,
    is_this: bool,
    began: String,
    seen: String,
}

async fn show(State(app): State<App>, viewer: Viewer) -> PageResult {
    let own = viewer.pass.and_then(|pass| pass.session);
    let person = viewer.must_open_doors()?;
    let sessions = app.access.sessions(person).await?.into_iter().map(|row| Session {
        is_this: own == Some(row.id),
        began: at(row.created_ms),
        seen: at(row.seen_ms),
        browser: browser::named(&row.agent),
        row,
    });
    let everywhere = viewer.role.map(|role| ("every channel".to_owned(), role.as_str()));
    let single = viewer.grants.iter().map(|(at, role)| (at.to_string(), role.as_str()));
    page(&Page {
        nav: Nav::new(&viewer, "/settings"),
        roles: everywhere.into_iter().chain(single).collect(),
        has_password: app.access.has_password(person).await?,
        sessions: sessions.collect(),
        frame: Frame::new(viewer, Tab::Settings, "Settings"),
    })
}

#[derive(Deserialize)]
struct NewPassword {
    #[serde(default)]
    now: SecretString,
    password: SecretString,
    again: SecretString,
}

async fn change_password(
    State(app): State<App>,
    viewer: Viewer,
    parts: Parts,
    Form(given): Form<NewPassword>,
) -> Result<Response, Problem> {
    if given.password.expose_secret() != given.again.expose_secret() {
        return Err(Problem::bad("the two new passwords differ: go back and type them again"));
    }
    let sender = app.access.sender(&parts);
    let begun = app.access.change_password(&viewer, given.now, given.password, &sender).await?;
    Ok(([(header::SET_COOKIE, begun.cookie)], Redirect::to("/settings")).into_response())
}

async fn end_session(
    State(app): State<App>,
    viewer: Viewer,
    Path(id): Path<i64>,
) -> Result<Redirect, Problem> {
    app.access.end_session(viewer.must_open_doors()?, id).await?;
    Ok(Redirect::to("/settings"))
}

/// A time in milliseconds as a page's `<time>` wants it.
pub(super) fn at(ms: i64) -> String {
    let time = jiff::Timestamp::from_millisecond(ms).unwrap_or_default();
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

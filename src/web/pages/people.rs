//! Settings, People: who may look, and at what. For owners.

use askama::Template;
use axum::{
    Form, Router,
    extract::{Path, State},
    http::HeaderMap,
    response::Redirect,
    routing::{get, post},
};
use serde::Deserialize;

use super::settings::{Nav, at};
use crate::web::{
    App, Problem,
    access::{
        Access, Role, Viewer,
        people::{Entry, Wanted},
    },
    page::{Frame, PageResult, Tab, page},
};

const PATH: &str = "/settings/people";

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(PATH, get(show).post(add))
        .route("/settings/people/{id}/role", post(set_role))
        .route("/settings/people/{id}/grant", post(grant))
        .route("/settings/people/{id}/invite", post(invite))
        .route("/settings/people/{id}/log-out", post(log_out))
        .route("/settings/people/{id}/remove", post(remove))
}

#[derive(Template)]
#[template(path = "people.html")]
struct Page {
    frame: Frame,
    nav: Nav,
    people: Vec<Somebody>,
    /// A link that was just made, and for whom.
    link: Option<(String, String)>,
    roles: [Role; 3],
}

struct Somebody {
    entry: Entry,
    since: String,
    invited_until: Option<String>,
    is_you: bool,
}

impl Somebody {
    fn is(&self, role: &Role) -> bool {
        self.entry.person.role.as_deref() == Some(role.as_str())
    }
}

async fn show(State(app): State<App>, viewer: Viewer) -> PageResult {
    shown(&app.access, viewer, None).await
}

async fn shown(access: &Access, viewer: Viewer, link: Option<(String, String)>) -> PageResult {
    viewer.must_be_everywhere(Role::Owner)?;
    let own = viewer.pass.map(|pass| pass.person);
    let people = access.everybody().await?.into_iter().map(|entry| Somebody {
        since: at(entry.person.created_ms),
        invited_until: entry.person.invite_until_ms.map(at),
        is_you: own == Some(entry.person.id),
        entry,
    });
    page(&Page {
        nav: Nav::new(&viewer, PATH),
        people: people.collect(),
        link,
        roles: [Role::Viewer, Role::Editor, Role::Owner],
        frame: Frame::new(viewer, Tab::Settings, "People"),
    })
}

#[derive(Deserialize)]
struct New {
    name: String,
    role: String,
    #[serde(default)]
    twitch: String,
}

/// Somebody who logs in by Twitch needs no link.
async fn add(
    State(app): State<App>,
    viewer: Viewer,
    headers: HeaderMap,
    Form(new): Form<New>,
) -> PageResult {
    viewer.must_be_everywhere(Role::Owner)?;
    let twitch = Some(new.twitch.trim()).filter(|twitch| !twitch.is_empty());
    let wanted = Wanted { name: new.name.trim(), role: role(&new.role)?, twitch };
    let id = app.access.add_person(&wanted).await?;
    if twitch.is_some() {
        return shown(&app.access, viewer, None).await;
    }
    with_link(&app.access, viewer, &headers, id, wanted.name).await
}

async fn invite(
    State(app): State<App>,
    viewer: Viewer,
    headers: HeaderMap,
    Path(id): Path<i64>,
) -> PageResult {
    viewer.must_be_everywhere(Role::Owner)?;
    let everybody = app.access.everybody().await?;
    let name = everybody.into_iter().find(|entry| entry.person.id == id);
    let name = name.map(|entry| entry.person.name).unwrap_or_default();
    with_link(&app.access, viewer, &headers, id, &name).await
}

async fn with_link(
    access: &Access,
    viewer: Viewer,
    headers: &HeaderMap,
    id: i64,
    name: &str,
) -> PageResult {
    let link = format!("{}/setup?code={}", access.base(headers), access.invite(id).await?);
    shown(access, viewer, Some((name.to_owned(), link))).await
}

#[derive(Deserialize)]
struct Chosen {
    role: String,
}

async fn set_role(
    State(app): State<App>,
    viewer: Viewer,
    Path(id): Path<i64>,
    Form(chosen): Form<Chosen>,
) -> Result<Redirect, Problem> {
    viewer.must_be_everywhere(Role::Owner)?;
    app.access.set_role(id, role(&chosen.role)?).await?;
    Ok(Redirect::to(PATH))
}

#[derive(Deserialize)]
struct Granted {
    channel: String,
    role: String,
}

async fn grant(
    State(app): State<App>,
    viewer: Viewer,
    Path(id): Path<i64>,
    Form(granted): Form<Granted>,
) -> Result<Redirect, Problem> {
    viewer.must_be_everywhere(Role::Owner)?;
    app.access.grant(id, &granted.channel, role(&granted.role)?).await?;
    Ok(Redirect::to(PATH))
}

async fn log_out(
    State(app): State<App>,
    viewer: Viewer,
    Path(id): Path<i64>,
) -> Result<Redirect, Problem> {
    viewer.must_be_everywhere(Role::Owner)?;
    app.access.log_out_everywhere(id).await?;
    Ok(Redirect::to(PATH))
}

async fn remove(
    State(app): State<App>,
    viewer: Viewer,
    Path(id): Path<i64>,
) -> Result<Redirect, Problem> {
    viewer.must_be_everywhere(Role::Owner)?;
    app.access.remove_person(id).await?;
    Ok(Redirect::to(PATH))
}

/// The choice of a form; empty is none.
pub(super) fn role(word: &str) -> Result<Option<Role>, Problem> {
    if word.is_empty() {
        return Ok(None);
    }
    word.parse().map(Some).map_err(|problem| Problem::bad(format!("a role {problem}")))
}

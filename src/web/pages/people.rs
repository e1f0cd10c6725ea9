//! Settings, People: who may look, and at what. For owners.

mod grants;

use askama::Template;
use axum::{
    Form, Router,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use cliphound_store::access::Person;
use serde::Deserialize;

use super::settings::{Nav, at};
use crate::web::{
    App, Problem,
    access::{
        Access, Role, Viewer,
        people::{Entry, Wanted},
    },
    page::{Frame, PageResult, Tab, page},
    paging::{Part, Wish},
    sent::{Address, Path},
    sure::{Question, Sure},
};

const PATH: &str = "/settings/people";
/// People on a page: each is a card with some forms, 4 KB.
const A_PAGE: usize = 15;
/// Channels that are named on a card; all stand on a page of their own.
const NAMED: usize = 5;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(PATH, get(show).post(add))
        .route("/settings/people/{id}/role", post(set_role))
        .route("/settings/people/{id}/invite", post(invite))
        .route("/settings/people/{id}/log-out", post(log_out))
        .route("/settings/people/{id}/remove", post(remove))
        .merge(grants::routes())
}

#[derive(Template)]
#[template(path = "people.html")]
struct Page<'a> {
    frame: Frame,
    nav: Nav,
    /// Which of all are on this page …
    part: Part<'a, Person>,
    /// … and what is known of them.
    people: Vec<Somebody>,
    /// Part of a name that was looked for.
    name: String,
    /// The same page, as the end of an address.
    query: String,
    /// Where the page before and the next one are.
    newer: Option<String>,
    older: Option<String>,
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

    /// The first channels that are granted.
    fn named(&self) -> impl Iterator<Item = (&String, &String)> {
        self.entry.grants.iter().take(NAMED)
    }

    /// How many more there are.
    fn unnamed(&self) -> usize {
        self.entry.grants.len().saturating_sub(NAMED)
    }
}

async fn show(
    State(app): State<App>,
    viewer: Viewer,
    Address(wish, _): Address<Wish>,
) -> PageResult {
    shown(&app.access, viewer, &wish, None).await
}

async fn shown(
    access: &Access,
    viewer: Viewer,
    wish: &Wish,
    link: Option<(String, String)>,
) -> PageResult {
    viewer.must_be_everywhere(Role::Owner)?;
    let own = viewer.pass.map(|pass| pass.person);
    let (all, name) = (access.people().await?, wish.name());
    let fits = |person: &Person| person.name.to_ascii_lowercase().contains(&name);
    let part = Part::by(A_PAGE, &all, wish, fits);
    let entries = access.entries(part.rows.iter().copied().cloned().collect()).await?;
    let people = entries.into_iter().map(|entry| Somebody {
        since: at(entry.person.created_ms),
        invited_until: entry.person.invite_until_ms.map(at),
        is_you: own == Some(entry.person.id),
        entry,
    });
    let to = |page: usize| format!("{PATH}{}", wish.at(page));
    page(&Page {
        nav: Nav::new(&viewer, PATH),
        people: people.collect(),
        newer: part.newer().map(to),
        older: part.older().map(to),
        query: wish.query(),
        part,
        name,
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
    // Where they are to be seen: on a long list by their name.
    let is_long = app.access.people().await?.len() > A_PAGE;
    let wish = if is_long { Wish::new(wanted.name, 1) } else { Wish::default() };
    let link = match twitch {
        Some(_) => None,
        None => Some(link(&app.access, &headers, id, wanted.name).await?),
    };
    shown(&app.access, viewer, &wish, link).await
}

async fn invite(
    State(app): State<App>,
    viewer: Viewer,
    headers: HeaderMap,
    Path(id): Path<i64>,
    Address(wish, _): Address<Wish>,
) -> PageResult {
    viewer.must_be_everywhere(Role::Owner)?;
    let name = app.access.somebody(id).await?.name;
    let link = link(&app.access, &headers, id, &name).await?;
    shown(&app.access, viewer, &wish, Some(link)).await
}

/// For whom a link is, and the link.
async fn link(
    access: &Access,
    headers: &HeaderMap,
    id: i64,
    name: &str,
) -> Result<(String, String), Problem> {
    let link = format!("{}/setup?code={}", access.base(headers), access.invite(id).await?);
    Ok((name.to_owned(), link))
}

#[derive(Deserialize)]
struct Chosen {
    role: String,
}

async fn set_role(
    State(app): State<App>,
    viewer: Viewer,
    Path(id): Path<i64>,
    Address(wish, _): Address<Wish>,
    Form(chosen): Form<Chosen>,
) -> Result<Redirect, Problem> {
    viewer.must_be_everywhere(Role::Owner)?;
    app.access.set_role(id, role(&chosen.role)?).await?;
    Ok(back(&wish))
}

async fn log_out(
    State(app): State<App>,
    viewer: Viewer,
    Path(id): Path<i64>,
    Address(wish, _): Address<Wish>,
    sure: Sure,
) -> Result<Response, Problem> {
    viewer.must_be_everywhere(Role::Owner)?;
    let question = Question::log_out(&app.access.somebody(id).await?.name);
    if let Some(asking) = sure.asks(&viewer, Tab::Settings, &question, &list(&wish))? {
        return Ok(asking);
    }
    app.access.log_out_everywhere(id).await?;
    Ok(back(&wish).into_response())
}

async fn remove(
    State(app): State<App>,
    viewer: Viewer,
    Path(id): Path<i64>,
    Address(wish, _): Address<Wish>,
    sure: Sure,
) -> Result<Response, Problem> {
    viewer.must_be_everywhere(Role::Owner)?;
    let question = Question::remove(&app.access.somebody(id).await?.name);
    if let Some(asking) = sure.asks(&viewer, Tab::Settings, &question, &list(&wish))? {
        return Ok(asking);
    }
    app.access.remove_person(id).await?;
    Ok(back(&wish).into_response())
}

/// The page of the list from which a form was sent.
fn back(wish: &Wish) -> Redirect {
    Redirect::to(&list(wish))
}

fn list(wish: &Wish) -> String {
    format!("{PATH}{}", wish.query())
}

/// The choice of a form; empty is none.
pub(super) fn role(word: &str) -> Result<Option<Role>, Problem> {
    if word.is_empty() {
        return Ok(None);
    }
    word.parse().map(Some).map_err(|problem| Problem::bad(format!("a role {problem}")))
}

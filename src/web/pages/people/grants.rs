//! Settings, People, one of them: the channels that are granted to somebody, a page at a time.

use askama::Template;
use axum::{Form, Router, extract::State, response::Redirect, routing::get};
use cliphound_store::access::Person;
use serde::Deserialize;

use super::role;
use crate::web::{
    App, Problem,
    access::{Role, Viewer},
    page::{Frame, PageResult, Tab, page},
    pages::settings::Nav,
    paging::{A_PAGE, Part, Wish},
    sent::{Address, Path},
};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/settings/people/{id}/grants", get(show).post(change))
}

#[derive(Template)]
#[template(path = "grants.html")]
struct Page<'a> {
    frame: Frame,
    nav: Nav,
    person: Person,
    /// Channel and role.
    grants: Part<'a, (String, String)>,
    /// Part of a channel's name that was looked for.
    name: String,
    /// The same page, as the end of an address.
    query: String,
    /// Where the page before and the next one are.
    newer: Option<String>,
    older: Option<String>,
    roles: [Role; 3],
}

async fn show(
    State(app): State<App>,
    viewer: Viewer,
    Path(id): Path<i64>,
    Address(wish, _): Address<Wish>,
) -> PageResult {
    viewer.must_be_everywhere(Role::Owner)?;
    let person = app.access.somebody(id).await?;
    let all: Vec<(String, String)> = app.access.grants(id).await?.into_iter().collect();
    let name = wish.name();
    let grants = Part::of(&all, &wish, |(channel, _)| channel.contains(&name));
    let at = |page: usize| format!("{}{}", path(id), wish.at(page));
    page(&Page {
        nav: Nav::new(&viewer, super::PATH),
        newer: grants.newer().map(at),
        older: grants.older().map(at),
        query: wish.query(),
        frame: Frame::new(viewer, Tab::Settings, format!("Channels of {}", person.name)),
        roles: [Role::Viewer, Role::Editor, Role::Owner],
        person,
        grants,
        name,
    })
}

#[derive(Deserialize)]
struct Granted {
    channel: String,
    /// Empty: it is taken back.
    role: String,
}

async fn change(
    State(app): State<App>,
    viewer: Viewer,
    Path(id): Path<i64>,
    Address(wish, _): Address<Wish>,
    Form(granted): Form<Granted>,
) -> Result<Redirect, Problem> {
    viewer.must_be_everywhere(Role::Owner)?;
    let (channel, role) = (granted.channel.trim(), role(&granted.role)?);
    app.access.grant(id, channel, role).await?;
    let is_long = app.access.grants(id).await?.len() > A_PAGE;
    // What was granted is to be seen; where something was taken back, more may follow.
    let place = match role {
        Some(_) if is_long => Wish::new(channel.trim_start_matches('#'), 1),
        Some(_) => Wish::default(),
        None => wish,
    };
    Ok(Redirect::to(&format!("{}{}", path(id), place.query())))
}

fn path(id: i64) -> String {
    format!("{}/{id}/grants", super::PATH)
}

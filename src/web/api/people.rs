//! Who may look, for owners.

use std::collections::BTreeMap;

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::at;
use crate::web::{
    App, Problem,
    access::{
        Access, Role, Viewer,
        people::{Entry, Wanted},
    },
    paging::{A_PAGE, Wish},
    sent::{Path, Query, Sent},
};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(people, add))
        .routes(routes!(change, remove))
        .routes(routes!(invite))
        .routes(routes!(log_out))
}

/// Somebody who may look.
#[derive(Debug, Serialize, ToSchema)]
struct Person {
    name: String,
    /// In every channel.
    role: Option<Role>,
    /// In every channel, by the settings file (`web.owners` and the like).
    role_by_settings: Option<Role>,
    /// In single channels, by login.
    grants: BTreeMap<String, Role>,
    has_password: bool,
    /// Whom Twitch must say that they are.
    twitch: Option<String>,
    /// In how many browsers they are logged in.
    sessions: usize,
    /// How many API tokens they have: `GET /tokens` lists them.
    tokens: usize,
    /// RFC 3339; until when an invitation that was not used yet is good.
    invited_until: Option<String>,
    /// RFC 3339.
    since: String,
}

impl From<Entry> for Person {
    fn from(Entry { person, by_settings, grants, sessions, tokens }: Entry) -> Self {
        let grants = grants.into_iter().filter_map(|(at, role)| Some((at, role.parse().ok()?)));
        Self {
            name: person.name,
            role: person.role.and_then(|role| role.parse().ok()),
            role_by_settings: by_settings,
            grants: grants.collect(),
            has_password: person.has_password,
            twitch: person.twitch_login,
            sessions,
            tokens,
            invited_until: person.invite_until_ms.map(at),
            since: at(person.created_ms),
        }
    }
}

/// Which people.
#[derive(Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
struct Which {
    /// Only those with this in their name.
    name: String,
    /// A page of 40, from 1; a page beyond the last one is empty [default: all of them].
    page: Option<usize>,
}

/// Everybody who may look, by name
#[utoipa::path(get, path = "/people", tag = "people", params(Which),
    responses((status = 200, body = [Person]), (status = 403, body = Problem), (status = 422, body = Problem)))]
async fn people(
    State(app): State<App>,
    viewer: Viewer,
    Query(Which { name, page }): Query<Which>,
) -> Result<Json<Vec<Person>>, Problem> {
    viewer.must_be_everywhere(Role::Owner)?;
    let name = Wish::new(&name, 1).name();
    let fits =
        |person: &cliphound_store::access::Person| person.name.to_ascii_lowercase().contains(&name);
    let all = app.access.people().await?.into_iter().filter(fits);
    let (before, count) = match page {
        Some(0) => return Err(Problem::bad("“page” must be from 1")),
        Some(page) => ((page - 1).saturating_mul(A_PAGE), A_PAGE),
        None => (0, usize::MAX),
    };
    let entries = app.access.entries(all.skip(before).take(count).collect()).await?;
    Ok(Json(entries.into_iter().map(Person::from).collect()))
}

/// Somebody to let in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct New {
    /// 1 to 32 letters, digits, `.`, `-` or `_`.
    name: String,
    /// In every channel.
    role: Option<Role>,
    /// Whom Twitch must say that they are; without it, they get a link.
    twitch: Option<String>,
}

/// What lets somebody in.
#[derive(Debug, Serialize, ToSchema)]
struct Invitation {
    name: String,
    /// Works once, for a week; shown now and never again. Nobody needs one for Twitch.
    link: Option<String>,
}

/// Let somebody in
#[utoipa::path(post, path = "/people", tag = "people", request_body = New,
    responses((status = 201, body = Invitation), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn add(
    State(app): State<App>,
    viewer: Viewer,
    headers: HeaderMap,
    Sent(new): Sent<New>,
) -> Result<(StatusCode, Json<Invitation>), Problem> {
    viewer.must_be_everywhere(Role::Owner)?;
    let wanted = Wanted { name: &new.name, role: new.role, twitch: new.twitch.as_deref() };
    let id = app.access.add_person(&wanted).await?;
    let link = match new.twitch {
        Some(_) => None,
        None => Some(link(&app.access, &headers, id).await?),
    };
    Ok((StatusCode::CREATED, Json(Invitation { name: new.name, link })))
}

/// What somebody may do from now on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Rights {
    /// In every channel; `null`: in none but those granted.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required = true)]
    role: Option<Role>,
    /// In single channels, by login; others are taken back. Left out: they stay as they are.
    grants: Option<BTreeMap<String, Role>>,
}

/// Say what somebody may do, all of it or nothing
#[utoipa::path(put, path = "/people/{name}", tag = "people", params(("name" = String, Path)), request_body = Rights,
    responses((status = 200, body = Person), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn change(
    State(app): State<App>,
    viewer: Viewer,
    Path(name): Path<String>,
    Sent(rights): Sent<Rights>,
) -> Result<Json<Person>, Problem> {
    viewer.must_be_everywhere(Role::Owner)?;
    let id = app.access.id_of(&name).await?;
    app.access.set_rights(id, rights.role, rights.grants.as_ref()).await?;
    Ok(Json(Person::from(entry(&app.access, id).await?)))
}

/// A new link by which somebody sets a password; an earlier one is of no use any more
#[utoipa::path(post, path = "/people/{name}/invitation", tag = "people", params(("name" = String, Path)),
    responses((status = 201, body = Invitation), (status = 404, body = Problem)))]
async fn invite(
    State(app): State<App>,
    viewer: Viewer,
    headers: HeaderMap,
    Path(name): Path<String>,
) -> Result<(StatusCode, Json<Invitation>), Problem> {
    viewer.must_be_everywhere(Role::Owner)?;
    let id = app.access.id_of(&name).await?;
    let link = Some(link(&app.access, &headers, id).await?);
    Ok((StatusCode::CREATED, Json(Invitation { name, link })))
}

/// Log somebody out in all their browsers; their tokens stay
#[utoipa::path(delete, path = "/people/{name}/sessions", tag = "people", params(("name" = String, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn log_out(
    State(app): State<App>,
    viewer: Viewer,
    Path(name): Path<String>,
) -> Result<StatusCode, Problem> {
    viewer.must_be_everywhere(Role::Owner)?;
    app.access.log_out_everywhere(app.access.id_of(&name).await?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Remove somebody, with their sessions and tokens
#[utoipa::path(delete, path = "/people/{name}", tag = "people", params(("name" = String, Path)),
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn remove(
    State(app): State<App>,
    viewer: Viewer,
    Path(name): Path<String>,
) -> Result<StatusCode, Problem> {
    viewer.must_be_everywhere(Role::Owner)?;
    app.access.remove_person(app.access.id_of(&name).await?).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn link(access: &Access, headers: &HeaderMap, id: i64) -> Result<String, Problem> {
    Ok(format!("{}/setup?code={}", access.base(headers), access.invite(id).await?))
}

async fn entry(access: &Access, id: i64) -> Result<Entry, Problem> {
    let found = access.entries(vec![access.somebody(id).await?]).await?.pop();
    found.ok_or_else(|| Problem::not_found("there is nobody of that name (any more)"))
}

//! API tokens.

use axum::{Json, extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::at;
use crate::web::{
    App, Problem,
    access::{Role, Viewer, tokens::Wish},
    pages::whose_tokens,
    sent::{Path, Sent},
    settings,
};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(tokens, add)).routes(routes!(end))
}

/// The most that a token may do; never more than the person whom it belongs to.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Scope {
    /// Looks at everything.
    Read,
    /// Judges moments, clips, pauses.
    Edit,
    /// Everything.
    Admin,
}

impl From<Scope> for Role {
    fn from(scope: Scope) -> Self {
        match scope {
            Scope::Read => Self::Viewer,
            Scope::Edit => Self::Editor,
            Scope::Admin => Self::Owner,
        }
    }
}

impl From<Role> for Scope {
    fn from(role: Role) -> Self {
        match role {
            Role::Viewer => Self::Read,
            Role::Editor => Self::Edit,
            Role::Owner => Self::Admin,
        }
    }
}

/// A token, without what it is.
#[derive(Debug, Serialize, ToSchema)]
struct Token {
    id: i64,
    /// Whose.
    person: String,
    /// What it is for.
    name: String,
    scope: Option<Scope>,
    /// Only in these channels; none: wherever its person may.
    channels: Vec<String>,
    /// RFC 3339.
    made: String,
    /// RFC 3339; none: it is good until it is ended.
    expires: Option<String>,
    /// RFC 3339, to the minute.
    used: Option<String>,
}

/// Your tokens, the newest first; an owner's list is everybody's
#[utoipa::path(get, path = "/tokens", tag = "tokens",
    responses((status = 200, body = [Token]), (status = 403, body = Problem)))]
async fn tokens(State(app): State<App>, viewer: Viewer) -> Result<Json<Vec<Token>>, Problem> {
    viewer.must_open_doors()?;
    let rows = app.access.tokens(whose_tokens(&viewer)?).await?;
    let told = rows.into_iter().map(|row| Token {
        id: row.id,
        person: row.person_name,
        name: row.name,
        scope: row.role.parse().ok().map(|role: Role| role.into()),
        channels: row
            .channels
            .iter()
            .flat_map(|channels| channels.split(' '))
            .map(str::to_owned)
            .collect(),
        made: at(row.created_ms),
        expires: row.expires_ms.map(at),
        used: row.used_ms.map(at),
    });
    Ok(Json(told.collect()))
}

/// A token that is wanted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct New {
    /// What it is for, in 1 to 60 letters.
    name: String,
    scope: Scope,
    /// Only in these channels, which are known here; none: wherever you may.
    #[serde(default)]
    channels: Vec<String>,
    /// Days that it is good, 1 to 3650; none: until it is ended.
    days: Option<u32>,
}

/// A token that was made.
#[derive(Debug, Serialize, ToSchema)]
struct Made {
    /// Shown now and never again.
    token: String,
}

/// Make a token
#[utoipa::path(post, path = "/tokens", tag = "tokens", request_body = New,
    responses((status = 201, body = Made), (status = 422, body = Problem)))]
async fn add(
    State(app): State<App>,
    viewer: Viewer,
    Sent(new): Sent<New>,
) -> Result<(StatusCode, Json<Made>), Problem> {
    let person = viewer.must_open_doors()?;
    let channels = settings::all_seen(&app, &viewer, &new.channels.join(" ")).await?;
    let role = new.scope.into();
    let wish = Wish { name: &new.name, role, channels: &channels, days: new.days };
    let token = app.access.add_token(person, &wish).await?;
    Ok((StatusCode::CREATED, Json(Made { token })))
}

/// End a token
#[utoipa::path(delete, path = "/tokens/{id}", tag = "tokens", params(("id" = i64, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
async fn end(
    State(app): State<App>,
    viewer: Viewer,
    Path(id): Path<i64>,
) -> Result<StatusCode, Problem> {
    viewer.must_open_doors()?;
    app.access.end_token(whose_tokens(&viewer)?, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

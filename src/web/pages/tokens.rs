//! Settings, Tokens and API: what lets programs in.

use askama::Template;
use axum::{
    Form, Router,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use cliphound_store::access::TokenRow;
use serde::Deserialize;

use super::{
    people::role,
    settings::{Nav, at},
};
use crate::web::{
    App, Problem,
    access::{Access, Role, Viewer, tokens},
    page::{Frame, PageResult, Tab, page},
    paging::{Part, Wish},
    sent::{Address, Path},
    settings::all_seen,
    sure::{Question, Sure},
};

const PATH: &str = "/settings/tokens";
/// Channels of a token that are named.
const NAMED: usize = 10;

pub(super) fn routes() -> Router<App> {
    Router::new().route(PATH, get(show).post(add)).route("/settings/tokens/{id}/end", post(end))
}

#[derive(Template)]
#[template(path = "tokens.html")]
struct Page<'a> {
    frame: Frame,
    nav: Nav,
    tokens: Part<'a, Token>,
    /// Part of a name that was looked for.
    name: String,
    /// The same page, as the end of an address.
    query: String,
    /// Where the page before and the next one are.
    newer: Option<String>,
    older: Option<String>,
    /// A token that was just made.
    made: Option<String>,
    /// What our pages are called.
    base: String,
    roles: [(Role, &'static str); 3],
    is_owner: bool,
}

struct Token {
    row: TokenRow,
    made: String,
    expires: Option<String>,
    used: Option<String>,
}

impl Token {
    /// In which channels it may do something, of very many the first.
    fn channels(&self) -> String {
        let Some(all) = &self.row.channels else { return "all".to_owned() };
        let all: Vec<&str> = all.split(' ').collect();
        let named = all.iter().take(NAMED).copied().collect::<Vec<_>>().join(" ");
        match all.len().saturating_sub(NAMED) {
            0 => named,
            more => format!("{named} and {more} more"),
        }
    }
}

async fn show(
    State(app): State<App>,
    viewer: Viewer,
    headers: HeaderMap,
    Address(wish, _): Address<Wish>,
) -> PageResult {
    shown(&app.access, viewer, &headers, &wish, None).await
}

async fn shown(
    access: &Access,
    viewer: Viewer,
    headers: &HeaderMap,
    wish: &Wish,
    made: Option<String>,
) -> PageResult {
    viewer.must_open_doors()?;
    let all = access.tokens(whose(&viewer)?).await?.into_iter().map(|row| Token {
        made: at(row.created_ms),
        expires: row.expires_ms.map(at),
        used: row.used_ms.map(at),
        row,
    });
    let (all, name) = (all.collect::<Vec<_>>(), wish.name());
    let has_name = |text: &str| text.to_ascii_lowercase().contains(&name);
    let tokens =
        Part::of(&all, wish, |one| has_name(&one.row.name) || has_name(&one.row.person_name));
    let to = |page: usize| format!("{PATH}{}", wish.at(page));
    page(&Page {
        nav: Nav::new(&viewer, PATH),
        newer: tokens.newer().map(to),
        older: tokens.older().map(to),
        query: wish.query(),
        tokens,
        name,
        made,
        base: access.base(headers),
        roles: [
            (Role::Viewer, "read: looks at everything"),
            (Role::Editor, "edit: judges moments, clips, pauses"),
            (Role::Owner, "admin: everything, also people and deletion"),
        ],
        is_owner: viewer.is_everywhere(Role::Owner),
        frame: Frame::new(viewer, Tab::Settings, "Tokens and API"),
    })
}

/// Whose tokens a viewer sees and ends: an owner everybody's.
pub(crate) fn whose(viewer: &Viewer) -> Result<Option<i64>, Problem> {
    let own = viewer.person()?;
    Ok(if viewer.is_everywhere(Role::Owner) { None } else { Some(own) })
}

#[derive(Deserialize)]
struct New {
    name: String,
    role: String,
    #[serde(default)]
    channels: String,
    #[serde(default)]
    days: String,
}

async fn add(
    State(app): State<App>,
    viewer: Viewer,
    headers: HeaderMap,
    Form(new): Form<New>,
) -> PageResult {
    let days = match new.days.trim() {
        "" => None,
        text => Some(text.parse().map_err(|_| Problem::bad("days are a number, such as 90"))?),
    };
    let role = role(&new.role)?.ok_or_else(|| Problem::bad("choose what the token may do"))?;
    let person = viewer.must_open_doors()?;
    let channels = all_seen(&app, &viewer, &new.channels).await?;
    let wish = tokens::Wish { name: &new.name, role, channels: &channels, days };
    let token = app.access.add_token(person, &wish).await?;
    shown(&app.access, viewer, &headers, &Wish::default(), Some(token)).await
}

async fn end(
    State(app): State<App>,
    viewer: Viewer,
    Path(id): Path<i64>,
    Address(wish, _): Address<Wish>,
    sure: Sure,
) -> Result<Response, Problem> {
    viewer.must_open_doors()?;
    let (whose, back) = (whose(&viewer)?, format!("{PATH}{}", wish.query()));
    let all = app.access.tokens(whose).await?;
    // Of one that is not there it is told below.
    if let Some(token) = all.iter().find(|token| token.id == id) {
        let question = Question::end_token(&token.name);
        if let Some(asking) = sure.asks(&viewer, Tab::Settings, &question, &back)? {
            return Ok(asking);
        }
    }
    app.access.end_token(whose, id).await?;
    Ok(Redirect::to(&back).into_response())
}

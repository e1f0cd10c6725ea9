//! Where a one-time link leads: the owner's name and password at the first start, and the password
//! of somebody who was invited.

use askama::Template;
use axum::{
    Form, Router,
    extract::State,
    http::{StatusCode, request::Parts},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::login::go;
use crate::web::{App, Problem, access::Link, assets, page::PageResult, sent::Query};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/setup", get(show).post(set_up))
}

#[derive(Template)]
#[template(path = "setup.html")]
struct Page {
    code: String,
    /// Of whom was invited; `None` at the first start.
    invited: Option<String>,
    name: String,
    problem: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asks {
    code: String,
}

#[derive(Deserialize)]
struct Given {
    code: String,
    #[serde(default)]
    name: String,
    password: SecretString,
    again: SecretString,
}

async fn show(State(app): State<App>, Query(Asks { code }): Query<Asks>) -> PageResult {
    let link = app.access.link(&code).await?;
    Ok(Html(page(code, link, String::new(), None)?))
}

async fn set_up(
    State(app): State<App>,
    parts: Parts,
    Form(given): Form<Given>,
) -> Result<Response, Problem> {
    let Given { code, name, password, again } = given;
    let link = app.access.link(&code).await?;
    let done = if password.expose_secret() == again.expose_secret() {
        let sender = app.access.sender(&parts);
        app.access.set_up(&code, name.trim(), password, &sender).await
    } else {
        Err(Problem::bad("the two passwords differ"))
    };
    match done {
        Ok(Some(begun)) => Ok(go(&begun, "/")),
        Ok(None) => Err(Problem::new(
            StatusCode::FORBIDDEN,
            "your password is set, but you may not look at anything here yet: once the owner has granted you a channel under Settings, People, log in",
        )),
        Err(problem) => {
            let status = StatusCode::from_u16(problem.status).unwrap_or_default();
            let page = page(code, link, name, Some(problem.detail))?;
            Ok((status, Html(page)).into_response())
        }
    }
}

fn page(
    code: String,
    link: Link,
    name: String,
    problem: Option<String>,
) -> Result<String, Problem> {
    let invited = match link {
        Link::First => None,
        Link::Invited(name) => Some(name),
    };
    Ok(assets::styled(Page { code, invited, name, problem }.render()?))
}

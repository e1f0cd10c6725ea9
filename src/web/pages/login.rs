//! The log-in, by password or by Twitch, and the log-out.

use askama::Template;
use axum::{
    Form, Router,
    extract::{RawQuery, State},
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::{Html, IntoResponse, Redirect, Response},
    routing::{get, post},
};
use secrecy::SecretString;
use serde::Deserialize;

use crate::web::{
    App, Problem,
    access::{
        Begun, COOKIE_OF_TWITCH,
        twitch::{Asked, Came},
    },
    assets,
    sent::Query,
};

/// What leads in.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/login", get(show).post(log_in))
        .route("/login/twitch", get(to_twitch))
        .route("/login/twitch/back", get(from_twitch))
        .route("/login/twitch/wait", get(wait))
}

/// What leads out.
pub(super) fn out() -> Router<App> {
    Router::new().route("/logout", post(log_out))
}

#[derive(Template)]
#[template(path = "login.html")]
struct Page {
    next: String,
    name: String,
    problem: Option<String>,
    /// Nobody has a password yet.
    is_new: bool,
    has_twitch: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asks {
    next: String,
}

#[derive(Deserialize)]
struct Credentials {
    name: String,
    password: SecretString,
    #[serde(default)]
    next: String,
}

async fn show(
    State(app): State<App>,
    Query(Asks { next }): Query<Asks>,
) -> Result<Response, Problem> {
    page(&app, next, String::new(), None).await
}

async fn log_in(
    State(app): State<App>,
    parts: Parts,
    Form(given): Form<Credentials>,
) -> Result<Response, Problem> {
    let sender = app.access.sender(&parts);
    match app.access.log_in(given.name.trim(), given.password, &sender).await {
        Ok(begun) => Ok(go(&begun, &given.next)),
        Err(problem) => page(&app, given.next, given.name, Some(problem)).await,
    }
}

async fn page(
    app: &App,
    next: String,
    name: String,
    problem: Option<Problem>,
) -> Result<Response, Problem> {
    let status = problem.as_ref().and_then(|p| StatusCode::from_u16(p.status).ok());
    let page = Page {
        next,
        name,
        problem: problem.as_ref().map(|problem| problem.detail.clone()),
        is_new: !app.access.has_people().await?,
        has_twitch: app.access.offers_twitch().await?,
    };
    let mut answer =
        (status.unwrap_or(StatusCode::OK), Html(assets::styled(page.render()?))).into_response();
    if let Some(problem) = &problem {
        problem.say_when(&mut answer);
    }
    Ok(answer)
}

async fn log_out(State(app): State<App>, parts: Parts) -> Result<Response, Problem> {
    let cookie = app.access.log_out(&app.access.sender(&parts)).await?;
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to("/login")).into_response())
}

async fn to_twitch(
    State(app): State<App>,
    Query(Asks { next }): Query<Asks>,
    parts: Parts,
) -> Result<Response, Problem> {
    app.access.must_be_wanted(&parts)?;
    let base = app.access.base(&parts.headers);
    let started = app.access.begin_twitch(&base, &next, &app.access.sender(&parts)).await?;
    Ok(([(header::SET_COOKIE, started.cookie)], Redirect::to(&started.to)).into_response())
}

async fn from_twitch(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    parts: Parts,
) -> Result<Response, Problem> {
    let sender = app.access.sender(&parts);
    let word = cookie_of(&parts.headers, sender.is_tls);
    let came = app.access.end_twitch(&word, &query.unwrap_or_default(), &sender).await?;
    shown(came)
}

async fn wait(State(app): State<App>, parts: Parts) -> Result<Response, Problem> {
    let sender = app.access.sender(&parts);
    let word = cookie_of(&parts.headers, sender.is_tls);
    shown(app.access.look_at_twitch(&word, &sender).await?)
}

fn cookie_of(headers: &HeaderMap, is_tls: bool) -> String {
    crate::web::access::read_cookie(headers, COOKIE_OF_TWITCH, is_tls).unwrap_or_default()
}

#[derive(Template)]
#[template(path = "login_wait.html")]
struct Waiting {
    asked: Asked,
}

fn shown(came: Came) -> Result<Response, Problem> {
    match came {
        Came::In(begun, next) => Ok(go(&begun, &next)),
        Came::NotYet(asked) => {
            let page = assets::styled(Waiting { asked }.render()?);
            // Works without a script; each look waits two seconds for Twitch.
            Ok(([("refresh", "2")], Html(page)).into_response())
        }
    }
}

/// To where somebody wanted to go, with the session.
pub(super) fn go(begun: &Begun, next: &str) -> Response {
    let cookie = [(header::SET_COOKIE, begun.cookie.clone())];
    (cookie, Redirect::to(local(next))).into_response()
}

/// A page of ours; anything else leads to the start.
fn local(next: &str) -> &str {
    let is_path = next.starts_with('/') && !next.starts_with("//");
    let is_plain = next.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    if is_path && is_plain && !next.starts_with("/login") { next } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::local;

    #[test]
    fn only_our_own_pages_are_led_to() {
        for (next, expected) in [
            ("/review?channel=ninja", "/review?channel=ninja"),
            ("", "/"),
            ("//evil.example", "/"),
            ("/\\evil.example", "/"),
            ("https://evil.example", "/"),
            ("/a\r\nset-cookie: x", "/"),
            ("/login", "/"),
        ] {
            assert_eq!(local(next), expected, "{next}");
        }
    }
}

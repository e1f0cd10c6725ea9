//! What went wrong, for a program (RFC 9457, "problem details") or, on a page, for people.

use std::time::Duration;

use askama::Template;
use axum::{
    extract::Request,
    http::{HeaderValue, Method, StatusCode, Uri, header},
    middleware::Next,
    response::{Html, IntoResponse, Redirect, Response},
};
use serde::Serialize;

use super::{access::Role, assets, rejected};
use crate::costs;

/// What its content is called.
pub const KIND: &str = "application/problem+json";

/// One clear sentence on what went wrong and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Problem {
    /// HTTP's status.
    pub status: u16,
    /// HTTP's words for it.
    pub title: String,
    /// What went wrong here, and what to do.
    pub detail: String,
    /// After so many seconds it may work: the header `Retry-After`.
    #[serde(skip)]
    pub retry_after_s: Option<u64>,
}

impl Problem {
    /// A problem with a status of HTTP.
    #[must_use]
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        let title = status.canonical_reason().unwrap_or("Error").to_owned();
        Self { status: status.as_u16(), title, detail: detail.into(), retry_after_s: None }
    }

    /// There were too many requests; after `wait`, rounded up to seconds, one is welcome.
    #[must_use]
    pub fn too_many(detail: &str, wait: Duration) -> Self {
        let retry_after_s = Some(wait.as_secs() + u64::from(wait.subsec_nanos() > 0));
        Self { retry_after_s, ..Self::new(StatusCode::TOO_MANY_REQUESTS, detail) }
    }

    /// Nobody is logged in.
    #[must_use]
    pub fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "log in first, or send an API token")
    }

    /// More would be needed than the viewer may.
    #[must_use]
    pub fn forbidden(least: Role) -> Self {
        let words = format!("only {} may do this: ask the owner for that role", one(least));
        Self::new(StatusCode::FORBIDDEN, words)
    }

    /// The same of what concerns all channels, for whoever has the role in some.
    #[must_use]
    pub fn forbidden_everywhere(least: Role) -> Self {
        let words = format!(
            "this concerns all channels, and only {} in all of them may do it: ask the owner for that role everywhere",
            one(least)
        );
        Self::new(StatusCode::FORBIDDEN, words)
    }

    /// A token is for some channels only, whatever its person may do.
    #[must_use]
    pub fn beyond_channels() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "this concerns all channels, and this token is for some: make one for all channels under Settings, Tokens",
        )
    }

    /// A token's scope allows too little, whatever its person may do.
    #[must_use]
    pub fn beyond_scope(scope: Role, least: Role) -> Self {
        let words = format!(
            "the scope of this token is {}, and this needs {}: make one of that scope under Settings, Tokens",
            scope.scope(),
            least.scope(),
        );
        Self::new(StatusCode::FORBIDDEN, words)
    }

    /// There is no such thing.
    #[must_use]
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, detail)
    }

    /// What was sent can't be used.
    #[must_use]
    pub fn bad(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
    }

    /// It can't be done as things are.
    #[must_use]
    pub fn conflict(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, detail)
    }

    /// Something here failed; it is logged, and may work later.
    #[must_use]
    pub fn failed(error: &dyn std::fmt::Display) -> Self {
        tracing::warn!(%error, "a request could not be answered");
        Self::later(error)
    }

    fn later(error: &dyn std::fmt::Display) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, format!("this did not work now: {error}"))
    }

    /// Tells in an answer when it may work.
    pub fn say_when(&self, response: &mut Response) {
        if let Some(seconds) = self.retry_after_s {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
    }
}

/// Somebody of a role.
fn one(role: Role) -> String {
    let article = if role == Role::Viewer { "a" } else { "an" };
    format!("{article} {}", role.as_str())
}

impl From<cliphound_store::StoreError> for Problem {
    fn from(error: cliphound_store::StoreError) -> Self {
        costs::tell(&error, "a request could not be answered");
        // The sentence names a file: it is the log's.
        Self::later(&"the database can't be used just now; Cliphound's log says why")
    }
}

impl From<askama::Error> for Problem {
    fn from(error: askama::Error) -> Self {
        Self::failed(&error)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_string(&self).unwrap_or_default();
        let json = HeaderValue::from_static(KIND);
        let mut response = (status, [(header::CONTENT_TYPE, json)], body).into_response();
        self.say_when(&mut response);
        response.extensions_mut().insert(self);
        response
    }
}

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage<'a> {
    problem: &'a Problem,
    /// A form was sent.
    is_form: bool,
}

/// On pages: leads those who are not logged in to the log-in, and shows other problems as pages.
/// A script that asked for a fragment is told in JSON.
pub async fn on_pages(request: Request, next: Next) -> Response {
    let (uri, method) = (request.uri().clone(), request.method().clone());
    let is_script = request.headers().contains_key(super::page::FRAGMENT);
    let response = rejected::as_problem(next.run(request).await);
    let Some(problem) = response.extensions().get::<Problem>() else { return response };
    if is_script {
        return response;
    }
    if problem.status == StatusCode::UNAUTHORIZED {
        return Redirect::to(&login(&method, &uri)).into_response();
    }
    let is_form = method == Method::POST;
    match (ProblemPage { problem, is_form }).render() {
        Ok(page) => {
            let mut shown = (response.status(), Html(assets::styled(page))).into_response();
            problem.say_when(&mut shown);
            shown
        }
        Err(_) => response,
    }
}

/// Where to log in; what was looked at is shown afterwards.
fn login(method: &Method, uri: &Uri) -> String {
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    if method != Method::GET || path == "/" {
        return "/login".to_owned();
    }
    let query: String =
        url::form_urlencoded::Serializer::new(String::new()).append_pair("next", path).finish();
    format!("/login?{query}")
}

/// What there is no page for.
pub async fn no_such_page() -> Problem {
    Problem::not_found("there is no such page: the address may be mistyped")
}

#[cfg(test)]
mod tests {
    use cliphound_store::StoreError;

    use super::*;

    #[test]
    fn where_the_database_lies_is_the_logs() {
        let problem = Problem::from(StoreError::Damaged {
            path: "/home/ann/cliphound.db".into(),
            detail: String::new(),
        });
        assert_eq!(problem.status, 503);
        assert!(!problem.detail.contains("ann") && problem.detail.contains("log says why"));
    }
}

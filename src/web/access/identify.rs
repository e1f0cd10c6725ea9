//! Finds out who sent a request, before any handler sees it.

use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{Access, Role, Viewer, cookie, csrf, origin, rights, secret};
use crate::web::Problem;

/// That a token was used is written down this often, in ms.
const USED_EVERY_MS: i64 = 60_000;

/// Puts the [`Viewer`] of a request into its extensions, where somebody is logged in. What a
/// session sends to change something must come from our own pages; programs send a token, and
/// then cookies do not count.
pub async fn identify(State(access): State<Access>, request: Request, next: Next) -> Response {
    match access.let_in(request).await {
        Ok(request) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

/// For what is sent before somebody is logged in: it must come from our own pages.
pub async fn same_origin(State(access): State<Access>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    match access.must_be_ours(&parts) {
        Ok(()) => next.run(Request::from_parts(parts, body)).await,
        Err(problem) => problem.into_response(),
    }
}

/// For what this machine is shown without a log-in, and others with one.
pub async fn local_or_logged_in(
    State(access): State<Access>,
    request: Request,
    next: Next,
) -> Response {
    let (parts, body) = request.into_parts();
    let is_local = access.is_local(&parts);
    let request = Request::from_parts(parts, body);
    if is_local {
        return next.run(request).await;
    }
    let seen = access.let_in(request).await.and_then(|request| {
        let viewer = request.extensions().get::<Viewer>().ok_or_else(Problem::unauthorized)?;
        viewer.must_be_everywhere(Role::Viewer).map(|()| request)
    });
    match seen {
        Ok(request) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

impl Access {
    async fn let_in(&self, request: Request) -> Result<Request, Problem> {
        let (mut parts, body) = request.into_parts();
        if let Some(token) = bearer(&parts.headers) {
            parts.extensions.insert(self.by_token(token).await?);
            return Ok(Request::from_parts(parts, body));
        }
        self.must_be_ours(&parts)?;
        let is_tls = self.is_tls(&parts);
        let viewer = match cookie::read(&parts.headers, cookie::SESSION, is_tls) {
            Some(word) => self.by_session(&word).await?,
            None => None,
        };
        let Some(viewer) = viewer else { return Ok(Request::from_parts(parts, body)) };
        let body: Body = if origin::is_safe(&parts.method) {
            body
        } else {
            csrf::check(&parts, body, &viewer.csrf).await?
        };
        parts.extensions.insert(viewer);
        Ok(Request::from_parts(parts, body))
    }

    async fn by_token(&self, token: &str) -> Result<Viewer, Problem> {
        if !secret::is_token(token) {
            return Err(unknown());
        }
        let came = self.0.store.token(&secret::hash(token)).await?.ok_or_else(unknown)?;
        let now_ms = self.now_ms();
        if came.by.expires_ms.is_some_and(|expires_ms| expires_ms <= now_ms) {
            return Err(unknown());
        }
        if came.by.used_ms.is_none_or(|used_ms| now_ms - used_ms >= USED_EVERY_MS)
            && let Err(error) = self.0.store.token_used(came.by.id, now_ms).await
        {
            tracing::debug!(%error, "that a token was used can't be kept");
        }
        rights::by_token(self.web(), &came).ok_or_else(unknown)
    }
}

/// What a program shows: `Authorization: Bearer …`. Anything else there is for somebody else: a
/// proxy that asks for a password of its own passes it on to us.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let text = headers.get(header::AUTHORIZATION)?.to_str().ok()?.trim_start();
    let (scheme, token) = text.split_once(' ').unwrap_or((text, ""));
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn unknown() -> Problem {
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "this API token is not known, or not good any more: make one under Settings, Tokens, and send it as `Authorization: Bearer cliphound_…`",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_bearer_shows_a_token() {
        let check = |value: Option<&'static str>, expected: Option<&str>| {
            let mut headers = HeaderMap::new();
            headers.extend(value.map(|value| (header::AUTHORIZATION, value.parse().unwrap())));
            assert_eq!(bearer(&headers), expected, "{value:?}");
        };
        check(None, None);
        check(Some("Bearer cliphound_x"), Some("cliphound_x"));
        check(Some("bearer  cliphound_x "), Some("cliphound_x"));
        check(Some("Bearer"), Some(""));
        check(Some("Basic YW5uOnNlY3JldA=="), None);
        check(Some("Digest username=\"ann\""), None);
    }
}

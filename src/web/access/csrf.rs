//! What is sent in a session's name must carry the session's token: in the header `x-csrf`, in the
//! address (`?csrf=`, for uploads), or in the field `csrf` of a form.

use axum::{
    body::{Body, to_bytes},
    http::{HeaderMap, StatusCode, header, request::Parts},
};
use url::form_urlencoded;

use super::secret;
use crate::web::Problem;

/// Longest form, in bytes.
const LONGEST: usize = 1024 * 1024;

/// Lets a request through that carries the token; the body is as it was.
pub(super) async fn check(parts: &Parts, body: Body, token: &str) -> Result<Body, Problem> {
    let in_header = parts.headers.get("x-csrf").and_then(|value| value.to_str().ok());
    let in_query = parts.uri.query().and_then(|query| field(query.as_bytes()));
    if let Some(given) = in_header.map(str::to_owned).or(in_query) {
        return if is_it(&given, token) { Ok(body) } else { Err(stale()) };
    }
    if !is_form(&parts.headers) {
        return Err(stale());
    }
    let form = to_bytes(body, LONGEST).await.map_err(|_| too_long())?;
    match field(&form) {
        Some(given) if is_it(&given, token) => Ok(Body::from(form)),
        _ => Err(stale()),
    }
}

fn is_it(given: &str, token: &str) -> bool {
    !token.is_empty() && secret::is_same(given.as_bytes(), token.as_bytes())
}

fn field(form: &[u8]) -> Option<String> {
    let mut fields = form_urlencoded::parse(form);
    fields.find(|(name, _)| name == "csrf").map(|(_, value)| value.into_owned())
}

fn is_form(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"))
}

fn stale() -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        "this page is of an earlier log-in, or something else than it sent this: load it again and do it once more (programs: send an API token)",
    )
}

fn too_long() -> Problem {
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "this is too long: 1 MiB at most")
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    async fn check(uri: &str, headers: &[(&str, &str)], body: &str, expected: bool) {
        let mut request = Request::post(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (parts, sent) = request.body(Body::from(body.to_owned())).unwrap().into_parts();
        match super::check(&parts, sent, "token").await {
            Ok(left) => {
                assert!(expected, "{uri} {headers:?} {body}");
                assert_eq!(to_bytes(left, LONGEST).await.unwrap(), body.as_bytes());
            }
            Err(problem) => assert!(!expected && problem.status == 403, "{uri} {headers:?} {body}"),
        }
    }

    #[tokio::test]
    async fn it_is_in_the_form_the_header_or_the_address() {
        let form = ("content-type", "application/x-www-form-urlencoded");
        check("/", &[form], "a=b&csrf=token", true).await;
        check("/", &[form], "a=b&csrf=other", false).await;
        check("/", &[form], "a=b", false).await;
        check("/", &[form], "csrf=", false).await;
        check("/", &[("content-type", "text/plain")], "csrf=token", false).await;
        check("/", &[("x-csrf", "token"), ("content-type", "application/json")], "{}", true).await;
        check("/", &[("x-csrf", "other"), form], "csrf=token", false).await;
        check("/?csrf=token", &[("content-type", "multipart/form-data")], "…", true).await;
        check("/?csrf=toke", &[], "", false).await;
        check("/", &[], "", false).await;
    }
}

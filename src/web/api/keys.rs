//! What may follow the `?` of an address, and whether anything may be sent along: what the description
//! names. Anything else is refused, for whoever mistypes it would get what they did not ask for.

use std::sync::Arc;

use axum::{
    body::{Body, to_bytes},
    extract::{MatchedPath, Request, State},
    http::Method,
    middleware::Next,
    response::{IntoResponse, Response},
};
use utoipa::openapi::{
    OpenApi, RefOr,
    path::{Operation, ParameterIn, PathItem},
};

use crate::web::{Problem, access::Viewer, sent::words};

/// So much is read of a body where there should be none.
const MOST: usize = 4_096;

/// Refuses unknown keys to whoever is let in; the others hear that they are not.
pub async fn known(State(api): State<Arc<OpenApi>>, request: Request, next: Next) -> Response {
    match checked(&api, request).await {
        Ok(request) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

async fn checked(api: &OpenApi, request: Request) -> Result<Request, Problem> {
    let Some(operation) = described(api, &request) else { return Ok(request) };
    if let Some(query) = request.uri().query() {
        words::only(query, &names(operation)).map_err(Problem::bad)?;
    }
    let takes_none = operation.request_body.is_none();
    if takes_none && !request.method().is_safe() {
        without_body(request).await
    } else {
        Ok(request)
    }
}

/// The operation that is asked for, by somebody who is let in.
fn described<'a>(api: &'a OpenApi, request: &Request) -> Option<&'a Operation> {
    let about = request.extensions();
    about.get::<Viewer>()?;
    let item = api.paths.paths.get(about.get::<MatchedPath>()?.as_str())?;
    operation(item, request.method())
}

/// A pause that was meant for ten minutes shall not be one for good.
async fn without_body(request: Request) -> Result<Request, Problem> {
    let (parts, body) = request.into_parts();
    let sent = to_bytes(body, MOST).await.ok();
    let is_nothing = sent.is_some_and(|sent| matches!(sent.trim_ascii(), b"" | b"null" | b"{}"));
    let request = Request::from_parts(parts, Body::empty());
    is_nothing
        .then_some(request)
        .ok_or_else(|| Problem::bad("nothing is sent along here: leave the body out"))
}

fn operation<'a>(item: &'a PathItem, method: &Method) -> Option<&'a Operation> {
    match method.as_str() {
        "GET" | "HEAD" => item.get.as_ref(),
        "POST" => item.post.as_ref(),
        "PUT" => item.put.as_ref(),
        "PATCH" => item.patch.as_ref(),
        "DELETE" => item.delete.as_ref(),
        _ => None,
    }
}

fn names(operation: &Operation) -> Vec<&str> {
    let parameters = operation.parameters.iter().flatten();
    let own = parameters.filter_map(|parameter| match parameter {
        RefOr::T(own) if own.parameter_in == ParameterIn::Query => Some(own.name.as_str()),
        _ => None,
    });
    own.collect()
}

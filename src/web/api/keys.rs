//! What may follow the `?` of an address: what its description names. Any other key is refused, for
//! whoever mistypes one would get what they did not ask for.

use std::sync::Arc;

use axum::{
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

/// Refuses unknown keys to whoever is let in; the others hear that they are not.
pub async fn known(State(api): State<Arc<OpenApi>>, request: Request, next: Next) -> Response {
    match refusal(&api, &request) {
        Some(problem) => problem.into_response(),
        None => next.run(request).await,
    }
}

fn refusal(api: &OpenApi, request: &Request) -> Option<Problem> {
    let (query, about) = (request.uri().query()?, request.extensions());
    about.get::<Viewer>()?;
    let item = api.paths.paths.get(about.get::<MatchedPath>()?.as_str())?;
    let names = names(operation(item, request.method())?);
    words::only(query, &names).err().map(Problem::bad)
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

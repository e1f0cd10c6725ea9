//! What the API's description says of every operation alike, and nobody shall have to write at each:
//! its id, how problems are told, who may ask. Pure.

use axum::http::StatusCode;
use utoipa::openapi::{
    Components, OpenApi, Ref, RefOr,
    content::Content,
    path::{Operation, PathItem},
    response::Response,
    security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityRequirement, SecurityScheme},
};

use crate::web::{access::COOKIE_OF_SESSION, problem::KIND};

/// The description with all of that.
#[must_use]
pub fn whole(mut api: OpenApi) -> OpenApi {
    for (path, item) in &mut api.paths.paths {
        for (method, operation) in operations(item) {
            // Those of handlers are not the only ones of their names, and ids must be.
            operation.operation_id = Some(id(method, path));
            told(operation);
        }
    }
    let components = api.components.get_or_insert_with(Components::default);
    let token = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    components.add_security_scheme("token", token);
    let about = "A session; what changes something carries its token in the header x-csrf, too.";
    let session = ApiKey::Cookie(ApiKeyValue::with_description(COOKIE_OF_SESSION, about));
    components.add_security_scheme("session", SecurityScheme::ApiKey(session));
    let no_scopes = [""; 0];
    let either = ["token", "session"].map(|name| SecurityRequirement::new(name, no_scopes));
    api.security = Some(Vec::from(either));
    api
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    let all = [
        ("get", &mut item.get),
        ("put", &mut item.put),
        ("post", &mut item.post),
        ("patch", &mut item.patch),
        ("delete", &mut item.delete),
    ];
    all.into_iter().filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

/// Method and path, which no two have in common: `get_channels_channel_settings`.
fn id(method: &str, path: &str) -> String {
    let path = path.strip_prefix(super::AT).unwrap_or(path);
    let parts = path.split('/').filter(|part| !part.is_empty());
    let parts = parts.map(|part| part.trim_matches(['{', '}']).replace('-', "_"));
    parts.fold(method.to_owned(), |id, part| format!("{id}_{part}"))
}

/// Each answer has words, and each problem its kind of content; what is described at none of the
/// operations (no log-in, too many requests) is a problem like all others.
fn told(operation: &mut Operation) {
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else { continue };
        if response.description.is_empty() {
            let status = status.parse::<StatusCode>().ok();
            let words = status.and_then(|status| status.canonical_reason());
            words.unwrap_or("Answer").clone_into(&mut response.description);
        }
        if status.starts_with(['4', '5'])
            && let Some(content) = response.content.shift_remove("application/json")
        {
            response.content.insert(KIND.to_owned(), content);
        }
    }
    let mut other = Response::new("Whatever else goes wrong, such as no log-in");
    let problem = Content::new(Some(Ref::from_schema_name("Problem")));
    other.content.insert(KIND.to_owned(), RefOr::T(problem));
    operation.responses.responses.insert("default".to_owned(), RefOr::T(other));
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;

    #[test]
    fn programs_can_be_made_from_it() {
        let api = serde_json::to_value(crate::web::api::openapi()).unwrap();
        let mut ids = BTreeSet::new();
        for (path, methods) in api["paths"].as_object().unwrap() {
            for (method, operation) in methods.as_object().unwrap() {
                let id = operation["operationId"].as_str().unwrap();
                assert!(ids.insert(id.to_owned()), "{id} is there twice: {method} {path}");
                for (status, answer) in operation["responses"].as_object().unwrap() {
                    let is_said =
                        answer["description"].as_str().is_some_and(|said| !said.is_empty());
                    assert!(is_said, "{method} {path} {status}");
                    let kinds: Vec<&String> = match &answer["content"] {
                        Value::Object(content) => content.keys().collect(),
                        _ => Vec::new(),
                    };
                    let is_problem = status.starts_with(['4', '5', 'd']);
                    assert!(!is_problem || kinds == [KIND], "{method} {path} {status}: {kinds:?}");
                }
            }
        }
        assert!(ids.contains("delete_channels_channel_settings_changes_id"), "{ids:?}");
        assert_eq!(api["components"]["securitySchemes"]["token"]["scheme"], "bearer");
        assert_eq!(api["security"][1]["session"], Value::Array(Vec::new()));
        assert!(api["components"]["schemas"]["Problem"].is_object());
    }
}

//! What is sent: a program's body, and of an address what follows its `?` and the parts of its path.
//! What can't be read is a [`Problem`] with one plain sentence: which key, and what is expected.
//!
//! One rule for all bodies: JSON without unknown keys; none at all, or `null`, is `{}`. Addresses have
//! no unknown keys either: of the API its description says which there are, of pages an [`Address`].

mod keys;
pub mod words;

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Request, rejection::PathRejection},
    http::{HeaderMap, StatusCode, header, request::Parts},
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use url::form_urlencoded;

use super::Problem;

/// A body of JSON.
#[derive(Debug)]
pub struct Sent<T>(pub T);

/// What follows the `?` of an address. That it has no unknown keys is looked after where the API
/// is put together.
#[derive(Debug)]
pub struct Query<T>(pub T);

/// What follows the `?` of a page's address: the keys of `A` and `B`, and no others.
#[derive(Debug)]
pub struct Address<A, B = Nothing>(pub A, pub B);

/// No further keys.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Nothing {}

/// The parts of an address between its slashes.
#[derive(Debug)]
pub struct Path<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Sent<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let is_json = is_json(request.headers());
        let body = Bytes::from_request(request, state).await;
        let body = body.map_err(|error| super::rejected::plain(error.status()))?;
        if !is_json && !body.trim_ascii().is_empty() {
            let words = "send the body as JSON, with the header content-type: application/json";
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, words));
        }
        body_of(&body).map(Self).map_err(Problem::bad)
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        query_of(parts.uri.query().unwrap_or_default()).map(Self).map_err(Problem::bad)
    }
}

impl<S, A, B> FromRequestParts<S> for Address<A, B>
where
    S: Send + Sync,
    A: DeserializeOwned,
    B: DeserializeOwned,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        address_of(parts.uri.query().unwrap_or_default()).map_err(Problem::bad)
    }
}

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match axum::extract::Path::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(path)) => Ok(Self(path)),
            Err(PathRejection::FailedToDeserializePathParams(error)) => {
                Err(Problem::bad(words::path(error.kind())))
            }
            Err(error) => Err(super::rejected::plain(error.status())),
        }
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/json") || kind.ends_with("+json")
}

fn body_of<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    let text: &[u8] = match body.trim_ascii() {
        b"" | b"null" => b"{}",
        text => text,
    };
    // First whether it is JSON at all: what it must be instead is of no use to somebody who forgot a
    // bracket.
    let value: Value = serde_json::from_slice(text).map_err(|_| NO_JSON.to_owned())?;
    let told = |error: &_| words::told("the body", error, keys::of::<T>());
    // From the text itself, which still has the keys that are there twice.
    let mut json = serde_json::Deserializer::from_slice(text);
    match serde_path_to_error::deserialize(&mut json) {
        Ok(sent) => Ok(sent),
        Err(error) if error.inner().is_data() => Err(told(&error)),
        // A number where a word belongs is no mistake of the JSON, and the reader takes it for one.
        Err(_) => serde_path_to_error::deserialize(value).map_err(|error| told(&error)),
    }
}

const NO_JSON: &str = "the body is no JSON: check its quotes, commas and brackets";

fn query_of<T: DeserializeOwned>(query: &str) -> Result<T, String> {
    let pairs = serde_urlencoded::Deserializer::new(form_urlencoded::parse(query.as_bytes()));
    serde_path_to_error::deserialize(pairs).map_err(|error| words::told("the address", &error, &[]))
}

fn address_of<A, B>(query: &str) -> Result<Address<A, B>, String>
where
    A: DeserializeOwned,
    B: DeserializeOwned,
{
    let known = [keys::of::<A>(), keys::of::<B>()].concat();
    words::only(query, &known)?;
    Ok(Address(query_of(query)?, query_of(query)?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Default, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct Wish {
        title: Option<String>,
        minutes: u32,
        loud: bool,
        size: Option<Size>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Size {
        Small,
        Large,
    }

    #[test]
    fn nothing_is_an_object_without_keys() {
        for body in ["", " \n", "null", "{}", " null "] {
            assert_eq!(body_of(body.as_bytes()), Ok(Wish::default()), "{body}");
        }
        let loud = Wish { loud: true, ..Wish::default() };
        assert_eq!(body_of(b"{\"loud\": true, \"title\": null}"), Ok(loud));
        let list = body_of::<Vec<Wish>>(b"null").unwrap_err();
        assert_eq!(list, "the body must be a list");
    }

    #[test]
    fn what_is_wrong_is_told_in_words() {
        let check = |body: &str, expected: &str| {
            assert_eq!(body_of::<Wish>(body.as_bytes()).unwrap_err(), expected, "{body}");
        };
        check(
            "{\"titel\": \"x\"}",
            "there is no “titel” here: it can be title, minutes, loud or size",
        );
        check("{\"title\": 5}", "“title” must be text");
        check("{\"minutes\": -1}", "“minutes” must be a whole number from 0 to 4294967295");
        check("{\"loud\": 1, \"loud\": 2}", "“loud” must be true or false");
        check("{\"loud\": true, \"loud\": true}", "“loud” is there twice: say it once");
        check("{\"size\": \"huge\"}", "“size” must be small or large");
        check("{\"size\": 5}", "“size” must be one of the words that the description names");
        check("5", "the body must be an object with the keys title, minutes, loud, size");
        for body in ["{", "{} x", "title", "\u{feff}{}", "{\"title\": \"\u{1}\"}"] {
            check(body, NO_JSON);
        }
        assert_eq!(body_of::<Wish>(b"{\"title\": \"\xff\"}"), Err(NO_JSON.to_owned()));
    }

    #[test]
    fn a_list_is_told_of_alike() {
        let check = |body: &str, expected: &str| {
            assert_eq!(body_of::<Vec<Wish>>(body.as_bytes()).unwrap_err(), expected, "{body}");
        };
        for body in ["{", "[", "[{]", "5 x", "{\"title\": }"] {
            check(body, NO_JSON);
        }
        check("{}", "the body must be a list");
        check("[{}, 1]", "“[1]” must be an object with the keys title, minutes, loud, size");
        check("[{\"loud\": 1}]", "“[0].loud” must be true or false");
    }

    proptest! {
        #[test]
        fn whatever_is_sent_is_read_or_refused_in_plain_words(
            body in r#"[{\[]?"(title|minutes|loud|size|x)": ?("[a-z ]{0,5}"|-?[0-9.]{1,12}|true|null|\[\]|\{\})[}\]]?"#
        ) {
            if let Err(told) = body_of::<Wish>(body.as_bytes()) {
                for raw in ["`", " at line", "invalid", "expected", "EOF"] {
                    prop_assert!(!told.contains(raw), "{body}: {told}");
                }
            }
        }
    }

    #[test]
    fn an_address_is_read_alike() {
        let check = |query: &str, expected: &str| {
            assert_eq!(query_of::<Wish>(query).unwrap_err(), expected, "{query}");
        };
        assert_eq!(query_of("loud=true&minutes=7").map(|wish: Wish| wish.minutes), Ok(7));
        assert_eq!(query_of(""), Ok(Wish::default()));
        check("minutes=many", "“minutes” must be a whole number that is not too large");
        check("minutes=", "“minutes” must be a whole number that is not too large");
        check("minutes=99999999999", "“minutes” must be a whole number that is not too large");
        check("loud=1", "“loud” must be true or false");
        check("minutes=1&minutes=2", "“minutes” is there twice: say it once");
    }
    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default)]
    struct Place {
        page: u32,
        name: String,
    }

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default)]
    struct Order {
        sort: String,
    }

    #[test]
    fn a_page_knows_its_keys_and_no_others() {
        let told =
            |query: &str| address_of::<Place, Order>(query).map(|own| (own.0.page, own.1.sort));
        assert_eq!(told("sort=best&page=2&csrf=x"), Ok((2, "best".to_owned())));
        assert_eq!(told(""), Ok((0, String::new())));
        let unknown = "nothing is asked for by “order” here: use page, name or sort";
        assert_eq!(told("page=1&order=oldest").unwrap_err(), unknown);
        assert_eq!(told("page=1&page=2").unwrap_err(), "“page” is there twice: say it once");
        let one = address_of::<Order, Nothing>("page=1").unwrap_err();
        assert_eq!(one, "nothing is asked for by “page” here: use sort");
    }
}

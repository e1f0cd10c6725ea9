//! One HTTP request to Twitch, at our address, and whether it left the house.

use std::{error::Error, time::Duration};

use twitch_api::client::{Bytes, Request, Response};
use url::Url;

use crate::{
    net::{is_loopback, remedy},
    words::told,
};

/// Time to reach Twitch: DNS, TCP and TLS together. Real time, whatever the clock.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Time for a whole call. Real time.
const CALL_TIMEOUT: Duration = Duration::from_secs(15);
/// Idle connections go early: a request on one that the other side is closing is a lost answer.
const IDLE_TIMEOUT: Duration = Duration::from_secs(20);
/// The largest answer that is read: a hundred clips are about 100 kB.
const MAX_BODY: usize = 4 * 1024 * 1024;

/// The HTTP client for all calls to `endpoints`. When one of them is plain text on this
/// machine, it goes past the proxy of the environment, which would read the tokens.
///
/// # Errors
/// When the system's TLS set-up can't be used.
pub fn http_client(endpoints: &[&Url]) -> Result<reqwest::Client, reqwest::Error> {
    let builder = reqwest::Client::builder();
    let is_here = endpoints.iter().any(|endpoint| is_plain_here(endpoint));
    let builder = if is_here { builder.no_proxy() } else { builder };
    builder
        .user_agent(concat!("cliphound/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(CALL_TIMEOUT)
        .pool_idle_timeout(IDLE_TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .build()
}

/// Plain text on this machine: a simulated Twitch.
pub(crate) fn is_plain_here(endpoint: &Url) -> bool {
    endpoint.scheme() == "http" && is_loopback(endpoint)
}

/// Why a request has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SendError {
    /// It never left: a repetition is safe.
    #[error("{0}")]
    NotSent(String),
    /// It left, and no whole answer came: it may have worked.
    #[error("{0}")]
    AnswerLost(String),
}

/// Sends a request that was built for `prefix` (a path such as `/helix/`) to `base` instead.
pub(crate) async fn send(
    http: &reqwest::Client,
    base: &Url,
    prefix: &str,
    request: Request,
) -> Result<Response, SendError> {
    let url = rebase(base, prefix, request.uri().path(), request.uri().query())
        .ok_or_else(|| SendError::NotSent(format!("{base} is no base address")))?;
    let mut request = reqwest::Request::try_from(request).map_err(|e| not_sent(&e))?;
    *request.url_mut() = url;
    execute(http, request).await
}

/// Sends a form to `path` below `base`.
pub(crate) async fn post_form(
    http: &reqwest::Client,
    base: &Url,
    path: &str,
    form: &[(&str, &str)],
) -> Result<Response, SendError> {
    let url = rebase(base, "/", &format!("/{path}"), None)
        .ok_or_else(|| SendError::NotSent(format!("{base} is no base address")))?;
    let request = http.post(url).form(form).build().map_err(|e| not_sent(&e))?;
    execute(http, request).await
}

async fn execute(http: &reqwest::Client, request: reqwest::Request) -> Result<Response, SendError> {
    let answer = http.execute(request).await;
    // Only a failure to connect proves that nothing left.
    let answer = answer
        .map_err(|e| if e.is_connect() || e.is_builder() { not_sent(&e) } else { lost(&e) })?;
    whole(answer).await
}

/// Where a path that a crate made for its own base lies under ours.
fn rebase(base: &Url, prefix: &str, path: &str, query: Option<&str>) -> Option<Url> {
    let rest = path.strip_prefix(prefix)?;
    let mut url = base.clone();
    let segments = rest.split('/').filter(|segment| !segment.is_empty());
    url.path_segments_mut().ok()?.pop_if_empty().extend(segments);
    url.set_query(query);
    Some(url)
}

/// Reads the body, up to [`MAX_BODY`]. Of the head, the headers and the status are kept.
async fn whole(mut answer: reqwest::Response) -> Result<Response, SendError> {
    let mut body = Vec::new();
    while let Some(piece) = answer.chunk().await.map_err(|e| lost(&e))? {
        if body.len() + piece.len() > MAX_BODY {
            return Err(SendError::AnswerLost(format!("the answer exceeds {MAX_BODY} bytes")));
        }
        body.extend_from_slice(&piece);
    }
    let mut whole = Response::new(Bytes::from(body));
    *whole.status_mut() = answer.status();
    std::mem::swap(whole.headers_mut(), answer.headers_mut());
    Ok(whole)
}

/// What stands for a web page, which something between us and Twitch answers with.
const PAGE: &str = "a web page";

/// What Twitch says in an error's body: its `message`, else `error`, else the text as it is,
/// unless that is a web page.
pub(crate) fn message(answer: &Response) -> String {
    let body = answer.body();
    let json: Option<serde_json::Value> = serde_json::from_slice(body).ok();
    let word = |key| json.as_ref().and_then(|j| j.get(key)?.as_str()).filter(|w| !w.is_empty());
    let text = match word("message").or_else(|| word("error")) {
        Some(word) => told(word),
        None if body.trim_ascii_start().starts_with(b"<") => PAGE.to_owned(),
        None => told(&String::from_utf8_lossy(body)),
    };
    if text.is_empty() { answer.status().to_string() } else { text }
}

fn not_sent(error: &reqwest::Error) -> SendError {
    SendError::NotSent(causes(error))
}

fn lost(error: &reqwest::Error) -> SendError {
    SendError::AnswerLost(causes(error))
}

/// How to mend it, or the innermost cause, which is the one that helps ("connection refused");
/// never the address.
fn causes(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "no answer in time".to_owned();
    }
    if let Some(words) = remedy(error) {
        return told(&words);
    }
    let mut cause: Option<&dyn Error> = error.source();
    let mut text = None;
    while let Some(error) = cause {
        text = Some(error.to_string());
        cause = error.source();
    }
    told(&text.unwrap_or_else(|| "the request failed".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_moves_to_our_base() {
        let check = |base: &str, expected: &str| {
            let base = Url::parse(base).unwrap();
            let moved = rebase(&base, "/helix/", "/helix/chat/messages", Some("a=b")).unwrap();
            assert_eq!(moved.as_str(), expected);
        };
        check("https://api.twitch.tv/helix", "https://api.twitch.tv/helix/chat/messages?a=b");
        check("http://127.0.0.1:1/x/helix/", "http://127.0.0.1:1/x/helix/chat/messages?a=b");
        check("http://127.0.0.1:1", "http://127.0.0.1:1/chat/messages?a=b");
    }

    #[test]
    fn the_base_itself_can_be_asked() {
        let base = Url::parse("http://127.0.0.1:1/eventsub/subscriptions").unwrap();
        let moved = rebase(&base, "/helix/", "/helix/", Some("id=1")).unwrap();
        assert_eq!(moved.as_str(), "http://127.0.0.1:1/eventsub/subscriptions?id=1");
    }

    #[test]
    fn a_path_of_another_crate_version_is_refused() {
        let base = Url::parse("http://127.0.0.1:1").unwrap();
        assert_eq!(rebase(&base, "/helix/", "/kraken/clips", None), None);
        let mail = Url::parse("mailto:a@b").unwrap();
        assert_eq!(rebase(&mail, "/helix/", "/helix/clips", None), None);
    }

    #[test]
    fn plain_text_on_this_machine() {
        for (endpoint, expected) in [
            ("http://127.0.0.1:9/helix", true),
            ("http://[::1]:9", true),
            ("http://LocalHost:9", true),
            ("https://127.0.0.1", false),
            ("http://127.0.0.1.example.org", false),
            ("https://api.twitch.tv/helix", false),
        ] {
            assert_eq!(is_plain_here(&Url::parse(endpoint).unwrap()), expected, "{endpoint}");
        }
    }

    #[test]
    fn the_message_is_found_in_any_body() {
        let check = |body: &'static str, expected: &str| {
            let mut answer = Response::new(Bytes::from_static(body.as_bytes()));
            *answer.status_mut() = reqwest::StatusCode::BAD_REQUEST;
            assert_eq!(message(&answer), expected, "{body}");
        };
        check(r#"{"status":400,"message":"no such id"}"#, "no such id");
        check(r#"{"error":"Bad Request","message":""}"#, "Bad Request");
        check(" <!doctype html>\n<p>busy", "a web page");
        check("no < yes", "no < yes");
        check("[]", "[]");
        check("", "400 Bad Request");
    }
}

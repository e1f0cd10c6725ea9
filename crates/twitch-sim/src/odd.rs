//! Odd answers over HTTP: statuses, pages, empty and torn bodies, answers lost or never given.
//!
//! A layer around Helix and OAuth. Some faults let the call be performed and spoil the answer,
//! others keep it from being performed; [`Odd::is_performed`] says which. Of a clip that was
//! made all the same, the record says so.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};

use crate::helix::access::put;
use crate::http::{ApiError, HangUp};
use crate::world::{Fault, World};

/// `http_429` asks for so much patience.
const RESET_S: i64 = 10;
/// Points of the limit that `http_429` tells.
const POINTS: u32 = 800;
/// Longest answer that is spoilt, in bytes.
const MAX_BODY: usize = 16 * 1024 * 1024;
/// A page for people.
const PAGE: &str = "<!DOCTYPE html><html><body><h1>We'll be right back</h1></body></html>";

/// How an answer is odd.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Odd {
    Status(u16),
    /// 429 without a word on when to come again.
    Bare429,
    /// A page for people, with 200.
    Html,
    /// The right status and no body.
    Empty,
    /// The first half of the body.
    Truncated,
    /// The connection closes before the answer.
    Lost,
    /// 502, though the call was performed.
    Late502,
    /// No answer, and nothing is performed.
    Hang,
    /// No answer, though the call was performed.
    LateHang,
}

impl Odd {
    pub const ALL: [Self; 15] = [
        Self::Status(401),
        Self::Status(403),
        Self::Status(404),
        Self::Status(429),
        Self::Status(500),
        Self::Status(502),
        Self::Status(503),
        Self::Bare429,
        Self::Html,
        Self::Empty,
        Self::Truncated,
        Self::Lost,
        Self::Late502,
        Self::Hang,
        Self::LateHang,
    ];

    /// Whether Twitch does what it was asked for.
    pub fn is_performed(self) -> bool {
        matches!(self, Self::Empty | Self::Truncated | Self::Lost | Self::Late502 | Self::LateHang)
    }
}

/// Calls that faults can be for, by method and path.
const CALLS: &[(Method, &str, &str)] = &[
    (Method::POST, "/helix/clips", "create_clip"),
    (Method::POST, "/helix/videos/clips", "create_clip_from_vod"),
    (Method::GET, "/helix/clips", "get_clips"),
    (Method::GET, "/helix/clips/downloads", "get_downloads"),
    (Method::GET, "/helix/videos", "get_videos"),
    (Method::GET, "/helix/streams", "get_streams"),
    (Method::GET, "/helix/users", "get_users"),
    (Method::POST, "/helix/streams/markers", "create_marker"),
    (Method::POST, "/helix/chat/messages", "send_message"),
    (Method::POST, "/helix/eventsub/subscriptions", "subscribe"),
    (Method::POST, "/oauth2/token", "token"),
    (Method::GET, "/oauth2/validate", "validate"),
    (Method::POST, "/oauth2/device", "device"),
];

/// Places that a fault of HTTP can be for: the two services and their calls.
pub(crate) fn places() -> impl Iterator<Item = &'static str> {
    ["helix", "oauth"].into_iter().chain(CALLS.iter().map(|(.., name)| *name))
}

/// A clip was made; an answer carries its id as far as this layer.
#[derive(Debug, Clone)]
pub(crate) struct MadeClip(pub String);

/// The layer around Helix.
pub(crate) async fn helix(world: State<Arc<World>>, request: Request, next: Next) -> Response {
    spoil("helix", "/helix", world, request, next).await
}

/// The layer around OAuth.
pub(crate) async fn oauth(world: State<Arc<World>>, request: Request, next: Next) -> Response {
    spoil("oauth", "/oauth2", world, request, next).await
}

async fn spoil(
    service: &'static str,
    prefix: &'static str,
    State(world): State<Arc<World>>,
    request: Request,
    next: Next,
) -> Response {
    let path = format!("{prefix}{}", request.uri().path());
    let is_it = |(method, at, _): &&(Method, &str, _)| *at == path && method == request.method();
    let call = CALLS.iter().find(is_it).map_or(service, |(.., name)| *name);
    let odd = {
        let faults = &mut world.state().faults;
        Odd::ALL.into_iter().find(|odd| {
            let fault = Fault::Http(*odd);
            faults.take(fault, Some(call)) || faults.take(fault, Some(service))
        })
    };
    let Some(odd) = odd else { return dated(&world, next.run(request).await) };
    let hang_up = request.extensions().get::<ConnectInfo<HangUp>>().cloned();
    let name = format!("{} {path}", request.method());
    let response = if odd.is_performed() {
        let response = next.run(request).await;
        if let Some(MadeClip(id)) = response.extensions().get() {
            world.state().clips.answer_was_spoilt(id, Fault::Http(odd).name());
        }
        response
    } else {
        let status = if let Odd::Status(status) = odd { status } else { 0 };
        world.state().stats.count(name, status);
        Response::default()
    };
    let response = match odd {
        Odd::Status(status) => refusal(&world, status),
        Odd::Bare429 => ApiError::new(StatusCode::TOO_MANY_REQUESTS, "").into_response(),
        Odd::Html => Html(PAGE).into_response(),
        Odd::Late502 => refusal(&world, 502),
        Odd::Empty => with_body(response, |_| Vec::new()).await,
        Odd::Truncated => with_body(response, |body| body[..body.len() / 2].to_vec()).await,
        Odd::Lost => {
            if let Some(ConnectInfo(hang_up)) = hang_up {
                hang_up.now();
            }
            response
        }
        // Until the client gives up.
        Odd::Hang | Odd::LateHang => std::future::pending().await,
    };
    dated(&world, response)
}

/// Twitch's words for a status.
fn refusal(world: &World, status: u16) -> Response {
    let code = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if status == 502 {
        // It is not Twitch that says so, but what stands in front of it.
        return (code, Html("<html><body><h1>502 Bad Gateway</h1></body></html>")).into_response();
    }
    let words = if status == 401 { "Invalid OAuth token" } else { "" };
    let mut response = ApiError::new(code, words).into_response();
    if status == 429 {
        let now_ms = world.clock.now_ms();
        let reset_s = world.state().time.shown(now_ms) / 1000 + RESET_S;
        put(response.headers_mut(), "ratelimit-limit", POINTS);
        put(response.headers_mut(), "ratelimit-remaining", 0);
        put(response.headers_mut(), "ratelimit-reset", reset_s);
    }
    response
}

/// The same answer with another body.
async fn with_body(response: Response, change: impl FnOnce(&[u8]) -> Vec<u8>) -> Response {
    let (mut head, body) = response.into_parts();
    let body = to_bytes(body, MAX_BODY).await.unwrap_or_default();
    head.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(head, Body::from(change(&body)))
}

/// Tells what time it is at Twitch.
fn dated(world: &World, mut response: Response) -> Response {
    let now_ms = world.clock.now_ms();
    let now_ms = world.state().time.shown(now_ms);
    let now = jiff::Timestamp::from_millisecond(now_ms).unwrap_or_default();
    let date = now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    if let Ok(date) = HeaderValue::from_str(&date) {
        response.headers_mut().insert(header::DATE, date);
    }
    response
}

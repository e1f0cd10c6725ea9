//! The videos of clips: made-up bytes, also by parts, and sometimes cut off.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures_util::{StreamExt, stream};

use crate::world::{Fault, World};

/// Length of every video, in bytes.
pub(crate) const LENGTH: usize = 300_000;

/// All of the place where videos lie.
pub(crate) fn routes(world: Arc<World>) -> Router {
    Router::new().route("/{file}", get(video)).with_state(world)
}

async fn video(
    State(world): State<Arc<World>>,
    Path(file): Path<String>,
    headers: HeaderMap,
) -> Response {
    let Some(id) = file.strip_suffix(".mp4") else { return StatusCode::NOT_FOUND.into_response() };
    let cut = {
        let state = &mut *world.state();
        let Some(clip) = state.clips.all().iter().find(|clip| clip.id == id) else {
            return StatusCode::NOT_FOUND.into_response();
        };
        let login = clip.channel.clone();
        state.faults.take(Fault::DownloadCut, Some(&login))
    };
    let range = headers.get(header::RANGE).and_then(|range| range.to_str().ok());
    let from = range
        .and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-')?.parse::<usize>().ok());
    if from.is_some_and(|from| from >= LENGTH) {
        let whole = format!("bytes */{LENGTH}");
        return (StatusCode::RANGE_NOT_SATISFIABLE, [(header::CONTENT_RANGE, whole)])
            .into_response();
    }
    let start = from.unwrap_or(0);
    let bytes: Vec<u8> = (start..LENGTH).map(byte).collect();
    let length = bytes.len();
    let body = if cut { half(bytes) } else { Body::from(bytes) };
    let mut response = Response::new(body);
    if from.is_some() {
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        if let Ok(value) = format!("bytes {start}-{}/{LENGTH}", LENGTH - 1).parse() {
            response.headers_mut().insert(header::CONTENT_RANGE, value);
        }
    }
    if cut && let Ok(value) = length.to_string().parse() {
        response.headers_mut().insert(header::CONTENT_LENGTH, value);
    }
    response
}

/// The byte at a place of every video.
fn byte(at: usize) -> u8 {
    (at % 251) as u8
}

/// The first half, and then the connection breaks.
fn half(mut bytes: Vec<u8>) -> Body {
    bytes.truncate(bytes.len() / 2);
    let broken = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
    let end = stream::once(async {
        // The first half is on its way before the end comes.
        tokio::task::yield_now().await;
        Err(broken)
    });
    Body::from_stream(stream::iter([Ok(Bytes::from(bytes))]).chain(end))
}

//! The form of server-sent events (<https://html.spec.whatwg.org/multipage/server-sent-events.html>),
//! and streams of them that end.

use std::{convert::Infallible, future::ready, time::Duration};

use axum::{
    body::{Body, Bytes},
    http::header,
    response::{IntoResponse, Response},
};
use cliphound_clock::Clock;
use futures_util::{Stream, StreamExt, stream};
use tokio::sync::broadcast;
use tokio_stream::{StreamExt as _, wrappers::BroadcastStream};

/// A stream ends after so long, real time, and its reader comes back: one that is gone is noticed.
pub const LASTS: Duration = Duration::from_secs(120);
/// A reader comes back after so long, milliseconds.
const RETRY_MS: u32 = 1_000;

/// An event. An empty `name` is a plain message.
#[must_use]
pub fn event(name: &str, id: Option<i64>, data: &str) -> Bytes {
    let mut text = String::with_capacity(data.len() + 32);
    if let Some(id) = id {
        text.push_str(&format!("id: {id}\n"));
    }
    if !name.is_empty() {
        text.push_str(&format!("event: {name}\n"));
    }
    for line in data.split(['\n', '\r']) {
        text.push_str(&format!("data: {line}\n"));
    }
    text.push('\n');
    Bytes::from(text)
}

/// Nothing, to show that we are there.
#[must_use]
pub fn heartbeat() -> Bytes {
    Bytes::from_static(b":\n\n")
}

/// What is sent to all, until the reader falls behind.
pub fn of<T: Clone + Send + 'static>(
    receiver: broadcast::Receiver<T>,
) -> impl Stream<Item = T> + Send + 'static {
    BroadcastStream::new(receiver).map_while(Result::ok)
}

/// Both, until the first ends.
pub fn beside(
    first: impl Stream<Item = Bytes> + Send + 'static,
    second: impl Stream<Item = Bytes> + Send + 'static,
) -> impl Stream<Item = Bytes> + Send + 'static {
    let first = StreamExt::chain(StreamExt::map(first, Some), stream::iter([None]));
    let both = stream::select(first, StreamExt::map(second, Some));
    let until = StreamExt::take_while(both, |one| ready(one.is_some()));
    StreamExt::filter_map(until, ready)
}

/// Answers with a stream of events, for as long as its reader may read it: `over` ends then.
pub fn respond(
    events: impl Stream<Item = Bytes> + Send + 'static,
    over: impl Future<Output = ()> + Send + 'static,
) -> Response {
    let begin = Bytes::from(format!("retry: {RETRY_MS}\n\n"));
    let ends = Box::pin(async {
        let clock = Clock::system();
        tokio::select! {
            () = clock.sleep(LASTS) => {}
            () = over => {}
        }
    });
    let all = StreamExt::chain(stream::iter([begin]), events).take_until(ends);
    let body = Body::from_stream(StreamExt::map(all, Ok::<_, Infallible>));
    let headers = [
        (header::CONTENT_TYPE.as_str(), "text/event-stream"),
        // A proxy that gathers what it passes on would hold it back.
        ("x-accel-buffering", "no"),
    ];
    (headers, body).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_text_is_a_line_of_data() {
        for (name, id, data, expected) in [
            ("", None, "<p>", "data: <p>\n\n"),
            ("moment", Some(7), "a\nb", "id: 7\nevent: moment\ndata: a\ndata: b\n\n"),
            ("", None, "a\rdata: x\n\nid: 9", "data: a\ndata: data: x\ndata: \ndata: id: 9\n\n"),
        ] {
            assert_eq!(event(name, id, data), expected);
        }
    }
}

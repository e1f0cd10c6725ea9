//! A request's body that must come in time: whoever begins to send something and falls silent
//! holds a place that others wait for.

use std::{
    future::Future,
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use axum::{BoxError, body::Bytes};
use cliphound_clock::Clock;
use hyper::body::{Body, Frame, SizeHint};

/// The next part of a body comes within this, real time …
pub const NEXT: Duration = Duration::from_secs(30);
/// … and all of it within this: a model of 16 MiB at half a megabit a second.
pub const ALL: Duration = Duration::from_secs(300);

type Timer = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A body that fails when its sender takes too long.
pub struct Timely<B> {
    body: B,
    /// Runs while the next part is waited for.
    next: Option<Timer>,
    /// Runs since something was first waited for.
    all: Option<Timer>,
}

impl<B> Timely<B> {
    /// Waits for `body` while it may.
    pub fn new(body: B) -> Self {
        Self { body, next: None, all: None }
    }
}

fn timer(length: Duration) -> Timer {
    Box::pin(async move { Clock::system().sleep(length).await })
}

impl<B> Body for Timely<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) {
            self.next = None;
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        let next = self.next.get_or_insert_with(|| timer(NEXT)).as_mut().poll(cx);
        let all = self.all.get_or_insert_with(|| timer(ALL)).as_mut().poll(cx);
        if next.is_pending() && all.is_pending() {
            return Poll::Pending;
        }
        let late = io::Error::new(io::ErrorKind::TimedOut, "its sender takes too long");
        Poll::Ready(Some(Err(late.into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use futures_util::{StreamExt, stream};

    use super::*;

    /// Parts that come so many seconds apart; whether they are taken.
    async fn check(parts: u32, apart_s: u64, expected: bool) {
        let sent = stream::iter(0..parts).then(move |_| async move {
            Clock::system().sleep(Duration::from_secs(apart_s)).await;
            Ok::<_, io::Error>("part")
        });
        let body = axum::body::Body::new(Timely::new(axum::body::Body::from_stream(sent)));
        assert_eq!(
            to_bytes(body, 1_000).await.is_ok(),
            expected,
            "{parts} parts, {apart_s} s apart"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn who_falls_silent_or_dawdles_is_given_up() {
        check(3, 29, true).await;
        check(1, 31, false).await;
        check(100, 0, true).await;
        check(10, 29, true).await;
        check(11, 29, false).await;
    }
}

//! The tasks of a client's connections: each has a name and a number, and none dies unseen.

use std::future::Future;

use cliphound_crew::{Post, named};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{Instrument, info_span};

/// Runs a connection of several as a task. It ends only when all are to end, or by a bug: then
/// what it listened to would stay silent for good. So its end is the end of all that heed `stop`.
pub(crate) fn spawn(
    tracker: &TaskTracker,
    post: &Post,
    number: usize,
    stop: &CancellationToken,
    connection: impl Future<Output = ()> + Send + 'static,
) {
    let ends_all = stop.clone().drop_guard();
    let run = async move {
        connection.await;
        drop(ends_all);
    };
    let run = run.instrument(info_span!("connection", number));
    tracker.spawn(named(&post.clone().about(number.to_string()), run));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_that_fails_ends_its_fellows() {
        const POST: Post = Post::passing("connection");
        let (tracker, stop) = (TaskTracker::new(), CancellationToken::new());
        let waits = stop.clone();
        spawn(&tracker, &POST, 0, &stop, async move { waits.cancelled().await });
        spawn(&tracker, &POST, 1, &stop, async { panic!("for the test") });
        tracker.close();
        tracker.wait().await;
        assert!(stop.is_cancelled());
    }
}

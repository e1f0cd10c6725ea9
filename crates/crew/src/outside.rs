//! Work beside the crew: threads for what blocks, and tasks that somebody else owns. It has a name all
//! the same, and what is told of its panics holds nothing that a panic may quote.

use std::{future::Future, sync::Arc};

use tokio::task::{JoinError, JoinHandle};

use super::{
    Post,
    heart::{self, Own},
};

/// Why there is no result. What the panic said is not in it: that may quote chat or a secret, and
/// this goes into logs and answers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// A bug; [`panics`](super::panics) told it.
    #[error("it panicked (a bug): the log has it")]
    Panicked,
    /// The process ends.
    #[error("it was stopped")]
    Stopped,
}

impl From<JoinError> for Broken {
    fn from(error: JoinError) -> Self {
        if error.is_panic() { Self::Panicked } else { Self::Stopped }
    }
}

/// Begins at once to run something that blocks, in a thread for such work. It goes on when nobody
/// waits for it.
///
/// # Errors
/// When it panics.
#[expect(clippy::disallowed_methods, reason = "the one place that leaves nobody a JoinError")]
pub fn blocking<T: Send + 'static, W: FnOnce() -> T + Send + 'static>(
    name: &'static str,
    work: W,
) -> impl Future<Output = Result<T, Broken>> + use<T, W> {
    let own = Arc::new(Own::new(&Post::passing(name)));
    outcome(tokio::task::spawn_blocking(move || heart::of_thread(own, work)))
}

/// What came of a task.
///
/// # Errors
/// When it panicked.
pub async fn outcome<T>(task: JoinHandle<T>) -> Result<T, Broken> {
    Ok(task.await?)
}

/// Gives a name to a task that somebody else owns: what is told of its panic.
pub fn named<T, F: Future<Output = T>>(
    post: &Post,
    task: F,
) -> impl Future<Output = T> + use<T, F> {
    heart::of(Arc::new(Own::new(post)), task)
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    const SECRET: &str = "hush";

    #[tokio::test]
    async fn what_a_panic_says_goes_no_further() {
        let work = blocking("keeping a token", || panic!("no place for {SECRET}"));
        let broken = work.await.map(|()| "done").unwrap_err();
        assert_eq!(broken, Broken::Panicked);
        let shown = format!("{broken} {broken:?} {:?}", std::error::Error::source(&broken));
        assert!(shown.contains("the log has it") && !shown.contains(SECRET), "{shown}");
    }

    #[tokio::test]
    async fn it_has_a_name_and_begins_at_once() {
        let (told_in, told) = std::sync::mpsc::sync_channel(1);
        let work = blocking("reading", move || told_in.send(heart::name()));
        assert_eq!(told.recv().unwrap().as_deref(), Some("reading"), "nobody has asked for it");
        work.await.unwrap().unwrap();
        let post = Post::passing("IRC connection").about("7");
        let name = named(&post, async { heart::name() }).now_or_never().flatten();
        assert_eq!(name.as_deref(), Some("IRC connection 7"));
        assert_eq!(heart::name(), None);
    }
}

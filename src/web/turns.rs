//! Work that keeps a processor busy for long: one at a time, and away from the threads that
//! everything else runs on, so that pages can't take a small machine away from the clips.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Problem;
use crate::crew::blocking;

/// Who is next. Clones are the same; no more wait than there are connections.
#[derive(Debug, Clone)]
pub struct Turns(Arc<Semaphore>);

impl Default for Turns {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(1)))
    }
}

/// Somebody's turn, until it is dropped and its work is done.
#[derive(Debug)]
pub struct Turn(Arc<OwnedSemaphorePermit>);

impl Turns {
    /// Waits for a turn: for what is read for such work, too, which takes memory.
    ///
    /// # Errors
    /// Never, while the daemon runs.
    pub async fn turn(&self) -> Result<Turn, Problem> {
        let turn = Arc::clone(&self.0).acquire_owned().await;
        turn.map(|turn| Turn(Arc::new(turn))).map_err(|error| Problem::failed(&error))
    }
}

impl Turn {
    /// Does some of the work. It keeps the turn while nobody waits for it any more: whoever goes
    /// does not make room for more of it.
    ///
    /// # Errors
    /// When it panics.
    pub async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let kept = Arc::clone(&self.0);
        let work = move || {
            let done = work();
            drop(kept);
            done
        };
        blocking("long work for a page", work).await.map_err(|error| Problem::failed(&error))
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn what_a_panic_says_is_in_no_answer() {
        let turn = Turns::default().turn().await.unwrap();
        let problem = turn.work::<()>(|| panic!("no room for {}", ["hush"][0])).await.unwrap_err();
        assert_eq!(problem.status, 503);
        assert!(problem.detail.ends_with("it panicked (a bug): the log has it"), "{problem:?}");
    }

    #[tokio::test]
    async fn one_at_a_time_also_when_nobody_waits() {
        let turns = Turns::default();
        let turn = turns.turn().await.unwrap();
        assert!(turns.turn().now_or_never().is_none());
        let (go, gone) = std::sync::mpsc::sync_channel::<()>(1);
        assert!(turn.work(move || gone.recv()).now_or_never().is_none());
        drop(turn);
        assert!(turns.turn().now_or_never().is_none(), "they went, and it goes on");
        go.send(()).unwrap();
        turns.turn().await.unwrap();
    }
}

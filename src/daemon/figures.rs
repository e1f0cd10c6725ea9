//! Writes the channels' figures into the database, in batches, and forgets the old ones.

use std::{sync::Arc, time::Duration};

use cliphound_clock::Clock;
use cliphound_store::{MomentRow, Store, WindowRow};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::stats::Stats;

/// Rows waiting for the database; what does not fit is left out and counted.
pub const QUEUE: usize = 16_384;
/// Rows written together.
const BATCH: usize = 2_048;
/// Pause between two batches.
const PAUSE: Duration = Duration::from_secs(5);
/// Rows deleted together.
const PRUNE: u32 = 5_000;
const DAY_MS: i64 = 86_400_000;
const HOUR: Duration = Duration::from_secs(3_600);

/// Something for the database that no clip waits for.
#[derive(Debug)]
pub enum Figure {
    /// Five seconds of a channel.
    Window(WindowRow),
    /// A moment that the clip worker could not take.
    Moment(MomentRow),
}

/// Writes until the queue is closed. After `stop` it does not pause any more.
pub async fn keep(
    store: Store,
    mut queue: mpsc::Receiver<Figure>,
    clock: Clock,
    stats: Arc<Stats>,
    stop: CancellationToken,
) {
    let mut figures = Vec::new();
    let mut failing = false;
    loop {
        let count = queue.recv_many(&mut figures, BATCH).await;
        if count == 0 {
            return;
        }
        if let Err(error) = write(&store, figures.drain(..)).await {
            stats.rows_lost.fetch_add(count as u64, std::sync::atomic::Ordering::Relaxed);
            if !std::mem::replace(&mut failing, true) {
                tracing::error!(%error, "figures can't be stored and are left out");
            }
        } else {
            failing = false;
        }
        if count < BATCH {
            tokio::select! {
                () = clock.sleep(PAUSE) => {}
                () = stop.cancelled() => {}
            }
        }
    }
}

async fn write(
    store: &Store,
    figures: impl Iterator<Item = Figure>,
) -> Result<(), cliphound_store::StoreError> {
    let mut windows = Vec::new();
    for figure in figures {
        match figure {
            Figure::Window(row) => windows.push(row),
            Figure::Moment(row) => store.record_moment(&row).await?,
        }
    }
    store.add_windows(&windows).await
}

/// Deletes figures older than `days`, now and every hour.
pub async fn forget(store: Store, days: u32, clock: Clock) {
    loop {
        let before_ms = clock.now_ms() - i64::from(days) * DAY_MS;
        loop {
            match store.prune(before_ms, PRUNE).await {
                Ok(deleted) if deleted == u64::from(PRUNE) => {}
                Ok(_) => break,
                Err(error) => {
                    tracing::warn!(%error, "old figures can't be deleted");
                    break;
                }
            }
        }
        clock.sleep(HOUR).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(end_ms: i64) -> Figure {
        Figure::Window(WindowRow {
            broadcaster_id: "7".to_owned(),
            login: "ninja".to_owned(),
            end_ms,
            messages: 1,
            chatters: 1,
            score: 0.0,
            threshold: 0.6,
            sentiment: 0.0,
            viewers: None,
        })
    }

    #[tokio::test]
    async fn everything_in_the_queue_is_written_at_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("a.db")).await.unwrap();
        let (queue_in, queue) = mpsc::channel(QUEUE);
        let count = BATCH as i64 + 10;
        for end_ms in 1..=count {
            queue_in.send(window(end_ms)).await.unwrap();
        }
        drop(queue_in);
        let stop = CancellationToken::new();
        stop.cancel();
        keep(store.clone(), queue, Clock::system(), Arc::default(), stop).await;
        let rows = store.windows("7", 0, i64::MAX, u32::MAX).await.unwrap();
        assert_eq!(rows.len() as i64, count);
    }

    #[tokio::test]
    async fn a_database_that_fails_is_counted_and_holds_up_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("a.db")).await.unwrap();
        store.clone().close().await;
        let (queue_in, queue) = mpsc::channel(8);
        queue_in.send(window(1)).await.unwrap();
        drop(queue_in);
        let (stats, stop) = (Arc::new(Stats::default()), CancellationToken::new());
        stop.cancel();
        keep(store, queue, Clock::system(), Arc::clone(&stats), stop).await;
        assert_eq!(stats.rows_lost.load(std::sync::atomic::Ordering::Relaxed), 1);
    }
}

//! Writes later what the disk did not take, and looks whether the files are still there.

use std::{sync::Arc, time::Duration};

use cliphound_clock::{Clock, Stopwatch};
use cliphound_store::Store;
use tokio_util::sync::CancellationToken;

use super::lock::Lock;
use crate::{
    crew::{blocking, rest},
    records::{Records, kept_lines},
};

/// How often. Each new line and row is an attempt, too.
const EVERY: Duration = Duration::from_secs(5);
/// So long of it, in real time, old figures of a deleted database are written.
const FIGURES_FOR: Duration = Duration::from_secs(2);

/// What is looked after.
#[derive(Clone)]
pub struct Disk {
    /// The database.
    pub store: Store,
    /// The records.
    pub records: Arc<Records>,
    /// The folder is ours.
    pub lock: Arc<Lock>,
    /// To be cancelled when the folder is another daemon's: both would clip the same moments.
    pub alarm: CancellationToken,
}

impl Disk {
    /// Tries for ever. The last attempts are made when the database and the records are closed.
    pub async fn mend_regularly(self, clock: Clock) {
        let mut is_failing = false;
        loop {
            rest(clock.sleep(EVERY)).await;
            self.store.mend().await;
            let stopwatch = Stopwatch::start();
            self.store.take_over_figures(|| stopwatch.elapsed() < FIGURES_FOR).await;
            let (records, lock) = (Arc::clone(&self.records), Arc::clone(&self.lock));
            let mended = blocking("mending the records", move || {
                records.mend();
                (lock.see(), records.unkept())
            });
            // A panic in there would be told by the next line that is written.
            let Ok((seen, unkept)) = mended.await else { continue };
            kept_lines::keep(&self.records, &self.store, unkept).await;
            kept_lines::tidy(&self.records, &self.store).await;
            self.tell(seen, &mut is_failing);
        }
    }

    fn tell(&self, seen: anyhow::Result<()>, is_failing: &mut bool) {
        let Err(error) = seen else {
            *is_failing = false;
            return;
        };
        if error.is::<super::lock::Taken>() {
            tracing::error!("{error:#}; this one ends, so that nothing is clipped twice");
            self.alarm.cancel();
        } else if !std::mem::replace(is_failing, true) {
            tracing::warn!("the folder can't be locked again: {error:#}");
        }
    }
}

//! Writes later what the disk did not take, and looks whether the files are still there.

use std::{sync::Arc, time::Duration};

use cliphound_clock::Clock;
use cliphound_store::Store;
use tokio::task::spawn_blocking;

use crate::{crew::rest, records::Records};

/// How often. Each new line and row is an attempt, too.
const EVERY: Duration = Duration::from_secs(5);

/// Tries for ever. The last attempts are made when the database and the records are closed.
pub async fn regularly(store: Store, records: Arc<Records>, clock: Clock) {
    loop {
        rest(clock.sleep(EVERY)).await;
        store.mend().await;
        let records = Arc::clone(&records);
        // A panic in there would be told by the next line that is written.
        let _ = spawn_blocking(move || records.mend()).await;
    }
}

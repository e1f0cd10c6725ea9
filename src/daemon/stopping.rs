//! The end of the daemon, in the order in which things flow: nothing that was heard is lost.

use std::{path::PathBuf, time::Duration};

use cliphound_store::Store;
use tokio::{sync::mpsc, time::timeout};
use tokio_util::sync::CancellationToken;

use super::{
    account::Account,
    models::{self, Snapshot},
};
use crate::crew::Crew;

/// The tasks have this long to end, in real time. A call under way is then given up;
/// its promise is on the disk and is looked up at the next start.
const WITHIN: Duration = Duration::from_millis(4_000);
/// Then the database has this long.
const CLOSING: Duration = Duration::from_millis(500);
/// Channels that hang are given up after this long; the others are saved.
const CHANNELS_WITHIN: Duration = Duration::from_millis(2_000);

/// What must be ended.
pub struct Parts {
    /// All tasks.
    pub crew: Crew,
    /// Ends chat and all questions.
    pub stop: CancellationToken,
    /// Ends the waiting of clips.
    pub clips_stop: CancellationToken,
    /// What the channels have learned, told as they end.
    pub snapshots: mpsc::Receiver<Snapshot>,
    /// Folder of the models.
    pub models: PathBuf,
    /// The database.
    pub store: Store,
    /// The account.
    pub account: Option<Account>,
}

impl Parts {
    /// Ends everything: chat, then the channels and their models, then clips, records and
    /// the database.
    pub async fn end(self) {
        let store = self.store.clone();
        if timeout(WITHIN, self.end_in_order()).await.is_err() {
            tracing::warn!("something took too long to end and was given up");
        }
        if timeout(CLOSING, store.close()).await.is_err() {
            tracing::warn!(
                "the database took too long to close; it repairs itself at the next start"
            );
        }
        tracing::info!(
            "stopped; clips that were promised are made at the next start if it comes in time"
        );
    }

    async fn end_in_order(mut self) {
        self.stop.cancel();
        let snapshots = self.snapshots().await;
        let saved = models::save(&self.models, snapshots).await;
        tracing::info!(saved, "models are saved");
        self.clips_stop.cancel();
        self.crew.tasks.close();
        // A new pair of tokens is kept even if some task hangs.
        tokio::join!(self.crew.tasks.wait(), self.settled());
        // Of a refresh that the last tasks began.
        self.settled().await;
    }

    async fn settled(&self) {
        if let Some(account) = &self.account {
            account.settled().await;
        }
    }

    /// What the channels have learned, of all that end in time.
    async fn snapshots(&mut self) -> Vec<Snapshot> {
        let mut snapshots = Vec::new();
        let all = async {
            while let Some(snapshot) = self.snapshots.recv().await {
                snapshots.push(snapshot);
            }
        };
        if timeout(CHANNELS_WITHIN, all).await.is_err() {
            tracing::warn!("a channel did not end in time; its model is as old as its last save");
        }
        snapshots
    }
}

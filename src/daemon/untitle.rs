//! Takes out of everything that is kept what was deleted in chat: lines around moments, and
//! titles that somebody gave a moment there, as long as it has no clip. What is public stays.

use std::sync::Arc;

use cliphound_store::{Asked, Erasure, Store, StoreError};
use cliphound_twitch::ChannelLogin;
use tokio::task::spawn_blocking;

use crate::{board::Board, config::title::neutral_title, records::Records};

/// Where titles are kept. Cheap to clone; clones are the same.
#[derive(Clone)]
pub struct Archive {
    /// The database.
    pub store: Store,
    /// moments.tsv.
    pub records: Arc<Records>,
    /// What is shown.
    pub board: Board,
}

impl Archive {
    /// Takes out what was deleted; a clip that is still to be made gets a neutral title.
    ///
    /// # Errors
    /// When the database fails: then it is to be done again. Trouble with the records is told.
    pub async fn erase(&self, erasure: &Erasure) -> Result<(), StoreError> {
        let asked = self.store.asked_with(erasure).await?;
        for Asked { key, login } in &asked {
            let title = neutral_title(login, key.trigger_ms);
            self.store.untitle(key, &title).await?;
            if let Ok(login) = ChannelLogin::parse(login) {
                self.board.retitle(&login, key, &title);
            }
        }
        self.untitle_records(asked).await;
        self.store.erase_chat(std::slice::from_ref(erasure)).await.map(drop)
    }

    async fn untitle_records(&self, asked: Vec<Asked>) {
        if asked.is_empty() {
            return;
        }
        tracing::info!(moments = asked.len(), "titles from chat were deleted there, and here");
        let records = Arc::clone(&self.records);
        let keys: Vec<_> =
            asked.into_iter().map(|asked| (asked.login, asked.key.trigger_ms)).collect();
        let untitled = spawn_blocking(move || records.moments.untitle(&keys));
        if let Err(error) = untitled.await.map_err(anyhow::Error::from).flatten() {
            tracing::error!("titles that were deleted in chat stay in moments.tsv: {error:#}");
        }
    }
}

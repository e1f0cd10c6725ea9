//! The store's part about the lines of chat around moments.

use super::Store;
use crate::{
    chat::{Asked, ChatLine, Erasure},
    error::StoreError,
    rows::IntentKey,
    sqlite::{asked, chat},
};

impl Store {
    /// Keeps lines of chat around a moment, as far as it has room for them.
    ///
    /// # Errors
    /// When the database fails: they are not kept in memory.
    pub async fn keep_chat(
        &self,
        key: &IntentKey,
        login: &str,
        new: &[ChatLine],
    ) -> Result<(), StoreError> {
        let mut turn = self.turn().await?;
        let conn = self.connection(&mut turn)?;
        self.named(chat::add(conn, key, login, new).await)
    }

    /// The lines of chat that are kept around a moment, the oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn chat_around(&self, key: &IntentKey) -> Result<Vec<ChatLine>, StoreError> {
        let mut conn = self.reader().await?;
        self.named(chat::of(&mut conn, key).await)
    }

    /// Takes deleted chat out of the file, its bytes, too; says how many lines it was. While
    /// another program reads the file, the bytes stay in its log until [`Store::mend`] finds it
    /// free.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn erase_chat(&self, erasures: &[Erasure]) -> Result<u64, StoreError> {
        let mut turn = self.turn().await?;
        let count = self.named(chat::erase(self.connection(&mut turn)?, erasures).await)?;
        if count > 0 {
            self.keeper.connections.leave_no_traces(&mut turn).await?;
        }
        Ok(count)
    }

    /// The moments that somebody asked for with words that were deleted in chat, as long as they
    /// have no clip and no editor has called them otherwise. To be asked before
    /// [`Store::erase_chat`], which forgets whose line a single message was.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn asked_with(&self, erasure: &Erasure) -> Result<Vec<Asked>, StoreError> {
        let mut conn = self.reader().await?;
        self.named(asked::with(&mut conn, erasure).await)
    }

    /// Another title for a moment whose own was deleted in chat; alerts of it are told with that
    /// one, too. The former leaves no bytes in the file.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn untitle(&self, key: &IntentKey, title: &str) -> Result<(), StoreError> {
        let mut turn = self.turn().await?;
        let conn = self.connection(&mut turn)?;
        self.named(asked::untitle(conn, key, title).await)?;
        self.keeper.connections.leave_no_traces(&mut turn).await?;
        drop(turn);
        // What memory knows of it, too.
        self.retitle(key, title).await
    }

    /// Deletes at most `limit` lines around moments before `before_ms`, and says how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn prune_chat(&self, before_ms: i64, limit: u32) -> Result<u64, StoreError> {
        let mut turn = self.turn().await?;
        let count = self.named(chat::prune(self.connection(&mut turn)?, before_ms, limit).await)?;
        if count > 0 {
            self.keeper.connections.leave_no_traces(&mut turn).await?;
        }
        Ok(count)
    }
}

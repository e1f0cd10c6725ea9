//! The store's part about the lines of chat around moments.

use super::Store;
use crate::{
    chat::{Around, ChatLine, Erasure, Titled},
    error::StoreError,
    rows::IntentKey,
    sqlite::{chat, said},
};

impl Store {
    /// Keeps lines of chat around moments, in one transaction, as far as each has room for them.
    ///
    /// # Errors
    /// When the database fails: then none is kept, and they are not kept in memory.
    pub async fn keep_chat(&self, new: &[Around]) -> Result<(), StoreError> {
        let mut turn = self.turn().await?;
        let conn = self.connection(&mut turn)?;
        self.named(chat::add(conn, new).await)
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

    /// The promises whose titles are words that these deletions in chat are about, as long as they have no
    /// clip and no editor has called them otherwise. All that was promised before is in the file.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn titled_with(&self, erasures: &[Erasure]) -> Result<Vec<Titled>, StoreError> {
        let mut turn = self.keeper.caught_up().await?;
        self.named(said::with(self.connection(&mut turn)?, erasures).await)
    }

    /// All promises without a clip whose titles are somebody's words in chat.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn titled(&self) -> Result<Vec<Titled>, StoreError> {
        let mut conn = self.reader().await?;
        self.named(said::all(&mut conn).await)
    }

    /// Gives promises these titles in place of words that were deleted in chat; alerts of them are
    /// told with those, too. The former leave no bytes in the file. A few hundred at a time keep
    /// others from waiting. Whose words they were stays known until [`Store::end_untitling`], so
    /// that what is kept elsewhere is not forgotten.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn untitle(&self, titles: &[Titled]) -> Result<(), StoreError> {
        let mut turn = self.keeper.caught_up().await?;
        let conn = self.connection(&mut turn)?;
        if self.named(said::untitle(conn, titles).await)? > 0 {
            titles.iter().for_each(|titled| self.keeper.is_titled(&titled.key, &titled.title));
            self.keeper.connections.leave_no_traces(&mut turn).await?;
        }
        Ok(())
    }

    /// The former words of these titles are kept nowhere any more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_untitling(&self, titles: &[Titled]) -> Result<(), StoreError> {
        let mut turn = self.turn().await?;
        self.named(said::end(self.connection(&mut turn)?, titles).await)
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

//! The store's part about what became of moments: for figures, pages of streams and exports.

use super::Store;
use crate::{
    error::StoreError,
    outcome::{Changed, Outcome, Span},
    rows::ViewerClip,
    sqlite::outcomes,
};

impl Store {
    /// Moments with what became of them, the oldest first, at most `limit`
    /// ([`crate::Page::MAX`]): go on after the last one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn outcomes(&self, span: &Span, limit: u32) -> Result<Vec<Outcome>, StoreError> {
        let mut conn = self.reader().await?;
        self.named(outcomes::of(&mut conn, span, limit).await)
    }

    /// Promises that were made or changed from `from_ms` on with their moments, and moments
    /// without one that were found from then on; of each at most `limit`, the newest.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn changed_since(&self, from_ms: i64, limit: u32) -> Result<Changed, StoreError> {
        let mut conn = self.reader().await?;
        self.named(outcomes::changed(&mut conn, from_ms, limit).await)
    }

    /// Clips that viewers made in a time, the oldest first, at most `limit`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn viewer_clips_in(
        &self,
        span: &Span,
        limit: u32,
    ) -> Result<Vec<ViewerClip>, StoreError> {
        let mut conn = self.reader().await?;
        self.named(outcomes::viewer_clips(&mut conn, span, limit).await)
    }

    /// The channels that anything is known of: broadcaster's id and login, by login. A channel
    /// can be there by its id and, from before that was known, as `login:LOGIN`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn known_channels(&self) -> Result<Vec<(String, String)>, StoreError> {
        let mut conn = self.reader().await?;
        self.named(outcomes::channels(&mut conn).await)
    }
}

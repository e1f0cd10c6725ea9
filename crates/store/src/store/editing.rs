//! The store's part about an editor's work: the queue, titles, clips cut anew.

use super::Store;
use crate::{
    error::StoreError,
    queue::{Listed, Queue},
    recut::{NewRecut, Recut, RecutAsked, SaidRecut},
    rows::{ClipRow, IntentKey},
    sqlite::{queue, recuts, titles},
    watched::VodRow,
};

impl Store {
    /// The first `limit` moments of a queue; those that are only in memory yet come later.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn queue(&self, which: &Queue, limit: u32) -> Result<Vec<Listed>, StoreError> {
        let mut conn = self.reader().await?;
        self.named(queue::list(&mut conn, which, limit).await)
    }

    /// How many moments are in a queue; counting ends at `most`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn queue_length(&self, which: &Queue, most: u32) -> Result<u32, StoreError> {
        let mut conn = self.reader().await?;
        self.named(queue::length(&mut conn, which, most).await)
    }

    /// A moment as a queue shows it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn listed(&self, key: &IntentKey) -> Result<Option<Listed>, StoreError> {
        let mut conn = self.reader().await?;
        self.named(queue::one(&mut conn, key).await)
    }

    /// The moments about which something was said after the change with the number `after`, in the
    /// order of these changes, at most `limit`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn judged_after(&self, after: i64, limit: u32) -> Result<Vec<Listed>, StoreError> {
        let mut conn = self.reader().await?;
        self.named(queue::judged_after(&mut conn, after, limit).await)
    }

    /// The logins of the channels that have moments, by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn channels_with_moments(&self) -> Result<Vec<String>, StoreError> {
        let mut conn = self.reader().await?;
        self.named(queue::channels(&mut conn).await)
    }

    /// The clip of a moment.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn clip_of(&self, key: &IntentKey) -> Result<Option<ClipRow>, StoreError> {
        let mut conn = self.reader().await?;
        self.named(queue::clip(&mut conn, key).await)
    }

    /// The newest known VOD of a channel that began before `at_ms`; it may end before that, too.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn vod_at(
        &self,
        broadcaster_id: &str,
        at_ms: i64,
    ) -> Result<Option<VodRow>, StoreError> {
        let mut conn = self.reader().await?;
        self.named(queue::vod_at(&mut conn, broadcaster_id, at_ms).await)
    }

    /// Keeps what an editor calls a moment. Whether its clip will be called so: one that is
    /// made or under way keeps its title at Twitch.
    ///
    /// # Errors
    /// [`StoreError::NoMoment`]; or the database fails.
    pub async fn entitle(
        &self,
        key: &IntentKey,
        title: &str,
        by: &str,
        now_ms: i64,
    ) -> Result<bool, StoreError> {
        let mut turn = self.turn().await?;
        let conn = self.connection(&mut turn)?;
        let will_have_it = self.named(titles::set(conn, key, title, by, now_ms).await)?;
        if will_have_it {
            self.keeper.is_titled(key, title);
        }
        Ok(will_have_it)
    }

    /// Promises a clip that is cut anew. When it returns, the promise outlives a crash; the
    /// worker makes it as it makes what was accepted in review.
    ///
    /// # Errors
    /// [`StoreError::NoMoment`]; or the database fails, or the end is before the start.
    pub async fn ask_recut(&self, new: &NewRecut) -> Result<RecutAsked, StoreError> {
        let mut turn = self.turn().await?;
        let conn = self.connection(&mut turn)?;
        self.named(recuts::ask(conn, new).await)
    }

    /// The clip cut anew that has this key; `None` for a moment of another kind.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn recut(&self, key: &IntentKey) -> Result<Option<Recut>, StoreError> {
        let mut conn = self.reader().await?;
        self.named(recuts::find(&mut conn, key).await)
    }

    /// The clips that were cut anew of a moment, the newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn recuts_of(&self, key: &IntentKey) -> Result<Vec<Recut>, StoreError> {
        let mut conn = self.reader().await?;
        self.named(recuts::of(&mut conn, key).await)
    }

    /// The clips that were cut anew under what this user said in chat.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn recuts_said_by(&self, login: &str) -> Result<Vec<SaidRecut>, StoreError> {
        let mut conn = self.reader().await?;
        self.named(recuts::said_by(&mut conn, login).await)
    }
}

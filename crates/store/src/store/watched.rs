//! The store's part about watching: runs, gaps, VODs.

use std::collections::BTreeMap;

use super::Store;
use crate::{
    error::StoreError,
    sqlite::gaps,
    watched::{LastRun, Rewrite, Run, StretchRow, VodRow, WatchLog},
};

impl Store {
    /// Keeps a run's newest sign of life, and what is new about the channels' stretches: all
    /// or nothing.
    ///
    /// # Errors
    /// When the database fails, a stretch is empty, or two of one rewrite begin together.
    pub async fn keep_watched(&self, run: &Run, rewrites: &[Rewrite]) -> Result<(), StoreError> {
        self.move_watched(run.start_ms, run, rewrites).await
    }

    /// The same of a run that was kept as one that began at `was_ms`: the machine's clock was set.
    ///
    /// # Errors
    /// See [`Store::keep_watched`].
    pub async fn move_watched(
        &self,
        was_ms: i64,
        run: &Run,
        rewrites: &[Rewrite],
    ) -> Result<(), StoreError> {
        let mut turn = self.turn().await?;
        let conn = self.connection(&mut turn)?;
        self.named(gaps::keep(conn, was_ms, run, rewrites).await)
    }

    /// The newest run, and which channels it followed to its end.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn last_run(&self) -> Result<LastRun, StoreError> {
        let mut conn = self.reader().await?;
        self.named(gaps::last(&mut conn).await)
    }

    /// The runs and stretches that end after `since_ms`, and the last run before them; of very
    /// many the newest.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn watched_since(&self, since_ms: i64) -> Result<WatchLog, StoreError> {
        let mut conn = self.reader().await?;
        self.named(gaps::since(&mut conn, since_ms).await)
    }

    /// What tells of streams between two instants: the stretches in which a channel was live, or
    /// may have been; of very many the newest.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn streams_between(
        &self,
        from_ms: i64,
        to_ms: i64,
    ) -> Result<Vec<StretchRow>, StoreError> {
        let mut conn = self.reader().await?;
        self.named(gaps::streams(&mut conn, from_ms, to_ms).await)
    }

    /// The stretches between two instants in which a channel was not heard, or its moments were
    /// held back, by time.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn gaps_between(
        &self,
        broadcaster_id: &str,
        from_ms: i64,
        to_ms: i64,
    ) -> Result<Vec<StretchRow>, StoreError> {
        let mut conn = self.reader().await?;
        self.named(gaps::gaps(&mut conn, broadcaster_id, from_ms, to_ms).await)
    }

    /// The first instant from which something is known of a channel; `None`: nothing is.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn known_since(&self, login: &str) -> Result<Option<i64>, StoreError> {
        let mut conn = self.reader().await?;
        self.named(gaps::first(&mut conn, login).await)
    }

    /// Deletes runs that ended before `before_ms`, VODs that did before `streams_before_ms`, and at
    /// most `limit` stretches, the oldest first; says how many stretches. Those that tell of streams
    /// go when they ended before `streams_before_ms`, which is the earlier time, the others when
    /// they ended before `before_ms`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn prune_watched(
        &self,
        before_ms: i64,
        streams_before_ms: i64,
        limit: u32,
    ) -> Result<u64, StoreError> {
        let mut turn = self.turn().await?;
        let conn = self.connection(&mut turn)?;
        self.named(gaps::prune(conn, before_ms, streams_before_ms, limit).await)
    }

    /// The known VODs of a channel that have something of the time between two instants, the
    /// newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn vods_of(
        &self,
        broadcaster_id: &str,
        from_ms: i64,
        to_ms: i64,
    ) -> Result<Vec<VodRow>, StoreError> {
        let mut conn = self.reader().await?;
        self.named(gaps::vods_of(&mut conn, broadcaster_id, from_ms, to_ms).await)
    }

    /// Keeps VODs; of one that is known the length is renewed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keep_vods(&self, vods: &[VodRow]) -> Result<(), StoreError> {
        if vods.is_empty() {
            return Ok(());
        }
        let mut turn = self.turn().await?;
        let conn = self.connection(&mut turn)?;
        self.named(gaps::keep_vods(conn, vods).await)
    }

    /// The known VODs that end at `since_ms` or later, the newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn vods_since(&self, since_ms: i64) -> Result<Vec<VodRow>, StoreError> {
        let mut conn = self.reader().await?;
        self.named(gaps::vods(&mut conn, since_ms).await)
    }

    /// The channels (their ids and logins) with a moment since `since_ms` that no clip shows, or none
    /// before somebody says yes, and that lies in no VOD that is known. Those whose id is not known are
    /// left out.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn channels_without_vods(
        &self,
        since_ms: i64,
    ) -> Result<BTreeMap<String, String>, StoreError> {
        let mut conn = self.reader().await?;
        self.named(gaps::without_vods(&mut conn, since_ms).await)
    }
}

//! The store's part about alerts.

use std::collections::BTreeMap;

use super::Store;
use crate::{
    error::StoreError,
    intent::Intent,
    outbox::{Changed, NewAlert, OutboxRow, OutboxStep, OutboxSum},
    rows::Page,
    sqlite::outbox,
};

impl Store {
    /// Puts alerts into the outbox, all or none; those that are there already stay as they
    /// are. Of one name at most [`MOST_WAITING`](crate::outbox::MOST_WAITING) wait: the
    /// oldest goes. Says how many are new.
    ///
    /// # Errors
    /// When the database fails, or a payload is no JSON.
    pub async fn post_alerts(&self, alerts: &[NewAlert]) -> Result<u64, StoreError> {
        if alerts.is_empty() {
            return Ok(0);
        }
        let mut turn = self.turn().await?;
        let conn = self.connection(&mut turn)?;
        self.named(outbox::post(conn, alerts).await)
    }

    /// The first alert of this name that waits, due or not.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn next_alert(&self, alert: &str) -> Result<Option<OutboxRow>, StoreError> {
        let mut conn = self.reader().await?;
        self.named(outbox::next(&mut conn, alert).await)
    }

    /// Keeps what became of an alert that waited; of one that does not, nothing changes. Says
    /// how many changed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn step_alert(
        &self,
        id: i64,
        step: &OutboxStep,
        now_ms: i64,
    ) -> Result<u64, StoreError> {
        let mut turn = self.turn().await?;
        let conn = self.connection(&mut turn)?;
        self.named(outbox::step(conn, id, step, now_ms).await)
    }

    /// Says which alerts there are, and (in any words) what each wants: what waits for others is
    /// given up with `error`. Gives back since when there is each and wants that.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn know_alerts(
        &self,
        names: &[(String, String)],
        error: &str,
        now_ms: i64,
    ) -> Result<BTreeMap<String, i64>, StoreError> {
        let mut turn = self.turn().await?;
        let conn = self.connection(&mut turn)?;
        self.named(outbox::alerts(conn, names, error, now_ms).await)
    }

    /// How the alerts are, by name; only those of which there are rows.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn alert_sums(&self) -> Result<Vec<OutboxSum>, StoreError> {
        let mut conn = self.reader().await?;
        self.named(outbox::sums(&mut conn).await)
    }

    /// The newest alerts of all names, the newest first, at most `limit`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn newest_alerts(&self, limit: u32) -> Result<Vec<OutboxRow>, StoreError> {
        let mut conn = self.reader().await?;
        self.named(outbox::newest(&mut conn, limit.min(Page::MAX)).await)
    }

    /// When something of this kind was last put into the outbox, by the channel's login.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn last_alerts_of(&self, event: &str) -> Result<BTreeMap<String, i64>, StoreError> {
        let mut conn = self.reader().await?;
        self.named(outbox::last_of(&mut conn, event).await)
    }

    /// What of this kind was put into the outbox and is still there: each key once, in its order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn alert_keys_of(&self, event: &str) -> Result<Vec<String>, StoreError> {
        let mut conn = self.reader().await?;
        self.named(outbox::keys_of(&mut conn, event).await)
    }

    /// The intents that ended at `since_ms` or later, and those in review that changed since;
    /// in the order in which they did, from behind `after` on, at most `limit`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn intents_changed(
        &self,
        since_ms: i64,
        after: Option<&Changed>,
        limit: u32,
    ) -> Result<Vec<Intent>, StoreError> {
        let mut conn = self.reader().await?;
        self.named(outbox::changed(&mut conn, since_ms, after, limit).await)
    }

    /// Deletes at most `limit` alerts that were sent or given up before `before_ms`, and says
    /// how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn prune_alerts(&self, before_ms: i64, limit: u32) -> Result<u64, StoreError> {
        let mut turn = self.turn().await?;
        let conn = self.connection(&mut turn)?;
        self.named(outbox::prune(conn, before_ms, limit).await)
    }
}

//! The store's part about verdicts.

use super::Store;
use crate::{
    error::StoreError,
    rows::IntentKey,
    sqlite::{intents, verdicts},
    verdict::{Judged, LastVerdict, Undone, Verdict, VerdictChange, VerdictRow},
};

impl Store {
    /// Keeps what somebody thinks of a moment. Where its clip waits for somebody's yes, this is
    /// it (or the no); it may be changed until it was acted upon. Any other clip that Twitch was not
    /// asked for yet is let go of by a no, for as long as that holds.
    ///
    /// # Errors
    /// [`StoreError::NoMoment`]; or the database fails.
    pub async fn judge(
        &self,
        key: &IntentKey,
        verdict: Verdict,
        by: &str,
        now_ms: i64,
    ) -> Result<Judged, StoreError> {
        let mut turn = self.turn().await?;
        let conn = self.connection(&mut turn)?;
        self.named(verdicts::judge(conn, key, verdict, by, None, now_ms).await)
    }

    /// The same by somebody who knows what was said up to the change with the number `seen`: where
    /// another person has said the opposite since, nothing is changed.
    ///
    /// # Errors
    /// [`StoreError::NoMoment`]; or the database fails.
    pub async fn judge_unless_crossed(
        &self,
        key: &IntentKey,
        verdict: Verdict,
        by: &str,
        seen: i64,
        now_ms: i64,
    ) -> Result<Judged, StoreError> {
        let mut turn = self.turn().await?;
        let conn = self.connection(&mut turn)?;
        self.named(verdicts::judge(conn, key, verdict, by, Some(seen), now_ms).await)
    }

    /// The same, only where a clip waits for it.
    ///
    /// # Errors
    /// [`StoreError::NoIntent`], [`StoreError::NotInReview`]; or the database fails.
    pub async fn decide(
        &self,
        key: &IntentKey,
        verdict: Verdict,
        by: &str,
        now_ms: i64,
    ) -> Result<(), StoreError> {
        let mut turn = self.turn().await?;
        let conn = self.connection(&mut turn)?;
        self.named(verdicts::decide(conn, key, verdict, by, now_ms).await)
    }

    /// Promises that are not in review, of which somebody said no before Twitch was asked: those due
    /// first, at most `limit`. Their clips are to be let go of.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn turned_down(&self, limit: u32) -> Result<Vec<IntentKey>, StoreError> {
        let mut conn = self.reader().await?;
        self.named(intents::turned_down(&mut conn, limit).await)
    }

    /// Takes back what was said last of a moment; what was said before that holds again. With
    /// `only` it takes back the verdict of that number, or nothing when it is not the last one
    /// (any more). `None` when nothing was taken back. What was done about it stays done.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn undo_verdict(
        &self,
        key: &IntentKey,
        only: Option<i64>,
        by: &str,
        now_ms: i64,
    ) -> Result<Option<Undone>, StoreError> {
        let mut turn = self.turn().await?;
        let conn = self.connection(&mut turn)?;
        self.named(verdicts::undo(conn, key, only, by, now_ms).await)
    }

    /// The newest verdicts on a moment, also those taken back, the newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn verdicts(&self, key: &IntentKey) -> Result<Vec<VerdictRow>, StoreError> {
        let mut conn = self.reader().await?;
        self.named(verdicts::history(&mut conn, key).await)
    }

    /// What somebody said last, not before `since_ms`, as far as it holds.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn last_verdict_of(
        &self,
        by: &str,
        since_ms: i64,
    ) -> Result<Option<LastVerdict>, StoreError> {
        let mut conn = self.reader().await?;
        self.named(verdicts::last_of(&mut conn, by, since_ms).await)
    }

    /// What changed after the change with the number `after`, in order, at most `limit`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn verdicts_after(
        &self,
        after: i64,
        limit: u32,
    ) -> Result<Vec<VerdictChange>, StoreError> {
        let mut conn = self.reader().await?;
        self.named(verdicts::changed_after(&mut conn, after, limit).await)
    }

    /// The verdicts that hold in a channel, whatever it is or was called, in the order in which
    /// they were given; of more than `limit` the newest. `login` tells those on moments of before
    /// its id was known.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn verdicts_in(
        &self,
        broadcaster_id: &str,
        login: &str,
        limit: u32,
    ) -> Result<Vec<VerdictChange>, StoreError> {
        let mut conn = self.reader().await?;
        self.named(verdicts::standing_of(&mut conn, broadcaster_id, login, limit).await)
    }

    /// The number of the newest change; 0 before the first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn newest_verdict(&self) -> Result<i64, StoreError> {
        let mut conn = self.reader().await?;
        self.named(verdicts::newest_change(&mut conn).await)
    }
}

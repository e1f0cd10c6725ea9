//! SQL of the review of intents.

use sqlx::SqliteConnection;

use crate::{
    error::Failure,
    intent::Intent,
    rows::{IntentKey, Page},
};

/// The intents that wait for a decision, or for what follows from one; the oldest first.
pub async fn waiting(conn: &mut SqliteConnection, limit: u32) -> Result<Vec<Intent>, Failure> {
    let intents = sqlx::query_as(
        "SELECT c.broadcaster_id, c.login, i.* FROM intents i JOIN channels c ON c.id = i.channel
         WHERE i.state = 'waiting' AND i.review <> 'none'
         ORDER BY i.trigger_ms, c.broadcaster_id LIMIT ?",
    )
    .bind(limit.min(Page::MAX))
    .fetch_all(conn)
    .await?;
    Ok(intents)
}

/// Those of them that were decided, or triggered before `before_ms`; the oldest first.
pub async fn decided(
    conn: &mut SqliteConnection,
    before_ms: i64,
    limit: u32,
) -> Result<Vec<Intent>, Failure> {
    let intents = sqlx::query_as(
        "SELECT c.broadcaster_id, c.login, i.* FROM intents i JOIN channels c ON c.id = i.channel
         WHERE i.state = 'waiting' AND i.review <> 'none'
           AND (i.review IN ('accepted', 'rejected') OR i.trigger_ms < ?)
         ORDER BY i.trigger_ms, c.broadcaster_id LIMIT ?",
    )
    .bind(before_ms)
    .bind(limit.min(Page::MAX))
    .fetch_all(conn)
    .await?;
    Ok(intents)
}

/// Another title for a clip that was not made yet.
pub async fn retitle(
    conn: &mut SqliteConnection,
    key: &IntentKey,
    title: &str,
) -> Result<(), Failure> {
    sqlx::query(
        "UPDATE intents SET title = ?
         WHERE channel = (SELECT id FROM channels WHERE broadcaster_id = ?) AND trigger_ms = ?",
    )
    .bind(title)
    .bind(&key.broadcaster_id)
    .bind(key.trigger_ms)
    .execute(conn)
    .await?;
    Ok(())
}

//! SQL of what editors call moments.

use sqlx::{Connection, SqliteConnection};

use super::{moments, review};
use crate::{
    error::{Failure, StoreError},
    rows::IntentKey,
};

/// Keeps a title; whether the clip will have it, because it waits for somebody's yes.
pub async fn set(
    conn: &mut SqliteConnection,
    key: &IntentKey,
    title: &str,
    by: &str,
    now_ms: i64,
) -> Result<bool, Failure> {
    let mut tx = conn.begin_with("BEGIN IMMEDIATE").await?;
    if moments::find(&mut tx, key).await?.is_none() {
        return Err(StoreError::NoMoment(key.clone()).into());
    }
    let (waits,): (bool,) = sqlx::query_as(
        "SELECT EXISTS (SELECT 1 FROM intents i JOIN channels c ON c.id = i.channel
                        WHERE c.broadcaster_id = ? AND i.trigger_ms = ?
                          AND i.state = 'waiting' AND i.review <> 'none')",
    )
    .bind(&key.broadcaster_id)
    .bind(key.trigger_ms)
    .fetch_one(&mut *tx)
    .await?;
    if waits {
        review::retitle(&mut tx, key, title, None).await?;
    }
    sqlx::query(
        "INSERT INTO titles (channel, trigger_ms, title, by, at_ms)
         VALUES ((SELECT id FROM channels WHERE broadcaster_id = ?), ?, ?, ?, ?)
         ON CONFLICT (channel, trigger_ms) DO UPDATE SET
             title = excluded.title, by = excluded.by, at_ms = excluded.at_ms",
    )
    .bind(&key.broadcaster_id)
    .bind(key.trigger_ms)
    .bind(title)
    .bind(by)
    .bind(now_ms)
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(waits)
}

//! SQL of channels and moments.

use sqlx::{Connection, SqliteConnection};

use crate::{
    error::Failure,
    rows::{IntentKey, MomentRow, Page},
};

/// The row id of a channel, made where it is missing; its login is kept up to date.
pub async fn channel(
    conn: &mut SqliteConnection,
    broadcaster_id: &str,
    login: &str,
) -> Result<i64, Failure> {
    let row: (i64,) = sqlx::query_as(
        "INSERT INTO channels (broadcaster_id, login) VALUES (?, ?)
         ON CONFLICT (broadcaster_id) DO UPDATE SET login = excluded.login
         RETURNING id",
    )
    .bind(broadcaster_id)
    .bind(login)
    .fetch_one(conn)
    .await?;
    Ok(row.0)
}

pub async fn record(conn: &mut SqliteConnection, moment: &MomentRow) -> Result<(), Failure> {
    let mut tx = conn.begin_with("BEGIN IMMEDIATE").await?;
    record_within(&mut tx, moment).await?;
    tx.commit().await?;
    Ok(())
}

/// The same within a transaction.
pub async fn record_within(conn: &mut SqliteConnection, moment: &MomentRow) -> Result<(), Failure> {
    let channel = channel(conn, &moment.key.broadcaster_id, &moment.login).await?;
    sqlx::query(
        "INSERT INTO moments (channel, trigger_ms, start_ms, end_ms, score, threshold, cause,
                              reasons, learning, automatic)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (channel, trigger_ms) DO UPDATE SET
             start_ms = excluded.start_ms, end_ms = excluded.end_ms, score = excluded.score,
             threshold = excluded.threshold, cause = excluded.cause, reasons = excluded.reasons,
             learning = excluded.learning
         WHERE moments.automatic = excluded.automatic",
    )
    .bind(channel)
    .bind(moment.key.trigger_ms)
    .bind(moment.start_ms)
    .bind(moment.end_ms)
    .bind(moment.score)
    .bind(moment.threshold)
    .bind(&moment.cause)
    .bind(&moment.reasons)
    .bind(moment.learning)
    .bind(moment.automatic)
    .execute(&mut *conn)
    .await?;
    sqlx::query(
        "UPDATE intents SET start_ms = ?3, end_ms = ?4
         WHERE channel = ?1 AND trigger_ms = ?2 AND automatic = ?5 AND state = 'waiting'",
    )
    .bind(channel)
    .bind(moment.key.trigger_ms)
    .bind(moment.start_ms)
    .bind(moment.end_ms)
    .bind(moment.automatic)
    .execute(&mut *conn)
    .await?;
    Ok(())
}

pub async fn find(
    conn: &mut SqliteConnection,
    key: &IntentKey,
) -> Result<Option<MomentRow>, Failure> {
    let row = sqlx::query_as(
        "SELECT c.broadcaster_id, c.login, m.* FROM moments m JOIN channels c ON c.id = m.channel
         WHERE c.broadcaster_id = ? AND m.trigger_ms = ?",
    )
    .bind(&key.broadcaster_id)
    .bind(key.trigger_ms)
    .fetch_optional(conn)
    .await?;
    Ok(row)
}

pub async fn page(conn: &mut SqliteConnection, page: &Page) -> Result<Vec<MomentRow>, Failure> {
    let before = page.before.as_ref();
    let rows = sqlx::query_as(
        "SELECT c.broadcaster_id, c.login, m.* FROM moments m JOIN channels c ON c.id = m.channel
         WHERE (?1 IS NULL OR c.broadcaster_id = ?1)
           AND (?2 IS NULL OR m.trigger_ms < ?2
                OR (m.trigger_ms = ?2 AND c.broadcaster_id < ?3))
         ORDER BY m.trigger_ms DESC, c.broadcaster_id DESC LIMIT ?4",
    )
    .bind(&page.broadcaster_id)
    .bind(before.map(|key| key.trigger_ms))
    .bind(before.map(|key| &key.broadcaster_id))
    .bind(page.limit.min(Page::MAX))
    .fetch_all(conn)
    .await?;
    Ok(rows)
}

/// Intents first: a moment goes when no intent is left that still needs it.
pub async fn prune(
    conn: &mut SqliteConnection,
    before_ms: i64,
    limit: u32,
) -> Result<u64, Failure> {
    let mut tx = conn.begin_with("BEGIN IMMEDIATE").await?;
    sqlx::query(
        "DELETE FROM intents WHERE (channel, trigger_ms) IN (
             SELECT channel, trigger_ms FROM intents
             WHERE trigger_ms < ?1
               AND state NOT IN ('waiting', 'requested', 'unknown', 'created', 'vod')
             ORDER BY trigger_ms, channel LIMIT ?2)",
    )
    .bind(before_ms)
    .bind(limit)
    .execute(&mut *tx)
    .await?;
    let deleted = sqlx::query(
        "DELETE FROM moments WHERE (channel, trigger_ms) IN (
             SELECT m.channel, m.trigger_ms FROM moments m
             WHERE m.trigger_ms < ?1 AND NOT EXISTS (
                 SELECT 1 FROM intents i
                 WHERE i.channel = m.channel AND i.trigger_ms = m.trigger_ms)
             ORDER BY m.trigger_ms, m.channel LIMIT ?2)",
    )
    .bind(before_ms)
    .bind(limit)
    .execute(&mut *tx)
    .await?
    .rows_affected();
    tx.commit().await?;
    Ok(deleted)
}

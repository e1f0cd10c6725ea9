//! SQL of the five-second windows.

use std::collections::BTreeMap;

use sqlx::{Connection, SqliteConnection};

use super::moments::channel;
use crate::{error::Failure, rows::WindowRow};

pub async fn add(conn: &mut SqliteConnection, rows: &[WindowRow]) -> Result<(), Failure> {
    let mut tx = conn.begin_with("BEGIN IMMEDIATE").await?;
    add_within(&mut tx, rows).await?;
    tx.commit().await?;
    Ok(())
}

/// The same within a transaction.
pub async fn add_within(conn: &mut SqliteConnection, rows: &[WindowRow]) -> Result<(), Failure> {
    let mut channels = BTreeMap::new();
    for row in rows {
        let channel = match channels.get(&row.broadcaster_id) {
            Some(channel) => *channel,
            None => {
                let id = channel(conn, &row.broadcaster_id, &row.login).await?;
                channels.insert(&row.broadcaster_id, id);
                id
            }
        };
        insert(conn, channel, row).await?;
    }
    Ok(())
}

async fn insert(conn: &mut SqliteConnection, channel: i64, row: &WindowRow) -> Result<(), Failure> {
    sqlx::query(
        "INSERT INTO windows (end_ms, channel, messages, chatters, score, threshold, sentiment,
                              viewers)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
    )
    .bind(row.end_ms)
    .bind(channel)
    .bind(row.messages)
    .bind(row.chatters)
    .bind(row.score)
    .bind(row.threshold)
    .bind(row.sentiment)
    .bind(row.viewers)
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn between(
    conn: &mut SqliteConnection,
    broadcaster_id: &str,
    from_ms: i64,
    to_ms: i64,
    limit: u32,
) -> Result<Vec<WindowRow>, Failure> {
    let rows = sqlx::query_as(
        "SELECT c.broadcaster_id, c.login, w.* FROM windows w JOIN channels c ON c.id = w.channel
         WHERE c.broadcaster_id = ? AND w.end_ms > ? AND w.end_ms <= ?
         ORDER BY w.end_ms LIMIT ?",
    )
    .bind(broadcaster_id)
    .bind(from_ms)
    .bind(to_ms)
    .bind(limit)
    .fetch_all(conn)
    .await?;
    Ok(rows)
}

pub async fn prune(
    conn: &mut SqliteConnection,
    before_ms: i64,
    limit: u32,
) -> Result<u64, Failure> {
    let deleted = sqlx::query(
        "DELETE FROM windows WHERE (end_ms, channel) IN (
             SELECT end_ms, channel FROM windows WHERE end_ms < ?
             ORDER BY end_ms, channel LIMIT ?)",
    )
    .bind(before_ms)
    .bind(limit)
    .execute(conn)
    .await?;
    Ok(deleted.rows_affected())
}

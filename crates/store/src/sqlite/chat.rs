//! SQL of the lines of chat around moments. What is deleted leaves no bytes in the file.

use sqlx::{Connection, SqliteConnection};

use super::moments::channel;
use crate::{
    chat::{ChatLine, Erasure, LINES_OF_A_MOMENT},
    error::Failure,
    rows::IntentKey,
};

/// Adds lines, as far as there is room.
pub async fn add(
    conn: &mut SqliteConnection,
    key: &IntentKey,
    login: &str,
    lines: &[ChatLine],
) -> Result<(), Failure> {
    let mut tx = conn.begin_with("BEGIN IMMEDIATE").await?;
    let channel = channel(&mut tx, &key.broadcaster_id, login).await?;
    let (has, last): (u32, i64) = sqlx::query_as(
        "SELECT COUNT(*), COALESCE(MAX(nth), 0) FROM chat_lines WHERE channel = ? AND trigger_ms = ?",
    )
    .bind(channel)
    .bind(key.trigger_ms)
    .fetch_one(&mut *tx)
    .await?;
    let room = LINES_OF_A_MOMENT.saturating_sub(has);
    for (nth, line) in (last + 1..).zip(lines).take(room as usize) {
        sqlx::query(
            "INSERT INTO chat_lines (channel, trigger_ms, nth, sent_ms, message_id, login, text)
             VALUES (?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(channel)
        .bind(key.trigger_ms)
        .bind(nth)
        .bind(line.sent_ms)
        .bind(&line.message_id)
        .bind(&line.login)
        .bind(&line.text)
        .execute(&mut *tx)
        .await?;
    }
    tx.commit().await?;
    Ok(())
}

/// The lines of a moment, the oldest first.
pub async fn of(conn: &mut SqliteConnection, key: &IntentKey) -> Result<Vec<ChatLine>, Failure> {
    let lines = sqlx::query_as(
        "SELECT l.sent_ms, l.message_id, l.login, l.text FROM chat_lines l
         JOIN channels c ON c.id = l.channel
         WHERE c.broadcaster_id = ? AND l.trigger_ms = ? ORDER BY l.sent_ms, l.nth",
    )
    .bind(&key.broadcaster_id)
    .bind(key.trigger_ms)
    .fetch_all(conn)
    .await?;
    Ok(lines)
}

/// Deletes what was deleted in chat; says how many lines.
pub async fn erase(conn: &mut SqliteConnection, erasures: &[Erasure]) -> Result<u64, Failure> {
    let count = without_traces(conn, async |conn| {
        let mut count = 0;
        for erasure in erasures {
            count += erase_one(conn, erasure).await?;
        }
        Ok(count)
    });
    count.await
}

async fn erase_one(conn: &mut SqliteConnection, erasure: &Erasure) -> Result<u64, sqlx::Error> {
    let query = match erasure {
        // A title, of which `asked` takes care.
        Erasure::Asked { .. } => return Ok(0),
        Erasure::Message { id } => {
            sqlx::query("DELETE FROM chat_lines WHERE message_id = ? AND message_id <> ''").bind(id)
        }
        Erasure::User { channel, login } => sqlx::query(
            "DELETE FROM chat_lines WHERE login = ?
               AND channel IN (SELECT id FROM channels WHERE login = ?)",
        )
        .bind(login)
        .bind(channel),
        Erasure::Chat { channel } => sqlx::query(
            "DELETE FROM chat_lines WHERE channel IN (SELECT id FROM channels WHERE login = ?)",
        )
        .bind(channel),
    };
    Ok(query.execute(conn).await?.rows_affected())
}

/// Deletes at most `limit` lines of moments before `before_ms`, the oldest first.
pub async fn prune(
    conn: &mut SqliteConnection,
    before_ms: i64,
    limit: u32,
) -> Result<u64, Failure> {
    let pruned = without_traces(conn, async |conn| {
        let deleted = sqlx::query(
            "DELETE FROM chat_lines WHERE (channel, trigger_ms, nth) IN (
                 SELECT channel, trigger_ms, nth FROM chat_lines WHERE trigger_ms < ?
                 ORDER BY trigger_ms LIMIT ?)",
        )
        .bind(before_ms)
        .bind(limit)
        .execute(conn)
        .await?;
        Ok(deleted.rows_affected())
    });
    pruned.await
}

/// Deletes so that the bytes are overwritten, and that the log beside the file has none of them
/// either. Where a reader holds the log, the next deletion or the end of the run empties it.
pub async fn without_traces(
    conn: &mut SqliteConnection,
    delete: impl AsyncFnOnce(&mut SqliteConnection) -> Result<u64, sqlx::Error>,
) -> Result<u64, Failure> {
    sqlx::query("PRAGMA secure_delete = ON").execute(&mut *conn).await?;
    let count = delete(conn).await;
    sqlx::query("PRAGMA secure_delete = OFF").execute(&mut *conn).await?;
    let count = count?;
    if count > 0 {
        sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(conn).await?;
    }
    Ok(count)
}

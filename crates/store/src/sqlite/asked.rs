//! SQL of titles that somebody gave a moment in chat, and that were deleted there.

use sqlx::SqliteConnection;

use super::chat::without_traces;
use crate::{
    chat::{Asked, Erasure},
    error::Failure,
    rows::IntentKey,
};

/// Promises whose title is still words of chat: without a clip, which is public with its title,
/// and not called otherwise by an editor.
const ASKED: &str = "SELECT c.broadcaster_id, c.login, i.trigger_ms FROM intents i
     JOIN channels c ON c.id = i.channel
     JOIN moments m ON m.channel = i.channel AND m.trigger_ms = i.trigger_ms
     WHERE i.clip_id IS NULL AND m.cause LIKE 'manual:%'
       AND NOT EXISTS (SELECT 1 FROM titles t
                       WHERE t.channel = i.channel AND t.trigger_ms = i.trigger_ms)
       AND NOT EXISTS (SELECT 1 FROM recuts r
                       WHERE r.channel = i.channel AND r.trigger_ms = i.trigger_ms)";

/// Those that a deletion is about. A single message is known by its line around the moment.
pub async fn with(conn: &mut SqliteConnection, erasure: &Erasure) -> Result<Vec<Asked>, Failure> {
    let asked = match erasure {
        Erasure::Message { id } => {
            let line = format!(
                "{ASKED} AND EXISTS (SELECT 1 FROM chat_lines l
                     WHERE l.message_id = ? AND l.message_id <> '' AND l.channel = i.channel
                       AND l.trigger_ms = i.trigger_ms AND l.sent_ms = i.trigger_ms
                       AND m.cause = 'manual:' || l.login)"
            );
            sqlx::query_as(sqlx::AssertSqlSafe(line)).bind(id).fetch_all(conn).await?
        }
        Erasure::Asked { key } => {
            let one = format!("{ASKED} AND c.broadcaster_id = ? AND i.trigger_ms = ?");
            let one = sqlx::query_as(sqlx::AssertSqlSafe(one));
            one.bind(&key.broadcaster_id).bind(key.trigger_ms).fetch_all(conn).await?
        }
        Erasure::User { channel, login } => {
            let theirs = format!("{ASKED} AND c.login = ? AND m.cause = ?");
            let theirs = sqlx::query_as(sqlx::AssertSqlSafe(theirs));
            theirs.bind(channel).bind(format!("manual:{login}")).fetch_all(conn).await?
        }
        Erasure::Chat { channel } => {
            let all = format!("{ASKED} AND c.login = ?");
            sqlx::query_as(sqlx::AssertSqlSafe(all)).bind(channel).fetch_all(conn).await?
        }
    };
    Ok(asked)
}

/// Another title, also in what is told of it; the former leaves no bytes in the file.
pub async fn untitle(
    conn: &mut SqliteConnection,
    key: &IntentKey,
    title: &str,
) -> Result<(), Failure> {
    let changed = without_traces(conn, async |conn| {
        let intents = sqlx::query(
            "UPDATE intents SET title = ?
             WHERE channel = (SELECT id FROM channels WHERE broadcaster_id = ?) AND trigger_ms = ?",
        )
        .bind(title)
        .bind(&key.broadcaster_id)
        .bind(key.trigger_ms)
        .execute(&mut *conn)
        .await?;
        let alerts = sqlx::query(
            "UPDATE outbox SET payload = json_set(payload, '$.title', ?)
             WHERE key = ? AND json_extract(payload, '$.title') <> ''",
        )
        .bind(title)
        .bind(key.to_string())
        .execute(conn)
        .await?;
        Ok(intents.rows_affected() + alerts.rows_affected())
    });
    changed.await.map(drop)
}

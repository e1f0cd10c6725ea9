//! SQL of the lines of chat around moments. What is deleted leaves no bytes in the file.

use sqlx::{AssertSqlSafe, Connection, SqliteConnection};

use super::moments::channel;
use crate::{
    chat::{Around, ChatLine, Erasure, LINES_OF_A_MOMENT},
    error::Failure,
    rows::IntentKey,
};

/// Adds lines, as far as each moment has room: all, or none.
pub async fn add(conn: &mut SqliteConnection, new: &[Around]) -> Result<(), Failure> {
    let mut tx = conn.begin_with("BEGIN IMMEDIATE").await?;
    for around in new {
        add_within(&mut tx, around).await?;
    }
    tx.commit().await?;
    Ok(())
}

async fn add_within(
    tx: &mut SqliteConnection,
    Around { key, login, lines }: &Around,
) -> Result<(), Failure> {
    let channel = channel(tx, &key.broadcaster_id, login).await?;
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
        Erasure::Message { id } => {
            sqlx::query("DELETE FROM chat_lines WHERE message_id = ? AND message_id <> ''").bind(id)
        }
        Erasure::User { channel, login } => sqlx::query(
            "DELETE FROM chat_lines WHERE login = ?
               AND channel IN (SELECT id FROM channels WHERE login = ? OR broadcaster_id = ?)",
        )
        .bind(login)
        .bind(&channel.login)
        .bind(&channel.broadcaster_id),
        Erasure::Chat { channel } => sqlx::query(
            "DELETE FROM chat_lines
             WHERE channel IN (SELECT id FROM channels WHERE login = ? OR broadcaster_id = ?)",
        )
        .bind(&channel.login)
        .bind(&channel.broadcaster_id),
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

/// Deletes so that the log beside the file has nothing of it either (in the file it is overwritten:
/// see [`super::options`]); while a reader holds the log, see [`super::Connections::leave_no_traces`].
pub async fn without_traces<T: PartialEq + Default>(
    conn: &mut SqliteConnection,
    delete: impl AsyncFnOnce(&mut SqliteConnection) -> Result<T, sqlx::Error>,
) -> Result<T, Failure> {
    let done = delete(conn).await?;
    if done != T::default() {
        empty_log(conn).await?;
    }
    Ok(done)
}

/// Empties the log beside the file; false while somebody reads what is in it. Waits for nobody:
/// a copy of a large file reads for long, and promises wait for this connection.
pub(super) async fn empty_log(conn: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    let (patience_ms,): (i64,) =
        sqlx::query_as("PRAGMA busy_timeout").fetch_one(&mut *conn).await?;
    sqlx::query("PRAGMA busy_timeout = 0").execute(&mut *conn).await?;
    let emptied: Result<(i64, i64, i64), _> =
        sqlx::query_as("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(&mut *conn).await;
    let patience = format!("PRAGMA busy_timeout = {patience_ms}");
    sqlx::query(AssertSqlSafe(patience)).execute(conn).await?;
    let (is_busy, _, _) = emptied?;
    Ok(is_busy == 0)
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path, time::Duration};

    use sqlx::ConnectOptions;
    use tokio::time::timeout;

    use super::{super::Connections, *};
    use crate::sqlite::options;

    /// Longer than any test: who waits for a reader hangs.
    const PATIENCE: Duration = Duration::from_secs(3_600);
    const HANGS: Duration = Duration::from_secs(20);

    fn holds(path: &Path, text: &str) -> bool {
        let log = path.with_extension("db-wal");
        let files = [path, &log].map(|file| fs::read(file).unwrap_or_default());
        files.iter().any(|bytes| bytes.windows(text.len()).any(|part| part == text.as_bytes()))
    }

    /// Somebody copies the file: a deletion does not wait for them, and is whole once they end.
    #[tokio::test]
    async fn a_deletion_waits_for_no_reader_and_leaves_no_traces() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.db");
        let both = Connections::open(&path, PATIENCE).await.unwrap();
        let mut turn = both.turn().await;
        let key = IntentKey { broadcaster_id: "7".into(), trigger_ms: 5 };
        let said = ChatLine {
            sent_ms: 5,
            message_id: "m".into(),
            login: "ann".into(),
            text: "a line that nobody forgets".into(),
        };
        let around = Around { key, login: "ninja".to_owned(), lines: vec![said] };
        add(both.connection(&mut turn).unwrap(), &[around]).await.unwrap();
        let mut copy = options(&path, PATIENCE).connect().await.unwrap();
        sqlx::query("BEGIN").execute(&mut copy).await.unwrap();
        sqlx::query("SELECT count(*) FROM chat_lines").execute(&mut copy).await.unwrap();

        let gone = [Erasure::Message { id: "m".into() }];
        let erased = async {
            let count = erase(both.connection(&mut turn).unwrap(), &gone).await.unwrap();
            both.leave_no_traces(&mut turn).await.unwrap();
            count
        };
        assert_eq!(timeout(HANGS, erased).await, Ok(1), "it waits");
        assert!(holds(&path, "nobody forgets"), "the copy still needs it");
        both.leave_no_traces_at_last(&mut turn).await;
        assert!(holds(&path, "nobody forgets"));
        sqlx::query("ROLLBACK").execute(&mut copy).await.unwrap();
        both.leave_no_traces_at_last(&mut turn).await;
        assert!(!holds(&path, "nobody forgets"));
        let conn = both.connection(&mut turn).unwrap();
        let (patience_ms,): (i64,) =
            sqlx::query_as("PRAGMA busy_timeout").fetch_one(conn).await.unwrap();
        assert_eq!(patience_ms, 3_600_000, "promises wait as before");
    }
}

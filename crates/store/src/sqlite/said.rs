//! SQL of titles that are somebody's words in chat, and that were deleted there. Each is found by
//! an index: chat deletes often, and promises wait for the connection.

use sqlx::{AssertSqlSafe, Connection, SqliteConnection};

use super::chat::without_traces;
use crate::{
    chat::{Erasure, Titled},
    error::Failure,
};

/// Whose title it is, without a clip: that one is public with its title.
const SELECT: &str = "SELECT c.broadcaster_id, c.login, i.trigger_ms, i.title,
            COALESCE(m.cause, 'manual:' || i.said_by) AS cause";
/// Its moment, by its key.
const AND_MOMENT: &str =
    "LEFT JOIN moments m ON m.channel = i.channel AND m.trigger_ms = i.trigger_ms
     WHERE i.clip_id IS NULL";
const BY_CHANNEL: &str =
    "FROM channels c CROSS JOIN intents i INDEXED BY intents_said_by ON i.channel = c.id";
const BY_MESSAGE: &str =
    "FROM intents i INDEXED BY intents_said_in CROSS JOIN channels c ON c.id = i.channel";

/// The question that goes with a deletion.
fn sql(erasure: &Erasure) -> String {
    match erasure {
        Erasure::Message { .. } => format!("{SELECT} {BY_MESSAGE} {AND_MOMENT} AND i.said_in = ?"),
        Erasure::User { .. } => {
            format!("{SELECT} {BY_CHANNEL} {AND_MOMENT} AND c.login = ? AND i.said_by = ?")
        }
        Erasure::Chat { .. } => {
            format!("{SELECT} {BY_CHANNEL} {AND_MOMENT} AND c.login = ? AND i.said_by IS NOT NULL")
        }
    }
}

/// The promises that a deletion is about.
pub async fn with(conn: &mut SqliteConnection, erasure: &Erasure) -> Result<Vec<Titled>, Failure> {
    let query = sqlx::query_as(AssertSqlSafe(sql(erasure)));
    let query = match erasure {
        Erasure::Message { id } => query.bind(id),
        Erasure::User { channel, login } => query.bind(channel).bind(login),
        Erasure::Chat { channel } => query.bind(channel),
    };
    Ok(query.fetch_all(conn).await?)
}

/// All promises whose titles are somebody's words.
pub async fn all(conn: &mut SqliteConnection) -> Result<Vec<Titled>, Failure> {
    let all = format!("{SELECT} {BY_CHANNEL} {AND_MOMENT} AND i.said_by IS NOT NULL");
    Ok(sqlx::query_as(AssertSqlSafe(all)).fetch_all(conn).await?)
}

/// Other titles, also in what is told of them; the former leave no bytes in the file. A promise
/// that an editor has called otherwise by now, or that has a clip, keeps its title. Whose words
/// they were stays known until [`end`].
pub async fn untitle(conn: &mut SqliteConnection, titles: &[Titled]) -> Result<u64, Failure> {
    let changed = without_traces(conn, async |conn| {
        let mut tx = conn.begin_with("BEGIN IMMEDIATE").await?;
        let mut changed = 0;
        for title in titles {
            changed += one(&mut tx, title).await?;
        }
        tx.commit().await?;
        Ok(changed)
    });
    changed.await
}

async fn one(conn: &mut SqliteConnection, titled: &Titled) -> Result<u64, sqlx::Error> {
    let Titled { key, title, .. } = titled;
    let intents = sqlx::query(
        "UPDATE intents SET title = ?
         WHERE channel = (SELECT id FROM channels WHERE broadcaster_id = ?) AND trigger_ms = ?
           AND said_by IS NOT NULL AND clip_id IS NULL",
    )
    .bind(title)
    .bind(&key.broadcaster_id)
    .bind(key.trigger_ms)
    .execute(&mut *conn)
    .await?
    .rows_affected();
    if intents > 0 {
        sqlx::query(TELL).bind(title).bind(key.to_string()).execute(conn).await?;
    }
    Ok(intents)
}

const TELL: &str = "UPDATE outbox SET payload = json_set(payload, '$.title', ?)
     WHERE key = ? AND json_extract(payload, '$.title') <> ''";

/// Nothing is left of the words anywhere: the titles are nobody's any more.
pub async fn end(conn: &mut SqliteConnection, titles: &[Titled]) -> Result<(), Failure> {
    let mut tx = conn.begin_with("BEGIN IMMEDIATE").await?;
    for Titled { key, title, .. } in titles {
        sqlx::query(
            "UPDATE intents SET said_by = NULL, said_in = NULL
             WHERE channel = (SELECT id FROM channels WHERE broadcaster_id = ?) AND trigger_ms = ?
               AND title = ?",
        )
        .bind(&key.broadcaster_id)
        .bind(key.trigger_ms)
        .bind(title)
        .execute(&mut *tx)
        .await?;
    }
    tx.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::sqlite::{Connections, tests::plan};

    /// Chat deletes in waves, and whoever promises a clip waits for the same connection.
    #[tokio::test]
    async fn a_deletion_reads_no_table_as_a_whole() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.db");
        let both = Connections::open(&path, Duration::from_secs(1)).await.unwrap();
        let mut turn = both.turn().await;
        let conn = both.connection(&mut turn).unwrap();
        let text = || "x".to_owned();
        for erasure in [
            Erasure::Message { id: text() },
            Erasure::User { channel: text(), login: text() },
            Erasure::Chat { channel: text() },
        ] {
            let steps = plan(conn, &sql(&erasure)).await;
            assert!(steps.iter().all(|step| step.starts_with("SEARCH")), "{erasure:?}: {steps:?}");
        }
        let steps = plan(conn, TELL).await;
        assert!(steps.iter().all(|step| step.starts_with("SEARCH")), "{steps:?}");
    }
}

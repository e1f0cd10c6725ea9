//! SQL of titles that are somebody's words in chat, and that were deleted there. Each is found by
//! an index: chat deletes often, and promises wait for the connection.

use std::collections::BTreeSet;

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
const AND_CHANNEL: &str = "AND (c.login = ? OR c.broadcaster_id = ?)";
const BY_MESSAGE: &str =
    "FROM intents i INDEXED BY intents_said_in CROSS JOIN channels c ON c.id = i.channel";

/// The question that goes with a deletion.
fn sql(erasure: &Erasure) -> String {
    match erasure {
        Erasure::Message { .. } => format!("{SELECT} {BY_MESSAGE} {AND_MOMENT} AND i.said_in = ?"),
        Erasure::User { .. } => {
            format!("{SELECT} {BY_CHANNEL} {AND_MOMENT} {AND_CHANNEL} AND i.said_by = ?")
        }
        Erasure::Chat { .. } => {
            format!("{SELECT} {BY_CHANNEL} {AND_MOMENT} {AND_CHANNEL} AND i.said_by IS NOT NULL")
        }
    }
}

/// The promises that deletions are about, each once.
pub async fn with(
    conn: &mut SqliteConnection,
    erasures: &[Erasure],
) -> Result<Vec<Titled>, Failure> {
    let (mut found, mut keys) = (Vec::new(), BTreeSet::new());
    for erasure in erasures {
        for titled in with_one(conn, erasure).await? {
            if keys.insert(titled.key.clone()) {
                found.push(titled);
            }
        }
    }
    Ok(found)
}

async fn with_one(conn: &mut SqliteConnection, erasure: &Erasure) -> Result<Vec<Titled>, Failure> {
    let query = sqlx::query_as(AssertSqlSafe(sql(erasure)));
    let query = match erasure {
        Erasure::Message { id } => query.bind(id),
        Erasure::User { channel, login } => {
            query.bind(&channel.login).bind(&channel.broadcaster_id).bind(login)
        }
        Erasure::Chat { channel } => query.bind(&channel.login).bind(&channel.broadcaster_id),
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

    use sqlx::ConnectOptions as _;

    use super::*;
    use crate::chat::Erased;
    use crate::sqlite::{Connections, MIGRATIONS, migrate, options, tests::plan};

    /// Of before nobody knows whose words a title is.
    #[tokio::test]
    async fn what_was_asked_for_before_is_taken_for_words_of_chat() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.db");
        let mut conn = options(&path, Duration::from_secs(1)).connect().await.unwrap();
        MIGRATIONS.run_to(11, &mut conn).await.unwrap();
        let rows = "
            INSERT INTO channels (id, broadcaster_id, login) VALUES (1, '7', 'ninja');
            INSERT INTO moments SELECT 1, value, 0, value, 0.9, 0.6, 'manual:ann', '[]', 0, 0
                FROM json_each('[10, 20, 30]');
            INSERT INTO moments VALUES (1, 40, 0, 40, 0.9, 0.6, 'hype', '[]', 0, 1);
            INSERT INTO intents (channel, trigger_ms, start_ms, end_ms, automatic, state, due_ms,
                                 title, duration_s, created_ms, updated_ms)
                SELECT 1, trigger_ms, 0, 40, automatic, 'refused', 0, 'words', 30, 0, 0 FROM moments;
            UPDATE intents SET clip_id = 'A' WHERE trigger_ms = 20;
            INSERT INTO titles VALUES (1, 30, 'better', 'bob', 0);
            INSERT INTO chat_lines VALUES (1, 10, 0, 10, 'x', 'bob', 'hi'),
                                          (1, 10, 1, 10, 'm', 'ann', '!clip words');";
        sqlx::raw_sql(rows).execute(&mut conn).await.unwrap();
        migrate(&mut conn).await.unwrap();
        let of = async |conn: &mut SqliteConnection, erasure: Erasure| {
            let titled = with_one(conn, &erasure).await.unwrap();
            titled.into_iter().map(|one| one.key.trigger_ms).collect::<Vec<_>>()
        };
        let of_name = |login: &str, id: Option<&str>| Erased {
            login: login.to_owned(),
            broadcaster_id: id.map(str::to_owned),
        };
        for channel in [of_name("ninja", None), of_name("renamed", Some("7"))] {
            assert_eq!(of(&mut conn, Erasure::Chat { channel }).await, [10]);
        }
        for channel in [of_name("renamed", None), of_name("other", Some("8"))] {
            assert_eq!(of(&mut conn, Erasure::Chat { channel }).await, [0; 0]);
        }
        for (id, expected) in [("m", vec![10]), ("x", vec![])] {
            assert_eq!(of(&mut conn, Erasure::Message { id: id.into() }).await, expected);
        }
    }

    /// Chat deletes in waves, and whoever promises a clip waits for the same connection.
    #[tokio::test]
    async fn a_deletion_reads_no_table_as_a_whole() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.db");
        let both = Connections::open(&path, Duration::from_secs(1)).await.unwrap();
        let mut turn = both.turn().await;
        let conn = both.connection(&mut turn).unwrap();
        let text = || "x".to_owned();
        let channel = || Erased { login: text(), broadcaster_id: Some(text()) };
        for erasure in [
            Erasure::Message { id: text() },
            Erasure::User { channel: channel(), login: text() },
            Erasure::Chat { channel: channel() },
        ] {
            let steps = plan(conn, &sql(&erasure)).await;
            let is_search = |step: &String| step.starts_with("SEARCH");
            assert!(steps.iter().any(is_search), "{erasure:?}: {steps:?}");
            assert!(!steps.iter().any(|step| step.contains("SCAN")), "{erasure:?}: {steps:?}");
        }
        let steps = plan(conn, TELL).await;
        assert!(steps.iter().all(|step| step.starts_with("SEARCH")), "{steps:?}");
    }
}

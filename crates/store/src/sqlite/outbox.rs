//! SQL of the outbox.

use std::collections::BTreeMap;

use sqlx::{AssertSqlSafe, Connection, SqliteConnection};

use super::moments::channel;
use crate::{
    error::Failure,
    intent::Intent,
    outbox::{Changed, LASTING, MOST_WAITING, NewAlert, OutboxRow, OutboxStep, OutboxSum, REVIEW},
    rows::IntentKey,
};

/// Why the oldest goes.
const TOO_MANY: &str = "too many alerts waited for this receiver; the oldest were given up";

/// A promise that was triggered longer before its end than this is not looked for.
const LONGEST_LIFE_MS: i64 = 8 * 86_400_000;

/// Rows with their channels; that of some is none.
const ROWS: &str = "SELECT o.*, COALESCE(c.broadcaster_id, '') AS broadcaster_id,
        COALESCE(c.login, '') AS login
     FROM outbox o LEFT JOIN channels c ON c.id = o.channel";

/// Puts alerts in, all or none; those that are there already stay as they are. Says how many
/// are new.
pub async fn post(conn: &mut SqliteConnection, alerts: &[NewAlert]) -> Result<u64, Failure> {
    let mut tx = conn.begin_with("BEGIN IMMEDIATE").await?;
    let mut new = 0;
    for alert in alerts {
        let channel = match alert.login.as_str() {
            "" => None,
            login => Some(channel(&mut tx, &alert.broadcaster_id, login).await?),
        };
        let added = sqlx::query(
            "INSERT INTO outbox (alert, event, key, channel, payload, due_ms, created_ms)
             VALUES (?, ?, ?, ?, ?, ?6, ?6) ON CONFLICT DO NOTHING",
        )
        .bind(&alert.alert)
        .bind(&alert.event)
        .bind(&alert.key)
        .bind(channel)
        .bind(&alert.payload)
        .bind(alert.now_ms)
        .execute(&mut *tx)
        .await?
        .rows_affected();
        if added > 0 {
            new += 1;
            make_room(&mut tx, alert).await?;
        }
    }
    tx.commit().await?;
    Ok(new)
}

/// The oldest that waits goes where there are too many.
async fn make_room(conn: &mut SqliteConnection, alert: &NewAlert) -> Result<(), Failure> {
    sqlx::query(
        "UPDATE outbox SET state = 'failed', ended_ms = ?, error = ? WHERE id IN
             (SELECT id FROM outbox WHERE alert = ? AND state = 'waiting'
              ORDER BY id DESC LIMIT -1 OFFSET ?)",
    )
    .bind(alert.now_ms)
    .bind(TOO_MANY)
    .bind(&alert.alert)
    .bind(MOST_WAITING)
    .execute(conn)
    .await?;
    Ok(())
}

/// The first that waits.
pub async fn next(conn: &mut SqliteConnection, alert: &str) -> Result<Option<OutboxRow>, Failure> {
    let sql = format!("{ROWS} WHERE o.alert = ? AND o.state = 'waiting' ORDER BY o.id LIMIT 1");
    let row = sqlx::query_as(AssertSqlSafe(sql)).bind(alert).fetch_optional(conn).await?;
    Ok(row)
}

/// The newest rows, the newest first.
pub async fn newest(conn: &mut SqliteConnection, limit: u32) -> Result<Vec<OutboxRow>, Failure> {
    let sql = format!("{ROWS} ORDER BY o.id DESC LIMIT ?");
    let rows = sqlx::query_as(AssertSqlSafe(sql)).bind(limit).fetch_all(conn).await?;
    Ok(rows)
}

/// Keeps what became of a row that waits; says how many changed. All in one statement: an alert
/// that comes in between is not given up for what it was never tried for.
pub async fn step(
    conn: &mut SqliteConnection,
    id: i64,
    step: &OutboxStep,
    now_ms: i64,
) -> Result<u64, Failure> {
    let (state, due_ms, ended_ms, error) = match step {
        OutboxStep::Sent => ("sent", None, Some(now_ms), None),
        OutboxStep::Failed(error) | OutboxStep::AllFailed(error) => {
            ("failed", None, Some(now_ms), Some(error))
        }
        OutboxStep::Again { due_ms, error } => ("waiting", Some(due_ms), None, Some(error)),
    };
    let changed = sqlx::query(
        "UPDATE outbox SET state = ?1, tries = tries + (id = ?5), due_ms = COALESCE(?2, due_ms),
                           ended_ms = ?3, error = ?4
         WHERE alert = (SELECT alert FROM outbox WHERE id = ?5) AND state = 'waiting'
           AND (id = ?5 OR ?6)",
    )
    .bind(state)
    .bind(due_ms)
    .bind(ended_ms)
    .bind(error)
    .bind(id)
    .bind(matches!(step, OutboxStep::AllFailed(_)))
    .execute(conn)
    .await?;
    Ok(changed.rows_affected())
}

/// Somebody has decided on a moment: that it waits for that is not told any more. Where it waits
/// again, it is found again.
pub async fn decided(conn: &mut SqliteConnection, key: &IntentKey) -> Result<(), Failure> {
    sqlx::query("DELETE FROM outbox WHERE event = ? AND key = ? AND state = 'waiting'")
        .bind(REVIEW)
        .bind(key.to_string())
        .execute(conn)
        .await?;
    Ok(())
}

/// Gives up all that wait for one alert.
async fn give_up(
    conn: &mut SqliteConnection,
    alert: &str,
    error: &str,
    now_ms: i64,
) -> Result<(), Failure> {
    sqlx::query(
        "UPDATE outbox SET state = 'failed', ended_ms = ?, error = ?
         WHERE alert = ? AND state = 'waiting'",
    )
    .bind(now_ms)
    .bind(error)
    .bind(alert)
    .execute(conn)
    .await?;
    Ok(())
}

/// The alerts that there are, each with what it wants, in any words: what waits for others is
/// given up, and those that are new or want something else count from now. Says since when
/// there is each.
pub async fn alerts(
    conn: &mut SqliteConnection,
    names: &[(String, String)],
    error: &str,
    now_ms: i64,
) -> Result<BTreeMap<String, i64>, Failure> {
    let mut tx = conn.begin_with("BEGIN IMMEDIATE").await?;
    let known: Vec<(String,)> =
        sqlx::query_as("SELECT alert FROM outbox_since UNION SELECT alert FROM outbox")
            .fetch_all(&mut *tx)
            .await?;
    for (gone,) in known.iter().filter(|(known,)| names.iter().all(|(name, _)| name != known)) {
        sqlx::query("DELETE FROM outbox_since WHERE alert = ?")
            .bind(gone)
            .execute(&mut *tx)
            .await?;
        give_up(&mut tx, gone, error, now_ms).await?;
    }
    for (name, wants) in names {
        sqlx::query(
            "INSERT INTO outbox_since (alert, wants, since_ms) VALUES (?, ?, ?)
             ON CONFLICT (alert) DO UPDATE SET wants = excluded.wants, since_ms = excluded.since_ms
             WHERE wants <> excluded.wants",
        )
        .bind(name)
        .bind(wants)
        .bind(now_ms)
        .execute(&mut *tx)
        .await?;
    }
    let since: Vec<(String, i64)> =
        sqlx::query_as("SELECT alert, since_ms FROM outbox_since").fetch_all(&mut *tx).await?;
    tx.commit().await?;
    Ok(since.into_iter().collect())
}

/// How the alerts are, by name.
pub async fn sums(conn: &mut SqliteConnection) -> Result<Vec<OutboxSum>, Failure> {
    let sums = sqlx::query_as(
        "SELECT alert,
                SUM(state = 'waiting') AS waiting,
                SUM(state = 'sent') AS sent,
                SUM(state = 'failed') AS failed,
                MAX(CASE WHEN state = 'sent' THEN ended_ms END) AS sent_ms,
                MAX(CASE WHEN state = 'failed' THEN ended_ms END) AS failed_ms,
                (SELECT f.error FROM outbox f WHERE f.alert = o.alert AND f.state = 'failed'
                 ORDER BY f.ended_ms DESC, f.id DESC LIMIT 1) AS failed_error,
                (SELECT w.error FROM outbox w WHERE w.alert = o.alert AND w.state = 'waiting'
                 ORDER BY w.id LIMIT 1) AS waiting_error
         FROM outbox o GROUP BY alert ORDER BY alert",
    )
    .fetch_all(conn)
    .await?;
    Ok(sums)
}

/// When something of this kind was last put in, by the channel's login.
pub async fn last_of(
    conn: &mut SqliteConnection,
    event: &str,
) -> Result<BTreeMap<String, i64>, Failure> {
    let last: Vec<(String, i64)> = sqlx::query_as(
        "SELECT c.login, MAX(o.created_ms) FROM outbox o
         JOIN channels c ON c.id = o.channel WHERE o.event = ? GROUP BY c.login",
    )
    .bind(event)
    .fetch_all(conn)
    .await?;
    Ok(last.into_iter().collect())
}

/// What of this kind was put in, by key, in its order.
pub async fn keys_of(conn: &mut SqliteConnection, event: &str) -> Result<Vec<String>, Failure> {
    let keys: Vec<(String,)> =
        sqlx::query_as("SELECT key FROM outbox WHERE event = ? GROUP BY key ORDER BY min(id)")
            .bind(event)
            .fetch_all(conn)
            .await?;
    Ok(keys.into_iter().map(|(key,)| key).collect())
}

const CHANGED: &str =
    "SELECT c.broadcaster_id, c.login, i.* FROM intents i JOIN channels c ON c.id = i.channel
     WHERE i.trigger_ms >= ?1 AND i.updated_ms >= ?2
       AND (i.state IN ('confirmed', 'unconfirmed', 'refused', 'missed')
            OR (i.state = 'waiting' AND i.review = 'asked'))
       AND (?3 IS NULL OR (i.updated_ms, c.broadcaster_id, i.trigger_ms) > (?3, ?4, ?5))
     ORDER BY i.updated_ms, c.broadcaster_id, i.trigger_ms LIMIT ?6";

/// The intents that changed at `since_ms` or later to an end, or that wait for review; in the
/// order in which they changed, from behind `after` on.
pub async fn changed(
    conn: &mut SqliteConnection,
    since_ms: i64,
    after: Option<&Changed>,
    limit: u32,
) -> Result<Vec<Intent>, Failure> {
    let intents = sqlx::query_as(CHANGED)
        .bind(since_ms - LONGEST_LIFE_MS)
        // Of many parts none begins at the first change again.
        .bind(after.map_or(since_ms, |(updated_ms, _)| since_ms.max(*updated_ms)))
        .bind(after.map(|(updated_ms, _)| updated_ms))
        .bind(after.map(|(_, key)| &key.broadcaster_id))
        .bind(after.map(|(_, key)| key.trigger_ms))
        .bind(limit)
        .fetch_all(conn)
        .await?;
    Ok(intents)
}

/// Deletes at most `limit` rows that ended before `before_ms`, the oldest first. Of what lasts the
/// newest row stays, by which a later start knows that it was told.
pub async fn prune(
    conn: &mut SqliteConnection,
    before_ms: i64,
    limit: u32,
) -> Result<u64, Failure> {
    let deleted = sqlx::query(
        "DELETE FROM outbox WHERE id IN
             (SELECT id FROM outbox WHERE state <> 'waiting' AND ended_ms < ?1
                 AND id NOT IN (SELECT max(id) FROM outbox WHERE event = ?3
                                GROUP BY substr(key, 1, instr(key, '@')))
              ORDER BY id LIMIT ?2)",
    )
    .bind(before_ms)
    .bind(limit)
    .bind(LASTING)
    .execute(conn)
    .await?;
    Ok(deleted.rows_affected())
}

/// In a copy of the database nothing waits: the original sends it.
pub async fn distrust(conn: &mut SqliteConnection) -> Result<(), Failure> {
    sqlx::query(
        "UPDATE outbox SET state = 'failed', ended_ms = created_ms,
                           error = 'it was restored from a backup, and may have been sent since'
         WHERE state = 'waiting'",
    )
    .execute(conn)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::sqlite::{Connections, tests::plan};

    /// Whoever looks every few minutes reads what is new, and not a day of a great house.
    #[tokio::test]
    async fn what_changed_is_found_by_when_it_did() {
        let dir = tempfile::tempdir().unwrap();
        let patience = Duration::from_secs(1);
        let both = Connections::open(&dir.path().join("a.db"), patience).await.unwrap();
        let mut turn = both.turn().await;
        let steps = plan(both.connection(&mut turn).unwrap(), CHANGED).await;
        assert!(
            steps.iter().any(|step| step.starts_with("SEARCH i USING INDEX intents_by_change")),
            "{steps:?}"
        );
    }
}

//! SQL of runs, of the stretches in which channels were live, missed or held, and of VODs.

use std::collections::BTreeMap;

use sqlx::{Connection, SqliteConnection};

use super::moments::channel;
use crate::{
    error::Failure,
    watched::{LastRun, Rewrite, Run, StretchRow, VodRow, WatchLog},
};

/// Runs and stretches that are read at most: at a gap a minute, some weeks of a channel.
const MAX_ROWS: u32 = 50_000;
/// Of a channel that was known to be live so long before or after, Twitch was asked: the seconds in
/// which it did not answer are no stream.
const TOLD_MS: i64 = 30 * 86_400_000;
/// No stretch is longer, and no VOD: ledgers cut theirs after three days, Twitch after two.
const LONGEST_MS: i64 = 5 * 86_400_000;

/// One transaction: a run's sign of life and the stretches up to it belong together. The run was
/// kept as one that began at `was_ms`.
pub async fn keep(
    conn: &mut SqliteConnection,
    was_ms: i64,
    run: &Run,
    rewrites: &[Rewrite],
) -> Result<(), Failure> {
    let mut tx = conn.begin_with("BEGIN IMMEDIATE").await?;
    if was_ms != run.start_ms {
        sqlx::query("DELETE FROM runs WHERE start_ms = ?").bind(was_ms).execute(&mut *tx).await?;
    }
    sqlx::query(
        "INSERT INTO runs (start_ms, end_ms, is_clean) VALUES (?, ?, ?)
         ON CONFLICT (start_ms) DO UPDATE SET end_ms = excluded.end_ms,
                                              is_clean = excluded.is_clean",
    )
    .bind(run.start_ms)
    .bind(run.end_ms)
    .bind(run.is_clean)
    .execute(&mut *tx)
    .await?;
    for rewrite in rewrites {
        replace(&mut tx, rewrite).await?;
    }
    tx.commit().await?;
    Ok(())
}

async fn replace(conn: &mut SqliteConnection, rewrite: &Rewrite) -> Result<(), Failure> {
    let Rewrite { broadcaster_id, login, kind, from_ms, stretches } = rewrite;
    let channel = channel(conn, broadcaster_id, login).await?;
    sqlx::query("DELETE FROM stretches WHERE channel = ? AND kind = ? AND start_ms >= ?")
        .bind(channel)
        .bind(kind.as_str())
        .bind(from_ms)
        .execute(&mut *conn)
        .await?;
    for stretch in stretches {
        sqlx::query(
            "INSERT INTO stretches (channel, kind, start_ms, end_ms, word)
             VALUES (?, ?, ?, ?, ?)",
        )
        .bind(channel)
        .bind(kind.as_str())
        .bind(stretch.start_ms)
        .bind(stretch.end_ms)
        .bind(&stretch.word)
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

/// A channel was followed to the end of a run when its last stretch ends there. A run that ended before
/// its first mark left nothing by which one could tell: the one before it is asked.
pub async fn last(conn: &mut SqliteConnection) -> Result<LastRun, Failure> {
    let run: Option<Run> =
        sqlx::query_as("SELECT * FROM runs ORDER BY end_ms > start_ms DESC, start_ms DESC LIMIT 1")
            .fetch_optional(&mut *conn)
            .await?;
    let Some(run) = run else { return Ok(LastRun::default()) };
    let followed: Vec<(String, i64)> = sqlx::query_as(
        "SELECT c.login, max(s.end_ms) FROM stretches s JOIN channels c ON c.id = s.channel
         WHERE s.kind = 'live' AND s.end_ms >= ? GROUP BY c.login",
    )
    .bind(run.end_ms)
    .fetch_all(conn)
    .await?;
    Ok(LastRun { run: Some(run), followed: BTreeMap::from_iter(followed) })
}

pub async fn since(conn: &mut SqliteConnection, since_ms: i64) -> Result<WatchLog, Failure> {
    let runs = sqlx::query_as(
        "SELECT * FROM (
             SELECT * FROM runs
             WHERE end_ms >= ?1
                OR start_ms = (SELECT max(start_ms) FROM runs WHERE end_ms < ?1)
             ORDER BY start_ms DESC LIMIT ?2)
         ORDER BY start_ms",
    )
    .bind(since_ms)
    .bind(MAX_ROWS)
    .fetch_all(&mut *conn)
    .await?;
    let stretches: Vec<StretchRow> = sqlx::query_as(
        "SELECT * FROM (
             SELECT c.broadcaster_id, c.login, s.kind, s.start_ms, s.end_ms, s.word
             FROM stretches s JOIN channels c ON c.id = s.channel
             WHERE s.end_ms > ? ORDER BY s.end_ms DESC LIMIT ?)
         ORDER BY login, kind, start_ms, broadcaster_id",
    )
    .bind(since_ms)
    .bind(MAX_ROWS)
    .fetch_all(conn)
    .await?;
    Ok(WatchLog { runs, stretches })
}

/// What tells of streams: the stretches of all channels that were live, or of which nobody knew,
/// that share some time with these instants; of very many the newest.
pub async fn streams(
    conn: &mut SqliteConnection,
    from_ms: i64,
    to_ms: i64,
) -> Result<Vec<StretchRow>, Failure> {
    let rows = sqlx::query_as(
        "SELECT * FROM (
             SELECT c.broadcaster_id, c.login, s.kind, s.start_ms, s.end_ms, s.word
             FROM stretches s JOIN channels c ON c.id = s.channel
             WHERE s.kind = 'live' AND s.word <> 'offline'
               AND s.end_ms > ?1 AND s.start_ms < ?2 AND s.end_ms < ?2 + ?3
               AND (s.word = 'online' OR NOT EXISTS (
                   SELECT 1 FROM stretches o
                   WHERE o.channel = s.channel AND o.kind = 'live' AND o.word = 'online'
                     AND o.start_ms > ?1 - ?4 AND o.start_ms < ?2 + ?4))
             ORDER BY s.end_ms DESC LIMIT ?5)
         ORDER BY login, start_ms, broadcaster_id",
    )
    .bind(from_ms)
    .bind(to_ms)
    .bind(LONGEST_MS)
    .bind(TOLD_MS)
    .bind(MAX_ROWS)
    .fetch_all(conn)
    .await?;
    Ok(rows)
}

/// When a channel was not heard or held between two instants, by time; of very many the first.
pub async fn gaps(
    conn: &mut SqliteConnection,
    broadcaster_id: &str,
    from_ms: i64,
    to_ms: i64,
) -> Result<Vec<StretchRow>, Failure> {
    let rows = sqlx::query_as(
        "SELECT c.broadcaster_id, c.login, s.kind, s.start_ms, s.end_ms, s.word
         FROM stretches s JOIN channels c ON c.id = s.channel
         WHERE c.broadcaster_id = ?1 AND s.kind IN ('gap', 'held')
           AND s.start_ms < ?3 AND s.end_ms > ?2
         ORDER BY s.start_ms, s.kind LIMIT ?4",
    )
    .bind(broadcaster_id)
    .bind(from_ms)
    .bind(to_ms)
    .bind(MAX_ROWS)
    .fetch_all(conn)
    .await?;
    Ok(rows)
}

/// What does not tell of streams. Those that do are older, and many: they are not read for it.
const PRUNE_EARLY: &str = "DELETE FROM stretches WHERE (channel, kind, start_ms) IN (
         SELECT channel, kind, start_ms FROM stretches INDEXED BY stretches_that_go_early
         WHERE end_ms < ? AND (kind <> 'live' OR word = 'offline') ORDER BY end_ms LIMIT ?)";
const PRUNE_STREAMS: &str = "DELETE FROM stretches WHERE (channel, kind, start_ms) IN (
         SELECT channel, kind, start_ms FROM stretches INDEXED BY stretches_by_end
         WHERE end_ms < ? ORDER BY end_ms LIMIT ?)";

/// Runs, gaps and what was off line go with the figures; what tells of streams, and VODs, stay as
/// long as the moments that they are of. The newest run stays, however old: the next start measures
/// from it.
pub async fn prune(
    conn: &mut SqliteConnection,
    before_ms: i64,
    streams_before_ms: i64,
    limit: u32,
) -> Result<u64, Failure> {
    let mut tx = conn.begin_with("BEGIN IMMEDIATE").await?;
    sqlx::query(
        "DELETE FROM runs WHERE end_ms < ?1 AND start_ms < (SELECT max(start_ms) FROM runs)",
    )
    .bind(before_ms)
    .execute(&mut *tx)
    .await?;
    sqlx::query("DELETE FROM vods WHERE started_ms + length_s * 1000 < ?")
        .bind(streams_before_ms)
        .execute(&mut *tx)
        .await?;
    let mut deleted = 0;
    for (sql, before_ms) in [(PRUNE_EARLY, before_ms), (PRUNE_STREAMS, streams_before_ms)] {
        let left = i64::from(limit).saturating_sub_unsigned(deleted);
        let done = sqlx::query(sql).bind(before_ms).bind(left).execute(&mut *tx).await?;
        deleted += done.rows_affected();
    }
    tx.commit().await?;
    Ok(deleted)
}

pub async fn keep_vods(conn: &mut SqliteConnection, vods: &[VodRow]) -> Result<(), Failure> {
    let mut tx = conn.begin_with("BEGIN IMMEDIATE").await?;
    for vod in vods {
        let channel = channel(&mut tx, &vod.broadcaster_id, &vod.login).await?;
        sqlx::query(
            "INSERT INTO vods (vod_id, channel, started_ms, length_s) VALUES (?, ?, ?, ?)
             ON CONFLICT (vod_id) DO UPDATE SET started_ms = excluded.started_ms,
                                                length_s = excluded.length_s",
        )
        .bind(&vod.vod_id)
        .bind(channel)
        .bind(vod.started_ms)
        .bind(vod.length_s)
        .execute(&mut *tx)
        .await?;
    }
    tx.commit().await?;
    Ok(())
}

pub async fn vods(conn: &mut SqliteConnection, since_ms: i64) -> Result<Vec<VodRow>, Failure> {
    let vods = sqlx::query_as(
        "SELECT v.vod_id, c.broadcaster_id, c.login, v.started_ms, v.length_s
         FROM vods v JOIN channels c ON c.id = v.channel
         WHERE v.started_ms + v.length_s * 1000 >= ? ORDER BY v.started_ms DESC, v.vod_id LIMIT ?",
    )
    .bind(since_ms)
    .bind(MAX_ROWS)
    .fetch_all(conn)
    .await?;
    Ok(vods)
}

/// The VODs of a channel that have something of the time between two instants, the newest first.
pub async fn vods_of(
    conn: &mut SqliteConnection,
    broadcaster_id: &str,
    from_ms: i64,
    to_ms: i64,
) -> Result<Vec<VodRow>, Failure> {
    let vods = sqlx::query_as(
        "SELECT v.vod_id, c.broadcaster_id, c.login, v.started_ms, v.length_s
         FROM vods v JOIN channels c ON c.id = v.channel
         WHERE c.broadcaster_id = ? AND v.started_ms + v.length_s * 1000 >= ? AND v.started_ms < ?
         ORDER BY v.started_ms DESC, v.vod_id LIMIT ?",
    )
    .bind(broadcaster_id)
    .bind(from_ms)
    .bind(to_ms)
    .bind(MAX_ROWS)
    .fetch_all(conn)
    .await?;
    Ok(vods)
}

/// The channels, by id, with a moment since `since_ms` that neither a clip shows nor a known VOD.
pub async fn without_vods(
    conn: &mut SqliteConnection,
    since_ms: i64,
) -> Result<BTreeMap<String, String>, Failure> {
    let channels: Vec<(String, String)> = sqlx::query_as(
        "SELECT DISTINCT c.broadcaster_id, c.login
         FROM intents i JOIN channels c ON c.id = i.channel
         WHERE i.trigger_ms >= ?1 AND substr(c.broadcaster_id, 1, 6) <> 'login:'
           AND (i.state IN ('missed', 'unknown', 'refused', 'unconfirmed')
                OR (i.state = 'waiting' AND i.review <> 'none'))
           AND NOT EXISTS (
               SELECT 1 FROM vods v
               WHERE v.channel = i.channel
                 AND v.started_ms BETWEEN i.start_ms - ?2 AND i.start_ms
                 AND v.started_ms + v.length_s * 1000 >= i.start_ms)",
    )
    .bind(since_ms)
    .bind(LONGEST_MS)
    .fetch_all(conn)
    .await?;
    Ok(BTreeMap::from_iter(channels))
}

/// The first instant from which something is known of a channel, by any id that its login has.
pub async fn first(conn: &mut SqliteConnection, login: &str) -> Result<Option<i64>, Failure> {
    let first = sqlx::query_scalar(
        "SELECT min(first_ms) FROM (
             SELECT (SELECT min(start_ms) FROM stretches s
                     WHERE s.channel = c.id AND s.kind = 'live') AS first_ms
             FROM channels c WHERE c.login = ?1
             UNION ALL
             SELECT (SELECT min(trigger_ms) FROM moments m WHERE m.channel = c.id)
             FROM channels c WHERE c.login = ?1)",
    )
    .bind(login)
    .fetch_one(conn)
    .await?;
    Ok(first)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::sqlite::{Connections, tests::plan};

    /// Every hour, and whoever promises a clip waits for the same connection.
    #[tokio::test]
    async fn what_goes_is_found_without_reading_what_stays() {
        let dir = tempfile::tempdir().unwrap();
        let patience = Duration::from_secs(1);
        let both = Connections::open(&dir.path().join("a.db"), patience).await.unwrap();
        let mut turn = both.turn().await;
        let conn = both.connection(&mut turn).unwrap();
        for (sql, index) in
            [(PRUNE_EARLY, "stretches_that_go_early"), (PRUNE_STREAMS, "stretches_by_end")]
        {
            let steps = plan(conn, sql).await;
            let by_index = format!("{index} (end_ms<?)");
            assert!(steps.iter().any(|step| step.contains(&by_index)), "{steps:?}");
            let reads_all = |step: &String| step.starts_with("SCAN") || step.contains("TEMP");
            assert!(!steps.iter().any(reads_all), "{steps:?}");
        }
    }
}

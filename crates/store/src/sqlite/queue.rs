//! SQL of the moments that are to be judged.

use sqlx::{FromRow, QueryBuilder, Sqlite, SqliteConnection};

use crate::{
    error::Failure,
    queue::{ClipIs, JudgedAs, Listed, Place, Queue},
    review::Review,
    rows::{ClipRow, IntentKey, MomentRow, Page},
    state::IntentState,
    verdict::Verdict,
    watched::VodRow,
};

const FROM: &str = "
    FROM moments m JOIN channels c ON c.id = m.channel
    LEFT JOIN intents i ON i.channel = m.channel AND i.trigger_ms = m.trigger_ms
    LEFT JOIN judged j ON j.channel = m.channel AND j.trigger_ms = m.trigger_ms
    LEFT JOIN titles t ON t.channel = m.channel AND t.trigger_ms = m.trigger_ms
    WHERE ";

#[derive(FromRow)]
struct Row {
    #[sqlx(flatten)]
    moment: MomentRow,
    verdict: Option<String>,
    state: Option<String>,
    dry: Option<bool>,
    change: Option<i64>,
    by: Option<String>,
    review: Option<String>,
    title: Option<String>,
    covered_by_ms: Option<i64>,
}

/// Of those in the queue, the first so many.
pub async fn list(
    conn: &mut SqliteConnection,
    queue: &Queue,
    limit: u32,
) -> Result<Vec<Listed>, Failure> {
    let rows: Vec<Row> = listing(queue, limit).build_query_as().fetch_all(conn).await?;
    Ok(rows.into_iter().map(listed).collect())
}

fn listing(queue: &Queue, limit: u32) -> QueryBuilder<Sqlite> {
    let mut sql = select();
    narrow(&mut sql, queue);
    let way = if queue.before.is_some() { "ASC" } else { "DESC" };
    let best = if queue.best_first { format!("m.score {way}, ") } else { String::new() };
    sql.push(format!(" ORDER BY {best}m.trigger_ms {way}, c.broadcaster_id {way} LIMIT "));
    sql.push_bind(limit.min(Page::MAX));
    sql
}

/// One moment as a list shows it, whatever list that is.
pub async fn one(conn: &mut SqliteConnection, key: &IntentKey) -> Result<Option<Listed>, Failure> {
    let mut sql = select();
    sql.push("c.broadcaster_id = ").push_bind(key.broadcaster_id.clone());
    sql.push(" AND m.trigger_ms = ").push_bind(key.trigger_ms);
    let row: Option<Row> = sql.build_query_as().fetch_optional(conn).await?;
    Ok(row.map(listed))
}

/// Those about which something was said after the change with the number `after`, in that order.
pub async fn judged_after(
    conn: &mut SqliteConnection,
    after: i64,
    limit: u32,
) -> Result<Vec<Listed>, Failure> {
    let mut sql = select();
    sql.push("j.change > ").push_bind(after);
    sql.push(" ORDER BY j.change LIMIT ").push_bind(limit.min(Page::MAX));
    let rows: Vec<Row> = sql.build_query_as().fetch_all(conn).await?;
    Ok(rows.into_iter().map(listed).collect())
}

/// How many are in the queue; counting ends at `most`.
pub async fn length(conn: &mut SqliteConnection, queue: &Queue, most: u32) -> Result<u32, Failure> {
    let (count,) = counting(queue, most).build_query_as().fetch_one(conn).await?;
    Ok(count)
}

fn counting(queue: &Queue, most: u32) -> QueryBuilder<Sqlite> {
    let mut sql = QueryBuilder::new("SELECT COUNT(*) FROM (SELECT 1");
    sql.push(FROM);
    narrow(&mut sql, queue);
    sql.push(" LIMIT ").push_bind(most).push(")");
    sql
}

/// A burst is followed for some minutes at most: what was triggered ten minutes from a moment has
/// nothing of its stretch.
fn select() -> QueryBuilder<Sqlite> {
    let mut sql = QueryBuilder::new(
        "SELECT c.broadcaster_id, c.login, m.*, j.verdict, j.change,
                (SELECT v.by FROM verdicts v
                 WHERE v.channel = m.channel AND v.trigger_ms = m.trigger_ms
                   AND v.undone_ms IS NULL ORDER BY v.id DESC LIMIT 1) AS by,
                i.state, i.dry, i.review, COALESCE(t.title, i.title) AS title,
                CASE WHEN i.state IS NULL AND m.automatic THEN (
                    SELECT o.trigger_ms FROM intents o
                    WHERE o.channel = m.channel AND o.automatic
                      AND o.trigger_ms BETWEEN m.trigger_ms - 600000 AND m.trigger_ms + 600000
                      AND o.end_ms >= m.start_ms AND o.start_ms <= m.end_ms
                    ORDER BY o.trigger_ms LIMIT 1) END AS covered_by_ms",
    );
    sql.push(FROM);
    sql
}

fn listed(row: Row) -> Listed {
    let state = row.state.and_then(|word| IntentState::try_from(word).ok());
    Listed {
        moment: row.moment,
        verdict: row.verdict.and_then(|word| Verdict::try_from(word).ok()),
        state,
        change: row.change.unwrap_or(0),
        by: row.by,
        is_dry: state == Some(IntentState::Refused) && row.dry == Some(true),
        review: row.review.and_then(|word| Review::try_from(word).ok()).unwrap_or_default(),
        title: row.title,
        covered_by_ms: row.covered_by_ms,
    }
}

/// What was cut anew is shown with the moment that it is of.
fn narrow(sql: &mut QueryBuilder<Sqlite>, queue: &Queue) {
    sql.push(
        "NOT EXISTS (SELECT 1 FROM recuts r
                     WHERE r.channel = m.channel AND r.trigger_ms = m.trigger_ms)",
    );
    if let Some(channels) = &queue.channels {
        // Of a channel with few moments the others are not read.
        sql.push(" AND m.channel IN (SELECT id FROM channels WHERE login IN (");
        let mut all = sql.separated(", ");
        for login in channels {
            all.push_bind(login.clone());
        }
        sql.push("))");
    }
    match queue.judged {
        JudgedAs::Undecided => drop(sql.push(" AND m.standing IS NULL")),
        JudgedAs::As(verdict) => {
            sql.push(" AND m.standing = ").push_bind(verdict.as_str());
        }
        JudgedAs::Any => {}
    }
    if let Some(clip) = queue.clip {
        sql.push(match clip {
            ClipIs::Made => " AND i.state IN ('created', 'confirmed')",
            ClipIs::Asked => " AND i.state = 'waiting' AND i.review = 'asked'",
            ClipIs::Open => {
                " AND (i.state IN ('requested', 'unknown', 'vod')
                       OR i.state = 'waiting' AND i.review <> 'asked')"
            }
            ClipIs::None => {
                " AND (i.state IS NULL
                       OR i.state IN ('unconfirmed', 'refused', 'missed', 'rejected'))"
            }
        });
    }
    if let Some(cause) = &queue.cause {
        sql.push(" AND (m.cause = ").push_bind(cause.clone());
        // Up to the next sign after the colon: what begins with it.
        sql.push(" OR (m.cause >= ").push_bind(format!("{cause}:"));
        sql.push(" AND m.cause < ").push_bind(format!("{cause};")).push("))");
    }
    if let Some(from_ms) = queue.from_ms {
        sql.push(" AND m.trigger_ms >= ").push_bind(from_ms);
    }
    if let Some(to_ms) = queue.to_ms {
        sql.push(" AND m.trigger_ms < ").push_bind(to_ms);
    }
    for (place, sign) in [(&queue.after, "<"), (&queue.before, ">")] {
        if let Some(place) = place {
            beside(sql, place, sign, queue.best_first);
        }
    }
}

fn beside(sql: &mut QueryBuilder<Sqlite>, place: &Place, sign: &str, best_first: bool) {
    if best_first {
        sql.push(format!(" AND (m.score, m.trigger_ms, c.broadcaster_id) {sign} ("));
        sql.push_bind(place.score).push(", ");
    } else {
        sql.push(format!(" AND (m.trigger_ms, c.broadcaster_id) {sign} ("));
    }
    sql.push_bind(place.key.trigger_ms).push(", ");
    sql.push_bind(place.key.broadcaster_id.clone()).push(")");
}

/// The logins of all channels that have moments.
pub async fn channels(conn: &mut SqliteConnection) -> Result<Vec<String>, Failure> {
    let rows: Vec<(String,)> = sqlx::query_as(
        "SELECT DISTINCT c.login FROM channels c
         WHERE EXISTS (SELECT 1 FROM moments m WHERE m.channel = c.id) ORDER BY c.login",
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|(login,)| login).collect())
}

/// The clip of a moment.
pub async fn clip(
    conn: &mut SqliteConnection,
    key: &IntentKey,
) -> Result<Option<ClipRow>, Failure> {
    let row = sqlx::query_as(
        "SELECT k.clip_id, k.download, COALESCE(k.called_ms, k.trigger_ms) called_ms
         FROM clips k JOIN channels c ON c.id = k.channel
         WHERE c.broadcaster_id = ? AND k.trigger_ms = ?",
    )
    .bind(&key.broadcaster_id)
    .bind(key.trigger_ms)
    .fetch_optional(conn)
    .await?;
    Ok(row)
}

/// The VOD of a channel that has this instant, or will have: a VOD of a stream that is live
/// grows, and is told of once in a while.
pub async fn vod_at(
    conn: &mut SqliteConnection,
    broadcaster_id: &str,
    at_ms: i64,
) -> Result<Option<VodRow>, Failure> {
    let row = sqlx::query_as(
        "SELECT c.broadcaster_id, c.login, v.vod_id, v.started_ms, v.length_s
         FROM vods v JOIN channels c ON c.id = v.channel
         WHERE c.broadcaster_id = ? AND v.started_ms <= ? ORDER BY v.started_ms DESC LIMIT 1",
    )
    .bind(broadcaster_id)
    .bind(at_ms)
    .fetch_optional(conn)
    .await?;
    Ok(row)
}

#[cfg(test)]
mod tests {
    use sqlx::{ConnectOptions, Connection};

    use super::*;
    use crate::sqlite::{BUSY_TIMEOUT, MIGRATIONS, migrate, options, tests::plan};

    /// The steps in which moments are read, or sorted as a whole.
    async fn steps(conn: &mut SqliteConnection, sql: QueryBuilder<Sqlite>) -> Vec<String> {
        let sorts = "USE TEMP B-TREE FOR ORDER BY";
        let mut steps = plan(conn, &sql.into_string()).await;
        steps.retain(|step| step.contains(" m USING") || step == "SCAN m" || step == sorts);
        steps
    }

    /// With a hundred thousand moments, each look at all of them took 90 to 370 ms.
    #[tokio::test]
    async fn of_very_many_moments_those_that_are_judged_are_not_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("cliphound.db");
        let mut conn = options(&path, BUSY_TIMEOUT).connect().await.unwrap();
        migrate(&mut conn).await.unwrap();
        let kept = JudgedAs::As(Verdict::Kept);
        let after = Some(Place {
            score: 0.5,
            key: IntentKey { broadcaster_id: "7".to_owned(), trigger_ms: 1 },
        });
        for judged in [JudgedAs::Undecided, kept, JudgedAs::Any] {
            for best_first in [false, true] {
                for after in [None, after.clone()] {
                    let queue = Queue { judged, best_first, after, ..Queue::default() };
                    let steps = steps(&mut conn, listing(&queue, 51)).await;
                    let index = match (judged, best_first) {
                        (JudgedAs::Any, false) => "moments_by_time",
                        (JudgedAs::Any, true) => "moments_by_score",
                        (_, false) => "moments_by_standing",
                        (_, true) => "moments_by_standing_and_score",
                    };
                    assert_eq!(steps.len(), 1, "{queue:?}: {steps:?}");
                    assert!(
                        steps[0].contains(&format!(" INDEX {index} ("))
                            || steps[0].ends_with(index),
                        "{queue:?}: {steps:?}"
                    );
                }
            }
        }
        for channels in [None, Some(vec!["ninja".to_owned()])] {
            let queue = Queue { channels, ..Queue::default() };
            let steps = steps(&mut conn, counting(&queue, 9)).await;
            assert!(steps.len() == 1 && steps[0].contains("standing=?"), "{queue:?}: {steps:?}");
        }
        let rare = Queue { channels: Some(vec!["ninja".to_owned()]), ..Queue::default() };
        let steps = steps(&mut conn, listing(&rare, 51)).await;
        assert!(steps[0].contains("channel=?"), "{steps:?}");
        conn.close().await.unwrap();
    }

    #[tokio::test]
    async fn what_holds_is_known_beside_the_moment_from_the_first() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("cliphound.db");
        let mut conn = options(&path, BUSY_TIMEOUT).connect().await.unwrap();
        MIGRATIONS.run_to(14, &mut conn).await.unwrap();
        let rows = "
            INSERT INTO channels VALUES (1, '7', 'ninja');
            INSERT INTO moments SELECT 1, value, 0, value, 0.9, 0.6, 'hype', '[]', 0, 1
                FROM json_each('[10, 20, 30]');
            INSERT INTO judged VALUES (1, 10, 'kept', 1), (1, 20, NULL, 2);";
        sqlx::raw_sql(rows).execute(&mut conn).await.unwrap();
        migrate(&mut conn).await.unwrap();
        let check = async |conn: &mut SqliteConnection, change: &'static str, expected: &str| {
            sqlx::raw_sql(change).execute(&mut *conn).await.unwrap();
            let sql = "SELECT group_concat(coalesce(standing, '-'), ' ')
                       FROM (SELECT standing FROM moments ORDER BY trigger_ms)";
            let now: String = sqlx::query_scalar(sql).fetch_one(conn).await.unwrap();
            assert_eq!(now, expected, "{change}");
        };
        let conn = &mut conn;
        check(conn, "", "kept - -").await;
        check(conn, "INSERT INTO judged VALUES (1, 30, 'rejected', 3)", "kept - rejected").await;
        check(conn, "UPDATE judged SET verdict = NULL WHERE change = 1", "- - rejected").await;
        check(conn, "DELETE FROM judged", "- - -").await;
        let came = "INSERT OR IGNORE INTO moments
                    VALUES (1, 40, 0, 40, 0.9, 0.6, 'hype', '[]', 0, 1, 'kept')";
        check(conn, came, "- - - -").await;
    }
}

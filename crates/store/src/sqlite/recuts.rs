//! SQL of clips that are cut anew by hand.

use sqlx::{Connection, SqliteConnection};

use super::moments;
use crate::{
    error::{Failure, StoreError},
    recut::{NewRecut, Recut, RecutAsked, SaidRecut},
    rows::IntentKey,
};

/// Clips cut anew of one moment.
const MOST: usize = 20;

const SELECT: &str = "
    SELECT c.broadcaster_id, r.trigger_ms, r.of_ms, m.start_ms, m.end_ms, r.by, r.asked_ms
    FROM recuts r JOIN channels c ON c.id = r.channel
    JOIN moments m ON m.channel = r.channel AND m.trigger_ms = r.trigger_ms ";

/// A moment by hand and a promise that somebody has said yes to: from here on it leads the life
/// of any other. Looking for the same one and inserting are one transaction.
pub async fn ask(conn: &mut SqliteConnection, new: &NewRecut) -> Result<RecutAsked, Failure> {
    let mut tx = conn.begin_with("BEGIN IMMEDIATE").await?;
    let Some(moment) = moments::find(&mut tx, &new.of).await? else {
        return Err(StoreError::NoMoment(new.of.clone()).into());
    };
    if let Some(key) = same(&mut tx, new).await? {
        return Ok(RecutAsked::Repeated(key));
    }
    if of(&mut tx, &new.of).await?.len() >= MOST {
        return Ok(RecutAsked::TooMany);
    }
    let trigger_ms = free(&mut tx, &new.of).await?;
    let key = IntentKey { trigger_ms, ..new.of.clone() };
    let cause = format!("manual:{}", new.by);
    let row = crate::rows::MomentRow {
        key: key.clone(),
        start_ms: new.start_ms,
        end_ms: new.end_ms,
        cause,
        automatic: false,
        ..moment
    };
    moments::record_within(&mut tx, &row).await?;
    promise(&mut tx, new, &key).await?;
    sqlx::query(
        "INSERT INTO recuts (channel, trigger_ms, of_ms, by, asked_ms)
         VALUES ((SELECT id FROM channels WHERE broadcaster_id = ?), ?, ?, ?, ?)",
    )
    .bind(&key.broadcaster_id)
    .bind(key.trigger_ms)
    .bind(new.of.trigger_ms)
    .bind(&new.by)
    .bind(new.now_ms)
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(RecutAsked::Asked(key))
}

/// Under the title of the moment that it is of, it is the same words.
async fn promise(
    conn: &mut SqliteConnection,
    new: &NewRecut,
    key: &IntentKey,
) -> Result<(), Failure> {
    sqlx::query(
        "INSERT INTO intents (channel, trigger_ms, start_ms, end_ms, automatic, state, due_ms,
                              title, duration_s, created_ms, updated_ms, review, said_by, said_in)
         SELECT c.id, ?2, ?3, ?4, 0, 'waiting', ?5, ?6, ?7, ?5, ?5, 'accepted', o.said_by, o.said_in
         FROM channels c
         LEFT JOIN intents o ON o.channel = c.id AND o.trigger_ms = ?8 AND o.title = ?6
         WHERE c.broadcaster_id = ?1",
    )
    .bind(&key.broadcaster_id)
    .bind(key.trigger_ms)
    .bind(new.start_ms)
    .bind(new.end_ms)
    .bind(new.now_ms)
    .bind(&new.title)
    .bind((new.end_ms - new.start_ms) as f32 / 1000.0)
    .bind(new.of.trigger_ms)
    .execute(conn)
    .await?;
    Ok(())
}

/// One of the very same stretch that is made, or may be.
async fn same(conn: &mut SqliteConnection, new: &NewRecut) -> Result<Option<IntentKey>, Failure> {
    let key = sqlx::query_as(
        "SELECT c.broadcaster_id, r.trigger_ms FROM recuts r
         JOIN channels c ON c.id = r.channel
         JOIN moments m ON m.channel = r.channel AND m.trigger_ms = r.trigger_ms
         LEFT JOIN intents i ON i.channel = r.channel AND i.trigger_ms = r.trigger_ms
         WHERE c.broadcaster_id = ? AND r.of_ms = ? AND m.start_ms = ? AND m.end_ms = ?
           AND i.state NOT IN ('refused', 'missed', 'rejected') LIMIT 1",
    )
    .bind(&new.of.broadcaster_id)
    .bind(new.of.trigger_ms)
    .bind(new.start_ms)
    .bind(new.end_ms)
    .fetch_optional(conn)
    .await?;
    Ok(key)
}

/// The next millisecond after the moment's trigger that is no key yet.
async fn free(conn: &mut SqliteConnection, of: &IntentKey) -> Result<i64, Failure> {
    let taken: Vec<(i64,)> = sqlx::query_as(
        "SELECT trigger_ms FROM moments
         WHERE channel = (SELECT id FROM channels WHERE broadcaster_id = ?1) AND trigger_ms > ?2
           AND trigger_ms <= ?2 + 1000
         UNION
         SELECT trigger_ms FROM intents
         WHERE channel = (SELECT id FROM channels WHERE broadcaster_id = ?1) AND trigger_ms > ?2
           AND trigger_ms <= ?2 + 1000
         ORDER BY 1",
    )
    .bind(&of.broadcaster_id)
    .bind(of.trigger_ms)
    .fetch_all(conn)
    .await?;
    let mut free = of.trigger_ms + 1;
    for (taken,) in taken {
        if taken == free {
            free += 1;
        }
    }
    Ok(free)
}

/// Those of a moment, the newest first.
pub async fn of(conn: &mut SqliteConnection, of: &IntentKey) -> Result<Vec<Recut>, Failure> {
    let sql =
        format!("{SELECT} WHERE c.broadcaster_id = ? AND r.of_ms = ? ORDER BY r.trigger_ms DESC");
    let rows = sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(&of.broadcaster_id)
        .bind(of.trigger_ms)
        .fetch_all(conn)
        .await?;
    Ok(rows)
}

/// The one with this key; `None` for any other moment.
pub async fn find(conn: &mut SqliteConnection, key: &IntentKey) -> Result<Option<Recut>, Failure> {
    let sql = format!("{SELECT} WHERE c.broadcaster_id = ? AND r.trigger_ms = ?");
    let row = sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(&key.broadcaster_id)
        .bind(key.trigger_ms)
        .fetch_optional(conn)
        .await?;
    Ok(row)
}

/// Those under what this user said in chat.
pub async fn said_by(conn: &mut SqliteConnection, login: &str) -> Result<Vec<SaidRecut>, Failure> {
    let sql = "SELECT c.broadcaster_id, r.trigger_ms, m.cause, i.clip_id
         FROM recuts r
         CROSS JOIN intents i ON i.channel = r.channel AND i.trigger_ms = r.trigger_ms
         CROSS JOIN moments m ON m.channel = r.channel AND m.trigger_ms = r.trigger_ms
         CROSS JOIN channels c ON c.id = r.channel
         WHERE i.said_by = ? ORDER BY r.channel, r.trigger_ms";
    Ok(sqlx::query_as(sql).bind(login).fetch_all(conn).await?)
}

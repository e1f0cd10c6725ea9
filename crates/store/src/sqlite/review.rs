//! SQL of the review of intents.

use sqlx::SqliteConnection;

use crate::{
    error::Failure,
    intent::Intent,
    rows::{IntentKey, Page},
};

/// The intents that wait for a decision, or for what follows from one; the oldest first.
pub async fn waiting(conn: &mut SqliteConnection, limit: u32) -> Result<Vec<Intent>, Failure> {
    let intents = sqlx::query_as(
        "SELECT c.broadcaster_id, c.login, i.* FROM intents i JOIN channels c ON c.id = i.channel
         WHERE i.state = 'waiting' AND i.review <> 'none'
         ORDER BY i.trigger_ms, c.broadcaster_id LIMIT ?",
    )
    .bind(limit.min(Page::MAX))
    .fetch_all(conn)
    .await?;
    Ok(intents)
}

/// Those of them about which something is to be done, the oldest first: turned down, accepted
/// (where `may_make`), triggered before `before_ms`; and those cut anew whose yes does not hold
/// any more ([`super::intents::distrust`]), for no list shows them.
pub async fn decided(
    conn: &mut SqliteConnection,
    before_ms: i64,
    may_make: bool,
    limit: u32,
) -> Result<Vec<Intent>, Failure> {
    let intents = sqlx::query_as(
        "SELECT c.broadcaster_id, c.login, i.* FROM intents i JOIN channels c ON c.id = i.channel
         WHERE i.state = 'waiting' AND i.review <> 'none'
           AND (i.review = 'rejected' OR (?1 AND i.review = 'accepted') OR i.trigger_ms < ?2
                OR (i.review = 'asked' AND (i.channel, i.trigger_ms) IN
                    (SELECT channel, trigger_ms FROM recuts)))
         ORDER BY i.trigger_ms, c.broadcaster_id LIMIT ?3",
    )
    .bind(may_make)
    .bind(before_ms)
    .bind(limit.min(Page::MAX))
    .fetch_all(conn)
    .await?;
    Ok(intents)
}

/// How many of them are accepted, and were triggered at `since_ms` or later.
pub async fn accepted(conn: &mut SqliteConnection, since_ms: i64) -> Result<i64, Failure> {
    let (count,) = sqlx::query_as(
        "SELECT count(*) FROM intents
         WHERE state = 'waiting' AND review = 'accepted' AND trigger_ms >= ?",
    )
    .bind(since_ms)
    .fetch_one(conn)
    .await?;
    Ok(count)
}

/// Another title for a clip that was not made yet; it is nobody's words in chat. With `of`, only
/// where it still has that one.
pub async fn retitle(
    conn: &mut SqliteConnection,
    key: &IntentKey,
    title: &str,
    of: Option<&str>,
) -> Result<(), Failure> {
    sqlx::query(
        "UPDATE intents SET title = ?, said_by = NULL, said_in = NULL
         WHERE channel = (SELECT id FROM channels WHERE broadcaster_id = ?) AND trigger_ms = ?
           AND title = COALESCE(?, title)",
    )
    .bind(title)
    .bind(&key.broadcaster_id)
    .bind(key.trigger_ms)
    .bind(of)
    .execute(conn)
    .await?;
    Ok(())
}

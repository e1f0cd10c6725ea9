//! SQL of verdicts on moments.

use sqlx::{Connection, FromRow, SqliteConnection};

use super::{intents, moments, outbox};
use crate::{
    error::{Failure, StoreError},
    review::Review,
    rows::{IntentKey, MomentRow},
    verdict::{Judged, LastVerdict, Undone, Verdict, VerdictChange, VerdictRow},
};

/// Verdicts kept of one moment; the oldest go first.
const MOST: u32 = 20;

/// What was said and what a waiting clip is told of it are one transaction. `seen`: the newest
/// change that whoever says it knows of.
pub async fn judge(
    conn: &mut SqliteConnection,
    key: &IntentKey,
    verdict: Verdict,
    by: &str,
    seen: Option<i64>,
    now_ms: i64,
) -> Result<Judged, Failure> {
    let mut tx = conn.begin_with("BEGIN IMMEDIATE").await?;
    if moments::find(&mut tx, key).await?.is_none() {
        return Err(StoreError::NoMoment(key.clone()).into());
    }
    let newest = newest(&mut tx, key).await?;
    let is_opposed = newest.as_ref().is_some_and(|own| own.verdict != verdict && own.by != by);
    if let Some(seen) = seen
        && is_opposed
        && change_of(&mut tx, key).await? > seen
    {
        return Ok(Judged { is_crossed: true, is_new: false, decides: false });
    }
    let is_asked = tell_intent(&mut tx, key, Some(verdict), now_ms).await?;
    let lets_go = verdict == Verdict::Rejected && is_uncalled(&mut tx, key).await?;
    let is_new = newest.is_none_or(|own| own.verdict != verdict);
    if is_new {
        give(&mut tx, key, verdict, by, now_ms).await?;
    }
    tx.commit().await?;
    Ok(Judged { is_crossed: false, is_new, decides: is_asked || lets_go })
}

/// The number of the newest change of what was said of a moment; 0 before the first.
async fn change_of(conn: &mut SqliteConnection, key: &IntentKey) -> Result<i64, Failure> {
    let change: Option<i64> = sqlx::query_scalar(
        "SELECT j.change FROM judged j JOIN channels c ON c.id = j.channel
         WHERE c.broadcaster_id = ? AND j.trigger_ms = ?",
    )
    .bind(&key.broadcaster_id)
    .bind(key.trigger_ms)
    .fetch_optional(conn)
    .await?;
    Ok(change.unwrap_or(0))
}

/// The same, only of a moment whose clip waits for it; one whose moment could not be stored
/// may wait, too.
pub async fn decide(
    conn: &mut SqliteConnection,
    key: &IntentKey,
    verdict: Verdict,
    by: &str,
    now_ms: i64,
) -> Result<(), Failure> {
    let mut tx = conn.begin_with("BEGIN IMMEDIATE").await?;
    if !tell_intent(&mut tx, key, Some(verdict), now_ms).await? {
        let intent = intents::find(&mut tx, key).await?;
        let intent = intent.ok_or_else(|| StoreError::NoIntent(key.clone()))?;
        return Err(StoreError::NotInReview { key: key.clone(), state: intent.state }.into());
    }
    let has_moment = moments::find(&mut tx, key).await?.is_some();
    let standing = newest(&mut tx, key).await?.map(|newest| newest.verdict);
    if has_moment && standing != Some(verdict) {
        give(&mut tx, key, verdict, by, now_ms).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Takes back what was said last; `None` when nothing was, or another one than `only`.
pub async fn undo(
    conn: &mut SqliteConnection,
    key: &IntentKey,
    only: Option<i64>,
    by: &str,
    now_ms: i64,
) -> Result<Option<Undone>, Failure> {
    let mut tx = conn.begin_with("BEGIN IMMEDIATE").await?;
    let Some(Newest { id, verdict, .. }) = newest(&mut tx, key).await? else { return Ok(None) };
    if only.is_some_and(|only| only != id) {
        return Ok(None);
    }
    sqlx::query("UPDATE verdicts SET undone_ms = ?, undone_by = ? WHERE id = ?")
        .bind(now_ms)
        .bind(by)
        .bind(id)
        .execute(&mut *tx)
        .await?;
    let now = newest(&mut tx, key).await?.map(|newest| newest.verdict);
    hold(&mut tx, key, now, now_ms).await?;
    let is_asked = tell_intent(&mut tx, key, now, now_ms).await?;
    let is_free = verdict == Verdict::Rejected && now != Some(Verdict::Rejected);
    let was_kept_back = is_free && is_uncalled(&mut tx, key).await?;
    let waits_again = is_asked || was_kept_back;
    tx.commit().await?;
    Ok(Some(Undone { verdict, now, waits_again }))
}

/// Each step of an intent looks at what was said (`Intent::after`): what was said and what is
/// done about it can't cross. Whether the intent waits for it; that it does so again is a change of it.
async fn tell_intent(
    conn: &mut SqliteConnection,
    key: &IntentKey,
    verdict: Option<Verdict>,
    now_ms: i64,
) -> Result<bool, Failure> {
    let review = match verdict {
        Some(Verdict::Kept) => Review::Accepted,
        Some(Verdict::Rejected) => Review::Rejected,
        None => Review::Asked,
    };
    let changed = sqlx::query(
        "UPDATE intents SET review = ?, updated_ms = max(updated_ms, ?)
         WHERE channel = (SELECT id FROM channels WHERE broadcaster_id = ?) AND trigger_ms = ?
           AND state = 'waiting' AND review <> 'none'",
    )
    .bind(review.as_str())
    .bind(if verdict.is_none() { now_ms } else { 0 })
    .bind(&key.broadcaster_id)
    .bind(key.trigger_ms)
    .execute(&mut *conn)
    .await?;
    let is_asked = changed.rows_affected() > 0;
    if is_asked && verdict.is_some() {
        outbox::decided(conn, key).await?;
    }
    Ok(is_asked)
}

/// Whether a no still lets go of the clip: [`super::intents`] looks at it before each call.
async fn is_uncalled(conn: &mut SqliteConnection, key: &IntentKey) -> Result<bool, Failure> {
    let intent = intents::find(conn, key).await?;
    Ok(intent.is_some_and(|intent| intent.state.is_uncalled()))
}

async fn give(
    conn: &mut SqliteConnection,
    key: &IntentKey,
    verdict: Verdict,
    by: &str,
    now_ms: i64,
) -> Result<(), Failure> {
    sqlx::query(
        "INSERT INTO verdicts (channel, trigger_ms, verdict, by, at_ms)
         VALUES ((SELECT id FROM channels WHERE broadcaster_id = ?), ?, ?, ?, ?)",
    )
    .bind(&key.broadcaster_id)
    .bind(key.trigger_ms)
    .bind(verdict.as_str())
    .bind(by)
    .bind(now_ms)
    .execute(&mut *conn)
    .await?;
    sqlx::query(
        "DELETE FROM verdicts WHERE id IN (
             SELECT v.id FROM verdicts v JOIN channels c ON c.id = v.channel
             WHERE c.broadcaster_id = ? AND v.trigger_ms = ? ORDER BY v.id DESC LIMIT -1 OFFSET ?)",
    )
    .bind(&key.broadcaster_id)
    .bind(key.trigger_ms)
    .bind(MOST)
    .execute(&mut *conn)
    .await?;
    hold(conn, key, Some(verdict), now_ms).await
}

/// From now on this holds; the change gets the next number. That is never below the time, so that those
/// who know a number see what comes after it, also when what had it was deleted meanwhile.
async fn hold(
    conn: &mut SqliteConnection,
    key: &IntentKey,
    verdict: Option<Verdict>,
    now_ms: i64,
) -> Result<(), Failure> {
    sqlx::query(
        "INSERT INTO judged (channel, trigger_ms, verdict, change)
         VALUES ((SELECT id FROM channels WHERE broadcaster_id = ?), ?, ?,
                 (SELECT MAX(COALESCE(MAX(change), 0) + 1, ?) FROM judged))
         ON CONFLICT (channel, trigger_ms) DO UPDATE SET
             verdict = excluded.verdict, change = excluded.change",
    )
    .bind(&key.broadcaster_id)
    .bind(key.trigger_ms)
    .bind(verdict.map(Verdict::as_str))
    .bind(now_ms)
    .execute(conn)
    .await?;
    Ok(())
}

/// What was said last and was not taken back.
#[derive(FromRow)]
struct Newest {
    id: i64,
    #[sqlx(try_from = "String")]
    verdict: Verdict,
    by: String,
}

async fn newest(conn: &mut SqliteConnection, key: &IntentKey) -> Result<Option<Newest>, Failure> {
    let newest = sqlx::query_as(
        "SELECT v.id, v.verdict, v.by FROM verdicts v JOIN channels c ON c.id = v.channel
         WHERE c.broadcaster_id = ? AND v.trigger_ms = ? AND v.undone_ms IS NULL
         ORDER BY v.id DESC LIMIT 1",
    )
    .bind(&key.broadcaster_id)
    .bind(key.trigger_ms)
    .fetch_optional(conn)
    .await?;
    Ok(newest)
}

/// Everything that was said of a moment, the newest first.
pub async fn history(
    conn: &mut SqliteConnection,
    key: &IntentKey,
) -> Result<Vec<VerdictRow>, Failure> {
    let rows = sqlx::query_as(
        "SELECT v.id, v.verdict, v.by, v.at_ms, v.undone_ms, v.undone_by
         FROM verdicts v JOIN channels c ON c.id = v.channel
         WHERE c.broadcaster_id = ? AND v.trigger_ms = ? ORDER BY v.id DESC LIMIT ?",
    )
    .bind(&key.broadcaster_id)
    .bind(key.trigger_ms)
    .bind(MOST)
    .fetch_all(conn)
    .await?;
    Ok(rows)
}

/// The moment that somebody judged last, where that stands and is not older than `since_ms`.
pub async fn last_of(
    conn: &mut SqliteConnection,
    by: &str,
    since_ms: i64,
) -> Result<Option<LastVerdict>, Failure> {
    let row: Option<(i64, String, i64, String)> = sqlx::query_as(
        "SELECT v.id, c.broadcaster_id, v.trigger_ms, v.verdict
         FROM verdicts v JOIN channels c ON c.id = v.channel
         WHERE v.by = ? AND v.undone_ms IS NULL AND v.at_ms >= ?
           AND v.id = (SELECT MAX(w.id) FROM verdicts w
                       WHERE w.channel = v.channel AND w.trigger_ms = v.trigger_ms
                         AND w.undone_ms IS NULL)
         ORDER BY v.id DESC LIMIT 1",
    )
    .bind(by)
    .bind(since_ms)
    .fetch_optional(conn)
    .await?;
    Ok(row.and_then(|(id, broadcaster_id, trigger_ms, word)| {
        let key = IntentKey { broadcaster_id, trigger_ms };
        Some(LastVerdict { id, key, verdict: Verdict::try_from(word).ok()? })
    }))
}

#[derive(FromRow)]
struct Row {
    change: i64,
    #[sqlx(flatten)]
    moment: MomentRow,
    verdict: Option<String>,
}

fn changes(rows: Vec<Row>) -> Vec<VerdictChange> {
    let change = |row: Row| {
        let verdict = row.verdict.and_then(|word| Verdict::try_from(word).ok());
        VerdictChange { change: row.change, moment: row.moment, verdict }
    };
    rows.into_iter().map(change).collect()
}

/// The changes with numbers above `after`, in their order.
pub async fn changed_after(
    conn: &mut SqliteConnection,
    after: i64,
    limit: u32,
) -> Result<Vec<VerdictChange>, Failure> {
    let rows = sqlx::query_as(
        "SELECT c.broadcaster_id, c.login, m.*, j.verdict, j.change FROM judged j
         JOIN moments m ON m.channel = j.channel AND m.trigger_ms = j.trigger_ms
         JOIN channels c ON c.id = j.channel
         WHERE j.change > ? ORDER BY j.change LIMIT ?",
    )
    .bind(after)
    .bind(limit)
    .fetch_all(conn)
    .await?;
    Ok(changes(rows))
}

/// The verdicts that hold in a channel: of very many the newest, in the order in which they
/// were given. By its id, for a name may be another's later; by its name only what came before
/// the id was known.
pub async fn standing_of(
    conn: &mut SqliteConnection,
    broadcaster_id: &str,
    login: &str,
    limit: u32,
) -> Result<Vec<VerdictChange>, Failure> {
    let mut rows: Vec<Row> = sqlx::query_as(
        "SELECT c.broadcaster_id, c.login, m.*, j.verdict, j.change FROM judged j
         JOIN moments m ON m.channel = j.channel AND m.trigger_ms = j.trigger_ms
         JOIN channels c ON c.id = j.channel
         WHERE c.broadcaster_id IN (?, 'login:' || ?) AND j.verdict IS NOT NULL
         ORDER BY j.change DESC LIMIT ?",
    )
    .bind(broadcaster_id)
    .bind(login)
    .bind(limit)
    .fetch_all(conn)
    .await?;
    rows.reverse();
    Ok(changes(rows))
}

/// The highest number that a change has; 0 before the first.
pub async fn newest_change(conn: &mut SqliteConnection) -> Result<i64, Failure> {
    let (change,) =
        sqlx::query_as("SELECT COALESCE(MAX(change), 0) FROM judged").fetch_one(conn).await?;
    Ok(change)
}

//! SQL of moments with their intents, the oldest first. Clips that were cut anew are of moments
//! that are there already, and left out unless they are asked for.

use std::collections::BTreeMap;

use sqlx::{AssertSqlSafe, FromRow, SqliteConnection};

use crate::{
    error::Failure,
    intent::Intent,
    outcome::{Changed, Edited, Outcome, Span, join},
    rows::{IntentKey, MomentRow, Page},
    verdict::Verdict,
};

pub async fn of(
    conn: &mut SqliteConnection,
    span: &Span,
    limit: u32,
) -> Result<Vec<Outcome>, Failure> {
    let moments: Vec<MomentRow> = sqlx::query_as(AssertSqlSafe(moments_sql(span)))
        .bind(&span.broadcaster_id)
        .bind(span.first_ms())
        .bind(span.to_ms)
        .bind(span.after.as_ref().map(|key| key.trigger_ms))
        .bind(span.after.as_ref().map(|key| &key.broadcaster_id))
        .bind(span.with_recuts)
        .bind(limit.min(Page::MAX))
        .fetch_all(&mut *conn)
        .await?;
    let (Some(first), Some(last)) = (moments.first(), moments.last()) else {
        return Ok(Vec::new());
    };
    let intents = between(conn, span, &first.key, &last.key).await?;
    let edited = edited(conn, span, &first.key, &last.key).await?;
    Ok(join(moments, intents, edited))
}

fn moments_sql(span: &Span) -> String {
    format!(
        "SELECT c.broadcaster_id, c.login, m.* FROM moments m JOIN channels c ON c.id = m.channel
         WHERE {} AND m.trigger_ms >= ?2 AND m.trigger_ms < ?3
           AND (?4 IS NULL OR m.trigger_ms > ?4
                OR (m.trigger_ms = ?4 AND c.broadcaster_id > ?5))
           AND (?6 OR NOT EXISTS (SELECT 1 FROM recuts r
                                  WHERE r.channel = m.channel AND r.trigger_ms = m.trigger_ms))
         ORDER BY m.trigger_ms, c.broadcaster_id LIMIT ?7",
        whose(span, "m")
    )
}

/// Of one channel its own rows alone are read, not those of all channels in that time. `?1` is the
/// broadcaster's id.
fn whose(span: &Span, table: &str) -> String {
    match span.broadcaster_id {
        Some(_) => format!("{table}.channel = (SELECT id FROM channels WHERE broadcaster_id = ?1)"),
        None => "?1 IS NULL".to_owned(),
    }
}

#[derive(FromRow)]
struct EditedRow {
    #[sqlx(flatten)]
    key: IntentKey,
    verdict: Option<String>,
    title: Option<String>,
    of_ms: Option<i64>,
}

async fn edited(
    conn: &mut SqliteConnection,
    span: &Span,
    first: &IntentKey,
    last: &IntentKey,
) -> Result<BTreeMap<IntentKey, Edited>, Failure> {
    let rows: Vec<EditedRow> = sqlx::query_as(AssertSqlSafe(edited_sql(span)))
        .bind(&span.broadcaster_id)
        .bind(first.trigger_ms)
        .bind(last.trigger_ms)
        .fetch_all(conn)
        .await?;
    let edited = |row: EditedRow| {
        let verdict = row.verdict.and_then(|word| Verdict::try_from(word).ok());
        (row.key, Edited { verdict, title: row.title, recut_of_ms: row.of_ms })
    };
    Ok(rows.into_iter().map(edited).collect())
}

fn edited_sql(span: &Span) -> String {
    format!(
        "SELECT c.broadcaster_id, m.trigger_ms, j.verdict, t.title, r.of_ms FROM moments m
         JOIN channels c ON c.id = m.channel
         LEFT JOIN judged j ON j.channel = m.channel AND j.trigger_ms = m.trigger_ms
         LEFT JOIN titles t ON t.channel = m.channel AND t.trigger_ms = m.trigger_ms
         LEFT JOIN recuts r ON r.channel = m.channel AND r.trigger_ms = m.trigger_ms
         WHERE {} AND m.trigger_ms BETWEEN ?2 AND ?3
           AND (j.verdict IS NOT NULL OR t.title IS NOT NULL OR r.of_ms IS NOT NULL)",
        whose(span, "m")
    )
}

async fn between(
    conn: &mut SqliteConnection,
    span: &Span,
    first: &IntentKey,
    last: &IntentKey,
) -> Result<Vec<Intent>, Failure> {
    let intents = sqlx::query_as(AssertSqlSafe(intents_sql(span)))
        .bind(&span.broadcaster_id)
        .bind(first.trigger_ms)
        .bind(last.trigger_ms)
        .fetch_all(conn)
        .await?;
    Ok(intents)
}

fn intents_sql(span: &Span) -> String {
    format!(
        "SELECT c.broadcaster_id, c.login, i.* FROM intents i JOIN channels c ON c.id = i.channel
         WHERE {} AND i.trigger_ms BETWEEN ?2 AND ?3
         ORDER BY i.trigger_ms, c.broadcaster_id",
        whose(span, "i")
    )
}

/// What became of moments from an instant on, however old they are.
pub async fn changed(
    conn: &mut SqliteConnection,
    from_ms: i64,
    limit: u32,
) -> Result<Changed, Failure> {
    let intents = sqlx::query_as(
        "SELECT c.broadcaster_id, c.login, i.* FROM intents i JOIN channels c ON c.id = i.channel
         WHERE i.updated_ms >= ? ORDER BY i.updated_ms DESC LIMIT ?",
    )
    .bind(from_ms)
    .bind(limit)
    .fetch_all(&mut *conn)
    .await?;
    let mut moments: Vec<MomentRow> = sqlx::query_as(
        "SELECT c.broadcaster_id, c.login, m.* FROM intents i
         JOIN moments m ON m.channel = i.channel AND m.trigger_ms = i.trigger_ms
         JOIN channels c ON c.id = m.channel
         WHERE i.updated_ms >= ? ORDER BY i.updated_ms DESC LIMIT ?",
    )
    .bind(from_ms)
    .bind(limit)
    .fetch_all(&mut *conn)
    .await?;
    let alone: Vec<MomentRow> = sqlx::query_as(
        "SELECT c.broadcaster_id, c.login, m.* FROM moments m JOIN channels c ON c.id = m.channel
         WHERE m.trigger_ms >= ? AND NOT EXISTS (
             SELECT 1 FROM intents i WHERE i.channel = m.channel AND i.trigger_ms = m.trigger_ms)
         ORDER BY m.trigger_ms DESC LIMIT ?",
    )
    .bind(from_ms)
    .bind(limit)
    .fetch_all(&mut *conn)
    .await?;
    moments.extend(alone);
    Ok(Changed { moments, intents })
}

/// Clips that viewers made of any channel (or of one) in a time, the oldest first.
pub async fn viewer_clips(
    conn: &mut SqliteConnection,
    span: &Span,
    limit: u32,
) -> Result<Vec<crate::rows::ViewerClip>, Failure> {
    let sql = format!(
        "SELECT c.broadcaster_id, c.login, v.* FROM viewer_clips v
         JOIN channels c ON c.id = v.channel
         WHERE {} AND v.created_ms >= ?2 AND v.created_ms < ?3
         ORDER BY v.created_ms, v.clip_id LIMIT ?4",
        whose(span, "v")
    );
    let clips = sqlx::query_as(AssertSqlSafe(sql))
        .bind(&span.broadcaster_id)
        .bind(span.from_ms)
        .bind(span.to_ms)
        .bind(limit)
        .fetch_all(conn)
        .await?;
    Ok(clips)
}

/// The channels that anything is known of: broadcaster id and login, by login.
pub async fn channels(conn: &mut SqliteConnection) -> Result<Vec<(String, String)>, Failure> {
    let rows = sqlx::query_as("SELECT broadcaster_id, login FROM channels ORDER BY login, id");
    Ok(rows.fetch_all(conn).await?)
}

#[cfg(test)]
mod tests {
    use sqlx::{ConnectOptions, Connection};

    use super::*;
    use crate::sqlite::{BUSY_TIMEOUT, migrate, options, tests::plan};

    /// With three hundred channels, each stream of a list took as long as all that were live beside
    /// it together.
    #[tokio::test]
    async fn of_one_channel_no_rows_of_others_are_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("cliphound.db");
        let mut conn = options(&path, BUSY_TIMEOUT).connect().await.unwrap();
        migrate(&mut conn).await.unwrap();
        for (id, expected) in [(Some("7"), "(channel=? AND trigger_ms>?"), (None, "(trigger_ms>?")]
        {
            let span = Span::new(id, 0, 1);
            for sql in [moments_sql(&span), intents_sql(&span), edited_sql(&span)] {
                let plan = plan(&mut conn, &sql).await;
                let reads = plan.iter().find(|step| {
                    step.starts_with("SEARCH m USING") || step.starts_with("SEARCH i USING")
                });
                let reads = reads.unwrap_or_else(|| panic!("{plan:?}"));
                assert!(reads.contains(expected), "{id:?}: {plan:?}");
            }
        }
        conn.close().await.unwrap();
    }
}

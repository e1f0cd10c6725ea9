//! SQL of the clips that others made.

use sqlx::{Connection, SqliteConnection};

use super::{forgotten::Forgotten, moments::channel};
use crate::{error::Failure, rows::ViewerClip};

/// Whether the user who made a clip was forgotten: nothing of theirs is kept.
pub async fn is_forgotten(conn: &mut SqliteConnection, creator: &str) -> Result<bool, Failure> {
    Ok(Forgotten::read(conn).await?.has(creator))
}

/// Whether this clip is known: as somebody else's, or as ours.
pub async fn is_known(conn: &mut SqliteConnection, clip_id: &str) -> Result<bool, Failure> {
    let row: (bool,) = sqlx::query_as(
        "SELECT EXISTS (SELECT 1 FROM viewer_clips WHERE clip_id = ?1)
             OR EXISTS (SELECT 1 FROM clips WHERE clip_id = ?1)",
    )
    .bind(clip_id)
    .fetch_one(conn)
    .await?;
    Ok(row.0)
}

pub async fn add(conn: &mut SqliteConnection, clips: &[ViewerClip]) -> Result<(), Failure> {
    let mut tx = conn.begin_with("BEGIN IMMEDIATE").await?;
    add_within(&mut tx, clips).await?;
    tx.commit().await?;
    Ok(())
}

/// The same within a transaction. Those of users who were forgotten are left out.
pub async fn add_within(conn: &mut SqliteConnection, clips: &[ViewerClip]) -> Result<(), Failure> {
    if clips.is_empty() {
        return Ok(());
    }
    let forgotten = Forgotten::read(&mut *conn).await?;
    for clip in clips.iter().filter(|clip| !forgotten.has(&clip.creator)) {
        let channel = channel(conn, &clip.broadcaster_id, &clip.login).await?;
        sqlx::query(
            "INSERT INTO viewer_clips (clip_id, channel, creator, created_ms, vod_offset,
                                       start_ms, duration_s, title, views, found_ms)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT (clip_id) DO UPDATE SET
                 views = max(views, excluded.views),
                 vod_offset = COALESCE(vod_offset, excluded.vod_offset),
                 start_ms = COALESCE(start_ms, excluded.start_ms)",
        )
        .bind(&clip.clip_id)
        .bind(channel)
        .bind(&clip.creator)
        .bind(clip.created_ms)
        .bind(clip.vod_offset)
        .bind(clip.start_ms)
        .bind(clip.duration_s)
        .bind(&clip.title)
        .bind(clip.views)
        .bind(clip.found_ms)
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

/// Those of a channel made from `from_ms` on, the oldest first.
pub async fn since(
    conn: &mut SqliteConnection,
    broadcaster_id: &str,
    from_ms: i64,
    limit: u32,
) -> Result<Vec<ViewerClip>, Failure> {
    let clips = sqlx::query_as(
        "SELECT c.broadcaster_id, c.login, v.* FROM viewer_clips v
         JOIN channels c ON c.id = v.channel
         WHERE c.broadcaster_id = ? AND v.created_ms >= ?
         ORDER BY v.created_ms, v.clip_id LIMIT ?",
    )
    .bind(broadcaster_id)
    .bind(from_ms)
    .bind(limit)
    .fetch_all(conn)
    .await?;
    Ok(clips)
}

/// Deletes at most `limit` that were made before `before_ms`, the oldest first.
pub async fn prune(
    conn: &mut SqliteConnection,
    before_ms: i64,
    limit: u32,
) -> Result<u64, Failure> {
    let deleted = sqlx::query(
        "DELETE FROM viewer_clips WHERE clip_id IN (
             SELECT clip_id FROM viewer_clips WHERE created_ms < ?
             ORDER BY created_ms LIMIT ?)",
    )
    .bind(before_ms)
    .bind(limit)
    .execute(conn)
    .await?;
    Ok(deleted.rows_affected())
}

/// The channel that has most of them, if these are more than `most`, and how many too many.
pub async fn too_many(
    conn: &mut SqliteConnection,
    most: u32,
) -> Result<Option<(i64, i64)>, Failure> {
    let found = sqlx::query_as(
        "SELECT channel, count(*) - ?1 AS over FROM viewer_clips
         GROUP BY channel HAVING over > 0 ORDER BY over DESC LIMIT 1",
    )
    .bind(most)
    .fetch_optional(conn)
    .await?;
    Ok(found)
}

/// Deletes the oldest `count` of a channel.
pub async fn prune_of(
    conn: &mut SqliteConnection,
    channel: i64,
    count: i64,
) -> Result<u64, Failure> {
    let deleted = sqlx::query(
        "DELETE FROM viewer_clips WHERE clip_id IN (
             SELECT clip_id FROM viewer_clips WHERE channel = ?
             ORDER BY created_ms, clip_id LIMIT ?)",
    )
    .bind(channel)
    .bind(count)
    .execute(conn)
    .await?;
    Ok(deleted.rows_affected())
}

//! SQL of the videos of clips: which are to be fetched.

use sqlx::SqliteConnection;

use crate::{error::Failure, rows::WantedDownload};

/// `word`: `wanted`, `done` or `failed`.
pub async fn mark(
    conn: &mut SqliteConnection,
    clip_id: &str,
    word: &'static str,
) -> Result<(), Failure> {
    sqlx::query("UPDATE clips SET download = ? WHERE clip_id = ?")
        .bind(word)
        .bind(clip_id)
        .execute(conn)
        .await?;
    Ok(())
}

pub async fn wanted(conn: &mut SqliteConnection) -> Result<Vec<WantedDownload>, Failure> {
    let wanted = sqlx::query_as(
        "SELECT k.clip_id, c.broadcaster_id, c.login, COALESCE(k.called_ms, k.trigger_ms) called_ms
         FROM clips k JOIN channels c ON c.id = k.channel
         WHERE k.download = 'wanted' ORDER BY k.called_ms, k.clip_id",
    )
    .fetch_all(conn)
    .await?;
    Ok(wanted)
}

//! SQL of what is deleted because somebody asked for it, from the file's bytes, too.

use sqlx::{Connection, SqliteConnection};

use super::outbox;
use crate::{error::Failure, forget::Forgotten};

/// What stands for a name that was deleted.
const NOBODY: &str = "deleted";

/// Deletes all rows about the channels that are or were called `login` there.
pub async fn channel(conn: &mut SqliteConnection, login: &str) -> Result<Forgotten, Failure> {
    let mut tx = conn.begin_with("BEGIN IMMEDIATE").await?;
    let mut forgotten = Forgotten::default();
    let ids: Vec<(i64,)> = sqlx::query_as(
        "SELECT id FROM channels WHERE login = ?1 OR broadcaster_id = 'login:' || ?1",
    )
    .bind(login)
    .fetch_all(&mut *tx)
    .await?;
    for (id,) in ids {
        for (sql, count) in [
            ("DELETE FROM clips WHERE channel = ?", &mut forgotten.clips),
            ("DELETE FROM intents WHERE channel = ?", &mut forgotten.intents),
            ("DELETE FROM moments WHERE channel = ?", &mut forgotten.moments),
            ("DELETE FROM windows WHERE channel = ?", &mut forgotten.windows),
            ("DELETE FROM viewer_clips WHERE channel = ?", &mut forgotten.viewer_clips),
            ("DELETE FROM stretches WHERE channel = ?", &mut forgotten.stretches),
            ("DELETE FROM vods WHERE channel = ?", &mut forgotten.vods),
            ("DELETE FROM outbox WHERE channel = ?", &mut forgotten.alerts),
            ("DELETE FROM channels WHERE id = ?", &mut forgotten.channels),
        ] {
            *count += sqlx::query(sql).bind(id).execute(&mut *tx).await?.rows_affected();
        }
    }
    sqlx::query("DELETE FROM settings WHERE login = ?").bind(login).execute(&mut *tx).await?;
    tx.commit().await?;
    Ok(forgotten)
}

/// Takes a user out: the moments that they asked for stay without their name and title, and
/// their own clips go.
pub async fn user(conn: &mut SqliteConnection, login: &str) -> Result<Forgotten, Failure> {
    let cause = format!("manual:{login}");
    let mut tx = conn.begin_with("BEGIN IMMEDIATE").await?;
    let mut forgotten = Forgotten::default();
    for table in [
        "UPDATE clips SET title = '' WHERE (channel, trigger_ms) IN
             (SELECT channel, trigger_ms FROM moments WHERE cause = ?)",
        "UPDATE intents SET title = '' WHERE (channel, trigger_ms) IN
             (SELECT channel, trigger_ms FROM moments WHERE cause = ?)",
    ] {
        forgotten.intents =
            sqlx::query(table).bind(&cause).execute(&mut *tx).await?.rows_affected();
    }
    forgotten.moments = sqlx::query("UPDATE moments SET cause = ? WHERE cause = ?")
        .bind(format!("manual:{NOBODY}"))
        .bind(&cause)
        .execute(&mut *tx)
        .await?
        .rows_affected();
    forgotten.viewer_clips = sqlx::query("DELETE FROM viewer_clips WHERE lower(creator) = ?")
        .bind(login)
        .execute(&mut *tx)
        .await?
        .rows_affected();
    forgotten.alerts = outbox::forget_user(&mut tx, &cause).await?;
    tx.commit().await?;
    Ok(forgotten)
}

/// Leaves nothing of what was deleted in the file and its log.
pub async fn wipe(conn: &mut SqliteConnection) -> Result<(), Failure> {
    sqlx::query("VACUUM").execute(&mut *conn).await?;
    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(conn).await?;
    Ok(())
}

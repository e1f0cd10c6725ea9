//! SQL of what was set in the dashboard.

use sqlx::{Connection, SqliteConnection};

use crate::{
    error::Failure,
    setting::{NewSetting, SettingRow},
};

/// Changes of one setting that are kept, for undoing; the oldest go first.
const KEPT: u32 = 50;

/// What holds, by channel and key; also what was taken back.
pub async fn now(conn: &mut SqliteConnection) -> Result<Vec<SettingRow>, sqlx::Error> {
    sqlx::query_as(
        "SELECT * FROM settings WHERE id IN (SELECT max(id) FROM settings GROUP BY login, key)
         ORDER BY login, key",
    )
    .fetch_all(conn)
    .await
}

/// The changes of a channel, the newest first.
pub async fn history(
    conn: &mut SqliteConnection,
    login: &str,
    limit: u32,
) -> Result<Vec<SettingRow>, Failure> {
    let rows = sqlx::query_as("SELECT * FROM settings WHERE login = ? ORDER BY id DESC LIMIT ?")
        .bind(login)
        .bind(limit)
        .fetch_all(conn)
        .await?;
    Ok(rows)
}

/// Several changes, all or none.
pub async fn change(
    conn: &mut SqliteConnection,
    changes: &[NewSetting<'_>],
) -> Result<(), Failure> {
    let mut tx = conn.begin_with("BEGIN IMMEDIATE").await?;
    for change in changes {
        keep(&mut tx, change).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// One change, where the newest one of the setting is this; whether it is.
pub async fn change_over(
    conn: &mut SqliteConnection,
    newest: i64,
    change: &NewSetting<'_>,
) -> Result<bool, Failure> {
    let mut tx = conn.begin_with("BEGIN IMMEDIATE").await?;
    let (now,): (Option<i64>,) =
        sqlx::query_as("SELECT max(id) FROM settings WHERE login = ? AND key = ?")
            .bind(change.login)
            .bind(change.key)
            .fetch_one(&mut *tx)
            .await?;
    if now != Some(newest) {
        return Ok(false);
    }
    keep(&mut tx, change).await?;
    tx.commit().await?;
    Ok(true)
}

/// What holds for `from` and was never said of `to` holds for `to`, too; how many settings. Whether a
/// channel is followed (`follow`) is said of a name, not of a channel.
pub async fn carry(conn: &mut SqliteConnection, from: &str, to: &str) -> Result<u64, Failure> {
    let carried = sqlx::query(
        "INSERT INTO settings (login, key, value, by, at_ms)
         SELECT ?2, key, value, by, at_ms FROM settings
         WHERE id IN (SELECT max(id) FROM settings WHERE login = ?1 GROUP BY key)
           AND value IS NOT NULL AND key <> 'follow'
           AND key NOT IN (SELECT key FROM settings WHERE login = ?2)
         ORDER BY id",
    )
    .bind(from)
    .bind(to)
    .execute(conn)
    .await?;
    Ok(carried.rows_affected())
}

async fn keep(conn: &mut SqliteConnection, change: &NewSetting<'_>) -> Result<(), Failure> {
    sqlx::query("INSERT INTO settings (login, key, value, by, at_ms) VALUES (?, ?, ?, ?, ?)")
        .bind(change.login)
        .bind(change.key)
        .bind(change.value)
        .bind(change.by)
        .bind(change.at_ms)
        .execute(&mut *conn)
        .await?;
    sqlx::query(
        "DELETE FROM settings WHERE login = ?1 AND key = ?2 AND id <= (
             SELECT id FROM settings WHERE login = ?1 AND key = ?2
             ORDER BY id DESC LIMIT 1 OFFSET ?3)",
    )
    .bind(change.login)
    .bind(change.key)
    .bind(KEPT)
    .execute(&mut *conn)
    .await?;
    Ok(())
}

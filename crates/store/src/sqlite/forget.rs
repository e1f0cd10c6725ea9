//! SQL of what is deleted because somebody asked for it, from the file's bytes, too.

use sqlx::{AssertSqlSafe, Connection, SqliteConnection};

use super::outbox;
use crate::{error::Failure, forget::Forgotten};

/// The channels that are or were called so.
const CHANNELS: &str =
    "SELECT id FROM channels WHERE login = ?1 OR broadcaster_id = 'login:' || ?1";
/// What stands for a name that was deleted.
const NOBODY: &str = "deleted";

/// What there is of the channels that are or were called `login` there.
pub async fn of_channel(conn: &mut SqliteConnection, login: &str) -> Result<Forgotten, Failure> {
    let mut known = Forgotten::default();
    for (table, count) in known.of_channel() {
        let key = if table == "channels" { "id" } else { "channel" };
        let sql = format!("SELECT count(*) FROM {table} WHERE {key} IN ({CHANNELS})");
        *count =
            counted(sqlx::query_as(AssertSqlSafe(sql)).bind(login).fetch_one(&mut *conn).await?);
    }
    Ok(known)
}

/// What there is of a user.
pub async fn of_user(conn: &mut SqliteConnection, login: &str) -> Result<Forgotten, Failure> {
    let (moments, intents, viewer_clips): (i64, i64, i64) = sqlx::query_as(
        "SELECT (SELECT count(*) FROM moments WHERE cause = ?1),
                (SELECT count(*) FROM intents WHERE (channel, trigger_ms) IN
                     (SELECT channel, trigger_ms FROM moments WHERE cause = ?1)),
                (SELECT count(*) FROM viewer_clips WHERE lower(creator) = ?2)",
    )
    .bind(format!("manual:{login}"))
    .bind(login)
    .fetch_one(conn)
    .await?;
    let [moments, intents, viewer_clips] =
        [moments, intents, viewer_clips].map(|count| counted((count,)));
    Ok(Forgotten { moments, intents, viewer_clips, ..Forgotten::default() })
}

fn counted((count,): (i64,)) -> u64 {
    u64::try_from(count).unwrap_or(0)
}

/// Deletes all rows about the channels that are or were called `login` there.
pub async fn channel(conn: &mut SqliteConnection, login: &str) -> Result<Forgotten, Failure> {
    let mut tx = conn.begin_with("BEGIN IMMEDIATE").await?;
    let mut forgotten = Forgotten::default();
    forget_lines(&mut tx, login).await?;
    let chat = format!("DELETE FROM chat_lines WHERE channel IN ({CHANNELS})");
    sqlx::query(AssertSqlSafe(chat)).bind(login).execute(&mut *tx).await?;
    for (table, count) in forgotten.of_channel() {
        let key = if table == "channels" { "id" } else { "channel" };
        let sql = format!("DELETE FROM {table} WHERE {key} IN ({CHANNELS})");
        *count =
            sqlx::query(AssertSqlSafe(sql)).bind(login).execute(&mut *tx).await?.rows_affected();
    }
    sqlx::query("DELETE FROM settings WHERE login = ?").bind(login).execute(&mut *tx).await?;
    forget_grants(&mut tx, login).await?;
    tx.commit().await?;
    Ok(forgotten)
}

/// Takes a user out: the moments that they asked for stay without their name and title, what
/// they judged without their name, and their own clips go. Whoever may look at the dashboard as
/// that user at Twitch may not any more; somebody who has a password there stays, and is not
/// known as that user any more.
pub async fn user(conn: &mut SqliteConnection, login: &str) -> Result<Forgotten, Failure> {
    let cause = format!("manual:{login}");
    let mut tx = conn.begin_with("BEGIN IMMEDIATE").await?;
    let mut forgotten = Forgotten::default();
    forget_lines(&mut tx, &cause).await?;
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
    for table in [
        "UPDATE verdicts SET by = ?1 WHERE lower(by) = ?2",
        "UPDATE verdicts SET undone_by = ?1 WHERE lower(undone_by) = ?2",
        "UPDATE titles SET by = ?1 WHERE lower(by) = ?2",
        "UPDATE recuts SET by = ?1 WHERE lower(by) = ?2",
    ] {
        sqlx::query(table).bind(NOBODY).bind(login).execute(&mut *tx).await?;
    }
    sqlx::query("DELETE FROM chat_lines WHERE login = ?").bind(login).execute(&mut *tx).await?;
    forgotten.viewer_clips = sqlx::query("DELETE FROM viewer_clips WHERE lower(creator) = ?")
        .bind(login)
        .execute(&mut *tx)
        .await?
        .rows_affected();
    forgotten.people = of_twitch(&mut tx, login).await?;
    forgotten.alerts = outbox::forget_user(&mut tx, &cause).await?;
    tx.commit().await?;
    Ok(forgotten)
}

/// Lines that were never written go with the column that names whom to forget.
async fn forget_lines(conn: &mut SqliteConnection, column: &str) -> Result<(), Failure> {
    sqlx::query("DELETE FROM waiting_lines WHERE instr(text, char(9) || ? || char(9))")
        .bind(column)
        .execute(conn)
        .await?;
    Ok(())
}

/// What people and programs might do in a channel. A token that was for that channel alone goes:
/// without a channel it would be for all.
async fn forget_grants(conn: &mut SqliteConnection, login: &str) -> Result<(), Failure> {
    for sql in [
        "DELETE FROM grants WHERE channel = ?1",
        "DELETE FROM tokens WHERE channels = ?1",
        "UPDATE tokens
         SET channels = trim(replace(' ' || channels || ' ', ' ' || ?1 || ' ', ' '))
         WHERE instr(' ' || channels || ' ', ' ' || ?1 || ' ')",
    ] {
        sqlx::query(sql).bind(login).execute(&mut *conn).await?;
    }
    Ok(())
}

async fn of_twitch(conn: &mut SqliteConnection, login: &str) -> Result<u64, Failure> {
    let mut changed = 0;
    for sql in [
        "DELETE FROM people WHERE twitch_login = ? AND password IS NULL",
        "UPDATE people SET twitch_login = NULL, twitch_id = NULL WHERE twitch_login = ?",
    ] {
        changed += sqlx::query(sql).bind(login).execute(&mut *conn).await?.rows_affected();
    }
    Ok(changed)
}

/// Leaves nothing of what was deleted in the file and its log.
pub async fn wipe(conn: &mut SqliteConnection) -> Result<(), Failure> {
    sqlx::query("VACUUM").execute(&mut *conn).await?;
    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(conn).await?;
    Ok(())
}

//! SQL of sessions.

use sqlx::{Connection, SqliteConnection};

use super::people;
use crate::{
    access::{CameIn, Hash, MAX_SESSIONS, NewSession, SessionRow},
    error::Failure,
};

macro_rules! session {
    ($rest:literal) => {
        concat!("SELECT id, person, created_ms, seen_ms, agent, address FROM sessions ", $rest)
    };
}

/// Begins a session; of too many the one that was unused for longest ends. `None` where the password is
/// another one by now.
pub async fn add(
    conn: &mut SqliteConnection,
    new: &NewSession<'_>,
) -> Result<Option<i64>, Failure> {
    let mut tx = conn.begin_with("BEGIN IMMEDIATE").await?;
    if let Some(password) = new.password {
        let same = "SELECT EXISTS (SELECT 1 FROM people WHERE id = ? AND password = ?)";
        let (is_same,): (bool,) =
            sqlx::query_as(same).bind(new.person).bind(password).fetch_one(&mut *tx).await?;
        if !is_same {
            return Ok(None);
        }
    }
    sqlx::query(
        "DELETE FROM sessions WHERE id IN (
             SELECT id FROM sessions WHERE person = ? ORDER BY seen_ms DESC, id DESC
             LIMIT -1 OFFSET ?)",
    )
    .bind(new.person)
    .bind(MAX_SESSIONS - 1)
    .execute(&mut *tx)
    .await?;
    let (id,) = sqlx::query_as(
        "INSERT INTO sessions (hash, person, created_ms, seen_ms, agent, address)
         VALUES (?1, ?2, ?3, ?3, ?4, ?5) RETURNING id",
    )
    .bind(&new.hash[..])
    .bind(new.person)
    .bind(new.now_ms)
    .bind(new.agent)
    .bind(new.address)
    .fetch_one(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(Some(id))
}

pub async fn find(
    conn: &mut SqliteConnection,
    hash: &Hash,
) -> Result<Option<CameIn<SessionRow>>, Failure> {
    let row: Option<SessionRow> = sqlx::query_as(session!("WHERE hash = ?"))
        .bind(&hash[..])
        .fetch_optional(&mut *conn)
        .await?;
    match row {
        Some(row) => people::came_in(conn, row.person, row).await,
        None => Ok(None),
    }
}

pub async fn of(conn: &mut SqliteConnection, person: i64) -> Result<Vec<SessionRow>, Failure> {
    let sql = session!("WHERE person = ? ORDER BY seen_ms DESC, id DESC");
    Ok(sqlx::query_as(sql).bind(person).fetch_all(conn).await?)
}

pub async fn seen(conn: &mut SqliteConnection, id: i64, now_ms: i64) -> Result<(), Failure> {
    sqlx::query("UPDATE sessions SET seen_ms = ? WHERE id = ?")
        .bind(now_ms)
        .bind(id)
        .execute(conn)
        .await?;
    Ok(())
}

/// Ends a session of a person; whether there was such a one.
pub async fn end(conn: &mut SqliteConnection, person: i64, id: i64) -> Result<bool, Failure> {
    let ended = sqlx::query("DELETE FROM sessions WHERE person = ? AND id = ?")
        .bind(person)
        .bind(id)
        .execute(conn)
        .await?;
    Ok(ended.rows_affected() > 0)
}

/// Ends all of a person.
pub async fn end_all(conn: &mut SqliteConnection, person: i64) -> Result<u64, Failure> {
    let ended =
        sqlx::query("DELETE FROM sessions WHERE person = ?").bind(person).execute(conn).await?;
    Ok(ended.rows_affected())
}

/// Ends those that were not used since `seen_ms` or began before `created_ms`.
pub async fn prune(
    conn: &mut SqliteConnection,
    seen_ms: i64,
    created_ms: i64,
) -> Result<u64, Failure> {
    let pruned = sqlx::query("DELETE FROM sessions WHERE seen_ms < ? OR created_ms < ?")
        .bind(seen_ms)
        .bind(created_ms)
        .execute(conn)
        .await?;
    Ok(pruned.rows_affected())
}

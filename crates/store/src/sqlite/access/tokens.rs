//! SQL of API tokens.

use sqlx::{Connection, SqliteConnection};

use super::people;
use crate::{
    access::{CameIn, Hash, MAX_TOKENS, NewToken, TokenRow},
    error::{Failure, StoreError},
};

macro_rules! token {
    ($rest:literal) => {
        concat!(
            "SELECT t.id, t.person, p.name AS person_name, t.name, t.role, t.channels,
                    t.created_ms, t.expires_ms, t.used_ms
             FROM tokens t JOIN people p ON p.id = t.person ",
            $rest
        )
    };
}

pub async fn add(conn: &mut SqliteConnection, new: &NewToken<'_>) -> Result<i64, Failure> {
    let mut tx = conn.begin_with("BEGIN IMMEDIATE").await?;
    let (count,): (i64,) = sqlx::query_as("SELECT count(*) FROM tokens WHERE person = ?")
        .bind(new.person)
        .fetch_one(&mut *tx)
        .await?;
    if count >= i64::from(MAX_TOKENS) {
        return Err(StoreError::TooMany("tokens").into());
    }
    let (id,) = sqlx::query_as(
        "INSERT INTO tokens (hash, person, name, role, channels, created_ms, expires_ms)
         VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id",
    )
    .bind(&new.hash[..])
    .bind(new.person)
    .bind(new.name)
    .bind(new.role)
    .bind(new.channels)
    .bind(new.now_ms)
    .bind(new.expires_ms)
    .fetch_one(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(id)
}

pub async fn find(
    conn: &mut SqliteConnection,
    hash: &Hash,
) -> Result<Option<CameIn<TokenRow>>, Failure> {
    let row: Option<TokenRow> = sqlx::query_as(token!("WHERE t.hash = ?"))
        .bind(&hash[..])
        .fetch_optional(&mut *conn)
        .await?;
    match row {
        Some(row) => people::came_in(conn, row.person, row).await,
        None => Ok(None),
    }
}

/// Those of a person, or of everybody; the newest first.
pub async fn of(
    conn: &mut SqliteConnection,
    person: Option<i64>,
) -> Result<Vec<TokenRow>, Failure> {
    let sql = token!("WHERE ?1 IS NULL OR t.person = ?1 ORDER BY t.created_ms DESC, t.id DESC");
    Ok(sqlx::query_as(sql).bind(person).fetch_all(conn).await?)
}

pub async fn used(conn: &mut SqliteConnection, id: i64, now_ms: i64) -> Result<(), Failure> {
    sqlx::query("UPDATE tokens SET used_ms = ? WHERE id = ?")
        .bind(now_ms)
        .bind(id)
        .execute(conn)
        .await?;
    Ok(())
}

/// Ends a token, of a person or of anybody; whether there was such a one.
pub async fn end(
    conn: &mut SqliteConnection,
    person: Option<i64>,
    id: i64,
) -> Result<bool, Failure> {
    let ended = sqlx::query("DELETE FROM tokens WHERE id = ?1 AND (?2 IS NULL OR person = ?2)")
        .bind(id)
        .bind(person)
        .execute(conn)
        .await?;
    Ok(ended.rows_affected() > 0)
}

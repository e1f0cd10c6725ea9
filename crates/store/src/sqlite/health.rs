//! SQL that tells how the database is.

use sqlx::{Connection, SqliteConnection};

use crate::error::Failure;

/// How many intents there are in each state that there is one in.
pub async fn count_intents(conn: &mut SqliteConnection) -> Result<Vec<(String, i64)>, Failure> {
    let counts = sqlx::query_as("SELECT state, COUNT(*) FROM intents GROUP BY state");
    Ok(counts.fetch_all(conn).await?)
}

/// Writes something that changes nothing: the number that SQLite leaves to programs, as it is.
pub async fn try_writing(conn: &mut SqliteConnection) -> Result<(), Failure> {
    let mut tx = conn.begin_with("BEGIN IMMEDIATE").await?;
    let (number,): (i64,) = sqlx::query_as("PRAGMA user_version").fetch_one(&mut *tx).await?;
    // A pragma takes no parameters.
    let write = sqlx::AssertSqlSafe(format!("PRAGMA user_version = {number}"));
    sqlx::query(write).execute(&mut *tx).await?;
    tx.commit().await?;
    Ok(())
}

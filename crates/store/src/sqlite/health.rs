//! SQL that tells how the database is.

use sqlx::SqliteConnection;

use crate::error::Failure;

/// How many intents there are in each state that there is one in.
pub async fn count_intents(conn: &mut SqliteConnection) -> Result<Vec<(String, i64)>, Failure> {
    let counts = sqlx::query_as("SELECT state, COUNT(*) FROM intents GROUP BY state");
    Ok(counts.fetch_all(conn).await?)
}

//! SQL of who may look, and of what lets them in.

pub mod people;
pub mod sessions;
pub mod tokens;

use sqlx::SqliteConnection;

use crate::error::Failure;

/// Takes out of a copy what would open the door: a backup that is restored shall not bring back
/// what was ended since. People and their passwords stay.
pub async fn lock_up(conn: &mut SqliteConnection) -> Result<(), Failure> {
    // One of an older version has nothing of the kind.
    let sql = "SELECT count(*) FROM sqlite_schema WHERE name = 'sessions'";
    let (tables,): (i64,) = sqlx::query_as(sql).fetch_one(&mut *conn).await?;
    if tables == 0 {
        return Ok(());
    }
    for sql in [
        "PRAGMA secure_delete = ON",
        "DELETE FROM sessions",
        "DELETE FROM tokens",
        "UPDATE people SET invite = NULL, invite_until_ms = NULL",
    ] {
        sqlx::query(sql).execute(&mut *conn).await?;
    }
    Ok(())
}

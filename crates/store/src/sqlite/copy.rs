//! Whole copies of a database file, also while somebody writes to it.

use std::path::Path;

use sqlx::{ConnectOptions, Connection, sqlite::SqliteConnectOptions};

use super::{BUSY_TIMEOUT, intents, look, name, options, outbox};
use crate::error::{Failure, StoreError};

/// Writes what the database holds at this instant into the new file `to`, which nothing else
/// is beside of. Works while a daemon uses it. What is open goes on there and not in the copy:
/// see `intents::distrust`.
///
/// # Errors
/// When the database can't be read, or `to` exists or can't be written.
pub async fn copy(path: &Path, to: &Path) -> Result<(), StoreError> {
    let named = |error: sqlx::Error| name(path, error);
    let from = options(path, BUSY_TIMEOUT).create_if_missing(false);
    let mut conn = from.connect().await.map_err(named)?;
    let to = to.to_str().ok_or_else(|| StoreError::Unwritable {
        path: to.to_owned(),
        detail: "its name is no text".to_owned(),
    })?;
    let copied = sqlx::query("VACUUM INTO ?").bind(to).execute(&mut conn).await;
    copied.map_err(named)?;
    conn.close().await.map_err(named)?;
    let mut copy = SqliteConnectOptions::new().filename(to).connect().await.map_err(named)?;
    let mut distrusted = intents::distrust(&mut copy, "it was restored from a backup").await;
    if distrusted.is_ok() && look::has_outbox(&mut copy).await.map_err(named)? {
        distrusted = outbox::distrust(&mut copy).await;
    }
    copy.close().await.map_err(named)?;
    distrusted.map_err(|failure| match failure {
        Failure::Sql(error) => named(error),
        Failure::Answer(error) => error,
    })
}

/// Reads the database at rest from one end to the other.
///
/// # Errors
/// One that is damaged or of a newer version.
pub async fn verify(path: &Path) -> Result<(), StoreError> {
    look::look(path).await?;
    let named = |error: sqlx::Error| name(path, error);
    let at_rest = options(path, BUSY_TIMEOUT).create_if_missing(false);
    let mut conn = at_rest.connect().await.map_err(named)?;
    let (found,): (String,) =
        sqlx::query_as("PRAGMA quick_check(1)").fetch_one(&mut conn).await.map_err(named)?;
    conn.close().await.map_err(named)?;
    if found == "ok" {
        return Ok(());
    }
    Err(StoreError::Damaged { path: path.to_owned(), detail: found })
}

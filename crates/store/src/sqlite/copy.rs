//! Whole copies of a database file, also while somebody writes to it.

use std::path::Path;

use sqlx::{ConnectOptions, Connection, sqlite::SqliteConnectOptions};

use super::{BUSY_TIMEOUT, access, intents, is_full, look, name, options, outbox};
use crate::error::{Failure, StoreError};

/// Writes what the database holds at this instant into the new file `to`, which nothing else
/// is beside of. Works while a daemon uses it. What is open goes on there and not in the copy:
/// see `intents::distrust`. Nor
/// does it hold what opens the dashboard without a password: see `access::lock_up`.
///
/// # Errors
/// When the database can't be read, or `to` exists or can't be written: the error names whose disk
/// it is.
pub async fn copy(path: &Path, to: &Path) -> Result<(), StoreError> {
    let named = |error: sqlx::Error| name(path, error);
    let of_copy = |error: sqlx::Error| name(to, error);
    let from = options(path, BUSY_TIMEOUT).create_if_missing(false);
    let mut conn = from.connect().await.map_err(named)?;
    let name_of_copy = to.to_str().ok_or_else(|| StoreError::Unwritable {
        path: to.to_owned(),
        detail: "its name is no text".to_owned(),
    })?;
    let copied = sqlx::query("VACUUM INTO ?").bind(name_of_copy).execute(&mut conn).await;
    copied.map_err(|error| if is_full(&error) { of_copy(error) } else { named(error) })?;
    conn.close().await.map_err(named)?;
    let mut copy = SqliteConnectOptions::new().filename(to).connect().await.map_err(of_copy)?;
    let without_chat = leave_out_chat(&mut copy).await;
    without_chat.map_err(of_copy)?;
    let mut fit = intents::distrust(&mut copy, "it was restored from a backup").await;
    if fit.is_ok() {
        fit = access::lock_up(&mut copy).await;
    }
    if fit.is_ok() && look::has_outbox(&mut copy).await.map_err(of_copy)? {
        fit = outbox::distrust(&mut copy).await;
    }
    copy.close().await.map_err(of_copy)?;
    fit.map_err(|failure| match failure {
        Failure::Sql(error) => of_copy(error),
        Failure::Answer(error) => error,
    })
}

/// What is deleted in chat later could not be taken out of the copy: it gets no chat.
async fn leave_out_chat(copy: &mut sqlx::SqliteConnection) -> Result<(), sqlx::Error> {
    sqlx::query("PRAGMA secure_delete = ON").execute(&mut *copy).await?;
    // One of an older version has none.
    let (has_lines,): (bool,) =
        sqlx::query_as("SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'chat_lines')")
            .fetch_one(&mut *copy)
            .await?;
    if has_lines {
        sqlx::query("DELETE FROM chat_lines").execute(copy).await?;
    }
    Ok(())
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

//! How a connection is opened, also while another program makes the same file anew.

use std::{path::Path, time::Duration};

use sqlx::{ConnectOptions, SqliteConnection};
use tokio::time::{MissedTickBehavior, interval};

use super::{is_locked, options};

/// So long a try waits for another program, and so long it is until the next one.
const TRY: Duration = Duration::from_millis(50);

/// Connects, and waits up to about twice `busy` while another program holds the file.
///
/// A new file becomes one with a log (WAL) by a step in which SQLite waits for nobody: two
/// programs that make the same file anew refuse each other at once, whatever the busy time-out
/// is. So that is tried again.
pub async fn connect(path: &Path, busy: Duration) -> Result<SqliteConnection, sqlx::Error> {
    let mut next = interval(TRY);
    next.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut tries_left = busy.as_millis() / TRY.as_millis();
    loop {
        next.tick().await;
        match options(path, TRY.min(busy)).connect().await {
            Err(error) if is_locked(&error) && tries_left > 0 => tries_left -= 1,
            Ok(mut connection) => {
                // From here on SQLite waits by itself.
                let pragma = format!("PRAGMA busy_timeout = {}", busy.as_millis());
                sqlx::query(sqlx::AssertSqlSafe(pragma)).execute(&mut connection).await?;
                return Ok(connection);
            }
            failed => return failed,
        }
    }
}

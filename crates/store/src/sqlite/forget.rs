//! SQL of what is deleted because somebody asked for it, from the file's bytes, too.

use sqlx::{AssertSqlSafe, Connection, SqliteConnection};

use super::chat::without_traces;
use crate::{
    error::Failure,
    forget::{Forgetting, Forgotten},
};

/// Up to this size the whole file is written anew while Cliphound runs: everybody else who writes
/// waits for it, a second or two on a slow disk.
const SMALL_BYTES: i64 = 32_000_000;

/// One kind of rows: what counts them is what is deleted or changed. `?1` is the login, in small
/// letters; names of people in the dashboard may have others.
struct Part {
    count: fn(&mut Forgotten) -> &mut u64,
    /// What is done with them: `DELETE FROM clips`.
    verb: &'static str,
    table: &'static str,
    condition: &'static str,
}

/// The rows of the channels that are or were called so.
const OF_CHANNEL: &str =
    "channel IN (SELECT id FROM channels WHERE login = ?1 OR broadcaster_id = 'login:' || ?1)";

/// All about a channel, in the order in which it can go.
const CHANNEL: [Part; 14] = [
    delete(|all| &mut all.waiting_lines, "waiting_lines", HAS_COLUMN),
    delete(|all| &mut all.chat_lines, "chat_lines", OF_CHANNEL),
    delete(|all| &mut all.clips, "clips", OF_CHANNEL),
    delete(|all| &mut all.intents, "intents", OF_CHANNEL),
    delete(|all| &mut all.verdicts, "verdicts", OF_CHANNEL),
    delete(|all| &mut all.moments, "moments", OF_CHANNEL),
    delete(|all| &mut all.windows, "windows", OF_CHANNEL),
    delete(|all| &mut all.viewer_clips, "viewer_clips", OF_CHANNEL),
    delete(|all| &mut all.stretches, "stretches", OF_CHANNEL),
    delete(|all| &mut all.vods, "vods", OF_CHANNEL),
    delete(|all| &mut all.alerts, "outbox", OF_CHANNEL),
    delete(|all| &mut all.rights, "grants", "channel = ?1"),
    // A token that was for that channel alone: without a channel it would be for all.
    delete(|all| &mut all.rights, "tokens", "channels = ?1"),
    delete(|all| &mut all.channels, "channels", "login = ?1 OR broadcaster_id = 'login:' || ?1"),
];

/// Lines that were never written name their channel in a column.
const HAS_COLUMN: &str = "instr(text, char(9) || ?1 || char(9))";
/// What a user asked for, as the index has it.
const ASKED: &str = "(channel, trigger_ms) IN
     (SELECT channel, trigger_ms FROM moments WHERE automatic = 0 AND lower(cause) = 'manual:' || ?1)";
/// What somebody else cut anew, under the user's words.
const SAID: &str = "(channel, trigger_ms) IN
     (SELECT i.channel, i.trigger_ms FROM recuts r CROSS JOIN intents i CROSS JOIN moments m
      WHERE i.channel = r.channel AND i.trigger_ms = r.trigger_ms AND i.said_by = ?1
        AND m.channel = r.channel AND m.trigger_ms = r.trigger_ms AND lower(m.cause) <> 'manual:' || ?1)";

const UNTITLE_CLIP: &str = "UPDATE clips SET title = ''";
const UNTITLE: &str = "UPDATE intents SET title = '', said_by = NULL, said_in = NULL";

/// All about a user, in the order in which it can go: the moments that they asked for stay without
/// their name and title, what they judged, named or set without their name, and their own clips
/// go. Whoever may look at the dashboard as that user at Twitch may not any more; somebody who has
/// a password there stays, and is not known as that user any more. An alert's row stays, so that
/// nothing is told again. Lines that wait for their file are whoever's who knows their columns.
const USER: [Part; 14] = [
    change(|all| &mut all.clips, UNTITLE_CLIP, "clips", ASKED),
    change(|all| &mut all.clips, UNTITLE_CLIP, "clips", SAID),
    // What is told of a clip that somebody else cut anew, under the user's words.
    change(
        |all| &mut all.alerts,
        "UPDATE outbox SET payload = json_set(payload, '$.title', '')",
        "outbox",
        "key IN (SELECT c.broadcaster_id || '@' || i.trigger_ms
                 FROM recuts r CROSS JOIN intents i CROSS JOIN channels c
                 WHERE i.channel = r.channel AND i.trigger_ms = r.trigger_ms
                   AND c.id = r.channel AND i.said_by = ?1)
         AND json_extract(payload, '$.title') <> ''
         AND lower(json_extract(payload, '$.cause')) IS NOT 'manual:' || ?1",
    ),
    change(|all| &mut all.intents, UNTITLE, "intents", ASKED),
    change(|all| &mut all.intents, UNTITLE, "intents", SAID),
    change(
        |all| &mut all.moments,
        "UPDATE moments SET cause = 'manual:deleted'",
        "moments",
        "automatic = 0 AND lower(cause) = 'manual:' || ?1",
    ),
    change(
        |all| &mut all.verdicts,
        "UPDATE verdicts
         SET by = CASE lower(by) WHEN ?1 THEN 'deleted' ELSE by END,
             undone_by = CASE lower(undone_by) WHEN ?1 THEN 'deleted' ELSE undone_by END",
        "verdicts",
        "lower(by) = ?1 OR lower(undone_by) = ?1",
    ),
    change(|all| &mut all.names, "UPDATE titles SET by = 'deleted'", "titles", "lower(by) = ?1"),
    change(|all| &mut all.names, "UPDATE recuts SET by = 'deleted'", "recuts", "lower(by) = ?1"),
    change(
        |all| &mut all.names,
        "UPDATE settings SET by = 'deleted'",
        "settings",
        "lower(by) = ?1",
    ),
    delete(|all| &mut all.chat_lines, "chat_lines", "login = ?1"),
    delete(|all| &mut all.viewer_clips, "viewer_clips", "lower(creator) = ?1"),
    delete(|all| &mut all.people, "people", "twitch_login = ?1 AND password IS NULL"),
    change(
        |all| &mut all.alerts,
        "UPDATE outbox SET payload = '{}', ended_ms = COALESCE(ended_ms, created_ms),
             error = CASE state WHEN 'waiting' THEN 'who asked for it was forgotten' ELSE error END,
             state = CASE state WHEN 'waiting' THEN 'failed' ELSE state END",
        "outbox",
        "lower(json_extract(payload, '$.cause')) = 'manual:' || ?1",
    ),
];

const fn delete(
    count: fn(&mut Forgotten) -> &mut u64,
    table: &'static str,
    condition: &'static str,
) -> Part {
    Part { count, verb: "", table, condition }
}

const fn change(
    count: fn(&mut Forgotten) -> &mut u64,
    verb: &'static str,
    table: &'static str,
    condition: &'static str,
) -> Part {
    Part { count, verb, table, condition }
}

/// What there is of the channels that are or were called `login` there.
pub async fn of_channel(conn: &mut SqliteConnection, login: &str) -> Result<Forgotten, Failure> {
    let mut known = count(conn, &CHANNEL, login).await?;
    let (settings,): (i64,) = sqlx::query_as("SELECT count(*) FROM settings WHERE login = ?")
        .bind(login)
        .fetch_one(conn)
        .await?;
    known.settings = u64::try_from(settings).unwrap_or(0);
    Ok(known)
}

/// What there is of a user.
pub async fn of_user(conn: &mut SqliteConnection, login: &str) -> Result<Forgotten, Failure> {
    let mut known = count(conn, &USER, login).await?;
    let (with_password,): (i64,) = sqlx::query_as(
        "SELECT count(*) FROM people WHERE twitch_login = ? AND password IS NOT NULL",
    )
    .bind(login)
    .fetch_one(conn)
    .await?;
    known.people += u64::try_from(with_password).unwrap_or(0);
    Ok(known)
}

/// The broadcaster ids of the channels that are or were called `login`.
pub async fn ids(conn: &mut SqliteConnection, login: &str) -> Result<Vec<String>, Failure> {
    let sql = "SELECT broadcaster_id FROM channels
               WHERE login = ?1 OR broadcaster_id = 'login:' || ?1";
    let ids: Vec<(String,)> = sqlx::query_as(sql).bind(login).fetch_all(conn).await?;
    Ok(ids.into_iter().map(|(id,)| id).collect())
}

async fn count(
    conn: &mut SqliteConnection,
    parts: &[Part],
    login: &str,
) -> Result<Forgotten, Failure> {
    let mut known = Forgotten::default();
    for Part { count, table, condition, .. } in parts {
        let sql = format!("SELECT count(*) FROM {table} WHERE {condition}");
        let (rows,): (i64,) =
            sqlx::query_as(AssertSqlSafe(sql)).bind(login).fetch_one(&mut *conn).await?;
        *count(&mut known) += u64::try_from(rows).unwrap_or(0);
    }
    Ok(known)
}

/// Rows of a channel that there may be many of: they go some at a time.
pub struct Many {
    /// Whose count they are.
    pub count: fn(&mut Forgotten) -> &mut u64,
    table: &'static str,
    /// Its primary key.
    key: &'static str,
    /// So many at once: others who write wait no longer than for these.
    pub some: u32,
}

/// In the order in which they can go: what hangs on others goes first, so that it is counted.
pub const MANY: [Many; 8] = [
    many(|all| &mut all.windows, "windows", "(end_ms, channel)", 5_000),
    many(|all| &mut all.chat_lines, "chat_lines", "(channel, trigger_ms, nth)", 1_000),
    many(|all| &mut all.clips, "clips", "clip_id", 1_000),
    many(|all| &mut all.intents, "intents", "(channel, trigger_ms)", 1_000),
    many(|all| &mut all.verdicts, "verdicts", "id", 1_000),
    many(|all| &mut all.moments, "moments", "(channel, trigger_ms)", 1_000),
    many(|all| &mut all.viewer_clips, "viewer_clips", "clip_id", 1_000),
    many(|all| &mut all.alerts, "outbox", "id", 1_000),
];

const fn many(
    count: fn(&mut Forgotten) -> &mut u64,
    table: &'static str,
    key: &'static str,
    some: u32,
) -> Many {
    Many { count, table, key, some }
}

/// Deletes some of the rows about the channels that are or were called `login` there, and says how
/// many.
pub async fn some(conn: &mut SqliteConnection, many: &Many, login: &str) -> Result<u64, Failure> {
    let Many { table, key, some, .. } = many;
    let columns = key.trim_matches(['(', ')']);
    let sql = format!(
        "DELETE FROM {table} WHERE {key} IN
             (SELECT {columns} FROM {table} WHERE {OF_CHANNEL} LIMIT {some})"
    );
    without_traces(conn, async |conn| {
        let deleted = sqlx::query(AssertSqlSafe(sql)).bind(login).execute(conn).await?;
        Ok(deleted.rows_affected())
    })
    .await
}

/// Deletes all rows about the channels that are or were called `login` there; of its settings,
/// those of the key `but` stay.
pub async fn channel(
    conn: &mut SqliteConnection,
    login: &str,
    but: Option<&str>,
) -> Result<Forgotten, Failure> {
    without_traces(conn, async |conn| {
        let mut tx = conn.begin_with("BEGIN IMMEDIATE").await?;
        let mut forgotten = carry_out(&mut tx, &CHANNEL, login).await?;
        forgotten.settings =
            sqlx::query("DELETE FROM settings WHERE login = ?1 AND (?2 IS NULL OR key <> ?2)")
                .bind(login)
                .bind(but)
                .execute(&mut *tx)
                .await?
                .rows_affected();
        sqlx::query(
            "UPDATE tokens
             SET channels = trim(replace(' ' || channels || ' ', ' ' || ?1 || ' ', ' '))
             WHERE instr(' ' || channels || ' ', ' ' || ?1 || ' ')",
        )
        .bind(login)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(forgotten)
    })
    .await
}

/// Takes a user out: see [`USER`]. The clips that they made do not come back.
pub async fn user(conn: &mut SqliteConnection, login: &str) -> Result<Forgotten, Failure> {
    without_traces(conn, async |conn| {
        let mut tx = conn.begin_with("BEGIN IMMEDIATE").await?;
        let mut forgotten = carry_out(&mut tx, &USER, login).await?;
        let known_otherwise =
            "UPDATE people SET twitch_login = NULL, twitch_id = NULL WHERE twitch_login = ?";
        let known = sqlx::query(known_otherwise).bind(login).execute(&mut *tx).await?;
        forgotten.people += known.rows_affected();
        super::forgotten::add(&mut tx, login).await?;
        tx.commit().await?;
        Ok(forgotten)
    })
    .await
}

async fn carry_out(
    conn: &mut SqliteConnection,
    parts: &[Part],
    login: &str,
) -> Result<Forgotten, sqlx::Error> {
    let mut forgotten = Forgotten::default();
    for Part { count, verb, table, condition } in parts {
        let sql = match *verb {
            "" => format!("DELETE FROM {table} WHERE {condition}"),
            verb => format!("{verb} WHERE {condition}"),
        };
        let done = sqlx::query(AssertSqlSafe(sql)).bind(login).execute(&mut *conn).await?;
        *count(&mut forgotten) += done.rows_affected();
    }
    Ok(forgotten)
}

/// Leaves nothing of what was deleted, now or before, in the file. Of a file that is not small,
/// only with `of_any_size`: it takes its time.
pub async fn wipe(conn: &mut SqliteConnection, of_any_size: bool) -> Result<(), Failure> {
    let (bytes,): (i64,) = sqlx::query_as(
        "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
    )
    .fetch_one(&mut *conn)
    .await?;
    if of_any_size || bytes <= SMALL_BYTES {
        sqlx::query("VACUUM").execute(&mut *conn).await?;
    }
    Ok(())
}

/// Keeps that somebody asked for it.
pub async fn ask(conn: &mut SqliteConnection, asked: &Forgetting) -> Result<(), Failure> {
    sqlx::query(
        "INSERT INTO forgetting (kind, login, by, asked_ms, ids) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (kind, login) DO UPDATE SET
             by = excluded.by, asked_ms = excluded.asked_ms,
             ids = trim(forgetting.ids || ' ' || excluded.ids)",
    )
    .bind(&asked.kind)
    .bind(&asked.login)
    .bind(&asked.by)
    .bind(asked.asked_ms)
    .bind(&asked.ids)
    .execute(conn)
    .await?;
    Ok(())
}

/// What was asked for and has not ended, the oldest first.
pub async fn asked(conn: &mut SqliteConnection) -> Result<Vec<Forgetting>, Failure> {
    let sql = "SELECT kind, login, by, asked_ms, ids FROM forgetting
               ORDER BY asked_ms, kind, login";
    Ok(sqlx::query_as(sql).fetch_all(conn).await?)
}

/// It has ended, and leaves no name.
pub async fn end(conn: &mut SqliteConnection, kind: &str, login: &str) -> Result<(), Failure> {
    without_traces(conn, async |conn| {
        let gone = sqlx::query("DELETE FROM forgetting WHERE kind = ? AND login = ?")
            .bind(kind)
            .bind(login)
            .execute(conn)
            .await?;
        Ok(gone.rows_affected())
    })
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::sqlite::{Connections, tests::plan};

    /// Tables that grow with chat and clips; the others are small.
    const LARGE: [&str; 7] =
        ["moments", "intents", "clips", "windows", "viewer_clips", "outbox", "chat_lines"];

    /// Whoever promises a clip waits for the same connection.
    #[tokio::test]
    async fn who_is_forgotten_is_found_without_reading_all_there_is() {
        let dir = tempfile::tempdir().unwrap();
        let patience = Duration::from_secs(1);
        let both = Connections::open(&dir.path().join("a.db"), patience).await.unwrap();
        let mut turn = both.turn().await;
        let conn = both.connection(&mut turn).unwrap();
        for Part { table, condition, .. } in USER.iter().chain(&CHANNEL) {
            let sql = format!("SELECT count(*) FROM {table} WHERE {condition}");
            let steps = plan(conn, &sql).await;
            let scanned =
                steps.iter().filter_map(|step| step.strip_prefix("SCAN ")?.split(' ').next());
            let large: Vec<_> = scanned.filter(|table| LARGE.contains(table)).collect();
            assert!(large.is_empty(), "{sql}: {steps:?}");
        }
    }
}

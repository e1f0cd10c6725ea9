//! What comes out of a damaged database: every table, or a reason why not.

use std::{collections::BTreeSet, fs};

use sqlx::{ConnectOptions, Connection};

use super::*;
use crate::sqlite::{BUSY_TIMEOUT, MIGRATIONS, migrate, options};

/// Deliberately left behind: figures are nearly all of the size, lines of chat could not be
/// deleted there any more, and the new file has its own list of migrations.
const LEFT_BEHIND: [&str; 3] = ["windows", "chat_lines", "_sqlx_migrations"];

/// A row for each table that is taken over, as the tables allow it. What is open would come
/// out as unknown, so this clip was made.
const ROWS: &[(&str, &str)] = &[
    ("channels", "(id, broadcaster_id, login) VALUES (1, '7', 'ninja')"),
    (
        "moments",
        "(channel, trigger_ms, start_ms, end_ms, score, threshold, cause, reasons, learning, automatic)
         VALUES (1, 10, 0, 10, 0.9, 0.6, 'hype', '[]', 0, 1)",
    ),
    (
        "intents",
        "(channel, trigger_ms, start_ms, end_ms, automatic, state, due_ms, title, duration_s,
          clip_id, created_ms, updated_ms)
         VALUES (1, 10, 0, 10, 1, 'confirmed', 17, 't', 60, 'A', 10, 20)",
    ),
    ("clips", "(clip_id, channel, trigger_ms, title) VALUES ('A', 1, 10, 't')"),
    (
        "viewer_clips",
        "(clip_id, channel, creator, created_ms, duration_s, title, views, found_ms)
         VALUES ('V', 1, 'Ann', 5, 30, 'wow', 3, 6)",
    ),
    ("runs", "(start_ms, end_ms, is_clean) VALUES (1, 2, 1)"),
    (
        "stretches",
        "(channel, kind, start_ms, end_ms, word) VALUES (1, 'gap', 1, 2, 'connection')",
    ),
    ("vods", "(vod_id, channel, started_ms, length_s) VALUES ('v1', 1, 0, 60)"),
    ("settings", "(login, key, value, by, at_ms) VALUES ('ninja', 'clips.title', 'x', 'ann', 3)"),
    ("waiting_lines", "(record, text) VALUES ('clip_urls.txt', 'a line')"),
    (
        "verdicts",
        "(channel, trigger_ms, verdict, by, at_ms) VALUES (1, 10, 'kept', 'ann', 30)",
    ),
    ("judged", "(channel, trigger_ms, verdict, change) VALUES (1, 10, 'kept', 1)"),
    ("titles", "(channel, trigger_ms, title, by, at_ms) VALUES (1, 10, 'better', 'ann', 31)"),
    ("recuts", "(channel, trigger_ms, of_ms, by, asked_ms) VALUES (1, 10, 4, 'ann', 32)"),
    ("people", "(id, name, role, password, created_ms) VALUES (1, 'ann', 'owner', 'phc', 1)"),
    ("grants", "(person, channel, role) VALUES (1, 'ninja', 'editor')"),
    (
        "sessions",
        "(hash, person, created_ms, seen_ms, agent, address) VALUES (x'01', 1, 1, 2, 'a', 'b')",
    ),
    ("tokens", "(hash, person, name, role, created_ms) VALUES (x'02', 1, 'bot', 'viewer', 1)"),
    (
        "outbox",
        "(alert, event, key, channel, payload, due_ms, created_ms)
         VALUES ('team', 'clip', 'A', 1, '{}', 5, 4)",
    ),
    ("outbox_since", "(alert, wants, since_ms) VALUES ('team', 'clip', 3)"),
    ("forgetting", "(kind, login, by, asked_ms) VALUES ('user', 'bob', 'ann', 33)"),
    ("forgotten_creators", "(id, salt, hash) VALUES (1, x'03', x'04')"),
];

async fn made(path: &Path) -> SqliteConnection {
    let mut conn = options(path, BUSY_TIMEOUT).connect().await.unwrap();
    migrate(&mut conn).await.unwrap();
    conn
}

async fn all_of<T>(conn: &mut SqliteConnection, sql: String) -> Vec<T>
where
    T: Send + Unpin + for<'r> sqlx::Decode<'r, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite>,
{
    sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(conn).await.unwrap()
}

#[tokio::test]
async fn every_table_is_taken_over_or_left_behind_on_purpose() {
    let dir = tempfile::tempdir().unwrap();
    let mut conn = made(&dir.path().join("cliphound.db")).await;
    let tables = "SELECT name FROM sqlite_schema
                  WHERE type = 'table' AND substr(name, 1, 7) <> 'sqlite_'";
    let tables: BTreeSet<String> = all_of(&mut conn, tables.to_owned()).await.into_iter().collect();
    let known = TABLES.iter().chain(&LEFT_BEHIND).map(|name| (*name).to_owned());
    assert_eq!(known.collect::<BTreeSet<_>>(), tables);
    let with_rows: Vec<_> = ROWS.iter().map(|(name, _)| *name).collect();
    assert_eq!(with_rows, TABLES, "a row for each, in their order");
}

#[tokio::test]
async fn the_rows_of_every_table_come_through() {
    let dir = tempfile::tempdir().unwrap();
    let (bad, path) = (dir.path().join("cliphound.db.bad"), dir.path().join("cliphound.db"));
    let mut old = made(&bad).await;
    for (table, row) in ROWS {
        let sql = format!("INSERT INTO {table} {row}");
        sqlx::query(AssertSqlSafe(sql)).execute(&mut old).await.unwrap();
    }
    old.close().await.unwrap();
    fs::write(dir.path().join("cliphound.db.salvage"), "cliphound.db.bad").unwrap();
    let mut new = made(&path).await;
    salvage_what_is_left(&path, &mut new).await;
    sqlx::query("ATTACH ? AS bad").bind(bad.to_str().unwrap()).execute(&mut new).await.unwrap();
    for (table, _) in ROWS {
        let missing = format!("SELECT * FROM bad.{table} EXCEPT SELECT * FROM main.{table}");
        let count = |of: &str| format!("SELECT count(*) FROM ({of})");
        assert_eq!(all_of::<i64>(&mut new, count(&missing)).await, [0], "{table}");
        let there = count(&format!("SELECT * FROM main.{table}"));
        assert_eq!(all_of::<i64>(&mut new, there).await, [1], "{table}");
    }
}

/// An update met a damaged database: what was promised by the version before is not lost.
#[tokio::test]
async fn a_damaged_database_of_the_first_version_is_salvaged_too() {
    let dir = tempfile::tempdir().unwrap();
    let (bad, path) = (dir.path().join("cliphound.db.bad"), dir.path().join("cliphound.db"));
    let mut old = options(&bad, BUSY_TIMEOUT).connect().await.unwrap();
    MIGRATIONS.run_to(1, &mut old).await.unwrap();
    for (table, row) in &ROWS[..4] {
        let sql = format!("INSERT INTO {table} {row}");
        sqlx::query(AssertSqlSafe(sql)).execute(&mut old).await.unwrap();
    }
    old.close().await.unwrap();
    let mut new = made(&path).await;
    assert!(salvage(&mut new, &bad).await.is_empty(), "nothing is said to be lost");
    let key = crate::IntentKey { broadcaster_id: "7".into(), trigger_ms: 10 };
    let intent = intents::find(&mut new, &key).await.unwrap().unwrap();
    assert_eq!((intent.clip_id.as_deref(), intent.from_vod), (Some("A"), false));
    assert_eq!(intents::clip_owner(&mut new, "A").await.unwrap(), Some(key));
}

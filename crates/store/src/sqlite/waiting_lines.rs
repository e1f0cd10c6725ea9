//! SQL of lines that wait for the disk of the records.

use sqlx::{Connection, FromRow, SqliteConnection};

use super::chat::without_traces;
use crate::{error::Failure, rows::WaitingLine};

/// A line and its place in the order.
#[derive(FromRow)]
struct Numbered {
    id: i64,
    #[sqlx(flatten)]
    line: WaitingLine,
}

pub async fn keep(conn: &mut SqliteConnection, lines: &[WaitingLine]) -> Result<(), Failure> {
    let mut tx = conn.begin_with("BEGIN IMMEDIATE").await?;
    for line in lines {
        add(&mut tx, line).await?;
    }
    tx.commit().await?;
    Ok(())
}

pub async fn add(conn: &mut SqliteConnection, line: &WaitingLine) -> Result<(), Failure> {
    sqlx::query(
        "INSERT INTO waiting_lines (record, text, clip_url) VALUES (?, ?, ?)
         ON CONFLICT DO NOTHING",
    )
    .bind(&line.record)
    .bind(&line.text)
    .bind(&line.clip_url)
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn all(conn: &mut SqliteConnection) -> Result<Vec<WaitingLine>, Failure> {
    let sql = "SELECT record, text, clip_url FROM waiting_lines ORDER BY id";
    Ok(sqlx::query_as(sql).fetch_all(conn).await?)
}

/// Says how many lines were changed or deleted.
pub async fn change(
    conn: &mut SqliteConnection,
    stays: impl Fn(&WaitingLine) -> Option<String> + Send,
) -> Result<u64, Failure> {
    let sql = "SELECT id, record, text, clip_url FROM waiting_lines";
    let lines: Vec<Numbered> = sqlx::query_as(sql).fetch_all(&mut *conn).await?;
    let changed: Vec<(i64, Option<String>)> = lines
        .into_iter()
        .filter_map(|Numbered { id, line }| {
            let text = stays(&line);
            (text.as_ref() != Some(&line.text)).then_some((id, text))
        })
        .collect();
    if changed.is_empty() {
        return Ok(0);
    }
    without_traces(conn, async |conn| {
        for (id, text) in &changed {
            let query = match text {
                // The same line may wait already.
                Some(text) => {
                    sqlx::query("UPDATE OR REPLACE waiting_lines SET text = ? WHERE id = ?")
                        .bind(text)
                }
                None => sqlx::query("DELETE FROM waiting_lines WHERE id = ?"),
            };
            query.bind(id).execute(&mut *conn).await?;
        }
        Ok(changed.len() as u64)
    })
    .await
}

pub async fn remove_of(conn: &mut SqliteConnection, record: &str) -> Result<(), Failure> {
    sqlx::query("DELETE FROM waiting_lines WHERE record = ?").bind(record).execute(conn).await?;
    Ok(())
}

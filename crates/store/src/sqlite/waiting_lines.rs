//! SQL of lines that wait for the disk of the records.

use sqlx::{Connection, SqliteConnection};

use crate::{error::Failure, rows::WaitingLine};

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

pub async fn remove_all(conn: &mut SqliteConnection) -> Result<(), Failure> {
    sqlx::query("DELETE FROM waiting_lines").execute(conn).await?;
    Ok(())
}

//! Writes to the file: one as it comes, and those that had to wait for it.

use sqlx::{Connection, SqliteConnection};

use super::{downloads, intents, moments, review, viewer_clips, windows};
use crate::{
    error::{Failure, StoreError},
    intent::{Intent, Promise},
    memory::{Batch, Newer, OnDisk, promised},
    write::{Write, Written},
};

/// Writes, and says what became of it and of the intent that it is about.
pub async fn run(
    conn: &mut SqliteConnection,
    write: &Write<'_>,
) -> Result<(Written, Option<Intent>), Failure> {
    match write {
        Write::Moment(moment) => moments::record(conn, moment).await?,
        Write::Promise { moment, intent } => {
            let answer = intents::promise(conn, *moment, intent).await?;
            let made = (answer == Promise::Made).then(|| promised(intent));
            return Ok((Written::Promise(answer), made));
        }
        Write::Step { key, change, line, now_ms } => {
            let after = intents::set_state(conn, key, change, *line, *now_ms).await?;
            return Ok((Written::Done, Some(after)));
        }
        Write::Retitle { key, title, of } => review::retitle(conn, key, title, *of).await?,
        Write::Download { clip_id, word } => downloads::mark(conn, clip_id, word).await?,
        Write::Windows(rows) => windows::add(conn, rows).await?,
        Write::ViewerClips(clips) => viewer_clips::add(conn, clips).await?,
    }
    Ok((Written::Done, None))
}

/// What the file says of the things that a write touches; what can't be read says nothing.
pub async fn look(conn: &mut SqliteConnection, write: &Write<'_>) -> OnDisk {
    let mut disk = OnDisk::default();
    match write {
        Write::Promise { intent, .. } => {
            disk.answer = intents::answer(conn, intent).await.unwrap_or_default();
            disk.intent = intents::find(conn, &intent.key).await.unwrap_or_default();
        }
        Write::Step { key, change, .. } => {
            disk.intent = intents::find(conn, key).await.unwrap_or_default();
            if let Some(clip_id) = change.clip_id() {
                disk.owner = intents::clip_owner(conn, clip_id).await.unwrap_or_default();
            }
        }
        Write::Moment(moment) => {
            disk.intent = intents::find(conn, &moment.key).await.unwrap_or_default();
        }
        Write::Retitle { key, .. } => {
            disk.intent = intents::find(conn, key).await.unwrap_or_default();
        }
        _ => {}
    }
    disk
}

/// Writes what had to wait, all or nothing. What breaks the tables' rules is left out and
/// counted: it must not hold up the rest.
pub async fn save(conn: &mut SqliteConnection, batch: &Batch) -> Result<u64, Failure> {
    let mut left_out = 0;
    let mut tx = conn.begin_with("BEGIN IMMEDIATE").await?;
    for moment in &batch.moments {
        left_out += spare(moments::record_within(&mut tx, moment).await)?;
    }
    for newer in &batch.intents {
        left_out += spare(save_intent(&mut tx, newer).await)?;
    }
    for (clip_id, word) in &batch.downloads {
        downloads::mark(&mut tx, clip_id, word).await?;
    }
    windows::add_within(&mut tx, &batch.windows).await?;
    viewer_clips::add_within(&mut tx, &batch.viewer_clips).await?;
    tx.commit().await?;
    Ok(left_out)
}

async fn save_intent(conn: &mut SqliteConnection, newer: &Newer) -> Result<(), Failure> {
    intents::save(conn, &newer.intent).await?;
    intents::keep_clip(conn, &newer.intent).await
}

/// 1 for a row that the tables refuse; trouble with the file goes on.
fn spare(saved: Result<(), Failure>) -> Result<u64, Failure> {
    match saved {
        Ok(()) => Ok(0),
        Err(Failure::Answer(StoreError::ClipTaken { clip_id, owner })) => {
            tracing::warn!(%clip_id, %owner, "a clip that was kept in memory belongs to another moment");
            Ok(1)
        }
        Err(Failure::Sql(error)) if super::breaks_a_rule(&error) => {
            tracing::error!(%error, "a row that was kept in memory can't be stored");
            Ok(1)
        }
        Err(failure) => Err(failure),
    }
}

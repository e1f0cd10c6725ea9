//! SQL of intents and their clips.

use sqlx::{Connection, SqliteConnection};

use super::{
    breaks_a_rule,
    moments::{self, channel},
    waiting_lines,
};
use crate::{
    error::{Failure, StoreError},
    intent::{Intent, NewIntent, Promise, StateChange},
    review::Review,
    rows::{IntentKey, MomentRow, Page, WaitingLine},
    state::IntentState,
};

/// Looking and inserting are one transaction that locks the file first: two
/// processes can't both find the stretch free, and a crash leaves no moment without its promise.
pub async fn promise(
    conn: &mut SqliteConnection,
    moment: Option<&MomentRow>,
    intent: &NewIntent,
) -> Result<Promise, Failure> {
    let mut tx = conn.begin_with("BEGIN IMMEDIATE").await?;
    if let Some(moment) = moment {
        keep(&mut tx, moment).await?;
    }
    let answer = answer(&mut tx, intent).await?;
    if answer.is_none() {
        insert(&mut tx, intent).await?;
    }
    tx.commit().await?;
    Ok(answer.unwrap_or(Promise::Made))
}

/// Keeps the moment of a promise. What the tables refuse of it costs the promise nothing: SQLite
/// takes back that statement only.
async fn keep(conn: &mut SqliteConnection, moment: &MomentRow) -> Result<(), Failure> {
    match moments::record_within(conn, moment).await {
        Err(Failure::Sql(error)) if breaks_a_rule(&error) => {
            tracing::error!(key = %moment.key, %error, "a moment can't be stored");
            Ok(())
        }
        kept => kept,
    }
}

/// Why a promise is not made; `None` when it may be.
pub async fn answer(
    conn: &mut SqliteConnection,
    intent: &NewIntent,
) -> Result<Option<Promise>, Failure> {
    if find(conn, &intent.key).await?.is_some() {
        return Ok(Some(Promise::Repeated));
    }
    if !intent.automatic {
        return Ok(None);
    }
    Ok(overlapping(conn, intent).await?.map(Promise::Overlaps))
}

async fn overlapping(
    conn: &mut SqliteConnection,
    intent: &NewIntent,
) -> Result<Option<IntentKey>, Failure> {
    let other = sqlx::query_as(
        "SELECT c.broadcaster_id, i.trigger_ms FROM intents i JOIN channels c ON c.id = i.channel
         WHERE c.broadcaster_id = ? AND i.automatic AND i.state NOT IN ('refused', 'missed')
           AND i.end_ms >= ? AND i.start_ms <= ?
         ORDER BY i.trigger_ms LIMIT 1",
    )
    .bind(&intent.key.broadcaster_id)
    .bind(intent.start_ms)
    .bind(intent.end_ms)
    .fetch_optional(conn)
    .await?;
    Ok(other)
}

async fn insert(conn: &mut SqliteConnection, intent: &NewIntent) -> Result<(), Failure> {
    let channel = channel(conn, &intent.key.broadcaster_id, &intent.login).await?;
    sqlx::query(
        "INSERT INTO intents (channel, trigger_ms, start_ms, end_ms, automatic, state, due_ms,
                              title, duration_s, created_ms, updated_ms, review, said_by, said_in,
                              dry, reason)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?10, ?10, ?11, ?12, ?13, ?14, ?15)",
    )
    .bind(channel)
    .bind(intent.key.trigger_ms)
    .bind(intent.start_ms)
    .bind(intent.end_ms)
    .bind(intent.automatic)
    .bind(IntentState::Waiting.as_str())
    .bind(intent.due_ms)
    .bind(&intent.title)
    .bind(intent.duration_s)
    .bind(intent.now_ms)
    .bind(if intent.in_review { Review::Asked } else { Review::None }.as_str())
    .bind(&intent.words.said_by)
    .bind(&intent.words.said_in)
    .bind(intent.dry.is_some())
    .bind(&intent.dry)
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps an intent as it is, whatever is known of it. What somebody said in review
/// meanwhile stays while it waits.
pub async fn save(conn: &mut SqliteConnection, intent: &Intent) -> Result<(), Failure> {
    let channel = channel(conn, &intent.key.broadcaster_id, &intent.login).await?;
    sqlx::query(
        "INSERT INTO intents (channel, trigger_ms, start_ms, end_ms, automatic, state, due_ms,
                              title, duration_s, created_ms, updated_ms, review, said_by, said_in)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (channel, trigger_ms) DO UPDATE SET
             start_ms = excluded.start_ms, end_ms = excluded.end_ms, title = excluded.title,
             said_by = excluded.said_by, said_in = excluded.said_in",
    )
    .bind(channel)
    .bind(intent.key.trigger_ms)
    .bind(intent.start_ms)
    .bind(intent.end_ms)
    .bind(intent.automatic)
    .bind(intent.state.as_str())
    .bind(intent.due_ms)
    .bind(&intent.title)
    .bind(intent.duration_s)
    .bind(intent.created_ms)
    .bind(intent.updated_ms)
    .bind(intent.review.as_str())
    .bind(&intent.words.said_by)
    .bind(&intent.words.said_in)
    .execute(&mut *conn)
    .await?;
    update(conn, intent).await
}

/// What a file says of open promises may be old: clips may have been made since. They are
/// looked up, and never asked for again, not even from the VOD. In review, a yes has to be
/// said once more; a cut anew, which nobody is asked about, ends ([`super::review::decided`]).
pub async fn distrust(conn: &mut SqliteConnection, why: &str) -> Result<(), Failure> {
    sqlx::query(
        "UPDATE intents SET state = 'unknown', from_vod = 1, reason = ?,
                            called_ms = COALESCE(called_ms, due_ms)
         WHERE state IN ('requested', 'unknown', 'vod')
               OR (state = 'waiting' AND review = 'none' AND NOT dry)",
    )
    .bind(why)
    .execute(&mut *conn)
    .await?;
    sqlx::query(
        "UPDATE intents SET review = 'asked' WHERE state = 'waiting' AND review = 'accepted'",
    )
    .execute(&mut *conn)
    .await?;
    Ok(())
}

pub async fn set_state(
    conn: &mut SqliteConnection,
    key: &IntentKey,
    change: &StateChange,
    line: Option<&WaitingLine>,
    now_ms: i64,
) -> Result<Intent, Failure> {
    let mut tx = conn.begin_with("BEGIN IMMEDIATE").await?;
    let intent = find(&mut tx, key).await?.ok_or_else(|| StoreError::NoIntent(key.clone()))?;
    let before = intent.clone();
    let intent = intent.after(change, now_ms)?;
    heed_verdict(&mut tx, &before, change.target()).await?;
    update(&mut tx, &intent).await?;
    if matches!(intent.state, IntentState::Created | IntentState::Confirmed) {
        keep_clip(&mut tx, &intent).await?;
    }
    if let Some(line) = line {
        waiting_lines::add(&mut tx, line).await?;
    }
    tx.commit().await?;
    Ok(intent)
}

/// A no that is stored before a call begins lets go of the clip, and a clip is let go of only while
/// the no holds: what is said and what is done can't cross. In review the intent itself has it.
async fn heed_verdict(
    conn: &mut SqliteConnection,
    intent: &Intent,
    target: IntentState,
) -> Result<(), Failure> {
    let is_asked = intent.state == IntentState::Waiting && intent.review != Review::None;
    let (key, from) = (intent.key.clone(), intent.state);
    match target {
        IntentState::Requested if is_turned_down(conn, &key).await? => {
            Err(StoreError::TurnedDown(key).into())
        }
        IntentState::Rejected if !is_asked && !is_turned_down(conn, &key).await? => {
            Err(StoreError::Impossible { key, from, to: target }.into())
        }
        _ => Ok(()),
    }
}

/// Whether the verdict that holds on a moment is a no.
async fn is_turned_down(conn: &mut SqliteConnection, key: &IntentKey) -> Result<bool, Failure> {
    let (is_turned_down,) = sqlx::query_as(
        "SELECT EXISTS (SELECT 1 FROM moments m JOIN channels c ON c.id = m.channel
                        WHERE c.broadcaster_id = ? AND m.trigger_ms = ?
                          AND m.standing = 'rejected')",
    )
    .bind(&key.broadcaster_id)
    .bind(key.trigger_ms)
    .fetch_one(conn)
    .await?;
    Ok(is_turned_down)
}

/// The promises without a call that a no lets go of, but for those in review. The states are those
/// of [`open`] once more, so that the partial index is used.
pub async fn turned_down(
    conn: &mut SqliteConnection,
    limit: u32,
) -> Result<Vec<IntentKey>, Failure> {
    let keys = sqlx::query_as(TURNED_DOWN).bind(limit.min(Page::MAX)).fetch_all(conn).await?;
    Ok(keys)
}

const TURNED_DOWN: &str = "SELECT c.broadcaster_id, i.trigger_ms FROM intents i
     CROSS JOIN moments m CROSS JOIN channels c
     WHERE i.state IN ('waiting', 'requested', 'unknown', 'created', 'vod')
       AND (i.state = 'vod' OR (i.state = 'waiting' AND i.review = 'none'))
       AND m.channel = i.channel AND m.trigger_ms = i.trigger_ms AND m.standing = 'rejected'
       AND c.id = i.channel
     ORDER BY i.due_ms LIMIT ?";

async fn update(conn: &mut SqliteConnection, intent: &Intent) -> Result<(), Failure> {
    sqlx::query(
        "UPDATE intents SET state = ?, due_ms = ?, attempts = ?, reason = ?, clip_id = ?,
                            clip_url = ?, edit_url = ?, called_ms = ?, called_by = ?,
                            updated_ms = ?, from_vod = ?, dry = ?
         WHERE channel = (SELECT id FROM channels WHERE broadcaster_id = ?) AND trigger_ms = ?",
    )
    .bind(intent.state.as_str())
    .bind(intent.due_ms)
    .bind(intent.attempts)
    .bind(&intent.reason)
    .bind(&intent.clip_id)
    .bind(&intent.clip_url)
    .bind(&intent.edit_url)
    .bind(intent.called_ms)
    .bind(&intent.called_by)
    .bind(intent.updated_ms)
    .bind(intent.from_vod)
    .bind(intent.dry)
    .bind(&intent.key.broadcaster_id)
    .bind(intent.key.trigger_ms)
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn keep_clip(conn: &mut SqliteConnection, intent: &Intent) -> Result<(), Failure> {
    let Some(clip_id) = intent.clip_id.as_deref() else { return Ok(()) };
    if let Some(owner) = clip_owner(conn, clip_id).await?
        && owner != intent.key
    {
        return Err(StoreError::ClipTaken { clip_id: clip_id.to_owned(), owner }.into());
    }
    let confirmed = intent.state == IntentState::Confirmed;
    sqlx::query(
        "INSERT INTO clips (clip_id, channel, trigger_ms, title, clip_url, edit_url, called_ms,
                            confirmed_ms)
         VALUES (?, (SELECT id FROM channels WHERE broadcaster_id = ?), ?, ?, ?, ?, ?, ?)
         ON CONFLICT (clip_id) DO UPDATE SET
             clip_url = excluded.clip_url, confirmed_ms = excluded.confirmed_ms",
    )
    .bind(clip_id)
    .bind(&intent.key.broadcaster_id)
    .bind(intent.key.trigger_ms)
    .bind(&intent.title)
    .bind(&intent.clip_url)
    .bind(&intent.edit_url)
    .bind(intent.called_ms)
    .bind(confirmed.then_some(intent.updated_ms))
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn find(conn: &mut SqliteConnection, key: &IntentKey) -> Result<Option<Intent>, Failure> {
    let intent = sqlx::query_as(
        "SELECT c.broadcaster_id, c.login, i.* FROM intents i JOIN channels c ON c.id = i.channel
         WHERE c.broadcaster_id = ? AND i.trigger_ms = ?",
    )
    .bind(&key.broadcaster_id)
    .bind(key.trigger_ms)
    .fetch_optional(conn)
    .await?;
    Ok(intent)
}

/// The states are those of [`IntentState::is_open`], spelt as in the partial index.
pub async fn open(conn: &mut SqliteConnection) -> Result<Vec<Intent>, Failure> {
    let intents = sqlx::query_as(
        "SELECT c.broadcaster_id, c.login, i.* FROM intents i JOIN channels c ON c.id = i.channel
         WHERE i.state IN ('waiting', 'requested', 'unknown', 'created', 'vod')
         ORDER BY i.due_ms, c.broadcaster_id, i.trigger_ms",
    )
    .fetch_all(conn)
    .await?;
    Ok(intents)
}

pub async fn since(
    conn: &mut SqliteConnection,
    since_ms: i64,
    page: &Page,
) -> Result<Vec<Intent>, Failure> {
    let before = page.before.as_ref();
    let intents = sqlx::query_as(
        "SELECT c.broadcaster_id, c.login, i.* FROM intents i JOIN channels c ON c.id = i.channel
         WHERE i.trigger_ms >= ?1 AND (?2 IS NULL OR c.broadcaster_id = ?2)
           AND (?3 IS NULL OR i.trigger_ms < ?3
                OR (i.trigger_ms = ?3 AND c.broadcaster_id < ?4))
         ORDER BY i.trigger_ms DESC, c.broadcaster_id DESC LIMIT ?5",
    )
    .bind(since_ms)
    .bind(&page.broadcaster_id)
    .bind(before.map(|key| key.trigger_ms))
    .bind(before.map(|key| &key.broadcaster_id))
    .bind(page.limit.min(Page::MAX))
    .fetch_all(conn)
    .await?;
    Ok(intents)
}

pub async fn clip_owner(
    conn: &mut SqliteConnection,
    clip_id: &str,
) -> Result<Option<IntentKey>, Failure> {
    let owner = sqlx::query_as(
        "SELECT c.broadcaster_id, k.trigger_ms FROM clips k JOIN channels c ON c.id = k.channel
         WHERE k.clip_id = ?",
    )
    .bind(clip_id)
    .fetch_optional(conn)
    .await?;
    Ok(owner)
}

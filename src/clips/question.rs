//! Asks Get Clips about one clip, and says what the answer means for its life.

use cliphound_store::IntentKey;
use cliphound_twitch::helix::{Clip, CreatedClip};

use super::{
    api::ClipApi,
    context::Context,
    life::Event,
    links::{clip_url, edit_url},
    lookup::{AFTER_MS, BEFORE_MS},
};

/// Looks for the clip with this id.
pub async fn by_id<A: ClipApi>(context: &Context<A>, login: &str, id: &str) -> Event {
    let _place = context.looking.acquire().await;
    match context.api.by_id(id).await {
        Ok(Some(clip)) => found(login, clip),
        Ok(None) => Event::NotFound,
        Err(error) => not_asked(login, &error),
    }
}

/// Looks for our own clip of the call at `called_ms` (Twitch's clock).
pub async fn by_time<A: ClipApi>(
    context: &Context<A>,
    login: &str,
    key: &IntentKey,
    called_ms: i64,
) -> Event {
    let creator_id = match context.api.creator() {
        Ok(Some(id)) => id,
        Ok(None) => return not_asked(login, &"the account's id is not known yet"),
        Err(reason) => return not_asked(login, &reason),
    };
    let _place = context.looking.acquire().await;
    let (from_ms, to_ms) = (called_ms - BEFORE_MS, called_ms + AFTER_MS);
    let clips = match context.api.between(&key.broadcaster_id, from_ms, to_ms).await {
        Ok(clips) => clips,
        Err(error) => return not_asked(login, &error),
    };
    match context.ours(&creator_id, key, called_ms, &clips).await {
        Ok(Some(clip)) => found(login, clip),
        Ok(None) => Event::NotFound,
        Err(error) => not_asked(login, &error),
    }
}

fn found(login: &str, clip: Clip) -> Event {
    let url = if clip.url.is_empty() { clip_url(&clip.id) } else { clip.url };
    let edit_url = edit_url(login, &clip.id);
    Event::Found { clip: CreatedClip { id: clip.id, edit_url }, url }
}

fn not_asked(login: &str, why: &(impl std::fmt::Display + ?Sized)) -> Event {
    tracing::debug!(channel = %login, "a clip can't be looked for now: {why}");
    Event::NotAsked
}

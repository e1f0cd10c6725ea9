//! Asks Get Clips about one clip, and says what the answer means for its life.

use cliphound_store::IntentKey;
use cliphound_twitch::helix::{Clip, CreatedClip};

use super::{
    api::{ClipApi, NoCreator},
    context::Context,
    life::Event,
    links::{clip_url, edit_url},
    lookup::{Call, Sighting},
    order::ClipOrder,
    vod::{self, Found},
};

/// A VOD that still does not reach its moment after this long does not grow any more.
const GROWS_WITHIN_MS: i64 = 1_800_000;

/// Looks for the clip with this id.
pub async fn by_id<A: ClipApi>(context: &Context<A>, login: &str, id: &str) -> Event {
    let _place = context.looking.acquire().await;
    match context.api.by_id(id).await {
        Ok(Some(clip)) => found(login, clip),
        Ok(None) => Event::NotFound,
        Err(error) => not_asked(login, &error),
    }
}

/// Looks for our own clip of `call`.
pub async fn by_time<A: ClipApi>(
    context: &Context<A>,
    order: &ClipOrder,
    key: &IntentKey,
    call: Call,
) -> Event {
    let login = order.login.as_str();
    // Who called, though somebody else may be logged in by now.
    let creator_id = match context.api.creator() {
        Ok(Some(id)) => context.caller(key).unwrap_or(id),
        Ok(None) => return not_asked(login, &"the account's id is not known yet"),
        Err(reason) => return not_asked(login, &reason),
    };
    let _place = context.looking.acquire().await;
    let (from_ms, to_ms) = call.span_ms();
    let clips = match context.api.between(&key.broadcaster_id, from_ms, to_ms).await {
        Ok(clips) => clips,
        Err(error) => return not_asked(login, &error),
    };
    match context.ours(&creator_id, key, &call, &clips).await {
        Ok(Sighting::Ours(clip)) => found(login, clip),
        Ok(Sighting::Nothing) => Event::NotFound,
        // To say that there is none would make a second one.
        Ok(Sighting::Perhaps) => not_asked(login, &"it may have made this clip, or another call"),
        Err(error) => not_asked(login, &error),
    }
}

/// Looks whether the VOD has the moment; `since_ms`: since when that is done (our clock).
pub async fn vod<A: ClipApi>(context: &Context<A>, order: &ClipOrder, since_ms: i64) -> Event {
    let login = order.login.as_str();
    let Some(id) = &order.broadcaster_id else {
        return not_asked(login, &"the channel's id is not known yet");
    };
    match context.api.creator() {
        Ok(_) => {}
        Err(NoCreator::DeadToken(reason)) => return Event::NoToken(reason),
        // Nothing waits for an account that nobody wants any more.
        Err(NoCreator::Nobody(reason)) => return Event::DueDry(reason),
    }
    // Who cuts by hand says where the clip ends.
    let cut = match context.store.recut(&order.key()).await {
        Ok(cut) => cut,
        Err(error) => return not_asked(login, &error),
    };
    let _place = context.looking.acquire().await;
    let vods = match context.api.vods(id).await {
        Ok(vods) => vods,
        Err(error) => return not_asked(login, &error),
    };
    let now_ms = context.time.clock().now_ms();
    let is_over = now_ms > since_ms + GROWS_WITHIN_MS;
    let as_live = || vod::end_ms(&order.moment, order.is_manual(), order.duration_s);
    let end_ms = cut.map_or_else(as_live, |cut| cut.end_ms);
    match vod::find(&vods, end_ms, order.duration_s, is_over) {
        Found::Here(place) => Event::Placed { place, twitch_ms: context.time.to_twitch(now_ms) },
        Found::TooShort => Event::VodTooShort,
        Found::NotYet => Event::NoVodYet,
        Found::Gone => Event::VodGone,
    }
}

fn found(login: &str, clip: Clip) -> Event {
    let url = if clip.url.is_empty() { clip_url(&clip.id) } else { clip.url };
    let edit_url = edit_url(login, &clip.id);
    let thumbnail = Some(clip.thumbnail_url).filter(|url| !url.is_empty());
    Event::Found { clip: CreatedClip { id: clip.id, edit_url }, url, thumbnail }
}

fn not_asked(login: &str, why: &(impl std::fmt::Display + ?Sized)) -> Event {
    tracing::debug!(channel = %login, "Twitch can't be asked about a clip now: {why}");
    Event::NotAsked
}

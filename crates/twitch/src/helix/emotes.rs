//! Twitch's own emotes: nice to have, so everything else goes first.

use twitch_api::{
    helix::chat::{
        get_channel_emotes::GetChannelEmotesRequest, get_global_emotes::GetGlobalEmotesRequest,
    },
    types,
};

use super::{Bucket, Helix, HelixError};
use crate::emotes::{Emote, Fetched, Place, emote::MOST_EMOTES};

/// Points that stay for clips and what leads to them: a quarter of Twitch's 800.
const RESERVE: u32 = 200;

impl Helix {
    /// Twitch's emotes of a place, by one call without repetition. When few points are left
    /// until the bucket is full again, nothing is asked at all.
    ///
    /// # Errors
    /// [`HelixError::RateLimited`] also when Twitch was not asked; see there when to ask.
    pub async fn emotes(&self, place: &Place, now_ms: i64) -> Result<Fetched, HelixError> {
        if let Some(reset_ms) = must_wait(self.limits().general, now_ms) {
            return Err(HelixError::RateLimited { reset_ms });
        }
        let named: Vec<(String, String)> = match place {
            Place::Global => {
                let answer = self.get_once(&GetGlobalEmotesRequest::new()).await?;
                answer.data.into_iter().map(|e| (e.id.take(), e.name)).collect()
            }
            Place::Channel(id) => {
                let id: types::UserId = id.as_str().into();
                let answer = self.get_once(&GetChannelEmotesRequest::broadcaster_id(id)).await?;
                answer.data.into_iter().map(|e| (e.id.take(), e.name)).collect()
            }
        };
        let emotes = named.into_iter().filter_map(|(id, name)| Emote::checked(id, name));
        Ok(Fetched { emotes: emotes.take(MOST_EMOTES).collect(), ..Fetched::default() })
    }
}

/// Until when to leave the points of a bucket to others.
fn must_wait(bucket: Bucket, now_ms: i64) -> Option<i64> {
    let is_low = bucket.remaining.is_some_and(|remaining| remaining < RESERVE);
    bucket.reset_ms.filter(|reset_ms| is_low && *reset_ms > now_ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_points_are_left_to_clips() {
        let check = |remaining: Option<u32>, reset_ms: Option<i64>, expected: Option<i64>| {
            let bucket = Bucket { limit: Some(800), remaining, reset_ms };
            assert_eq!(must_wait(bucket, 1_000), expected, "{bucket:?}");
        };
        check(Some(RESERVE), Some(2_000), None);
        check(Some(RESERVE - 1), Some(2_000), Some(2_000));
        check(Some(0), Some(1_000), None);
        check(Some(0), None, None);
        check(None, Some(2_000), None);
    }
}

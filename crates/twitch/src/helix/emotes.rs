//! Twitch's own emotes: nice to have, so everything else goes first.

use twitch_api::{
    helix::chat::{
        get_channel_emotes::GetChannelEmotesRequest, get_global_emotes::GetGlobalEmotesRequest,
    },
    types,
};

use super::{Helix, HelixError, Priority};
use crate::emotes::{Emote, Fetched, Place, emote::MOST_EMOTES};

impl Helix {
    /// Twitch's emotes of a place, by one call without repetition. When few points are left
    /// until the bucket is full again, nothing is asked at all.
    ///
    /// # Errors
    /// [`HelixError::RateLimited`] also when Twitch was not asked; see there when to ask.
    pub async fn emotes(&self, place: &Place, now_ms: i64) -> Result<Fetched, HelixError> {
        if let Some(reset_ms) = self.limits().free_at_ms(Priority::Background, now_ms) {
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

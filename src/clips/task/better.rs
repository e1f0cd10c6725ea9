//! Whether the VOD shows a moment better than a live clip would.

use std::time::Duration;

use super::ClipTask;
use crate::clips::{api::ClipApi, life::Event, question, vod};

/// So long it is looked whether we are an editor and there is a VOD, before a live clip is
/// called for: the call may be so late without harm.
const WITHIN: Duration = Duration::from_secs(2);

impl<A: ClipApi> ClipTask<A> {
    /// Why the clip is rather made from the VOD: a live one would be badly placed, the account
    /// is known to be an editor, and there is a VOD. Who can't tell in time calls for a live one.
    pub(super) async fn why_rather_vod(&self) -> Option<String> {
        let why = vod::better(&self.order.moment, self.order.duration_s)?;
        if !self.may_vod() {
            return None;
        }
        let look = async {
            if !self.context.is_editor(&self.key.broadcaster_id).await {
                return None;
            }
            Some(question::vod(&self.context, &self.order, self.now_ms()).await)
        };
        let seen = tokio::select! {
            seen = look => seen?,
            () = self.context.time.clock().sleep(WITHIN) => return None,
        };
        matches!(seen, Event::Placed { .. } | Event::VodTooShort).then_some(why)
    }
}
